package e2e

import (
	"os"
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

const (
	writeHeader = "CreateANewSubcontract"
	writeItem   = "CreateANewSubcontractItem"
)

// A process killed in the middle of a ten-line order, wherever that is, is
// followed by one on the same directory that finishes the same order: one
// header, ten lines, closed once.
func TestKilled(t *testing.T) {
	t.Parallel()
	slow := func(operation string) jobpacsim.Fault {
		return jobpacsim.Fault{Operation: operation, Kind: jobpacsim.FaultLatency, MS: 60}
	}
	items := func(n int) func(jobpacsim.Counts) bool {
		return func(c jobpacsim.Counts) bool { return c.SubcontractItems >= n }
	}
	for name, c := range map[string]struct {
		faults  []jobpacsim.Fault
		procore []procoresim.Fault
		when    func(jobpacsim.Counts) bool
		jobpac  string
	}{
		"header under way": {[]jobpacsim.Fault{slow(writeHeader)}, nil, func(c jobpacsim.Counts) bool { return c.Calls[writeHeader] > 0 }, ""},
		"header stands":    {[]jobpacsim.Fault{slow(writeItem)}, nil, func(c jobpacsim.Counts) bool { return c.Subcontracts > 0 }, ""},
		"one line":         {[]jobpacsim.Fault{slow(writeItem)}, nil, items(1), ""},
		"five lines":       {[]jobpacsim.Fault{slow(writeItem)}, nil, items(5), ""},
		"ten lines, not linked": {
			nil, []procoresim.Fault{{Path: "external_data/sync", LatencyMS: 400}}, items(10), "",
		},
		"answer of line 5 lost": {
			[]jobpacsim.Fault{{Operation: writeItem, Nth: 5, Kind: jobpacsim.FaultCutAfter}, slow(writeItem)}, nil, items(5), "",
		},
		"line 5 lost": {
			[]jobpacsim.Fault{{Operation: writeItem, Nth: 5, Kind: jobpacsim.FaultCutBefore}, slow(writeItem)}, nil,
			func(c jobpacsim.Counts) bool { return c.Calls[writeItem] >= 5 }, "",
		},
		"five lines, Jobpac accepts doubles": {[]jobpacsim.Fault{slow(writeItem)}, nil, items(5), "      unique_keys: {}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.jobpac != "" { // it would show a second record of a key
				set := w.jobpac.Settings()
				set.DuplicateNumber = jobpacsim.DuplicateAccept
				if err := w.jobpac.SetSettings(set); err != nil {
					t.Fatal(err)
				}
			}
			w.settings(func(s *procoresim.Settings) { s.Duplicates = 2 })
			w.jobpacFaults(c.faults...)
			w.procoreFaults(c.procore...)
			config := w.file("", c.jobpac)
			p := w.launch(config)
			w.hook("v4.0")
			w.add(subcontract(5002, 10))
			r := w.export(commitment, 5002, "SC-1")
			w.await("the moment to kill", func() bool { return c.when(w.jobpac.Counts()) })
			p.kill()
			again := w.launch(config)
			again.settled(commitment, 5002, r, journal.Done)
			again.idle()
			again.end(os.Interrupt)
			w.standsOnce(5002, "SC-1")
			w.closed(r, "success", "SC-1")
			if n := w.jobpac.Counts(); n.Subcontracts != 1 || n.SubcontractItems != 10 {
				t.Errorf("%d headers and %d lines", n.Subcontracts, n.SubcontractItems)
			}
		})
	}
}

// An orderly stop in the middle of an order lets it go on to a clean place:
// nothing is left in doubt, and the next start finishes what is left.
func TestStoppedInTheMiddle(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.jobpacFaults(jobpacsim.Fault{Operation: writeItem, Kind: jobpacsim.FaultLatency, MS: 40})
	s.add(subcontract(5002, 10))
	r := s.export(commitment, 5002, "SC-1")
	s.await("three lines stand", func() bool { return s.jobpac.Counts().SubcontractItems >= 3 })
	s.stop()
	again := s.serve(s.config())
	story := again.settled(commitment, 5002, r, journal.Done)
	again.stop()
	for _, e := range story.History {
		for _, m := range e.Record.Moves {
			if m.To == journal.UnknownOut {
				t.Errorf("left in doubt: %s", m.Reason)
			}
		}
	}
	s.standsOnce(5002, "SC-1")
	s.closed(r, "success")
	if n := s.writes(); n[writeHeader] != 1 || n[writeItem] != 10 {
		t.Errorf("writes: %s", kinds(n))
	}
}
