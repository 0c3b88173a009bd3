package procore

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// approvalsAPI is a company with three projects: one is linked, one is not, one
// does not say.
func approvalsAPI(asked *[]string) http.HandlerFunc {
	return func(out http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		*asked = append(*asked, strings.TrimPrefix(r.URL.Path, "/rest/v1.0/")+" "+q.Get("project_id")+" "+q.Get("filters[status]")+" "+q.Get("filters[updated_at]"))
		switch {
		case r.URL.Path == pathProjects:
			reply(out, 200, `[{"id":1,"name":"Quay","origin_id":"01|1001"},{"id":2,"origin_id":null},{"id":3}]`)
		case q.Get("project_id") != "1" || r.URL.Path == pathWorkOrders:
			reply(out, 200, `[]`)
		case r.URL.Path == pathPurchaseOrders:
			reply(out, 200, `[{"id":"4102","number":"PO-1","title":"Steel","status":"Approved","grand_total":"30408.00","origin_id":"01|PO1",
				"created_at":"2026-07-01T00:00:00Z","updated_at":"2026-07-02T00:00:00+10:00"},{"id":4103,"status":"Draft"}]`)
		default:
			reply(out, 200, `[{"id":7701,"contract_id":4101,"type":"CommitmentContractChangeOrder","number":3,"status":"approved","grand_total":6200,"origin_id":"null","reviewed_at":"2026-07-03"},
				{"id":7702,"type":"PrimeContractChangeOrder","status":"approved"},{"id":7703,"type":"ChangeOrderPackage","status":"pending"}]`)
		}
	}
}

func decimalOf(t *testing.T, text string) erp.Decimal {
	t.Helper()
	d, err := erp.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestApproved(t *testing.T) {
	t.Parallel()
	var asked []string
	inWorld(t, approvalsAPI(&asked), func(t *testing.T, w *world) {
		since := time.Now().Add(-time.Hour)
		got, errs := gathered(w.Approved(t.Context(), since))
		want := []erp.Approval{
			{Kind: erp.ApprovedCommitment, Type: erp.PurchaseOrderContract, ID: 4102, Project: 1, Number: "PO-1", Title: "Steel", Status: "Approved",
				Total: decimalOf(t, "30408.00"), Origin: "01|PO1", CreatedAt: "2026-07-01T00:00:00Z", UpdatedAt: "2026-07-02T00:00:00+10:00"},
			{Kind: erp.ApprovedChangeOrder, ID: 7701, Project: 1, Contract: 4101, Number: "3", Status: "approved", Total: decimalOf(t, "6200"), ApprovedAt: "2026-07-03"},
		}
		if diff := cmp.Diff(want, got, byText); len(errs) > 0 || diff != "" {
			t.Error(errs, diff)
		}
		span := span(since, time.Now().Add(time.Hour))
		wantAsked := []string{
			"projects   ", "purchase_order_contracts 1 Approved " + span, "work_order_contracts 1 Approved " + span, "change_order_packages 1  " + span,
			"purchase_order_contracts 3 Approved " + span, "work_order_contracts 3 Approved " + span, "change_order_packages 3  " + span,
		}
		if diff := cmp.Diff(wantAsked, asked); diff != "" {
			t.Error(diff)
		}
	})
}

// One project that is closed to us does not hide the others; anything else ends
// the list.
func TestApprovedRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status     int
		errs, rows int
		notShown   bool
	}{
		"403": {403, 1, 1, true}, "404": {404, 1, 1, true}, "500": {500, 1, 0, false}, "400": {400, 1, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			api := func(out http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == pathProjects:
					reply(out, 200, `[{"id":1,"name":"Quay"},{"id":2}]`)
				case r.URL.Query().Get("project_id") == "1":
					reply(out, c.status, `{"message":"no"}`)
				case r.URL.Path == pathWorkOrders:
					reply(out, 200, `[{"id":5,"status":"approved"}]`)
				default:
					reply(out, 200, `[]`)
				}
			}
			inWorld(t, api, func(t *testing.T, w *world) {
				got, errs := gathered(w.Approved(t.Context(), time.Time{}))
				if len(got) != c.rows || len(errs) != c.errs || errors.Is(errs[0], erp.ErrNotShown) != c.notShown || !strings.Contains(errs[0].Error(), "project 1 Quay") {
					t.Errorf("%v %v", got, errs)
				}
			})
		})
	}
	inWorld(t, always(200, `[{"name":"no id"}]`), func(t *testing.T, w *world) {
		_, errs := gathered(w.Approved(t.Context(), time.Time{}))
		if len(errs) != 1 || fault.Of(errs[0]) != fault.Transient {
			t.Errorf("%v", errs)
		}
	})
}

func TestApprovedStopsWhenTheReaderDoes(t *testing.T) {
	t.Parallel()
	var asked []string
	inWorld(t, approvalsAPI(&asked), func(t *testing.T, w *world) {
		for a, err := range w.Approved(t.Context(), time.Time{}) {
			if err != nil || a.ID != 4102 {
				t.Fatalf("%+v %v", a, err)
			}
			break
		}
		if len(asked) != 2 {
			t.Errorf("asked %v", asked)
		}
	})
}
