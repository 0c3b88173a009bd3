package procoresim

import (
	"fmt"
	"io"
	"net/http"
	"testing"
)

func cost(origin, number string, more ...obj) obj {
	row := obj{"direct_cost_type": "invoice", "vendor_id": 7001, "invoice_number": number, "origin_id": origin}
	for _, m := range more {
		for name, value := range m {
			row[name] = value
		}
	}
	return row
}

func TestDirectCosts(t *testing.T) {
	w := newWorld(t)
	w.assign(centre(demoCode, demoTypeM))
	id := w.syncCosts(cost("01|1001|L-1", "INV-7", obj{"direct_cost_date": "2026-06-30", "status": "approved", "description": "d"})).
		has("entities.0.status", "approved", "entities.0.direct_cost_date", "2026-06-30", "entities.0.grand_total", "0.00", "entities.0.synced", "true").
		made()
	line := w.syncCostLines(centre(demoCode, demoTypeM, obj{"direct_cost_id": id, "amount": "250.00", "quantity": 2, "extended_type": "manual",
		"origin_id": "01|1001|DC|L-1|1"})).
		has("entities.0.amount", "250.00", "entities.0.holder.id", fmt.Sprint(id), "entities.0.cost_code.code", "01-100",
			"entities.0.wbs_code.flat_code", "01-100.M", "entities.0.line_item_type.code", "M").
		made()
	w.syncCostLines(obj{"direct_cost_id": id, "amount": "50.25", "wbs_code_id": wbs(demoCode, demoTypeM), "origin_id": "01|1001|DC|L-1|2"}).split(1, 0).
		has("entities.0.cost_code.id", "320111")
	w.get(costsPath("")).is(http.StatusOK).has("#", "1", "0.grand_total", "300.25", "0.origin_id", "01|1001|L-1")
	w.get(costsPath("/line_items")).is(http.StatusOK).has("#", "2", "0.id", fmt.Sprint(line), "0.amount", "250.00")
	w.syncCostLines(obj{"origin_id": "01|1001|DC|L-1|1", "amount": "1.00"}).split(1, 0)
	w.get(costsPath("")).has("0.grand_total", "51.25")
	w.shows(kindDirectLines, "01|1001|DC|L-1|1", "amount", "1.00", "extended_type", "manual")
}

func TestDirectCostRefusals(t *testing.T) {
	w := newWorld(t)
	for field, row := range map[string]obj{
		"direct_cost_type": {"vendor_id": 7001, "origin_id": "x"},
		"status":           cost("x", "1", obj{"status": "Approved"}),
		"vendor_id":        cost("x", "1", obj{"vendor_id": 5}),
		"invoice":          cost("x", "1", obj{"invoice": 5}),
	} {
		w.syncCosts(row).split(0, 1).
			contains(fmt.Sprintf("%q:[", field))
	}
	w.sync(projectsPath+"/5/direct_costs/sync", []obj{}).is(http.StatusNotFound)
}

// TestInvoiceNumberIsUniquePerVendor is documented.
func TestInvoiceNumberIsUniquePerVendor(t *testing.T) {
	w := newWorld(t)
	w.syncCosts(cost("a", "7"), cost("b", "7"), cost("c", "7", obj{"vendor_id": 7002}), cost("d", "")).split(3, 1).
		has("errors.0.origin_id", "b", "errors.0.errors.invoice_number.0", "7 has already been taken")
	w.syncCosts(cost("a", "7", obj{"description": "again"})).split(1, 0)
	w.syncCosts(cost("a", "8"), cost("b", "7")).split(2, 0)
	w.syncCosts(obj{"origin_id": "b", "invoice_number": "8"}).split(0, 1)
	w.syncCosts(obj{"direct_cost_type": "expense", "invoice_number": "8", "origin_id": "e"}, obj{"direct_cost_type": "expense", "invoice_number": "8", "origin_id": "f"}).
		split(2, 0)
}

func TestDirectLineRefusals(t *testing.T) {
	w := newWorld(t)
	w.assign(centre(demoCode, demoTypeM))
	a := w.syncCosts(cost("a", "1"), cost("b", "2"))
	first, second := a.num("entities.0.id"), a.num("entities.1.id")
	w.syncCostLines(centre(demoCode, demoTypeM, obj{"direct_cost_id": first, "amount": 1, "origin_id": "l"})).split(1, 0)
	for field, row := range map[string]obj{
		"direct_cost_id":    centre(demoCode, demoTypeM, obj{"amount": 1}),
		"cost_code_id":      {"direct_cost_id": first, "amount": 1},
		"line_item_type_id": centre(demoCode, 5, obj{"direct_cost_id": first}),
		"wbs_code_id":       {"direct_cost_id": first, "wbs_code_id": wbs(demoCode, demoTypeS)},
		"extended_type":     centre(demoCode, demoTypeM, obj{"direct_cost_id": first, "extended_type": "auto"}),
		"amount":            centre(demoCode, demoTypeM, obj{"direct_cost_id": first, "amount": "x"}),
	} {
		w.syncCostLines(row).split(0, 1).
			contains(fmt.Sprintf("%q:[", field))
	}
	w.syncCostLines(centre(demoCode, demoTypeM, obj{"direct_cost_id": 5, "amount": 1})).split(0, 1)
	w.syncCostLines(obj{"origin_id": "l", "direct_cost_id": second}).split(0, 1).contains("cannot be changed")
	w.syncCostLines(obj{"origin_id": "l", "direct_cost_id": first, "amount": 2}).split(1, 0)
}

// TestSecondWriterOfDirectCosts: two writes of one project at the same time are refused, of two projects they are not (documented).
func TestSecondWriterOfDirectCosts(t *testing.T) {
	w := newWorld(t)
	other := w.syncProjects(obj{"name": "Second", "origin_id": "01|1002"}).made()
	from, to := io.Pipe()
	slow := w.restRequest(http.MethodPatch, costsPath("/sync"), nil)
	slow.Body = from
	done := make(chan int, 1)
	go func() {
		resp, err := w.client.Do(slow)
		if err != nil {
			done <- 0
			return
		}
		_ = resp.Body.Close()
		done <- resp.StatusCode
	}()
	if _, err := io.WriteString(to, `{"updates":[{"direct_cost_type":"expense",`); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return w.sim.writers(DemoProjectID) == 1 })

	w.sync(costsPath("/sync"), []obj{cost("b", "2")}).is(http.StatusConflict).contains("under way")
	w.sync(costsPath("/line_items/sync"), []obj{}).is(http.StatusConflict)
	w.get(costsPath("")).is(http.StatusOK)
	w.sync(fmt.Sprintf("%s/%d/direct_costs/sync", projectsPath, other), []obj{cost("c", "3")}).is(http.StatusOK).split(1, 0)

	if _, err := io.WriteString(to, `"origin_id":"a"}]}`); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	if status := <-done; status != http.StatusOK {
		t.Errorf("the first writer got %d", status)
	}
	w.shows(kindDirectCosts, "a", "direct_cost_type", "expense")
	eventually(t, func() bool { return w.sim.writers(DemoProjectID) == 0 })
	w.syncCosts(cost("b", "2")).split(1, 0)
}

// TestOneWriterNeverConflictsWithItself: calls one after the other, each as soon as the answer is there.
func TestOneWriterNeverConflictsWithItself(t *testing.T) {
	w := newWorld(t)
	for i := range 200 {
		w.syncCosts(cost(fmt.Sprint("o", i), fmt.Sprint(i))).split(1, 0)
	}
}

func TestForcedConflict(t *testing.T) {
	w := newWorld(t)
	if err := w.sim.SetFaults(Fault{Path: "direct_costs", StatusBefore: http.StatusConflict, Count: 1}); err != nil {
		t.Fatal(err)
	}
	w.sync(costsPath("/sync"), []obj{cost("a", "1")}).is(http.StatusConflict)
	w.syncCosts(cost("a", "1")).split(1, 0)
}
