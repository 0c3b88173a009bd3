package doctor_test

import (
	"context"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/doctor"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/jobpac"
	"github.com/procpac/procpac/internal/jobpacsim"
)

// The contract check through the real client against the simulator of Jobpac,
// which shares no code with it, in each of its settings: the verdict is what the
// setting says, and nothing is claimed that was not shown.

// tested is a simulator in some setting, and a contract check of it.
func tested(t *testing.T, timeout time.Duration, change func(*jobpacsim.Settings), faults ...jobpacsim.Fault) (*jobpacsim.Sim, doctor.Contract) {
	t.Helper()
	settings, seed := jobpacsim.DefaultSettings(), jobpacsim.DemoSeed()
	if change != nil {
		change(&settings)
	}
	sim, err := jobpacsim.New(jobpacsim.Config{Settings: &settings, Seed: seed, Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() { sim.Close(); server.Close() })
	app, user := seed.Applications[0], seed.Users[0]
	client, err := jobpac.New(jobpac.Config{
		AuthURL: server.URL, RequestURL: server.URL, Environment: app.Environment, Application: app.Name, Version: app.Version, Key: app.Key,
		User: user.Name, Password: user.Password, WorkID: "01", ReferenceField: "UserDefinedField1", Timeout: timeout, CacheFor: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(context.WithoutCancel(t.Context())) })
	job := erp.JobKey{WorkID: "01", Job: "1001"}
	return sim, doctor.Contract{
		Ledger: client, Poll: 10 * time.Millisecond, Limit: 20 * time.Second,
		Plan: doctor.Plan{
			Connection: "acme", Environment: "DEMO", WorkID: "01", Job: job, Creditor: erp.CreditorKey{WorkID: "01", Creditor: "BOND02"},
			Centre: erp.CostCentreKey{JobKey: job, CostCode: "02-200", CostType: "S"}, TaxCode: "G", VariationType: "1", OrderWidth: 10, VariationWidth: 6,
		},
	}
}

// verdict is what a check must find.
type verdict struct {
	order, item, variation, variationItem string
	late                                  bool          // a look-up shows writes late
	commits                               bool          // a write without an answer showed
	answer                                time.Duration // the slowest write took at least so long
	reference                             string
}

func same(value string) verdict {
	return verdict{order: value, item: value, variation: value, variationItem: value, reference: "shown"}
}

func (v verdict) but(change func(*verdict)) verdict { change(&v); return v }

func (v verdict) holds(t *testing.T, r doctor.Record) {
	t.Helper()
	got := r.Unique
	if got["order"] != v.order || got["item"] != v.item || got["variation"] != v.variation || got["variation_item"] != v.variationItem {
		t.Errorf("unique: %v, want %+v\n%+v", got, v, r.Tried)
	}
	if r.AtOnce == v.late || (r.LookUpMS > 0) != v.late || (r.CommitMS > 0) != v.commits {
		t.Errorf("at once %v, look-up %d ms, commit %d ms: want %+v\n%+v", r.AtOnce, r.LookUpMS, r.CommitMS, v, r.Tried)
	}
	if r.AnswerMS < v.answer.Milliseconds() || r.Reference != v.reference {
		t.Errorf("slowest answer %d ms, reference %s: want %+v", r.AnswerMS, r.Reference, v)
	}
}

// accepts lets a second record of these names stand.
func accepts(names ...string) func(*jobpacsim.Settings) {
	return func(s *jobpacsim.Settings) {
		for _, name := range names {
			s.DuplicateKeys[name] = jobpacsim.DuplicateAccept
		}
	}
}

// late is how late the simulator shows or commits; longer in the long form.
func late() int {
	if os.Getenv("TORTURE") == "long" {
		return 5000
	}
	return 400
}

func everyWrite(kind string, ms int) []jobpacsim.Fault {
	return []jobpacsim.Fault{{Operation: "*", Method: "PUT", Kind: kind, MS: ms}, {Operation: "*", Method: "POST", Kind: kind, MS: ms}}
}

func TestContractAgainstEachSetting(t *testing.T) {
	t.Parallel()
	const v, no, unknown = doctor.Verified, doctor.No, doctor.Unknown
	strict := same(v)
	accept := func(s *jobpacsim.Settings) { s.DuplicateNumber = jobpacsim.DuplicateAccept }
	for name, c := range map[string]struct {
		change  func(*jobpacsim.Settings)
		faults  []jobpacsim.Fault
		timeout time.Duration
		want    verdict
	}{
		"strict, refuses":         {want: strict},
		"lenient":                 {change: func(s *jobpacsim.Settings) { s.Strict = false }, want: strict},
		"refuses in rows":         {change: func(s *jobpacsim.Settings) { s.WriteRefusal = jobpacsim.AnswerRow }, want: strict},
		"padded":                  {change: func(s *jobpacsim.Settings) { s.PadText = true }, want: strict},
		"accepts all":             {change: accept, want: same(no)},
		"accepts all, lenient":    {change: func(s *jobpacsim.Settings) { accept(s); s.Strict = false }, want: same(no)},
		"accepts orders":          {change: accepts("order"), want: strict.but(func(w *verdict) { w.order = no })},
		"accepts items":           {change: accepts("item"), want: strict.but(func(w *verdict) { w.item = no })},
		"accepts variations":      {change: accepts("variation"), want: strict.but(func(w *verdict) { w.variation = no })},
		"accepts variation items": {change: accepts("variation_item"), want: strict.but(func(w *verdict) { w.variationItem = no })},
		"refuses orders only": {
			change: func(s *jobpacsim.Settings) { accept(s); s.DuplicateKeys["order"] = jobpacsim.DuplicateRefuse },
			want:   same(no).but(func(w *verdict) { w.order = v }),
		},
		"reference hidden": {change: func(s *jobpacsim.Settings) { s.HideReferences = true }, want: strict.but(func(w *verdict) { w.reference = "hidden" })},
		"slow":             {faults: everyWrite(jobpacsim.FaultLatency, late()), want: strict.but(func(w *verdict) { w.answer = time.Duration(late()) * time.Millisecond })},
		"slower than we wait": {
			faults: everyWrite(jobpacsim.FaultLatency, 500), timeout: 100 * time.Millisecond,
			want: same(unknown).but(func(w *verdict) { w.commits = true }),
		},
		"slower than we wait, accepts": {
			change: accept, faults: everyWrite(jobpacsim.FaultLatency, 500), timeout: 100 * time.Millisecond,
			want: same(no).but(func(w *verdict) { w.commits = true }),
		},
		"stale look-up": {
			faults: []jobpacsim.Fault{{Operation: "*", Kind: jobpacsim.FaultStaleLookup, MS: late()}},
			want:   strict.but(func(w *verdict) { w.late = true }),
		},
		"stale look-up, accepts": {
			change: accept, faults: []jobpacsim.Fault{{Operation: "*", Kind: jobpacsim.FaultStaleLookup, MS: late()}},
			want: same(no).but(func(w *verdict) { w.late = true }),
		},
		"commits an order late": {
			faults: []jobpacsim.Fault{{Operation: "CreateANewPurchaseOrder", Kind: jobpacsim.FaultLateCommit, MS: late(), Nth: 1}},
			want:   strict.but(func(w *verdict) { w.commits = true }),
		},
		"commits an order late, accepts": {
			change: accepts("order"), faults: []jobpacsim.Fault{{Operation: "CreateANewPurchaseOrder", Kind: jobpacsim.FaultLateCommit, MS: late(), Nth: 1}},
			want: strict.but(func(w *verdict) { w.commits, w.order = true, no }),
		},
		"commits everything late": {faults: everyWrite(jobpacsim.FaultLateCommit, late()), want: same(unknown).but(func(w *verdict) { w.commits = true })},
		"commits everything late, accepts": {
			change: accept, faults: everyWrite(jobpacsim.FaultLateCommit, late()), want: same(no).but(func(w *verdict) { w.commits = true }),
		},
		"drops every answer": {faults: everyWrite(jobpacsim.FaultCutAfter, 0), want: same(unknown).but(func(w *verdict) { w.commits = true })},
		"answers 500 after an order": {
			faults: []jobpacsim.Fault{{Operation: "CreateANewSubcontract", Kind: jobpacsim.FaultStatusAfter, Nth: 1}},
			want:   strict.but(func(w *verdict) { w.commits = true }),
		},
		"answers nothing to a repeat": {faults: []jobpacsim.Fault{{Operation: "CreateANewVariation", Kind: jobpacsim.FaultEmpty200, Nth: 2}}, want: strict},
		"token ends":                  {faults: []jobpacsim.Fault{{Operation: "CreateANewVariationItem", Kind: jobpacsim.FaultExpireToken, Nth: 1}}, want: strict},
		"busy for a moment":           {faults: []jobpacsim.Fault{{Operation: "CreateANewSubcontractItem", Kind: jobpacsim.FaultStatusBefore, Status: 429, Nth: 1}}, want: strict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.timeout == 0 {
				c.timeout = 10 * time.Second
			}
			sim, contract := tested(t, c.timeout, c.change, c.faults...)
			r, err := contract.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if c.want.commits && r.CommitMS == 0 {
				r.CommitMS = 1 // it came within the millisecond
			}
			c.want.holds(t, r)
			agrees(t, sim, r)
		})
	}
}

// agrees holds the verdicts against the simulator's books: what is called
// verified stands once.
func agrees(t *testing.T, sim *jobpacsim.Sim, r doctor.Record) {
	t.Helper()
	n := sim.Counts()
	rows := map[string]int{
		"purchase_order": n.PurchaseOrders, "purchase_order_item": n.PurchaseOrderItems, "subcontract": n.Subcontracts,
		"subcontract_item": n.SubcontractItems, "variation": n.Variations, "variation_item": n.VariationItems,
	}
	for _, tried := range r.Tried {
		if tried.Unique == doctor.Verified && rows[tried.Kind] != 1 {
			t.Errorf("%s is called verified, and %d stand", tried.Kind, rows[tried.Kind])
		}
		if tried.Unique == doctor.No && rows[tried.Kind] < 2 {
			t.Errorf("%s is called no, and %d stands", tried.Kind, rows[tried.Kind])
		}
	}
}

// A Jobpac on which nothing can be made proves nothing, and says why.
func TestContractThatCannotBeTried(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*doctor.Plan)
		faults []jobpacsim.Fault
		words  string
	}{
		"tax code":    {func(p *doctor.Plan) { p.TaxCode = "ZZ" }, nil, `TaxCode "ZZ" is not a GST code`},
		"heading":     {func(p *doctor.Plan) { p.Centre.CostCode = "02-000" }, nil, "is a heading"},
		"closed job":  {func(p *doctor.Plan) { p.Job.Job = "9999" }, nil, `Job "9999" does not exist`},
		"wrong type":  {func(p *doctor.Plan) { p.VariationType = "9" }, nil, "is not a variation type"},
		"never there": {func(*doctor.Plan) {}, []jobpacsim.Fault{{Operation: "CreateANewVariation", Kind: jobpacsim.FaultStatusAfter}, {Operation: "VariationListing", Kind: jobpacsim.FaultStaleLookup, MS: 3_600_000}}, "no clear answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, contract := tested(t, 10*time.Second, nil, c.faults...)
			c.change(&contract.Plan)
			contract.Limit = 300 * time.Millisecond
			r, err := contract.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			report := doctor.Report{Lines: r.Lines(30 * time.Second)}
			if report.Count(doctor.Wrong) == 0 || !told(report, c.words) {
				t.Errorf("%+v", report.Lines)
			}
		})
	}
}

func told(r doctor.Report, words string) bool {
	for _, l := range r.Lines {
		if l.Level == doctor.Wrong && strings.Contains(l.Words, words) {
			return true
		}
	}
	return false
}
