package e2e

import (
	"testing"
	"time"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
)

const (
	orderHeader = "CreateANewPurchaseOrder"
	orderItem   = "CreateANewPurchaseOrderItem"
)

// strike is a fault at the header, and the same at the second item.
func strikes(f jobpacsim.Fault) map[string]jobpacsim.Fault {
	header, item := f, f
	header.Operation, header.Nth = orderHeader, 1
	item.Operation, item.Nth = orderItem, 2
	return map[string]jobpacsim.Fault{"header": header, "second line": item}
}

// Whatever happens to one write, the order stands once in the end. sends is how
// many calls the struck record took in all.
func TestJobpacFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  jobpacsim.Fault
		unique string
		quiet  time.Duration
		sends  int // 0: one or two
		doubt  bool
	}{
		"500 before":               {jobpacsim.Fault{Kind: jobpacsim.FaultStatusBefore, Status: 500}, "verified", 0, 2, true},
		"503 before":               {jobpacsim.Fault{Kind: jobpacsim.FaultStatusBefore}, "verified", 0, 2, true},
		"500 after":                {jobpacsim.Fault{Kind: jobpacsim.FaultStatusAfter}, "verified", 0, 1, true},
		"500 after, not unique":    {jobpacsim.Fault{Kind: jobpacsim.FaultStatusAfter}, "unknown", 0, 1, true},
		"cut before":               {jobpacsim.Fault{Kind: jobpacsim.FaultCutBefore}, "verified", 0, 2, true},
		"cut after":                {jobpacsim.Fault{Kind: jobpacsim.FaultCutAfter}, "verified", 0, 1, true},
		"cut after, not unique":    {jobpacsim.Fault{Kind: jobpacsim.FaultCutAfter}, "no", 0, 1, true},
		"empty 200":                {jobpacsim.Fault{Kind: jobpacsim.FaultEmpty200}, "unknown", 0, 1, true},
		"late, within quiet":       {jobpacsim.Fault{Kind: jobpacsim.FaultLateCommit, MS: 150}, "unknown", 2 * time.Second, 1, true},
		"late, after quiet":        {jobpacsim.Fault{Kind: jobpacsim.FaultLateCommit, MS: 400}, "verified", 0, 0, true},
		"429 with Retry-After":     {jobpacsim.Fault{Kind: jobpacsim.FaultStatusBefore, Status: 429, RetryAfter: 1}, "unknown", 0, 2, false},
		"token expired":            {jobpacsim.Fault{Kind: jobpacsim.FaultExpireToken}, "unknown", 0, 2, false},
		"slow":                     {jobpacsim.Fault{Kind: jobpacsim.FaultLatency, MS: 300}, "unknown", 0, 1, false},
		"400 that is no refusal":   {jobpacsim.Fault{Kind: jobpacsim.FaultStatusAfter, Status: 400, Text: "Something went wrong"}, "unknown", 0, 1, false},
		"408, which says nothing":  {jobpacsim.Fault{Kind: jobpacsim.FaultStatusAfter, Status: 408}, "unknown", 0, 1, true},
		"duplicate, but it is us":  {jobpacsim.Fault{Kind: jobpacsim.FaultStatusAfter, Status: 400, Text: "Already exists"}, "no", 0, 1, false},
		"502 from a proxy, landed": {jobpacsim.Fault{Kind: jobpacsim.FaultStatusAfter, Status: 502}, "verified", 0, 1, true},
	} {
		for where, fault := range strikes(c.fault) {
			t.Run(name+"/"+where, func(t *testing.T) {
				t.Parallel()
				s := start(t, unique(c.unique), func(cfg *config.Config) {
					if c.quiet > 0 {
						cfg.Connections[0].Jobpac.QuietPeriod = config.Duration(c.quiet)
					}
				})
				s.jobpacFaults(fault)
				s.add(purchase(5001, 3))
				r := s.export(commitment, 5001, "PO-1")
				story := s.settled(commitment, 5001, r, journal.Done)
				s.drained()
				s.stop()
				s.standsOnce(5001, "PO-1")
				s.closed(r, "success", "PO-1")
				extra := s.writes()[fault.Operation] - map[string]int{orderHeader: 1, orderItem: 3}[fault.Operation]
				if c.sends > 0 && extra != c.sends-1 || extra > 1 {
					t.Errorf("%d sends, expected %d: %s", extra+1, c.sends, kinds(s.writes()))
				}
				doubted := 0
				for _, e := range story.History {
					for _, m := range e.Record.Moves {
						if m.To == journal.UnknownOut {
							doubted++
						}
					}
				}
				if (doubted > 0) != c.doubt {
					t.Errorf("unknown was recorded %d times, expected %v", doubted, c.doubt)
				}
			})
		}
	}
}

// The same for a change order's records: a variation with its items, and items
// that follow those of a purchase order under numbers of their own.
func TestJobpacFaultsAtChangeOrders(t *testing.T) {
	t.Parallel()
	const variation, item = "CreateANewVariation", "CreateANewVariationItem"
	for name, c := range map[string]struct {
		fault jobpacsim.Fault
		sub   bool
		sends int
	}{
		"variation stands, answer lost":  {jobpacsim.Fault{Operation: variation, Nth: 1, Kind: jobpacsim.FaultCutAfter}, true, 1},
		"variation lost":                 {jobpacsim.Fault{Operation: variation, Nth: 1, Kind: jobpacsim.FaultCutBefore}, true, 2},
		"its item stands, answer lost":   {jobpacsim.Fault{Operation: item, Nth: 2, Kind: jobpacsim.FaultStatusAfter}, true, 3},
		"its item lost":                  {jobpacsim.Fault{Operation: item, Nth: 2, Kind: jobpacsim.FaultStatusBefore}, true, 4},
		"order item stands, answer lost": {jobpacsim.Fault{Operation: orderItem, Nth: 2, Kind: jobpacsim.FaultEmpty200}, false, 3},
		"order item lost":                {jobpacsim.Fault{Operation: orderItem, Nth: 2, Kind: jobpacsim.FaultCutBefore}, false, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			base, costType := purchase(5001, 4), "M"
			if c.sub {
				base, costType = subcontract(5001, 4), "S"
			}
			s.add(base)
			s.settled(commitment, 5001, s.export(commitment, 5001, "N-1"), journal.Done)
			s.add(change(7001, 5001, 3, costType))
			before := s.writes()[c.fault.Operation]
			s.jobpacFaults(c.fault)
			r := s.export(changeOrder, 7001, "V00001")
			s.settled(changeOrder, 7001, r, journal.Done)
			s.drained()
			s.stop()
			s.closed(r, "success")
			if c.sub {
				s.standsOnce(5001, "N-1")
				s.variesOnce(7001, "N-1", "V00001")
			} else {
				s.standsOnce(5001, "N-1", 7001)
				s.addsOnce(7001, "N-1", 5)
			}
			if n := s.writes()[c.fault.Operation] - before; n != c.sends {
				t.Errorf("%d sends, expected %d: %s", n, c.sends, kinds(s.writes()))
			}
		})
	}
}

// lost is a purchase order whose first header never reached Jobpac, where it is
// not known what Jobpac does with a second one: it is looked for and not sent.
func lost(t *testing.T) (s *system, request int64) {
	t.Helper()
	s = start(t, unique("unknown"), func(c *config.Config) { c.Worker.AckWait = config.Duration(5 * time.Second) })
	s.jobpacFaults(jobpacsim.Fault{Operation: orderHeader, Nth: 1, Kind: jobpacsim.FaultCutBefore})
	s.add(purchase(5001, 2))
	request = s.export(commitment, 5001, "PO-1")
	s.until(commitment, 5001, journal.UnknownOut)
	before := s.jobpac.Counts().Calls["PurchaseOrderListing"]
	s.await("it was looked for three times", func() bool { return s.jobpac.Counts().Calls["PurchaseOrderListing"] >= before+3 })
	if r, _ := s.procore.Request(request); r.TimesClosed != 0 {
		t.Error("closed while it is not known")
	}
	if n := s.writes()[orderHeader]; n != 1 {
		t.Errorf("sent %d times", n)
	}
	return s, request
}

// hourLater stops procpac, makes the journal say that the last send ended two
// hours ago, and starts it again.
func hourLater(s *system, key journal.Key) *system {
	s.t.Helper()
	s.stop()
	bus, err := natsbus.Open(s.t.Context(), natsbus.Options{DataDir: s.dir})
	if err != nil {
		s.t.Fatal(err)
	}
	effect, err := bus.Journal().Load(s.t.Context(), key)
	if err != nil || len(effect.Doubts()) != 1 {
		s.t.Fatal(effect.Doubts(), err)
	}
	step := effect.Doubts()[0]
	now := time.Now()
	_, err = bus.Journal().Append(s.t.Context(), key, journal.Record{
		V: journal.Version, At: now, Epoch: effect.Epoch, Owner: effect.Owner, Until: now, Request: effect.Request, Detail: effect.Detail, Company: effect.Company,
		Moves: []journal.Move{{
			To: journal.UnknownOut, Step: step, Fingerprint: effect.Steps[step].Fingerprint, SendEnd: now.Add(-2 * time.Hour), WakeAt: now, Reason: "two hours on",
		}},
	}, effect.Seq)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := bus.Close(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	cfg := s.config()
	unique("unknown")(cfg)
	cfg.Worker.AckWait = config.Duration(5 * time.Second)
	return s.serve(cfg)
}

// What stays unseen is put before a person, who is told not to send it again;
// neither a replay nor a new export sends it.
func TestUnseenIsParked(t *testing.T) {
	t.Parallel()
	s, r := lost(t)
	s = hourLater(s, journal.NewKey(connection, commitment, 5001))
	s.settled(commitment, 5001, r, journal.Parked)
	s.closed(r, "failed", "PO-1", "may already exist in Jobpac", "must not be re-sent")
	s.replay(effectID(commitment, 5001))
	s.drained()
	s.settled(commitment, 5001, r, journal.Parked)
	second := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, second, journal.Parked)
	s.drained()
	s.stop()
	s.closed(r, "failed")
	s.closed(second, "failed", "must not be re-sent")
	if n := s.writes(); n[orderHeader] != 1 || len(n) != 1 {
		t.Errorf("writes: %s", kinds(n))
	}
	if c := s.jobpac.Counts(); c.PurchaseOrders != 0 {
		t.Errorf("%+v", c)
	}
}

// A parked unknown that turns up in Jobpac after all is taken over by a replay:
// no second header, and the lines that are missing follow.
func TestUnseenTurnsUp(t *testing.T) {
	t.Parallel()
	s, r := lost(t)
	s = hourLater(s, journal.NewKey(connection, commitment, 5001))
	s.settled(commitment, 5001, r, journal.Parked)
	story, _ := s.story(commitment, 5001)
	row := jobpacsim.Row{"WorkId": "01", "Order": "PO-1", "UserDefinedField1": "PCC5001", "CostingWorkId": "01", "CreditorWorkId": "01"}
	names := map[string]string{
		string(erp.ColJob): "Job", string(erp.ColCreditor): "Creditor", string(erp.ColDescription): "Description", string(erp.ColDate): "OrderDate",
		string(erp.ColDelivery): "DeliveryDate", string(erp.ColRequisition): "RequisitionNumber",
	}
	for _, c := range story.Plan.Steps[0].Columns {
		if name := names[c.Name]; name != "" {
			row[name] = c.Value
		}
	}
	if err := s.jobpac.Seed(jobpacsim.Seed{Books: jobpacsim.Books{PurchaseOrders: []jobpacsim.Row{row}}}); err != nil {
		t.Fatal(err)
	}
	s.replay(effectID(commitment, 5001))
	s.drained()
	s.settled(commitment, 5001, r, journal.Done)
	s.stop()
	s.standsOnce(5001, "PO-1")
	if n := s.writes(); n[orderHeader] != 1 || n[orderItem] != 2 {
		t.Errorf("writes: %s", kinds(n))
	}
}

// The content changes while it is not known whether the first one stands: both
// requests are answered, and nothing stands twice.
func TestChangedInDoubt(t *testing.T) {
	t.Parallel()
	s := start(t, unique("unknown"), func(c *config.Config) { c.Connections[0].Jobpac.QuietPeriod = config.Duration(2 * time.Second) })
	s.jobpacFaults(jobpacsim.Fault{Operation: orderItem, Nth: 1, Kind: jobpacsim.FaultCutBefore})
	s.add(purchase(5001, 2))
	first := s.export(commitment, 5001, "PO-1")
	s.until(commitment, 5001, journal.UnknownOut)
	s.edit(5001, map[string]any{"line_items": []map[string]any{{"id": 5001000, "amount": "77.00"}, {"id": 5001001}}})
	second := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, second, journal.Parked)
	s.drained()
	s.stop()
	s.closed(second, "failed", "PO-1", "must not be re-sent")
	s.closed(first, "failed")
	if n := s.writes(); n[orderHeader] != 1 || n[orderItem] != 1 {
		t.Errorf("writes: %s", kinds(n))
	}
}

// A look-up that lags further behind than the quiet period allows may cost a
// second send, which Jobpac refuses; nobody is told that nothing stands.
func TestStaleLookUp(t *testing.T) {
	t.Parallel()
	for where, fault := range strikes(jobpacsim.Fault{Kind: jobpacsim.FaultCutAfter}) {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.jobpacFaults(fault,
				jobpacsim.Fault{Operation: "PurchaseOrderListing", Kind: jobpacsim.FaultStaleLookup, MS: 1500},
				jobpacsim.Fault{Operation: "PurchaseOrderItemListing", Kind: jobpacsim.FaultStaleLookup, MS: 1500})
			s.add(purchase(5001, 3))
			r := s.export(commitment, 5001, "PO-1")
			s.await("it is settled", func() bool {
				story, _ := s.story(commitment, 5001)
				return journal.State(story.Effect.State).Settled()
			})
			s.drained()
			s.stop()
			if c := s.jobpac.Counts(); c.PurchaseOrders != 1 || c.PurchaseOrderItems > 3 {
				t.Errorf("%+v", c)
			}
			told, _ := s.procore.Request(r)
			closing{told}.lacks(t, "Nothing of it stands")
		})
	}
}
