package jobpac_test

import (
	"net/url"
	"reflect"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/jobpac"
	"github.com/procpac/procpac/internal/jobpacsim"
)

func TestEncodeCompletions(t *testing.T) {
	order := erp.OrderKey{WorkID: "01", Order: "PO-1"}
	for _, c := range []struct {
		record erp.Completion
		path   string
		want   url.Values
	}{
		{erp.Completion{OrderKey: order}, "/UpdateAPurchaseOrder", url.Values{"WorkId": {"01"}, "Order": {"PO-1"}, "Complete": {"Y"}}},
		{erp.Completion{OrderKey: order, Subcontract: true}, "/UpdateASubcontract", url.Values{"WorkId": {"01"}, "Order": {"PO-1"}, "Finalised": {"Y"}}},
	} {
		method, path, params, err := jobpac.Encode(erp.Write{Record: c.record}, "UserDefinedField1")
		if err != nil || method != "POST" || path != c.path || !reflect.DeepEqual(params, c.want) {
			t.Errorf("%s %s %v %v", method, path, params, err)
		}
	}
}

// An order is set complete, and a subcontract finalised, once and again, with
// nothing else of them changed; the wrong kind is refused.
func TestSimCompletions(t *testing.T) {
	_, c := startSim(t, func(*jobpacsim.Settings) {})
	writeAll(t, c, simDocuments()...)
	for order, subcontract := range map[string]bool{"PO-1": false, "SC-1": true} {
		key := erp.OrderKey{WorkID: "01", Order: order}
		before, err := c.Orders(t.Context(), key)
		if err != nil || len(before.Documents) != 1 {
			t.Fatalf("%s: %+v %v", order, before, err)
		}
		if err := c.Write(t.Context(), erp.Write{Record: erp.Completion{OrderKey: key, Subcontract: !subcontract}}); fault.Of(err) != fault.Permanent {
			t.Errorf("%s is completed as what it is not: %v", order, err)
		}
		writeAll(t, c, erp.Completion{OrderKey: key, Subcontract: subcontract}, erp.Completion{OrderKey: key, Subcontract: subcontract})
		after, err := c.Orders(t.Context(), key)
		if err != nil || len(after.Documents) != 1 {
			t.Fatalf("%s: %+v %v", order, after, err)
		}
		flag := erp.ColComplete
		if subcontract {
			flag = erp.ColFinalised
		}
		have, want := after.Documents[0], before.Documents[0]
		if have.Header.Get(flag) != "Y" || want.Header.Get(flag) == "Y" {
			t.Errorf("%s: %s is %q, was %q", order, flag, have.Header.Get(flag), want.Header.Get(flag))
		}
		delete(have.Header.Values, flag)
		delete(want.Header.Values, flag)
		if !reflect.DeepEqual(have, want) {
			t.Errorf("%s: more changed: %+v, was %+v", order, have, want)
		}
	}
}
