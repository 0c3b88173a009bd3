package jobpacsim_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/jobpacsim"
)

// Every fault that ends a call, on a create: what the caller sees and what is in the books.
func TestFaultsThatEndACall(t *testing.T) {
	const op = "/CreateANewPurchaseOrder"
	cases := []struct {
		name    string
		fault   jobpacsim.Fault
		status  int // 0: the connection breaks
		orders  int
		text    string
		outcome string
	}{
		{"status before", jobpacsim.Fault{Operation: op, Kind: jobpacsim.FaultStatusBefore, Status: 429, Text: "slow down", RetryAfter: 7}, 429, 0, "slow down", "fault"},
		{"status before, default", jobpacsim.Fault{Operation: op, Kind: jobpacsim.FaultStatusBefore}, 503, 0, "Service Unavailable", "fault"},
		{"status after", jobpacsim.Fault{Operation: op, Kind: jobpacsim.FaultStatusAfter}, 500, 1, "Internal Server Error", "ok"},
		{"status after, own status", jobpacsim.Fault{Operation: op, Kind: jobpacsim.FaultStatusAfter, Status: 502, Text: "gateway"}, 502, 1, "gateway", "ok"},
		{"cut before", jobpacsim.Fault{Operation: op, Kind: jobpacsim.FaultCutBefore}, 0, 0, "", "cut"},
		{"cut after", jobpacsim.Fault{Operation: op, Kind: jobpacsim.FaultCutAfter}, 0, 1, "", "ok"},
		{"empty 200", jobpacsim.Fault{Operation: op, Kind: jobpacsim.FaultEmpty200}, 200, 1, "", "ok"},
		{"late commit", jobpacsim.Fault{Operation: op, Kind: jobpacsim.FaultLateCommit, MS: 60_000}, 0, 0, "", "late"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.faults(c.fault)
			a := b.put("CreateANewPurchaseOrder", order())
			if (a.err != nil) != (c.status == 0) || a.status != c.status || a.text != c.text {
				t.Errorf("the caller sees %d %q %v", a.status, a.text, a.err)
			}
			if c.fault.RetryAfter > 0 && a.header.Get("Retry-After") != "7" {
				t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
			}
			if got := b.sim.Counts().PurchaseOrders; got != c.orders {
				t.Errorf("%d orders, want %d", got, c.orders)
			}
			line := b.lastCall()
			if line.Outcome != c.outcome || line.Status != c.status || line.Committed != (c.orders == 1) || len(line.Faults) != 1 || line.Faults[0] != c.fault.Kind {
				t.Errorf("journal line %+v", line)
			}
			b.faults()
			b.must(b.get("PurchaseOrderListing", params{"WorkId": "01"}))
		})
	}
}

func TestFaultOnAListing(t *testing.T) {
	b := newBench(t)
	b.faults(jobpacsim.Fault{Operation: "*", Method: http.MethodGet, Kind: jobpacsim.FaultCutBefore, Nth: 1},
		jobpacsim.Fault{Operation: "*", Method: http.MethodGet, Kind: jobpacsim.FaultEmpty200})
	if a := b.get("JobListing", params{}); a.err == nil {
		t.Errorf("the first listing is answered %d", a.status)
	}
	if a := b.get("JobListing", params{}); a.status != http.StatusOK || a.text != "" {
		t.Errorf("the second listing is answered %d %q", a.status, a.text)
	}
	b.must(b.put("CreateANewPurchaseOrder", order()))
}

func TestFaultHidesARefusal(t *testing.T) {
	b := newBench(t)
	b.faults(jobpacsim.Fault{Operation: "*", Kind: jobpacsim.FaultStatusAfter, Nth: 1})
	if a := b.put("CreateANewPurchaseOrder", order().with("Job", "9999")); a.status != http.StatusInternalServerError {
		t.Errorf("answered %d %s", a.status, a.text)
	}
	if line := b.lastCall(); line.Outcome != "refused" || line.Committed || !strings.Contains(line.Message, "9999") {
		t.Errorf("journal line %+v", line)
	}
}

func TestLateCommitOnTheSimulatorsClock(t *testing.T) {
	b := newBench(t)
	b.faults(jobpacsim.Fault{Operation: "*", Method: http.MethodPut, Kind: jobpacsim.FaultLateCommit, MS: 90_000, Count: 1})
	if a := b.put("CreateANewPurchaseOrder", order()); a.err == nil {
		t.Fatalf("answered %d", a.status)
	}
	if err := b.sim.Advance(89 * time.Second); err != nil {
		t.Fatal(err)
	}
	if got := b.sim.Counts(); got.PurchaseOrders != 0 || got.LateCommits != 1 {
		t.Fatalf("too early: %+v", got)
	}
	if err := b.sim.Advance(time.Second); err != nil {
		t.Fatal(err)
	}
	if got := b.sim.Counts(); got.PurchaseOrders != 1 || got.LateCommits != 0 {
		t.Fatalf("not done: %+v", got)
	}
	if line := b.lastCall(); line.Outcome != "late commit" || !line.Committed || line.Operation != "CreateANewPurchaseOrder" {
		t.Errorf("journal line %+v", line)
	}
}

func TestLateCommitMeetsTheCreateThatCameFirst(t *testing.T) {
	b := newBench(t)
	b.faults(jobpacsim.Fault{Operation: "CreateANewPurchaseOrder", Kind: jobpacsim.FaultLateCommit, MS: 1000, Nth: 1})
	b.put("CreateANewPurchaseOrder", order())
	b.must(b.put("CreateANewPurchaseOrder", order()))
	b.clock.move(time.Second)
	if got := b.sim.Counts(); got.PurchaseOrders != 1 || got.LateCommits != 0 {
		t.Errorf("%+v", got)
	}
	if line := b.lastCall(); line.Outcome != "late refused" || !strings.Contains(line.Message, "already exists") {
		t.Errorf("journal line %+v", line)
	}
}

func TestLateCommitByItself(t *testing.T) {
	b := newBench(t, jobpacsim.Config{Seed: jobpacsim.DemoSeed()})
	b.faults(jobpacsim.Fault{Operation: "*", Kind: jobpacsim.FaultLateCommit, MS: 5})
	b.put("CreateANewPurchaseOrder", order())
	until(t, "the late commit", func() bool {
		calls := b.sim.Journal()
		return calls[len(calls)-1].Outcome == "late commit"
	})
}

func TestLateCommitIsDroppedByReset(t *testing.T) {
	b := newBench(t)
	b.faults(jobpacsim.Fault{Operation: "*", Kind: jobpacsim.FaultLateCommit, MS: 1000})
	b.put("CreateANewPurchaseOrder", order())
	if err := b.sim.Reset(); err != nil {
		t.Fatal(err)
	}
	b.clock.move(time.Minute)
	if got := b.sim.Counts(); got.PurchaseOrders != 0 || got.LateCommits != 0 {
		t.Errorf("%+v", got)
	}
}

func TestLateFaultLetsWrongCallsBe(t *testing.T) {
	b := newBench(t)
	b.faults(jobpacsim.Fault{Operation: "*", Kind: jobpacsim.FaultLateCommit, MS: 1000})
	b.refused(b.put("CreateANewPurchaseOrder", order().with("OrderDate", "today")), "yyyy-mm-dd")
	b.must(b.get("JobListing", params{}))
}

func TestLatencyGoesOnWithoutTheCaller(t *testing.T) {
	b := newBench(t, jobpacsim.Config{Seed: jobpacsim.DemoSeed()})
	b.faults(jobpacsim.Fault{Operation: "CreateANewPurchaseOrder", Kind: jobpacsim.FaultLatency, MS: 100})
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan answer)
	go func() {
		gone <- b.sendContext(ctx, http.MethodPut, b.address("CreateANewPurchaseOrder", order().with("Token", b.token)), nil)
	}()
	until(t, "the call arrives", func() bool { return b.sim.Faults()[0].Struck == 1 })
	leave()
	if a := <-gone; a.err == nil {
		t.Fatalf("the caller still got %d", a.status)
	}
	until(t, "the order is there", func() bool { return b.sim.Counts().PurchaseOrders == 1 })
}

func TestCloseLetsGoOfWaitingCalls(t *testing.T) {
	b := newBench(t)
	b.faults(jobpacsim.Fault{Operation: "*", Kind: jobpacsim.FaultLatency, MS: 3_600_000})
	answered := make(chan answer)
	go func() {
		answered <- b.send(http.MethodPut, b.address("CreateANewPurchaseOrder", order().with("Token", b.token)), nil)
	}()
	until(t, "the call arrives", func() bool { return b.sim.Faults()[0].Struck == 1 })
	b.sim.Close()
	if a := <-answered; a.err == nil {
		t.Errorf("answered %d", a.status)
	}
	if got := b.sim.Counts().PurchaseOrders; got != 0 {
		t.Errorf("%d orders", got)
	}
}

func TestStaleLookup(t *testing.T) {
	b := newBench(t)
	b.faults(jobpacsim.Fault{Operation: "PurchaseOrderListing", Kind: jobpacsim.FaultStaleLookup, MS: 5000})
	b.must(b.put("CreateANewPurchaseOrder", order()))
	look := func() int { return len(b.must(b.get("PurchaseOrderListing", params{"WorkId": "01", "Order": "PO1"}))) }
	if look() != 0 {
		t.Error("the young order is shown")
	}
	b.refused(b.put("CreateANewPurchaseOrder", order()), "already exists")
	if err := b.sim.Advance(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	if look() != 1 {
		t.Error("the older order is not shown")
	}
}

func TestRefuseLogin(t *testing.T) {
	b := newBench(t)
	b.faults(jobpacsim.Fault{Operation: "*", Kind: jobpacsim.FaultRefuseLogin, Count: 9, Text: "maintenance"})
	for range 9 {
		if token, message := b.tryLogin(b.loginParams()); token != "" || !strings.Contains(message, "maintenance") {
			t.Fatalf("token %q, message %q", token, message)
		}
	}
	b.login() // no lock from faults
	if got := b.sim.Counts(); got.RefusedLogins != 9 || got.Logins != 2 {
		t.Errorf("logins %d refused %d", got.Logins, got.RefusedLogins)
	}
}

func TestExpireToken(t *testing.T) {
	b := newBench(t)
	b.faults(jobpacsim.Fault{Operation: "CreateANewPurchaseOrder", Kind: jobpacsim.FaultExpireToken, Nth: 1})
	if a := b.put("CreateANewPurchaseOrder", order()); a.status != http.StatusUnauthorized {
		t.Fatalf("answered %d", a.status)
	}
	if a := b.put("CreateANewPurchaseOrder", order()); a.status != http.StatusUnauthorized {
		t.Fatalf("the token lives on: %d", a.status)
	}
	b.token = b.login()
	b.must(b.put("CreateANewPurchaseOrder", order()))
}

func TestWhichCallsAFaultStrikes(t *testing.T) {
	down := func(f jobpacsim.Fault) jobpacsim.Fault {
		f.Kind = jobpacsim.FaultStatusBefore
		return f
	}
	cases := []struct {
		name  string
		fault jobpacsim.Fault
		want  string // of six creates in a row, x is struck
	}{
		{"all", down(jobpacsim.Fault{Operation: "*"}), "xxxxxx"},
		{"count", down(jobpacsim.Fault{Operation: "*", Count: 2}), "xx...."},
		{"nth", down(jobpacsim.Fault{Operation: "*", Nth: 3}), "..x..."},
		{"nth and count", down(jobpacsim.Fault{Operation: "*", Nth: 2, Count: 3}), ".xxx.."},
		{"other operation", down(jobpacsim.Fault{Operation: "CreateANewSubcontract"}), "......"},
		{"other method", down(jobpacsim.Fault{Operation: "*", Method: "POST"}), "......"},
		{"params", down(jobpacsim.Fault{Operation: "*", Params: map[string]string{"Order": "P4"}}), "...x.."},
		{"never", down(jobpacsim.Fault{Operation: "*", Probability: 0.000001, Seed: 1}), "......"},
	}
	for _, c := range cases {
		b := newBench(t)
		b.faults(c.fault)
		if got := b.sixCreates(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func (b *bench) sixCreates() string {
	var struck strings.Builder
	for _, number := range []string{"P1", "P2", "P3", "P4", "P5", "P6"} {
		mark := "."
		if b.put("CreateANewPurchaseOrder", order().with("Order", number)).status == http.StatusServiceUnavailable {
			mark = "x"
		}
		struck.WriteString(mark)
	}
	return struck.String()
}

func TestChanceIsRepeatable(t *testing.T) {
	runs := map[string]bool{}
	for range 2 {
		b := newBench(t)
		b.faults(jobpacsim.Fault{Operation: "*", Kind: jobpacsim.FaultStatusBefore, Probability: 0.5, Seed: 3})
		got := b.sixCreates()
		if !strings.Contains(got, "x") || !strings.Contains(got, ".") {
			t.Errorf("half of the calls: %s", got)
		}
		runs[got] = true
	}
	if len(runs) != 1 {
		t.Errorf("two runs differ: %v", runs)
	}
}

func TestOneEndAndExtras(t *testing.T) {
	b := newBench(t)
	b.faults(
		jobpacsim.Fault{Operation: "*", Kind: jobpacsim.FaultLatency, MS: 1},
		jobpacsim.Fault{Operation: "*", Kind: jobpacsim.FaultStatusAfter, Status: 500},
		jobpacsim.Fault{Operation: "*", Kind: jobpacsim.FaultStatusBefore, Status: 503},
	)
	if a := b.put("CreateANewPurchaseOrder", order()); a.status != 500 {
		t.Errorf("answered %d", a.status)
	}
	states := b.sim.Faults()
	if states[0].Struck != 1 || states[1].Struck != 1 || states[2].Matched != 0 {
		t.Errorf("faults %+v", states)
	}
}

func TestFaultsThatCannotBeSet(t *testing.T) {
	b := newBench(t)
	b.faults(jobpacsim.Fault{Operation: "*", Kind: jobpacsim.FaultCutBefore})
	for name, f := range map[string]jobpacsim.Fault{
		"kind":        {Operation: "*", Kind: "explode"},
		"operation":   {Operation: "NoSuchListing", Kind: jobpacsim.FaultCutAfter},
		"no ms":       {Operation: "*", Kind: jobpacsim.FaultLatency},
		"status":      {Operation: "*", Kind: jobpacsim.FaultStatusAfter, Status: 200},
		"probability": {Operation: "*", Kind: jobpacsim.FaultCutAfter, Probability: 1.5},
		"nth":         {Operation: "*", Kind: jobpacsim.FaultCutAfter, Nth: -1},
	} {
		if err := b.sim.SetFaults([]jobpacsim.Fault{f}); err == nil {
			t.Errorf("%s: was set", name)
		}
	}
	if got := b.sim.Faults(); len(got) != 1 || got[0].Kind != jobpacsim.FaultCutBefore {
		t.Errorf("the old faults are %+v", got)
	}
}
