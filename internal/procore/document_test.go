package procore

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// shelf is a Procore that shows these paths, and has no others.
type shelf map[string]string

func (s shelf) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/rest/v1.0/projects/700" && r.URL.Query().Get("project_id") != "700" {
		reply(out, 400, `{"errors":"no project"}`)
		return
	}
	body, ok := s[r.URL.Path]
	switch {
	case body == "hidden":
		reply(out, 403, `{"message":"You do not have permission"}`)
	case ok:
		reply(out, 200, body)
	default:
		reply(out, 404, `{"errors":"not found"}`)
	}
}

const (
	orderPath  = "/rest/v1.0/purchase_order_contracts/4201"
	workPath   = "/rest/v1.0/work_order_contracts/4201"
	changePath = "/rest/v1.0/change_order_packages/7701"
	homePath   = "/rest/v1.0/projects/700"
	changed    = "2026-05-04T01:02:03Z"
	changedAt  = erp.ID(1777856523)
)

// contractShown is a contract with one line for each pair of cost code and type.
func contractShown(status string, lines ...string) string {
	rows := make([]string, len(lines))
	for i, codes := range lines {
		code, kind, _ := strings.Cut(codes, " ")
		rows[i] = fmt.Sprintf(`{"id":%d,"position":%d,"amount":"10.0","cost_code":{"id":%s},"line_item_type":{"id":%s}}`, 8201+i, i+1, code, kind)
	}
	return fmt.Sprintf(`{"id":4201,"status":%q,"project":{"id":700,"origin_id":"01|J1000"},"created_at":"2026-03-02T00:00:00Z","updated_at":%q,"line_items":[%s]}`,
		status, changed, strings.Join(rows, ","))
}

func changeShown(kind, contract string) string {
	return fmt.Sprintf(`{"id":7701,"contract_id":%s,"number":"1","type":%q,"status":"approved","created_at":"2026-04-01T00:00:00Z","reviewed_at":"2026-04-12T23:30:00Z","updated_at":%q,
		"line_items":[{"id":8401,"position":1,"extended_amount":"5.0","cost_code":{"id":5101},"line_item_type":{"id":61}}]}`, contract, kind, changed)
}

// shown reads a document in a Procore that has these.
func shown(t *testing.T, s shelf, resource string, id erp.ID) (r erp.Request, err error) {
	t.Helper()
	inWorld(t, s.ServeHTTP, func(t *testing.T, w *world) { r, err = w.Document(t.Context(), resource, 700, id) })
	return r, err
}

func TestDocumentOfAContract(t *testing.T) {
	t.Parallel()
	for resource, path := range map[string]string{erp.ResourcePurchaseOrders: orderPath, "purchase order contracts": orderPath, erp.ResourceWorkOrders: workPath} {
		r, err := shown(t, shelf{path: contractShown("Approved", "5101 61"), homePath: `{"id":700,"origin_id":"01|J1000"}`}, resource, 4201)
		if err != nil {
			t.Fatal(err)
		}
		want := &erp.Direct{Resource: resource, Project: 700, ID: 4201, Status: "Approved"}
		if diff := cmp.Diff(want, r.Direct); diff != "" {
			t.Error(diff)
		}
		if r.ID != changedAt || r.DetailID != 0 || r.Company != company || r.Name != erp.CreateCommitment || r.JobOrigin != harbour || r.CreatedAt != "2026-03-02T00:00:00Z" || r.Commitment.ID != 4201 {
			t.Errorf("%+v", r)
		}
	}
}

// A change order line belongs to the one contract line of its cost code and type,
// and to none where that is not sure.
func TestDocumentOfAChangeOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path  string
		lines []string
		line  erp.ID
	}{
		"of a subcontract":               {workPath, []string{"5101 62", "5101 61"}, 8202},
		"of a purchase order":            {orderPath, []string{"5101 61"}, 8201},
		"two lines of the code and type": {workPath, []string{"5101 61", "5101 61"}, 0},
		"no line of the code and type":   {workPath, []string{"5102 61"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := shown(t, shelf{changePath: changeShown("ChangeOrderPackage", "4201"), c.path: contractShown("Complete", c.lines...), homePath: `{"id":700,"origin_id":"01|J1000"}`},
				erp.ResourceChangePackages, 7701)
			if err != nil {
				t.Fatal(err)
			}
			if r.Name != erp.CreateCommitmentChangeOrder || r.Direct.Status != "approved" || r.CreatedAt != "2026-04-12T23:30:00Z" || r.ID != changedAt || r.Commitment.ID != 4201 {
				t.Errorf("%+v", r)
			}
			if got := r.ChangeOrder.Lines[0].CommitmentLine; got != c.line {
				t.Errorf("its line belongs to %d, want %d", got, c.line)
			}
		})
	}
}

// The list of change orders holds those of prime contracts too: they are told
// apart before their contract is looked for.
func TestDocumentOfAPrimeContract(t *testing.T) {
	t.Parallel()
	r, err := shown(t, shelf{changePath: changeShown("PrimeContractChangeOrder", "610")}, erp.ResourceChangePackages, 7701)
	if err != nil || !r.Direct.Prime || r.Commitment != nil {
		t.Errorf("%+v %v", r, err)
	}
}

// A document that is not there is gone where its project is shown, and nothing
// of it is filled in.
func TestDocumentThatIsGone(t *testing.T) {
	t.Parallel()
	for resource, id := range map[string]erp.ID{erp.ResourcePurchaseOrders: 4201, erp.ResourceWorkOrders: 4201, erp.ResourceChangePackages: 7701} {
		r, err := shown(t, shelf{homePath: `{"id":700}`}, resource, id)
		want := erp.Request{Company: company, Direct: &erp.Direct{Resource: resource, Project: 700, ID: id, Gone: true}}
		if diff := cmp.Diff(want, r); err != nil || diff != "" {
			t.Errorf("%s: %v %s", resource, err, diff)
		}
	}
}

func TestDocumentThatCannotBeTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shelf  shelf
		kind   fault.Kind
		hidden bool
	}{
		"a project that is not there":            {shelf{}, fault.Transient, true},
		"a project that is hidden":               {shelf{homePath: "hidden"}, fault.Transient, true},
		"a contract in a project that is hidden": {shelf{orderPath: contractShown("Approved"), homePath: "hidden"}, fault.Transient, true},
		"no time of the last change":             {shelf{orderPath: strings.Replace(contractShown("Approved"), changed, "", 1), homePath: `{"id":700}`}, fault.Transient, false},
		"no JSON":                                {shelf{orderPath: "<html>", homePath: `{"id":700}`}, fault.Transient, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := shown(t, c.shelf, erp.ResourcePurchaseOrders, 4201)
			if fault.Of(err) != c.kind || fault.IsSystem(err) || errors.Is(err, ErrHidden) != c.hidden || r.Gone() {
				t.Errorf("%v, system %t: %+v", err, fault.IsSystem(err), r)
			}
		})
	}
	inWorld(t, shelf{}.ServeHTTP, func(t *testing.T, w *world) {
		if _, err := w.Document(t.Context(), erp.ResourcePurchaseOrders, 0, 4201); fault.Of(err) != fault.Permanent || w.called.Load() != 0 {
			t.Errorf("a hint without a project: %v", err)
		}
	})
}

// A change order whose contract is not shown is no deleted change order.
func TestDocumentWithoutItsContract(t *testing.T) {
	t.Parallel()
	r, err := shown(t, shelf{changePath: changeShown("ChangeOrderPackage", "4201"), homePath: `{"id":700}`}, erp.ResourceChangePackages, 7701)
	if fault.Of(err) != fault.Transient || fault.IsSystem(err) || r.Gone() {
		t.Errorf("%v: %+v", err, r)
	}
}
