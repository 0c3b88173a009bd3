package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// remover is a Procore that deletes.
type remover struct {
	removed []string
	err     error
}

func (r *remover) Remove(_ context.Context, t erp.EntryType, project, id erp.ID) error {
	if r.err != nil {
		return r.err
	}
	r.removed = append(r.removed, fmt.Sprintf("%s %d of %d", t, id, project))
	return nil
}

// Every request of Procore's dictionary has its route, and ends with exactly one
// answer where it has a detail.
func TestEveryRequestOfTheDictionaryEndsOnce(t *testing.T) {
	if len(erp.RequestNames()) < 50 {
		t.Fatalf("only %d names: the dictionary has more", len(erp.RequestNames()))
	}
	for name := range routes() {
		if !slices.Contains(erp.RequestNames(), name) {
			t.Errorf("%s has a route and is not in the dictionary", name)
		}
	}
	for _, name := range erp.RequestNames() {
		t.Run(name, func(t *testing.T) {
			r, known := routes()[name]
			if !known {
				t.Fatal("it has no route")
			}
			if r.do == refuse && r.words == "" {
				t.Error("it is refused without words of its own")
			}
			for _, about := range []*erp.ImportRequest{nil, {JobOrigin: "01|1001"}} {
				b, _ := importBench(t)
				b.procore.requests[1] = erp.Request{ID: 1, DetailID: 1001, Company: 9, Name: name, JobOrigin: "01|1001", Import: about}
				b.procore.requests[2] = erp.Request{ID: 2, Company: 9, Name: name, JobOrigin: "01|1001", Import: about}
				b.untilSettled(1, 5)
				b.untilSettled(2, 5)
				b.deliver(1)
				if got := b.procore.closings[1001]; len(got) != 1 || len(b.procore.words[1001]) == 0 || b.procore.words[1001][0] == "" {
					t.Errorf("closed %v with %q", got, b.procore.words[1001])
				}
				if len(b.procore.closings) != 1 {
					t.Errorf("a request without a detail was closed: %v", b.procore.closings)
				}
			}
		})
	}
}

// deletes adds a request to delete two cost codes, 01-100 that Jobpac has and
// 09-900 that it has not.
func (b *bench) deletes() *remover {
	r := &remover{}
	b.Remover = r
	b.procore.requests[1] = erp.Request{ID: 1, Company: 9, Name: "delete_cost_codes", Import: &erp.ImportRequest{
		Project: 6, JobOrigin: "01|1001",
		Rows: []erp.ClosedBy{{Detail: 501, ID: 11, Origin: "01|1001|01-100"}, {Detail: 502, ID: 12, Origin: "01|1001|09-900"}},
	}}
	b.Ledger = oneCode{b.jobpac}
	return r
}

// oneCode shows the cost centres of cost code 01-100 only.
type oneCode struct{ *books }

func (o oneCode) Facts(ctx context.Context, q erp.FactsQuery) (erp.Facts, error) {
	f, err := o.books.Facts(ctx, q)
	if !slices.Contains(q.CostCodes, "01-100") {
		f.Centres = nil
	}
	return f, err
}

func TestEachRowToDeleteHasItsOwnAnswer(t *testing.T) {
	b, _ := importBench(t)
	r := b.deletes()
	b.untilSettled(1, 5)
	b.deliver(1)
	if got := fmt.Sprint(b.procore.closings); got != fmt.Sprint(map[erp.ID][]erp.Outcome{501: {erp.Failed}, 502: {erp.Success}}) {
		t.Errorf("told %s", got)
	}
	if got := strings.Join(r.removed, "; "); got != "cost_code 12 of 6" {
		t.Errorf("removed %q", got)
	}
	if words := b.procore.words[501][0]; !strings.Contains(words, "cost code 01-100 of job 1001 is still in Jobpac") {
		t.Errorf("told %q", words)
	}
	if s := b.effect(journal.KindRequest, 1).State; s != journal.Done {
		t.Errorf("the request is %s", s)
	}
}

func TestDeletingAnAssignmentTakesItsJobCostAlong(t *testing.T) {
	b, _ := importBench(t)
	r := b.deletes()
	b.procore.requests[1] = erp.Request{ID: 1, Company: 9, Name: "delete_cost_type_assignments", Import: &erp.ImportRequest{
		Project: 6, JobOrigin: "01|1001",
		Rows: []erp.ClosedBy{
			{Detail: 501, ID: 11, CostCodeOrigin: "01|1001|01-100", CostTypeOrigin: "M", JobCost: 21},
			{Detail: 502, ID: 12, CostCodeOrigin: "01|1001|01-100", CostTypeOrigin: "Z", JobCost: 22},
		},
	}}
	b.untilSettled(1, 5)
	if got := strings.Join(r.removed, "; "); got != "job_cost 22 of 6; assignment 12 of 6" {
		t.Errorf("removed %q", got)
	}
}

// A death anywhere leads to the same answers, each repeated at most.
func TestDeletingSurvivesDeath(t *testing.T) {
	for _, at := range []failpoint.Point{failpoint.Claimed, failpoint.AppliedWritten, failpoint.Closed, failpoint.DoneWritten, failpoint.EndWritten, failpoint.EndTold} {
		t.Run(string(at), func(t *testing.T) {
			b, _ := importBench(t)
			r := b.deletes()
			b.Points = dyingAt(at)
			b.dies(func() Verdict { return b.deliver(1) })
			b.Ledger, b.Remover = oneCode{b.jobpac}, r
			b.untilSettled(1, 10)
			for detail, want := range map[erp.ID]erp.Outcome{501: erp.Failed, 502: erp.Success} {
				if got := slices.Compact(slices.Clone(b.procore.closings[detail])); !slices.Equal(got, []erp.Outcome{want}) {
					t.Errorf("detail %d was told %v", detail, got)
				}
			}
		})
	}
}

func TestProcoreRefusingADeletionIsTold(t *testing.T) {
	b, _ := importBench(t)
	r := b.deletes()
	r.err = fault.New(fault.Permanent, "remove", nil).Saying("the code is in use")
	b.untilSettled(1, 5)
	if got := b.procore.closings[502]; !slices.Equal(got, []erp.Outcome{erp.Failed}) || !strings.Contains(b.procore.words[502][0], "in use") {
		t.Errorf("told %v: %q", got, b.procore.words[502])
	}
}

// Rows of work that Jobpac owns are refused one by one, as are those of a request
// that cannot be read.
func TestRowsAreRefusedOneByOne(t *testing.T) {
	for name, req := range map[string]erp.Request{
		"not ours":   {Name: erp.CreateStandardCostCodes},
		"unreadable": {Name: erp.DeleteCostCodes, Unreadable: "a field is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := importBench(t)
			req.ID, req.Company = 1, 9
			req.Import = &erp.ImportRequest{Rows: []erp.ClosedBy{{Detail: 501}, {Detail: 502}}}
			b.procore.requests[1] = req
			b.untilSettled(1, 5)
			b.deliver(1)
			if got := fmt.Sprint(b.procore.closings); got != fmt.Sprint(map[erp.ID][]erp.Outcome{501: {erp.Failed}, 502: {erp.Failed}}) {
				t.Errorf("told %s", got)
			}
		})
	}
}
