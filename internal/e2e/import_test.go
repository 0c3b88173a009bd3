package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/procoresim"
)

// newCompany is a world whose Procore has a company and nothing in it.
func newCompany(t *testing.T, org jobpacsim.Organisation) *world {
	t.Helper()
	w := emptyWorld(t)
	if err := w.procore.Seed(procoresim.Seed{Companies: []procoresim.Company{{ID: procoresim.DemoCompanyID, Name: "Harbourside Constructions"}}}); err != nil {
		t.Fatal(err)
	}
	if org.Jobs > 0 {
		if _, err := w.jobpac.Generate(org); err != nil {
			t.Fatal(err)
		}
	}
	w.setUp()
	return w
}

// setUp makes hook and ERP connection as a customer does, by procpac setup.
func (w *world) setUp() {
	w.t.Helper()
	r, err := app.Setup(w.t.Context(), app.SetupOptions{Config: w.config(), URL: w.gateURL})
	if err != nil || r.Open() != 0 {
		w.t.Fatalf("set-up: %v, %+v", err, r)
	}
}

// synced imports objects, all of them without a name, and gives what came of it.
func (s *system) synced(full bool, objects ...erp.Object) map[erp.Object]ops.ImportSummary {
	s.t.Helper()
	job, err := s.api.StartSync(s.t.Context(), ops.SyncOrder{Connection: connection, Objects: objects, Full: full, Actor: "kim"})
	if err != nil {
		s.t.Fatal(err)
	}
	s.await("the import has ended", func() bool {
		job, err = s.api.Job(s.t.Context(), job.ID)
		return err == nil && job.State != ops.JobRunning
	})
	if job.State != ops.JobDone || job.Sync.State != "done" {
		s.t.Fatalf("the import is %s: %s %+v\n%s", job.State, job.Error, job.Sync, s.tail(30))
	}
	all := map[erp.Object]ops.ImportSummary{}
	for _, o := range job.Sync.Objects {
		all[o.Object] = o
	}
	return all
}

// addStaged plays the approver who adds everything that waits, and tells how
// much that was.
func (w *world) addStaged() int {
	w.t.Helper()
	n := 0
	for _, kind := range []string{"vendor", "project", "prime_contract"} {
		added, err := w.procore.ImportAllStaged(kind)
		if err != nil {
			w.t.Fatal(err)
		}
		n += len(added)
	}
	return n
}

// syncCalls counts the calls that wrote imported records to Procore since the
// last time.
func (w *world) syncCalls() int {
	n := w.procore.ImportWrites().Calls
	w.procore.ResetEndpointCounts()
	return n
}

// The whole road: staged, added by the approver, filled by the events of that,
// and quiet afterwards.
func TestACompanyIsFilledFromJobpac(t *testing.T) {
	w := newCompany(t, jobpacsim.Organisation{})
	s := w.serve(w.config())
	first := s.synced(false)
	if c := first[erp.Creditors]; c.New != 6 || c.Refused != 0 {
		t.Errorf("creditors: %+v", c)
	}
	if n := w.addStaged(); n != 7 {
		t.Fatalf("%d staged records added", n)
	}
	w.await("the new project is filled", func() bool { return w.procore.Counts()["job_costs"] >= 40 })
	s.drained()
	all := s.synced(false)
	for object, o := range all {
		if o.Refused > 0 {
			t.Errorf("%s: %+v", object, o)
		}
	}
	if cost, known := w.procore.Record("job_costs", "01|1001|01-100|M"); !known || !sameAmount(cost.Fields["original_estimate"], "50000") {
		t.Errorf("job cost: %t %+v", known, cost)
	}
	if n := w.addStaged(); n != 1 {
		t.Errorf("%d head contracts added", n)
	}
	s.drained()
	s.synced(false)
	w.syncCalls()
	again := s.synced(false)
	full := s.synced(true)
	if n := w.syncCalls(); n != 0 {
		t.Errorf("%d calls wrote although nothing changed: %+v\n%+v", n, again, full)
	}
}

// A full and an incremental import end in the same state, after any changes.
func TestFullAndIncrementalImportsEndTheSame(t *testing.T) {
	var states [2]map[string]string
	for i, full := range []bool{false, true} {
		w := newCompany(t, jobpacsim.Organisation{WorkID: "01", Jobs: 5, Creditors: 60, CostCentres: 300, LedgerRows: 2, ClaimCodes: 4, Seed: 7})
		s := w.serve(w.config())
		s.synced(false)
		w.addStaged()
		s.drained()
		w.changeBooks(t)
		s.synced(full)
		states[i] = w.procore.Digest()
		s.stop()
	}
	if !maps.Equal(states[0], states[1]) {
		t.Errorf("incremental and full differ in %v", differing(states[0], states[1]))
	}
}

// changeBooks changes a creditor, a cost centre, a job and a ledger row in
// Jobpac.
func (w *world) changeBooks(t *testing.T) {
	t.Helper()
	for book, row := range map[string]jobpacsim.Row{
		"jobs":         {"WorkId": "01", "Job": "1001", "Description": "Renamed job"},
		"creditors":    {"CreditorWorkId": "01", "Creditor": "ACME01", "Name": "Acme Renamed"},
		"cost_centres": {"CostingWorkId": "01", "Job": "1001", "CostCode": "01-100", "CostType": "M", "Description": "Renamed centre", "OriginalBudgetValue": "51000"},
	} {
		if _, changed, err := w.jobpac.Put(book, []jobpacsim.Row{row}); err != nil || changed != 1 {
			t.Fatalf("%s: %d changed, %v", book, changed, err)
		}
	}
}

// differing names the kinds of record in which two Procores differ.
func differing(a, b map[string]string) []string {
	var kinds []string
	for kind := range a {
		if a[kind] != b[kind] {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// origins lists what a kind of record is linked to, sorted.
func (w *world) origins(kind string) []string {
	w.t.Helper()
	records, err := w.procore.Records(kind, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	all := make([]string, len(records))
	for i, r := range records {
		all[i] = r.OriginID
	}
	slices.Sort(all)
	return all
}

// sameAmount compares two amounts as numbers.
func sameAmount(a, b string) bool {
	x, errX := erp.ParseDecimal(a)
	y, errY := erp.ParseDecimal(b)
	m, errM := x.Money()
	n, errN := y.Money()
	return errX == nil && errY == nil && errM == nil && errN == nil && m == n
}

// nameOf is the code that only this bad row has: it has a Z.
func nameOf(b jobpacsim.BadRow) string {
	for _, key := range b.Keys {
		for _, column := range []string{"CostCode", "Creditor", "GSTCode", "ClaimCode", "Job"} {
			if strings.Contains(key[column], "Z") {
				return key[column]
			}
		}
	}
	return "?"
}

// Bad rows are reported by name, and nothing else is missing.
func TestBadRowsAreNamedAndStopNothingElse(t *testing.T) {
	w := newCompany(t, jobpacsim.Organisation{WorkID: "01", Jobs: 6, Creditors: 80, CostCentres: 600, LedgerRows: 1, ClaimCodes: 4, Seed: 11})
	s := w.serve(w.config())
	s.synced(false)
	w.addStaged()
	s.drained()
	s.synced(true)
	kinds := []string{"vendors", "projects", "standard_cost_codes", "cost_codes", "line_item_types", "assignments", "job_costs", "tax_codes", "staged_records"}
	good := map[string][]string{}
	for _, kind := range kinds {
		good[kind] = w.origins(kind)
	}
	bad, err := w.jobpac.Spoil(jobpacsim.Spoiling{WorkID: "01", Count: 100, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	all := s.synced(true)
	refused, said := 0, ""
	for _, o := range all {
		refused += o.Refused
		for _, p := range o.Refusals {
			said += p.Message + "\n"
		}
		said += strings.Join(o.Notes, "\n") + "\n" // a project is brought without a contract sum that is no amount
	}
	for _, b := range bad {
		if b.Kind != "bad_ledger_amount" && !strings.Contains(said, nameOf(b)) { // transactions are not brought here
			t.Errorf("nothing is said of bad row %+v", b)
		}
	}
	for _, kind := range kinds {
		now := w.origins(kind)
		for _, origin := range good[kind] {
			if _, there := slices.BinarySearch(now, origin); !there {
				t.Errorf("missing after the bad rows came: %s %s", kind, origin)
			}
		}
	}
	t.Logf("%d bad rows, %d refused", len(bad), refused)
}

// Scheduled imports begin by themselves, and are one import for one turn.
func TestImportsRunByThemselves(t *testing.T) {
	w := newCompany(t, jobpacsim.Organisation{})
	cfg := w.config()
	cfg.Connections[0].Sync = config.Sync{Jobs: config.Duration(time.Hour), Creditors: config.Duration(time.Hour)}
	s := w.serve(cfg)
	w.await("jobs and creditors are staged", func() bool { return w.procore.Counts()["staged_records"] == 7 })
	s.await("the import has ended", func() bool {
		page, err := s.api.Effects(t.Context(), ops.Query{Kinds: []string{"import"}})
		return err == nil && len(page.Items) == 1 && page.Items[0].State == "done"
	})
}
