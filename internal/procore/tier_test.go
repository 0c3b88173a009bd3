package procore

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

const (
	potentials   = "/rest/v1.0/potential_change_orders"
	requestsPath = "/rest/v1.0/change_order_requests"
	notThere     = "not there" // the path is not there
)

func potentialShown(id int, holder, status string) string {
	return fmt.Sprintf(`{"id":%d,"contract_id":4201,"status":%q,%s,"line_items":[{"id":%d,"position":1,"extended_amount":"5.0","cost_code":{"id":5101},"line_item_type":{"id":61}}]}`,
		id, status, holder, 8000+id)
}

// threeTiers is a package of two potential change orders, one of which hangs on a
// request; beside them are records of other packages, as no filter is heeded.
func threeTiers() shelf {
	rows := map[int]string{
		31: potentialShown(31, `"change_order_package_id":7701`, "approved"),
		32: potentialShown(32, `"change_order_request_id":91`, "approved"),
		33: potentialShown(33, `"change_order_request_id":92`, "approved"),
		34: potentialShown(34, `"change_order_package_id":7702,"change_order_request_id":null`, "approved"),
		35: potentialShown(35, `"change_order_package_id":7701`, "Void"),
		36: potentialShown(36, `"change_order_request_id":null`, "draft"),
	}
	s := shelf{
		changePath:   strings.Replace(changeShown("ChangeOrderPackage", "4201"), `"line_items"`, `"line_items":[],"other_items"`, 1),
		workPath:     contractShown("Approved", "5101 61"),
		homePath:     `{"id":700,"origin_id":"01|J1000"}`,
		requestsPath: `[{"id":91,"change_order_package_id":7701},{"id":92,"change_order_package_id":7702}]`,
	}
	var list []string
	for id := 31; id <= 36; id++ {
		s[fmt.Sprintf("%s/%d", potentials, id)] = rows[id]
		list = append(list, rows[id])
	}
	s[potentials] = "[" + strings.Join(list, ",") + "]"
	return s
}

func TestAnyTierShowsThePackageWithTheLinesBelowIt(t *testing.T) {
	t.Parallel()
	for resource, ids := range map[string][]erp.ID{
		erp.ResourceChangePackages: {7701}, "potential change orders": {31, 32, 35}, erp.ResourceChangeRequests: {91},
	} {
		for _, id := range ids {
			r, err := shown(t, threeTiers(), resource, id)
			if err != nil || r.ChangeOrder == nil || r.ChangeOrder.ID != 7701 || r.Direct.ID != 7701 || r.Direct.Resource != erp.ResourceChangePackages || r.ID != changedAt {
				t.Fatalf("%s %s: %+v, %v", resource, id, r, err)
			}
			lines := r.ChangeOrder.Lines
			if len(lines) != 2 || lines[0].ID != 8031 || lines[1].ID != 8032 || lines[0].Amount.String() != "5.0" || lines[1].CommitmentLine != 8201 {
				t.Errorf("%s %s: lines %+v", resource, id, lines)
			}
		}
	}
}

func TestWhatIsPartOfNoPackage(t *testing.T) {
	t.Parallel()
	for resource, id := range map[string]erp.ID{erp.ResourcePotentialChanges: 36, erp.ResourceChangeRequests: 99} {
		r, err := shown(t, threeTiers(), resource, id)
		if err != nil || r.ChangeOrder != nil || r.Gone() || r.Direct.Resource != resource {
			t.Errorf("%s: %+v, %v", resource, r, err)
		}
	}
	s := threeTiers()
	delete(s, potentials) // the tool is not there
	if r, err := shown(t, s, erp.ResourcePotentialChanges, 31); err != nil || !r.Gone() || r.ChangeOrder != nil {
		t.Errorf("%+v, %v", r, err)
	}
}

// Fewer lines than there are would be a wrong sum in Jobpac: what cannot be read
// is an error, but for requests, which a project of two tiers does not have.
func TestLinesBelowAreAllOrNone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil map[string]string
		lines int
	}{
		"requests hidden":    {map[string]string{requestsPath: "hidden"}, -1},
		"no requests tool":   {map[string]string{requestsPath: "hidden", potentials: "[" + potentialShown(31, `"change_order_package_id":7701`, "approved") + "]"}, 1},
		"no potentials tool": {map[string]string{potentials: notThere}, -1},
		"one is not there":   {map[string]string{potentials + "/32": notThere}, -1},
		"requests odd":       {map[string]string{requestsPath: "{}"}, -1},
		"potentials hidden":  {map[string]string{potentials: "hidden"}, -1},
		"one hidden":         {map[string]string{potentials + "/32": "hidden"}, -1},
		"one shows another":  {map[string]string{potentials + "/32": potentialShown(33, `"void":false`, "approved")}, -1},
		"one cannot be read": {map[string]string{potentials + "/32": `[]`}, -1},
		"none":               {map[string]string{potentials: "[]"}, 0},
	} {
		s := threeTiers()
		maps.Copy(s, c.spoil)
		maps.DeleteFunc(s, func(_, body string) bool { return body == notThere })
		r, err := shown(t, s, erp.ResourceChangePackages, 7701)
		if c.lines < 0 {
			if err == nil || r.Gone() || fault.Of(err) == fault.Unknown {
				t.Errorf("%s: %+v, %v", name, r.ChangeOrder, err)
			}
			continue
		}
		if err != nil || len(r.ChangeOrder.Lines) != c.lines {
			t.Errorf("%s: %+v, %v", name, r.ChangeOrder, err)
		}
	}
}
