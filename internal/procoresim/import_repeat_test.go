package procoresim

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
)

// kindOfCall is one sync call with a row that can be sent again and again.
type kindOfCall struct {
	name   string
	method string
	path   string
	body   func(w *world) obj
	kind   string // what it makes
	event  string // webhook resource; empty: none
}

func updatesOf(rows ...obj) func(*world) obj {
	return func(*world) obj { return obj{"company_id": DemoCompanyID, "updates": rows} }
}

// importCalls are all sync calls whose repeat is an update.
func importCalls() []kindOfCall {
	prime := func(w *world) int64 { return w.record(kindPrimes, "prime").ID }
	direct := func(w *world) int64 { return w.record(kindDirectCosts, "direct").ID }
	return []kindOfCall{
		{"vendors", http.MethodPatch, vendorsPath + "/sync",
			updatesOf(obj{"name": "V", "origin_id": "v", "origin_code": "V", "city": "Perth"}), kindVendors, "Company Vendors"},
		{"projects", http.MethodPatch, projectsPath + "/sync",
			updatesOf(obj{"name": "P", "origin_id": "p", "total_value": "1.50"}), kindProjects, "Projects"},
		{"tax codes", http.MethodPatch, taxCodesPath + "/sync",
			updatesOf(obj{"code": "T", "rate1": 10, "origin_id": "t"}), kindTaxCodes, ""},
		{"standard codes", http.MethodPatch, standardPath + "/sync", func(*world) obj {
			return obj{"company_id": DemoCompanyID, "standard_cost_code_list_id": demoList, "updates": []obj{{"code": "9", "name": "N", "origin_id": "s"}}}
		}, kindStandardCodes, "Standard Cost Codes"},
		{"cost types", http.MethodPatch, typesPath + "/sync",
			updatesOf(obj{"name": "T", "csv_import_code": "T", "base_type": "other", "origin_id": "T"}), kindCostTypes, "Line Item Types"},
		{"cost codes", http.MethodPatch, ofProject(codesPath + "/sync"),
			updatesOf(obj{"code": "9", "name": "N", "origin_id": "c", "parent_id": demoSection}), kindCostCodes, "Cost Codes"},
		{"assignments", http.MethodPatch, ofProject(assignPath + "/sync"),
			updatesOf(centre(demoCode, demoTypeM, obj{"synced": true})), kindAssignments, ""},
		{"job costs", http.MethodPatch, jobCostsPath + "/sync", func(*world) obj {
			return obj{"company_id": DemoCompanyID, "job_origin_id": demoOrigin, "updates": []obj{centre(demoCode, demoTypeM, obj{"estimate": "1.00"})}}
		}, kindJobCosts, ""},
		{"direct costs", http.MethodPatch, costsPath("/sync"), updatesOf(cost("direct", "1")), kindDirectCosts, "Direct Costs"},
		{"direct cost lines", http.MethodPatch, costsPath("/line_items/sync"), func(w *world) obj {
			return obj{"updates": []obj{centre(demoCode, demoTypeM, obj{"direct_cost_id": direct(w), "amount": "1.00", "origin_id": "dl"})}}
		}, kindDirectLines, "Direct Cost Line Items"},
		{"prime contracts", http.MethodPost, primePath, func(*world) obj {
			return primeBody(obj{"title": "P", "origin_id": "prime"})
		}, kindPrimes, "Prime Contracts"},
		{"prime contract lines", http.MethodPatch, "", func(w *world) obj {
			return obj{"project_id": DemoProjectID, "prime": prime(w), "updates": []obj{centre(demoCode, demoTypeM, obj{"amount": "1.00", "origin_id": "pl"})}}
		}, kindPrimeLines, "Prime Contract Line Items"},
		{"staged records", http.MethodPatch, stagedPath("/sync"), updatesOf(stagedVendor("01|S", "S", obj{"origin_data": "d"})), kindStaged, ""},
	}
}

// send makes the call. A prime contract is written by its single calls.
func (c kindOfCall) send(w *world, again bool) answer {
	w.t.Helper()
	body, path, method := c.body(w), c.path, c.method
	if id, named := body["prime"]; named {
		path = primeLines(id.(int64), "/sync")
		delete(body, "prime")
	}
	if c.kind == kindPrimes && again {
		method, path = http.MethodPatch, onePrime(w.record(kindPrimes, "prime").ID)
	}
	return w.rest(method, path, body)
}

// TestARepeatChangesNothing: the second time each call finds everything as it wants it, so that a run that is repeated ends the same.
func TestARepeatChangesNothing(t *testing.T) {
	w := newWorld(t)
	for _, c := range importCalls() {
		before := w.count(c.kind)
		if a := c.send(w, false); a.status != http.StatusOK && a.status != http.StatusCreated || w.count(c.kind) != before+1 {
			t.Fatalf("%s: status %d, %d records; %s", c.name, a.status, w.count(c.kind)-before, a.body)
		}
	}
	digest, counts := w.sim.Digest(), w.sim.Counts()
	w.sim.ResetEndpointCounts()
	for range 2 {
		for _, c := range importCalls() {
			c.send(w, true).is(http.StatusOK)
		}
	}
	n := len(importCalls())
	if got, want := w.sim.ImportWrites(), (EndpointCount{Calls: 2 * n, Rows: 2 * n, Unchanged: 2 * n}); got != want {
		t.Errorf("writes %+v, want %+v", got, want)
	}
	if !maps.Equal(digest, w.sim.Digest()) || !maps.Equal(counts, w.sim.Counts()) {
		t.Errorf("the repeat changed something: %v, %v", counts, w.sim.Counts())
	}
}

// TestEventsOfImports: every kind that has a webhook resource tells once that it was made, and not that it was said again.
func TestEventsOfImports(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.CompanyHookProjectEvent = true })
	made, changed := map[string]*receiver{}, map[string]*receiver{}
	for _, c := range importCalls() {
		if c.event != "" {
			made[c.event], changed[c.event] = newReceiver(t, nil), newReceiver(t, nil)
			w.hookOn(made[c.event], "v2.0", c.event, "create")
			if offered(c.event, "update") {
				w.hookOn(changed[c.event], "v2.0", c.event, "update")
			}
		}
	}
	for _, again := range []bool{false, true} {
		for _, c := range importCalls() {
			c.send(w, again)
		}
	}
	w.settled()
	for resource, r := range made {
		got := r.field(t, "resource_id")
		if len(got) != 1 || len(changed[resource].all()) != 0 {
			t.Errorf("%s: made %v, %d changes", resource, got, len(changed[resource].all()))
		}
		if user := r.field(t, "user_id"); len(user) == 1 && user[0] != "9901" {
			t.Errorf("%s: by user %s", resource, user[0])
		}
	}
}

// TestADeadRunIsRepeated: some calls were made, the process died, all calls are made again.
func TestADeadRunIsRepeated(t *testing.T) {
	whole := newWorld(t)
	for _, c := range importCalls() {
		c.send(whole, false)
	}
	for died := range importCalls() {
		w := newWorld(t)
		for _, c := range importCalls()[:died] {
			c.send(w, false)
		}
		for i, c := range importCalls() {
			c.send(w, i < died)
		}
		if a, b := whole.sim.Digest(), w.sim.Digest(); !maps.Equal(a, b) {
			t.Errorf("died after %d calls: the end is another", died)
		}
	}
}

// TestResetForgetsImports: a simulator is as new after it.
func TestResetForgetsImports(t *testing.T) {
	fresh, w := newWorld(t), filledWorld(t, false)
	w.sim.Reset()
	if err := w.sim.Seed(DemoSeed()); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(fresh.sim.Digest(), w.sim.Digest()) {
		t.Error("something is left")
	}
	w.login()
	if a, b := fresh.syncVendors(obj{"name": "x"}).made(), w.syncVendors(obj{"name": "x"}).made(); a != b {
		t.Errorf("ids go on at %d instead of %d", b, a)
	}
}

// TestLinkTakenAwayAndGivenBack: external data clears and sets origin ids of imported records, which sync then follows.
func TestLinkTakenAwayAndGivenBack(t *testing.T) {
	w := newWorld(t)
	for _, c := range importCalls() {
		c.send(w, false)
	}
	for itemType, kind := range map[string]string{itemVendor: kindVendors, itemProject: kindProjects, itemTaxCode: kindTaxCodes,
		itemStandardCode: kindStandardCodes, itemCostType: kindCostTypes, itemCostCode: kindCostCodes, itemDirectCost: kindDirectCosts, itemPrime: kindPrimes} {
		list, err := w.sim.Records(kind, 0)
		if err != nil {
			t.Fatal(err)
		}
		r := list[len(list)-1]
		show := company(fmt.Sprintf("/external_data?item_type=%s&item_id=%d", itemType, r.ID))
		w.get(show).is(http.StatusOK).has("origin_id", r.OriginID)
		set := func(origin any) answer {
			return w.rest(http.MethodPatch, company("/external_data/sync"), obj{"updates": []obj{{"item_type": itemType, "item_id": r.ID, "origin_id": origin}}}).
				is(http.StatusOK).split(1, 0)
		}
		set(nil)
		w.get(show).is(http.StatusNotFound)
		if _, known := w.sim.Record(kind, r.OriginID); known {
			t.Errorf("%s is still linked", itemType)
		}
		set(r.OriginID)
		w.get(show).is(http.StatusOK).has("origin_id", r.OriginID)
	}
	for itemType, kind := range map[string]string{"dl": kindDirectLines, "pl": kindPrimeLines} {
		r := w.record(kind, itemType)
		w.rest(http.MethodDelete, company("/external_data/bulk_destroy"), obj{"item_type": itemLine, "item_ids": []int64{r.ID}}).is(http.StatusNoContent)
		if w.sim.OriginID(itemLine, r.ID) != "" {
			t.Errorf("%s %d is still linked", kind, r.ID)
		}
	}
	budget := w.get(inProject("/budget")).num("id")
	w.link(ext(itemBudget, budget, "01|1001"))
	w.get(inProject("/budget")).has("synced", "true", "origin_id", "01|1001")
	for _, itemType := range []string{itemTaxCode, itemPrime, itemDirectCost, itemBudget, itemLine} {
		w.rest(http.MethodPatch, company("/external_data/sync"), obj{"updates": []obj{{"item_type": itemType, "item_id": 1, "origin_id": "x"}}}).
			is(http.StatusOK).split(0, 1)
	}
}
