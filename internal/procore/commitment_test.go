package procore

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// onProject answers with a sample, to calls that name the project.
func onProject(t *testing.T, name string) http.HandlerFunc {
	s := samples(t)[name]
	return func(out http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "project_id=700" || r.URL.Path != s.Path {
			t.Errorf("asked %s", r.URL)
		}
		s.ServeHTTP(out, r)
	}
}

func TestCommitmentWorkOrder(t *testing.T) {
	t.Parallel()
	inWorld(t, onProject(t, "work_order_contract"), func(t *testing.T, w *world) {
		got, err := w.Commitment(t.Context(), erp.WorkOrderContract, 700, 4101)
		want := *subcontract(t)
		want.Code, want.Fields = "", nil
		want.Lines = []erp.Line{{ID: 8101, Position: 1, Description: "Formwork to slabs", Amount: dec(t, "15050.25"), Quantity: dec(t, "0.0"), UnitCost: dec(t, "0.0"), CostCode: formwork, CostType: byOthers}}
		if diff := cmp.Diff(want, got, byText); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

func TestCommitmentPurchaseOrder(t *testing.T) {
	t.Parallel()
	inWorld(t, onProject(t, "purchase_order_contract"), func(t *testing.T, w *world) {
		got, err := w.Commitment(t.Context(), erp.PurchaseOrderContract, 700, 4201)
		if err != nil || got.ID != 4201 || got.Type != erp.PurchaseOrderContract || got.DeliveryDate != "2026-10-25" || got.Total.String() != "4400.10" || got.Retainage.Given() ||
			len(got.Lines) != 1 || !got.Lines[0].Calculated || got.Lines[0].Quantity.String() != "220.0" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestChangeOrder(t *testing.T) {
	t.Parallel()
	inWorld(t, onProject(t, "change_order_package"), func(t *testing.T, w *world) {
		got, err := w.ChangeOrder(t.Context(), 700, 7701)
		want := erp.ChangeOrder{ID: 7701, ContractID: 4101, Number: "045", Title: "Extra columns", Status: "approved", Total: dec(t, "2330.0"),
			CreatedAt: "2026-04-10T02:00:00Z", ReviewedAt: "2026-04-12T23:30:00Z",
			Lines: []erp.Line{{ID: 8401, Position: 1, Description: "Columns", Amount: dec(t, "2330.0"), Quantity: dec(t, "1.0"), UnitCost: dec(t, "2330.0"), UOM: "sum", CostCode: formwork, CostType: byOthers}}}
		if diff := cmp.Diff(want, got, byText); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

// Answers about another record, or that cannot be read, are no answers.
func TestShowUnreadable(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"id":2}`, `[]`, `{"id":1,"grand_total":"x"}`, `{"id":1,"line_items":[{}]}`, `{"id":1,"id":1}`} {
		inWorld(t, always(200, body), func(t *testing.T, w *world) {
			if _, err := w.Commitment(t.Context(), erp.WorkOrderContract, 5, 1); fault.Of(err) != fault.Transient || fault.IsSystem(err) {
				t.Errorf("commitment %s: %v", body, err)
			}
			if _, err := w.ChangeOrder(t.Context(), 5, 1); fault.Of(err) != fault.Transient || fault.IsSystem(err) {
				t.Errorf("change order %s: %v", body, err)
			}
		})
	}
}

func TestShowAbsent(t *testing.T) {
	t.Parallel()
	inWorld(t, always(404, ``), func(t *testing.T, w *world) {
		if _, err := w.Commitment(t.Context(), erp.WorkOrderContract, 5, 1); fault.Of(err) != fault.Permanent {
			t.Error(err)
		}
		if _, err := w.ChangeOrder(t.Context(), 5, 1); fault.Of(err) != fault.Permanent {
			t.Error(err)
		}
		if _, err := w.Commitment(t.Context(), "Lease", 5, 1); fault.Of(err) != fault.Permanent || w.called.Load() != 2 {
			t.Error(err)
		}
	})
}
