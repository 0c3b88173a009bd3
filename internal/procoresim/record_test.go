package procoresim

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// filledWorld has a record of every kind.
func filledWorld(t *testing.T, reversed bool) *world {
	t.Helper()
	w := budgetWorld(t)
	vendors := []obj{{"name": "A", "origin_id": "01|A", "city": "Perth"}, {"name": "B", "origin_id": "01|B"}}
	staged := []obj{stagedVendor("01|S1", "S1"), stagedVendor("01|S2", "S2"), stagedPrime(stagedLine("l1", "1.00"), stagedLine("l2", "2.00"))}
	pairs := []obj{centre(demoCode, demoTypeM, obj{"estimate": "1.00"}), centre(demoCode, demoTypeS, obj{"estimate": "2.00"})}
	codes := []obj{{"code": "A1", "name": "A1", "parent_id": demoSection, "origin_id": "01|1001|A1"}, {"code": "A2", "name": "A2", "origin_id": "01|1001|A2"}}
	costs := []obj{cost("c1", "1"), cost("c2", "2")}
	if reversed {
		for _, rows := range [][]obj{vendors, staged, pairs, codes, costs} {
			slices.Reverse(rows)
		}
		w.syncTaxCodes(obj{"code": "N", "origin_id": "01|N"}) // shifts the ids
	}
	w.syncVendors(vendors...)
	w.stage(staged...)
	w.syncJobCosts(pairs...)
	w.syncCodes(codes...)
	w.syncTaxCodes(obj{"code": "N", "origin_id": "01|N"}, obj{"code": "G", "rate1": 10, "origin_id": "01|G"})
	a := w.syncCosts(costs...)
	for i := range 2 {
		id, origin := a.num(fmt.Sprintf("entities.%d.id", i)), a.text(fmt.Sprintf("entities.%d.origin_id", i))
		w.syncCostLines(obj{"direct_cost_id": id, "wbs_code_id": wbs(demoCode, demoTypeM), "amount": "5.00", "origin_id": origin + "|1"})
	}
	w.budgetLines(budgetRowFor(demoCode, demoTypeM, "7.00")).is(200)
	prime := w.newPrime(obj{"title": "P", "vendor_id": 7001, "origin_id": "p"})
	w.sync(primeLines(prime, "/sync"), []obj{centre(demoCode, demoTypeM, obj{"amount": "1.00", "origin_id": "pl"})}).is(200)
	return w
}

func TestRecordsOfEveryKind(t *testing.T) {
	w := filledWorld(t, false)
	for kind, want := range map[string]int{
		kindVendors: 8, kindProjects: 1, kindStandardCodes: 24, kindCostCodes: 26, kindCostTypes: 3, kindAssignments: 3, kindJobCosts: 2, kindBudgetLines: 1,
		kindTaxCodes: 2, kindDirectCosts: 2, kindDirectLines: 2, kindPrimes: 1, kindPrimeLines: 1, kindStaged: 5,
	} {
		list, err := w.sim.Records(kind, 0)
		if err != nil || len(list) != want || w.count(kind) != want {
			t.Errorf("%s: %d records, counted %d, %v; want %d", kind, len(list), w.count(kind), err, want)
		}
		for _, r := range list {
			if r.ID == 0 || r.Fields == nil || r.OriginID == "" {
				t.Errorf("%s: %+v", kind, r)
			}
		}
	}
	if len(RecordKinds()) != 14 {
		t.Errorf("%d kinds", len(RecordKinds()))
	}
	_, err := w.sim.Records("weather", 0)
	refusedBy(t, err, "weather")
}

func TestRecordsOfAnOwner(t *testing.T) {
	w := filledWorld(t, false)
	prime := w.record(kindPrimes, "p")
	for kind, owner := range map[string]int64{
		kindCostCodes: DemoProjectID, kindAssignments: DemoProjectID, kindJobCosts: DemoProjectID, kindBudgetLines: DemoProjectID, kindDirectCosts: DemoProjectID,
		kindDirectLines: DemoProjectID, kindPrimes: DemoProjectID, kindPrimeLines: prime.ID,
	} {
		mine, _ := w.sim.Records(kind, owner)
		other, _ := w.sim.Records(kind, 5)
		if len(mine) != w.count(kind) || len(other) != 0 || mine[0].OwnerID != owner {
			t.Errorf("%s: %d of the owner, %d of another, %+v", kind, len(mine), len(other), mine[0])
		}
	}
	if r := w.record(kindTaxCodes, "01|G"); r.OwnerID != 0 {
		t.Errorf("a tax code of %d", r.OwnerID)
	}
}

func TestRecordByOrigin(t *testing.T) {
	w := filledWorld(t, false)
	w.shows(kindJobCosts, "01|1001|01-100|S", "estimate", "2.00", "cost_code_id", "320111")
	w.shows(kindBudgetLines, "01|1001|01-100|M", "original_budget_amount", "7.00")
	w.shows(kindStaged, "01|S1", "item_type", "vendor", "status", "staged", "name", "S1")
	w.shows(kindStaged, "l1", "amount", "1.00", "item_type", "line_item")
	for _, origin := range []string{"", "x", "01|1001|01-100|X", "01|1001|99|S", "|", "01|1001|01-200|M"} {
		if r, known := w.sim.Record(kindJobCosts, origin); known {
			t.Errorf("%q leads to %+v", origin, r)
		}
	}
	if _, known := w.sim.Record("weather", "x"); known {
		t.Error("a record of no kind")
	}
}

// TestDigest: the order in which records came, and so their ids, does not count; their content does.
func TestDigest(t *testing.T) {
	one, two := filledWorld(t, false), filledWorld(t, true)
	a, b := one.sim.Digest(), two.sim.Digest()
	if len(a) != len(RecordKinds()) {
		t.Errorf("%d kinds", len(a))
	}
	for kind := range a {
		if a[kind] != b[kind] {
			t.Errorf("%s differs: the order counts", kind)
		}
	}
	changes := map[string]func(w *world){
		kindVendors:     func(w *world) { w.syncVendors(obj{"origin_id": "01|A", "city": "Hobart"}) },
		kindJobCosts:    func(w *world) { w.syncJobCosts(centre(demoCode, demoTypeM, obj{"estimate": "1.01"})) },
		kindCostCodes:   func(w *world) { w.syncCodes(obj{"origin_id": "01|1001|A2", "parent_id": demoSection}) },
		kindStaged:      func(w *world) { w.stage(stagedVendor("01|S1", "S1", obj{"origin_data": "d"})) },
		kindAssignments: func(w *world) { w.assign(centre(demoCode, demoTypeM, obj{"synced": true})) },
		kindTaxCodes:    func(w *world) { w.syncTaxCodes(obj{"code": "X", "origin_id": "01|X"}) },
		kindDirectCosts: func(w *world) { w.syncCosts(obj{"origin_id": "c1", "vendor_id": 7002}) },
	}
	for kind, change := range changes {
		before := one.sim.Digest()
		change(one)
		after := one.sim.Digest()
		for other := range after {
			if (before[other] != after[other]) != (other == kind) {
				t.Errorf("a change of %s: %s changed %t", kind, other, before[other] != after[other])
			}
		}
	}
	if maps.Equal(one.sim.Digest(), b) {
		t.Error("changed and unchanged agree")
	}
}

// TestStateShowsFields: what State had before, it has still.
func TestStateShowsFields(t *testing.T) {
	w := filledWorld(t, false)
	st := w.sim.State()
	if st.Counts[kindJobCosts] != 2 || st.Counts["external_data"] == 0 || len(st.CostCodes) != 26 {
		t.Errorf("counts %v", st.Counts)
	}
	i := slices.IndexFunc(st.Vendors, func(v Vendor) bool { return v.OriginID == "01|A" })
	if i < 0 || string(st.Vendors[i].Fields["city"]) != `"Perth"` {
		t.Errorf("vendors %+v", st.Vendors)
	}
}
