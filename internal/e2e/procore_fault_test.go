package e2e

import (
	"testing"

	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

// Whatever happens on the way to and from Procore, the order stands once and
// Procore is told.
func TestProcoreFaults(t *testing.T) {
	t.Parallel()
	const read, link, answer = "/erp_requests/", "/external_data/sync", "/erp_request_details/"
	for name, c := range map[string]struct {
		faults []procoresim.Fault
		again  bool // the close-out was taken, and had to be repeated
	}{
		"429 with Retry-After":        {[]procoresim.Fault{{Path: read, StatusBefore: 429, RetryAfter: 1, Count: 1}}, false},
		"429 without":                 {[]procoresim.Fault{{Path: read, StatusBefore: 429, Count: 1}}, false},
		"429 at the close-out":        {[]procoresim.Fault{{Path: answer, StatusBefore: 429, RetryAfter: 1, Count: 2}}, false},
		"503 without Retry-After":     {[]procoresim.Fault{{Path: link, StatusBefore: 503, Count: 1}}, false},
		"500 three times":             {[]procoresim.Fault{{Path: read, StatusBefore: 500, Count: 3}}, false},
		"404 at first":                {[]procoresim.Fault{{Path: read, StatusBefore: 404, Count: 1}}, false},
		"links taken, answer cut":     {[]procoresim.Fault{{Path: link, CutAfter: true, Count: 1}}, false},
		"links cut":                   {[]procoresim.Fault{{Path: link, CutBefore: true, Count: 1}}, false},
		"links taken, answer garbled": {[]procoresim.Fault{{Path: link, BadJSON: true, Count: 1}}, false},
		"close-out taken, answer cut": {[]procoresim.Fault{{Path: answer, CutAfter: true, Count: 1}}, true},
		"close-out taken, 500":        {[]procoresim.Fault{{Path: answer, StatusAfter: 500, Count: 1}}, true},
		"close-out cut":               {[]procoresim.Fault{{Path: answer, CutBefore: true, Count: 1}}, false},
		"request garbled":             {[]procoresim.Fault{{Path: read, BadJSON: true, Count: 1}}, false},
		"tokens expire all the way": {[]procoresim.Fault{
			{Path: read, ExpireTokens: true, Count: 1}, {Path: link, ExpireTokens: true, Count: 1}, {Path: answer, ExpireTokens: true, Count: 1},
		}, false},
		"token host down at first": {[]procoresim.Fault{{Path: "/oauth/token", StatusBefore: 503, RetryAfter: 1, Count: 1}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.procoreFaults(c.faults...)
			s.add(purchase(5001, 3))
			r := s.export(commitment, 5001, "PO-1")
			s.settled(commitment, 5001, r, journal.Done)
			s.drained()
			s.stop()
			s.standsOnce(5001, "PO-1")
			if told, _ := s.procore.Request(r); c.again && (told.Status != "success" || told.TimesClosed != 2) {
				t.Errorf("%+v", told)
			} else if !c.again {
				s.closed(r, "success", "PO-1")
			}
			if n := s.writes(); n[orderHeader] != 1 || n[orderItem] != 3 {
				t.Errorf("writes: %s", kinds(n))
			}
		})
	}
}

// Procore answers 200 and refuses a row of the links: a person is asked, with
// words that say where the document stands. Once that is cleared up a replay
// finishes it.
func TestLinkRefused(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.procoreFaults(procoresim.Fault{Path: "/external_data/sync", SyncRowError: &procoresim.RowFault{ItemType: "line_item", ItemID: 5001001, Message: "is locked by accounting"}})
	s.add(purchase(5001, 3))
	r := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, r, journal.Parked)
	s.closed(r, "failed", "stands in Jobpac as PO-1", "is locked by accounting", "Do not send it again").lacks(t, "Part of it stands")
	s.procoreFaults()
	s.replay(effectID(commitment, 5001))
	s.drained()
	s.settled(commitment, 5001, r, journal.Done)
	s.stop()
	s.standsOnce(5001, "PO-1")
	s.closed(r, "failed")
	if n := s.writes(); n[orderHeader] != 1 || n[orderItem] != 3 {
		t.Errorf("writes: %s", kinds(n))
	}
}

// Procore's hourly and ten-second limits slow everything down and lose nothing.
func TestProcoreLimits(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.settings(func(set *procoresim.Settings) { set.SpikeLimit, set.RetryAfterOn429 = 12, true })
	requests := map[int64]int64{}
	for id := int64(5001); id <= 5006; id++ {
		s.add(purchase(id, 1))
		requests[id] = s.export(commitment, id, "PO-"+itoa(id))
	}
	for id, r := range requests {
		s.settled(commitment, id, r, journal.Done)
		s.standsOnce(id, "PO-"+itoa(id))
		s.closed(r, "success")
	}
}
