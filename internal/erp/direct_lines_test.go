package erp_test

import (
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

func TestParentOfALine(t *testing.T) {
	for name, c := range map[string]struct {
		resource, related string
		want              erp.ID
	}{
		"by number":     {erp.ResourceWorkLines, `[{"id":5982324300946918154,"name":"Work Order Contracts"}]`, 5982324300946918154},
		"by text":       {erp.ResourcePurchaseLines, `[{"id":"4201","name":"x"}]`, 4201},
		"of several":    {erp.ResourceWorkLines, `[{"id":1,"name":"Projects"},{"id":2,"name":"work order contract"},{"id":3,"name":"Vendors"}]`, 2},
		"none of them":  {erp.ResourceWorkLines, `[{"id":1,"name":"Projects"},{"id":2,"name":"Vendors"}]`, 0},
		"of a change":   {"potential change order line items", `[{"id":7,"name":"Potential Change Orders"}]`, 7},
		"empty":         {erp.ResourceWorkLines, `[]`, 0},
		"null":          {erp.ResourceWorkLines, `null`, 0},
		"absent":        {erp.ResourceWorkLines, ``, 0},
		"no list":       {erp.ResourceWorkLines, `{"id":1}`, 0},
		"no id":         {erp.ResourceWorkLines, `[{"name":"Work Order Contracts"}]`, 0},
		"an odd id":     {erp.ResourceWorkLines, `[{"id":"4x","name":"Work Order Contracts"}]`, 0},
		"not of a line": {erp.ResourceWorkOrders, `[{"id":1,"name":"Work Order Contracts"}]`, 0},
		"another line":  {"Prime Contract Line Items", `[{"id":1,"name":"Prime Contracts"}]`, 0},
	} {
		if got := erp.ParentIn([]byte(c.related), c.resource); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

func TestResourcesOfDocuments(t *testing.T) {
	for name, want := range map[string][2]bool{
		"change order packages": {true, false}, erp.ResourcePurchaseOrders: {true, false}, "potential change orders": {true, true},
		erp.ResourceChangeRequests: {true, true}, erp.ResourceWorkLines: {false, false}, "Change Events": {false, false},
	} {
		if got := [2]bool{erp.DirectResource(name), erp.LowerTier(name)}; got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
