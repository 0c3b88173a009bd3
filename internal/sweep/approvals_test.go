package sweep_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/sweep"
)

// listed is a Procore's list of approvals.
type listed []erp.Approval

func (l listed) Approved(context.Context, time.Time) iter.Seq2[erp.Approval, error] {
	return func(yield func(erp.Approval, error) bool) {
		for _, a := range l {
			if !yield(a, nil) {
				return
			}
		}
	}
}

// A document that amounts to something else than was entered is hinted once: it
// was changed, and the webhook of that was lost.
func TestChangesThatNobodyHeardOfAreHinted(t *testing.T) {
	key := journal.NewKey("acme", journal.KindCommitment, 7)
	done := func(key journal.Key, total string) journal.Effect {
		e := journal.Effect{Key: key, State: journal.Done, Stands: true}
		e.Plan.Total, e.Plan.Source = total, &journal.Source{}
		return e
	}
	for name, c := range map[string]struct {
		now   string
		want  int
		spoil func(*journal.Effect)
	}{
		"as entered":        {now: "107.00"},
		"changed":           {now: "108.00", want: 1},
		"no total shown":    {},
		"by an ERP request": {now: "108.00", spoil: func(e *journal.Effect) { e.Request, e.Detail = 5, 6 }},
		"parked":            {now: "108.00", spoil: func(e *journal.Effect) { e.State = journal.Parked }},
	} {
		w := newWorld()
		dropped := done(key.Revision(2), "50.00")
		dropped.State, dropped.Stands = journal.Rejected, false
		w.effects = []journal.Effect{done(key, "100.00"), done(key.Revision(1), "7.00"), dropped}
		if c.spoil != nil {
			c.spoil(&w.effects[0])
		}
		total, _ := erp.ParseDecimal(c.now)
		config := w.config()
		config.Approvals = listed{{Kind: erp.ApprovedCommitment, Type: erp.WorkOrderContract, ID: 7, Project: 9, Total: total, Origin: "01|SC1", UpdatedAt: "2026-12-09T00:00:00Z"}}
		s := sweep.New(config)
		for range 2 {
			if _, err := s.Sweep(t.Context(), sweep.Options{}); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.stored) != c.want {
			t.Errorf("%s: %v", name, w.stored)
		}
	}
}

func TestApprovalsThatNobodyHeardOfAreHinted(t *testing.T) {
	w := newWorld()
	day := w.now.Add(-time.Hour).Format(time.RFC3339)
	w.effects = []journal.Effect{
		{Key: journal.NewKey("acme", journal.KindCommitment, 2), State: journal.Done},
		{Key: journal.NewKey("acme", journal.KindChangeOrder, 4), State: journal.Superseded},
	}
	config := w.config()
	config.GoLive = w.now.Add(-24 * time.Hour)
	config.Approvals = listed{
		{Kind: erp.ApprovedCommitment, Type: erp.PurchaseOrderContract, ID: 1, Project: 9, Title: "new", CreatedAt: day, UpdatedAt: day},
		{Kind: erp.ApprovedCommitment, Type: erp.WorkOrderContract, ID: 2, Project: 9, Title: "done", CreatedAt: day},
		{Kind: erp.ApprovedCommitment, Type: erp.WorkOrderContract, ID: 3, Project: 9, Title: "linked", Origin: "01|SC1", CreatedAt: day},
		{Kind: erp.ApprovedChangeOrder, ID: 4, Project: 9, Title: "change", ApprovedAt: day},
		{Kind: erp.ApprovedCommitment, Type: erp.WorkOrderContract, ID: 5, Project: 9, Title: "old", CreatedAt: "2020-01-01T00:00:00Z"},
	}
	s := sweep.New(config)
	report, err := s.Sweep(t.Context(), sweep.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range w.stored {
		got[e.Resource] = e.ResourceID.String() + " of " + e.Project.String()
	}
	if len(got) != 2 || got[erp.ResourcePurchaseOrders] != "1 of 9" || got[erp.ResourceChangePackages] != "4 of 9" {
		t.Errorf("hinted %v", got)
	}
	early := 0
	for _, l := range report.Lines {
		if l.BeforeGoLive && l.ID == "5" && l.Do == sweep.DoListed {
			early++
		}
	}
	if early != 1 {
		t.Errorf("report %+v", report)
	}
	if again, err := s.Sweep(t.Context(), sweep.Options{}); err != nil || again.Enqueued != 0 || len(w.stored) != 2 {
		t.Errorf("again: %+v, %v", again, err)
	}
}
