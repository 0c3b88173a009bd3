package procoresim

import (
	"encoding/json"
	"net/http"
	"testing"
)

// Lines are told of one by one, each with its document, which may not be told of
// itself.
func TestLineEvents(t *testing.T) {
	for _, alone := range []bool{true, false} {
		w := demoWorld(t, func(s *Settings) { s.CompanyHookProjectEvent, s.LinesAlone = true, alone })
		r := newReceiver(t, nil)
		for _, resource := range []string{"Work Order Contracts", "Work Order Contract Line Items", "Potential Change Order Line Items"} {
			for _, kind := range []string{"create", "update", "delete"} {
				w.hookOn(r, payloadV3, resource, kind)
			}
		}
		patch := obj{"line_items": []obj{{"id": 510_101, "amount": "48001.00"}, {"id": 510_102}, {"description": "New", "amount": "1.00", "cost_code": "02-100", "line_item_type": "S"}}}
		text, err := json.Marshal(patch)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.sim.EditCommitment(DemoSubcontractID, text); err != nil {
			t.Fatal(err)
		}
		w.control(http.MethodPatch, "/sim/change_orders/7701", obj{"line_items": []obj{{"id": 510_401, "amount": "6300.00"}}}).is(http.StatusOK)
		w.settled()
		got := map[string]int{}
		for _, delivery := range r.all() {
			body := answer{t: t, body: delivery.body, call: "delivery"}
			name, kind := body.text("resource_name"), body.text("event_type")
			got[name+" "+kind]++
			if name == "Work Order Contract Line Items" {
				body.has("related_resources.0.id", "4101", "related_resources.0.name", "Work Order Contract")
			}
		}
		want := map[string]int{
			"Work Order Contract Line Items create": 1, "Work Order Contract Line Items update": 1, "Work Order Contract Line Items delete": 1,
			"Potential Change Order Line Items update": 1, "Work Order Contracts update": map[bool]int{true: 0, false: 1}[alone],
		}
		for name, n := range want {
			if got[name] != n {
				t.Errorf("alone %t: %s came %d times, expected %d", alone, name, got[name], n)
			}
		}
	}
}
