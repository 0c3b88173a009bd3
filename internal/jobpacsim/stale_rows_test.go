package jobpacsim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/jobpacsim"
)

func (b *bench) lag(operation string, d time.Duration) {
	b.t.Helper()
	b.faults(jobpacsim.Fault{Operation: operation, Kind: jobpacsim.FaultStaleRows, MS: int(d / time.Millisecond)})
}

func (b *bench) nameOf(creditor string) string {
	b.t.Helper()
	rows := b.must(b.get("CreditorListing", params{"Creditor": creditor}))
	if len(rows) == 0 {
		return ""
	}
	return rows[0]["Name"]
}

// A listing that lags shows every row as it was then, change by change.
func TestStaleRowsShowOldValues(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"One", "Two", "Three"} { // at 10:01, 10:02 and 10:03
		b.clock.move(time.Minute)
		b.edit("creditors", row{"Creditor": "ACME01"}, row{"Name": name})
	}
	b.clock.move(30 * time.Second) // it is 10:03:30
	for lag, want := range map[time.Duration]string{
		time.Second: "Three", 30 * time.Second: "Three", 31 * time.Second: "Two", 90 * time.Second: "Two", 2 * time.Minute: "One",
		3 * time.Minute: "Acme Concrete Supply Co", 4 * time.Minute: "",
	} {
		b.lag("CreditorListing", lag)
		if got := b.nameOf("ACME01"); got != want {
			t.Errorf("%v ago: %q, want %q", lag, got, want)
		}
	}
	b.faults()
	if got := b.nameOf("ACME01"); got != "Three" {
		t.Errorf("without the fault %q", got)
	}
}

// Filters look at the values that are shown: a change is not found by its new time.
func TestStaleRowsAreFoundByOldValues(t *testing.T) {
	b := newBench(t)
	b.clock.move(time.Minute)
	b.edit("creditors", row{"Creditor": "ACME01"}, row{"Status": "I"})
	b.clock.move(10 * time.Second)
	since := params{"StartLastUpdateTimestamp": "2026-11-22T10:00:30Z"}
	if got := shownKeys(b.must(b.get("CreditorListing", since)), []string{"Creditor"}); got != "ACME01" {
		t.Errorf("now %q", got)
	}
	b.lag("CreditorListing", 20*time.Second)
	if got := b.must(b.get("CreditorListing", since)); len(got) != 0 {
		t.Errorf("lagging: %v", got)
	}
	if got := b.must(b.get("CreditorListing", params{"Status": "I"})); len(got) != 0 {
		t.Errorf("lagging, by status: %v", got)
	}
	b.clock.move(10 * time.Second)
	if got := b.must(b.get("CreditorListing", since)); len(got) != 1 {
		t.Errorf("caught up: %v", got)
	}
}

func TestStaleRowsLeaveOutNewOnes(t *testing.T) {
	b := newBench(t)
	b.clock.move(time.Minute)
	b.rows("jobs", row{"WorkId": "01", "Job": "1002"})
	b.lag("JobListing", 10*time.Second)
	if got := shownKeys(b.must(b.get("JobListing", params{})), []string{"Job"}); got != "1001" {
		t.Errorf("at once: %s", got)
	}
	if got := b.must(b.get("CostCentreListing", params{"Job": "1001"})); len(got) != 44 {
		t.Errorf("another listing lags too: %d", len(got))
	}
	b.clock.move(10 * time.Second)
	if got := shownKeys(b.must(b.get("JobListing", params{})), []string{"Job"}); got != "1001 1002" {
		t.Errorf("caught up: %s", got)
	}
}

// Seeding a master row again is a change of it, not a new row.
func TestStaleRowsAfterSeedingAgain(t *testing.T) {
	b := newBench(t)
	b.clock.move(time.Minute)
	again := jobpacsim.Books{Creditors: []row{{"CreditorWorkId": "01", "Creditor": "ACME01", "Name": "Again"}}}
	if err := b.sim.Seed(jobpacsim.Seed{Books: again}); err != nil {
		t.Fatal(err)
	}
	b.lag("CreditorListing", 10*time.Second)
	if got := b.nameOf("ACME01"); got != "Acme Concrete Supply Co" {
		t.Errorf("%q", got)
	}
}

// Values older than an hour are forgotten, those within it never.
func TestStaleRowsLookBackAnHour(t *testing.T) {
	b := newBench(t)
	for range 130 {
		b.clock.move(time.Minute)
		b.edit("creditors", row{"Creditor": "ACME01"}, row{"Name": b.clock.now().Format("15:04")})
	}
	b.token = b.login()
	for lag, want := range map[time.Duration]string{time.Hour: "11:10", 30 * time.Minute: "11:40", time.Millisecond: "12:09"} {
		b.lag("CreditorListing", lag)
		if got := b.nameOf("ACME01"); got != want {
			t.Errorf("%v ago: %q, want %q", lag, got, want)
		}
	}
	err := b.sim.SetFaults([]jobpacsim.Fault{{Operation: "CreditorListing", Kind: jobpacsim.FaultStaleRows, MS: 3_600_001}})
	if err == nil || !strings.Contains(err.Error(), "hour") {
		t.Errorf("more than an hour: %v", err)
	}
	if err := b.sim.SetFaults([]jobpacsim.Fault{{Operation: "*", Kind: jobpacsim.FaultStaleRows}}); err == nil {
		t.Error("a lag of nothing")
	}
}

// stale_rows is about listings; on another call it does not strike.
func TestStaleRowsStrikesListingsOnly(t *testing.T) {
	b := newBench(t)
	b.lag("*", time.Hour)
	b.must(b.put("CreateANewPurchaseOrder", order()))
	if got := b.must(b.get("PurchaseOrderListing", params{})); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if state := b.sim.Faults()[0]; state.Struck != 1 || state.Matched != 1 {
		t.Errorf("%+v", state)
	}
	if line := b.lastCall(); len(line.Faults) != 1 || line.Faults[0] != jobpacsim.FaultStaleRows {
		t.Errorf("journal %+v", line)
	}
}
