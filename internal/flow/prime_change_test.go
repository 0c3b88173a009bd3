package flow

import (
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/journal"
)

// primeBench has a prime contract change order of one line as request 5.
func primeBench(t *testing.T, code string) *bench {
	b := newBench(t)
	b.Rules.Variation.HeadContractType = "2"
	b.procore.requests[5] = erp.Request{
		ID: 5, DetailID: 1005, Company: 9, Name: erp.CreatePrimeContractChangeOrder, JobOrigin: "01|1001",
		PrimeChange: &erp.PrimeChange{
			ID: 9901, ContractID: 77, Number: "001", Code: code, Title: "More floors", Status: "approved", ReviewedAt: "2026-11-21T00:00:00Z",
			Lines: []erp.PrimeChangeLine{{ID: 501, Description: "Floor 9", Amount: decimal(t, "125000.00"), CostCode: erp.Link{Origin: "01|1001|01-100"}, CostType: erp.Link{Origin: "M"}}},
		},
	}
	return b
}

func TestAPrimeChangeBecomesAHeadContractVariation(t *testing.T) {
	for code, want := range map[string]string{"HV7": "HV7", "": "V00001"} {
		b := primeBench(t, code)
		b.untilSettled(5, 5)
		b.want(journal.KindPrimeChange, 9901, journal.Done, 1, erp.Success)
		row := b.jobpac.rows[0]
		if row.kind != erp.KindVariation || row.values[erp.ColVariation] != want || row.values[erp.ColVariationTyp] != "2" || row.values[erp.ColApprovedSum] != "125000.00" {
			t.Errorf("%+v", row)
		}
		if got := b.procore.links[9901].Origin; got != "01|1001|"+want {
			t.Errorf("linked as %q", got)
		}
		b.replay(5)
		b.deliver(5)
		b.want(journal.KindPrimeChange, 9901, journal.Done, 1, erp.Success)
	}
}

// Head contract and subcontract variations share a job's register.
func TestAPrimeChangeDoesNotTakeASubcontractsNumber(t *testing.T) {
	b := primeBench(t, "V00007")
	c := b.order(1, 1)
	c.Type = erp.WorkOrderContract
	b.untilSettled(1, 5)
	b.change(2, *c, 1)
	b.untilSettled(2, 5)
	rows := len(b.jobpac.rows)
	b.untilSettled(5, 5)
	b.want(journal.KindPrimeChange, 9901, journal.Rejected, rows, erp.Failed)
	if words := strings.Join(b.procore.words[1005], " "); !strings.Contains(words, "V00007") {
		t.Errorf("told %q", words)
	}
}

func TestAPrimeChangeSurvivesDeath(t *testing.T) {
	for _, at := range []failpoint.Point{failpoint.Numbered, failpoint.IntentWritten, failpoint.Sent, failpoint.StepsDone, failpoint.AppliedWritten, failpoint.Closed, failpoint.DoneWritten} {
		t.Run(string(at), func(t *testing.T) {
			b := primeBench(t, "")
			b.unique = Verified
			b.Points = dyingAt(at)
			b.dies(func() Verdict { return b.deliver(5) })
			b.Rules.Variation.HeadContractType = "2"
			b.untilSettled(5, 20)
			if e := b.effect(journal.KindPrimeChange, 9901); e.State != journal.Done || len(b.jobpac.rows) != 1 {
				t.Errorf("%s: %s, rows %v", e.State, e.Last.Reason, b.jobpac.rows)
			}
			if got := slices.Compact(slices.Clone(b.procore.closings[1005])); !slices.Equal(got, []erp.Outcome{erp.Success}) {
				t.Errorf("told %v", got)
			}
		})
	}
}

func TestUnlinkingAPrimeChange(t *testing.T) {
	b := primeBench(t, "HV7")
	b.untilSettled(5, 5)
	ask := erp.Unlink{Kind: journal.KindPrimeChange, ID: 9901, Commitment: 77, Origin: "01|1001|HV7", Lines: []erp.ID{501}}
	b.unlinks(6, ask)
	b.untilSettled(6, 5)
	if got := b.procore.closings[1006]; !slices.Equal(got, []erp.Outcome{erp.Failed}) {
		t.Errorf("it stands, and was told %v", got)
	}
	b.jobpac.rows = nil
	b.unlinks(7, ask)
	b.untilSettled(7, 5)
	if got := b.procore.closings[1007]; !slices.Equal(got, []erp.Outcome{erp.Success}) || b.procore.links[9901].Origin != "" {
		t.Errorf("it is gone, and was told %v", got)
	}
}
