package jobpacsim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/jobpacsim"
)

// sampleWorld is a simulator on its way to where a sample begins.
type sampleWorld struct {
	*bench
	samples map[string]exchange
	done    map[string]bool
}

func newSampleWorld(t *testing.T, all map[string]exchange) *sampleWorld {
	t.Helper()
	c := &clock{at: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	b := newBench(t, jobpacsim.Config{Seed: sampleSeed(), Now: c.now})
	b.clock = c
	return &sampleWorld{bench: b, samples: all, done: map[string]bool{}}
}

// sampleSeed is the demo company with a few cost centres, two creditors and two
// costs.
func sampleSeed() jobpacsim.Seed {
	seed := jobpacsim.DemoSeed()
	keep := func(rows []jobpacsim.Row, fits func(jobpacsim.Row) bool) []jobpacsim.Row {
		return slices.DeleteFunc(rows, func(r jobpacsim.Row) bool { return !fits(r) })
	}
	seed.Books.CostCentres = keep(seed.Books.CostCentres, func(r jobpacsim.Row) bool {
		return strings.HasPrefix(r["CostCode"], "02") && (r["CostType"] != "M" || r["CostCode"] == "02-100")
	})
	seed.Books.Creditors = keep(seed.Books.Creditors, func(r jobpacsim.Row) bool { return r["Creditor"] == "ACME01" || r["Creditor"] == "BOND02" })
	seed.Books.Ledger = keep(seed.Books.Ledger, func(r jobpacsim.Row) bool { return r["Source"] == "JN" })
	seed.Books.Payables = keep(seed.Books.Payables, func(r jobpacsim.Row) bool { return r["Creditor"] == "ACME01" })
	seed.Books.ClaimCodes = seed.Books.ClaimCodes[:2]
	seed.Books.GSTCodes = seed.Books.GSTCodes[:2]
	return seed
}

// prepare brings about what a sample says comes before it, each thing once.
func (w *sampleWorld) prepare(s exchange) {
	w.t.Helper()
	for _, name := range s.After {
		if w.done[name] {
			continue
		}
		w.done[name] = true
		if step, ok := strings.CutPrefix(name, "sim:"); ok {
			w.step(step)
			continue
		}
		before, ok := w.samples[name]
		if !ok {
			w.t.Fatalf("there is no sample %q", name)
		}
		w.prepare(before)
		w.must(w.play(before))
	}
}

// play sends a sample's request.
func (w *sampleWorld) play(s exchange) answer {
	w.t.Helper()
	request := s.Request
	if request["Value"] == "*" {
		request = request.with("Value", w.loginParams()["Value"])
		return w.send(s.Method, w.address(s.Path[1:], request), nil)
	}
	return w.call(s.Method, s.Path[1:], request)
}

// sampleSteps are what happens in Jobpac itself, by the names that samples give
// them.
func sampleSteps() map[string]func(*bench) {
	edit := func(book string, key, set jobpacsim.Row) func(*bench) {
		return func(b *bench) { b.t.Helper(); b.edit(book, key, set) }
	}
	put := func(book string, row jobpacsim.Row) func(*bench) {
		return func(b *bench) {
			b.t.Helper()
			if _, _, err := b.sim.Put(book, []jobpacsim.Row{row}); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	set := func(change func(*jobpacsim.Settings)) func(*bench) {
		return func(b *bench) { b.t.Helper(); b.change(change) }
	}
	subcontract, variation := jobpacsim.Row{"Order": "SC-1001"}, jobpacsim.Row{"Variation": "V00001"}
	closed := func(module string) jobpacsim.Row {
		return jobpacsim.Row{"WorkId": "01", "Module": module, "AccountingPeriod": "202611", "Locked": "Y"}
	}
	return map[string]func(*bench){
		"claim imports are processed":         func(b *bench) { b.t.Helper(); b.pass(time.Minute) },
		"items above 500.00 need an approval": set(func(s *jobpacsim.Settings) { s.ApprovalLimitCents = 500_00 }),
		"only people approve items":           set(func(s *jobpacsim.Settings) { s.RefuseAPIApproval = true }),
		"refusals are rows":                   set(func(s *jobpacsim.Settings) { s.WriteRefusal = jobpacsim.AnswerRow }),
		"the creditor's invoice is posted":    put("payables", jobpacsim.Row{"WorkId": "01", "Creditor": "BOND02", "Transaction": "INV-7"}),
		"the period of claims is closed":      put("periods", closed("SC")),
		"the period of payables is closed":    put("periods", closed("AP")),
		"an item is worth less":               edit("subcontract_items", jobpacsim.Row{"ItemNumber": "2"}, jobpacsim.Row{"ForeignCurrencyOriginalContractValue": "999.99"}),
		"the portal switch is on":             edit("subcontracts", subcontract, jobpacsim.Row{"EnableExternalSubcontractPortal": "Y"}),
		"the subcontract is finalised":        edit("subcontracts", subcontract, jobpacsim.Row{"Finalised": "Y"}),
		"the header holds back too much":      edit("claim_imports", jobpacsim.Row{"Invoice": "INV-7"}, jobpacsim.Row{"Retention": "1500.01"}),
		"the GST code has another rate":       edit("gst_codes", jobpacsim.Row{"GSTCode": "G"}, jobpacsim.Row{"TaxPercentage": "15"}),
		"the variation is on another order":   edit("variation_items", variation, jobpacsim.Row{"Order": "SC-1002"}),
		"the purchase order is complete":      edit("purchase_orders", jobpacsim.Row{"Order": "PO-2001"}, jobpacsim.Row{"Complete": "Y"}),
		"there are four jobs": func(b *bench) {
			b.t.Helper()
			for _, job := range []string{"1000", "1002", "1003"} {
				put("jobs", jobpacsim.Row{"WorkId": "01", "Job": job, "Description": "Job " + job})(b)
			}
			put("cost_centres", jobpacsim.Row{"CostingWorkId": "01", "Job": "1002", "CostCode": "02-100", "CostType": "M", "Description": "Structure"})(b)
		},
		"the variation is not approved": func(b *bench) {
			b.t.Helper()
			b.edit("variations", variation, jobpacsim.Row{"ApprovalDate": ""})
			b.edit("variation_items", variation, jobpacsim.Row{"DateApproved": ""})
		},
		"logins are refused": func(b *bench) {
			b.t.Helper()
			b.faults(jobpacsim.Fault{Operation: "GiveMeAToken", Kind: jobpacsim.FaultRefuseLogin, Text: "user or password is wrong"})
		},
	}
}

func (w *sampleWorld) step(name string) {
	w.t.Helper()
	step, ok := sampleSteps()[name]
	if !ok {
		w.t.Fatalf("there is no step %q", name)
	}
	step(w.bench)
}

// Every step is used by a sample.
func TestSampleStepsAreUsed(t *testing.T) {
	used := map[string]bool{}
	for _, s := range samples(t) {
		for _, name := range s.After {
			used[name] = true
		}
	}
	for name := range sampleSteps() {
		if !used["sim:"+name] {
			t.Errorf("no sample needs %q", name)
		}
	}
}
