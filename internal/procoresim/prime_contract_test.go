package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

// primeBody wraps a contract as the single calls want it.
func primeBody(contract obj) obj {
	return obj{"project_id": DemoProjectID, "prime_contract": contract}
}

func onePrime(id int64) string {
	return fmt.Sprintf("%s/%d?project_id=%d", primePath, id, DemoProjectID)
}

func primeLines(id int64, sync string) string {
	return fmt.Sprintf("%s/%d/line_items%s?project_id=%d", primesPath, id, sync, DemoProjectID)
}

func (w *world) newPrime(contract obj) int64 {
	w.t.Helper()
	return w.rest(http.MethodPost, primePath, primeBody(contract)).is(http.StatusCreated).num("id")
}

func TestPrimeContractLife(t *testing.T) {
	w := newWorld(t)
	id := w.newPrime(obj{"title": "Head contract", "number": "1001", "status": "Approved", "vendor_id": 7001, "retainage_percent": "5.0",
		"contract_start_date": "2026-07-01", "origin_id": demoOrigin, "origin_data": "d"})
	w.get(onePrime(id)).is(http.StatusOK).has("title", "Head contract", "origin_id", demoOrigin, "status", "Approved", "grand_total", "0.00",
		"vendor.id", "7001", "project.id", "2468", "origin_data", "d", "retainage_percent", "5.0")
	w.get(ofProject(primesPath)).is(http.StatusOK).has("#", "1", "0.number", "1001")

	w.rest(http.MethodPatch, onePrime(id), primeBody(obj{"title": "By hand"})).is(http.StatusUnprocessableEntity).contains("locked")
	w.rest(http.MethodPatch, onePrime(id), primeBody(obj{"title": "Ours", "origin_id": demoOrigin})).is(http.StatusOK).has("title", "Ours", "number", "1001")
	w.rest(http.MethodDelete, onePrime(id), nil).is(http.StatusUnprocessableEntity)

	free := w.newPrime(obj{"title": "Free"})
	w.rest(http.MethodPatch, onePrime(free), primeBody(obj{"title": "By hand"})).is(http.StatusOK).has("status", "Draft", "origin_id", "null")
	w.sync(primeLines(free, "/sync"), []obj{{"amount": 5, "origin_id": "l"}}).is(http.StatusOK).split(1, 0)
	w.rest(http.MethodDelete, onePrime(free), nil).is(http.StatusNoContent)
	w.get(onePrime(free)).is(http.StatusNotFound)
	if n := w.count(kindPrimeLines); n != 0 || w.sim.OriginID(itemLine, 90_000_001) != "" {
		t.Errorf("%d lines outlive their contract", n)
	}
}

func TestPrimeContractRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.newPrime(obj{"title": "Head contract", "origin_id": demoOrigin})
	for field, contract := range map[string]obj{
		"title":     {"number": "1"},
		"status":    {"title": "x", "status": "approved"},
		"vendor_id": {"title": "x", "vendor_id": 5},
		"total":     {"title": "x", "total": 5},
		"origin_id": {"title": "x", "origin_id": demoOrigin},
	} {
		w.rest(http.MethodPost, primePath, primeBody(contract)).is(http.StatusUnprocessableEntity).
			contains(fmt.Sprintf("%q", field))
	}
	w.rest(http.MethodPost, primePath, obj{"prime_contract": obj{"title": "x"}}).is(http.StatusBadRequest)
	w.rest(http.MethodPost, primePath, obj{"project_id": DemoProjectID}).is(http.StatusBadRequest)
	w.rest(http.MethodPost, primePath, "{").is(http.StatusBadRequest)
	w.rest(http.MethodPost, primesPath, primeBody(obj{"title": "x"})).is(http.StatusNotFound)

	other := w.syncProjects(obj{"name": "Second"}).made()
	w.get(fmt.Sprintf("%s/%d?project_id=%d", primePath, id, other)).is(http.StatusNotFound)
	w.get(ofProject(primePath + "/x")).is(http.StatusNotFound)
	w.get(ofProject(primePath + "/5")).is(http.StatusNotFound)
	w.get(primePath + "/5").is(http.StatusBadRequest)
}

// TestEachPostMakesAContract: without an origin id a repeat makes a second one.
func TestEachPostMakesAContract(t *testing.T) {
	w := newWorld(t)
	first := w.newPrime(obj{"title": "A"})
	if again := w.newPrime(obj{"title": "A"}); again == first || w.count(kindPrimes) != 2 {
		t.Error("the repeat was taken as the same contract")
	}
}

func TestPrimeLines(t *testing.T) {
	w := newWorld(t)
	w.assign(centre(demoCode, demoTypeM))
	id := w.newPrime(obj{"title": "Head contract", "origin_id": demoOrigin})
	w.sync(primeLines(id, "/sync"), []obj{
		centre(demoCode, demoTypeM, obj{"amount": "100.50", "description": "A", "position": 1, "origin_id": "01|1001|HC|A|1"}),
		{"amount": "1.00", "description": "No code", "origin_id": "01|1001|HC|A|2"},
		{"amount": "1.00", "cost_code_id": 5, "origin_id": "01|1001|HC|A|3"},
	}).is(http.StatusOK).split(2, 1).
		has("entities.0.cost_code.code", "01-100", "entities.1.cost_code", "null", "entities.0.prime_contract_id", fmt.Sprint(id),
			"errors.0.errors.cost_code_id.0", "5 does not exist in the project")
	w.sync(primeLines(id, "/sync"), []obj{{"origin_id": "01|1001|HC|A|2", "amount": "2.00"}}).is(http.StatusOK).split(1, 0).
		has("entities.0.description", "No code")
	w.get(primeLines(id, "")).is(http.StatusOK).has("#", "2", "1.amount", "2.00", "0.position", "1")
	w.get(onePrime(id)).has("grand_total", "102.50")
	w.shows(kindPrimeLines, "01|1001|HC|A|1", "amount", "100.50", "cost_code_id", "320111")
	w.sync(primeLines(5, "/sync"), []obj{}).is(http.StatusNotFound)
	w.get(primeLines(5, "")).is(http.StatusNotFound)
}

// TestPrimeLineOriginIsSharedWithOtherLines: line_item is one type for all contracts (documented names).
func TestPrimeLineOriginIsSharedWithOtherLines(t *testing.T) {
	w := demoWorld(t)
	w.link(ext(itemLine, 510_101, "01|SC0001|1"))
	id := w.newPrime(obj{"title": "Head contract"})
	w.sync(primeLines(id, "/sync"), []obj{{"amount": 1, "origin_id": "01|SC0001|1"}}).is(http.StatusOK).split(0, 1).
		contains("already used by another line_item")
}

func TestPrimeEvents(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.CompanyHookProjectEvent = true })
	r := newReceiver(t, nil)
	w.hookOn(r, "v2.0", "Prime Contracts", "create")
	id := w.newPrime(obj{"title": "A"})
	w.settled()
	if got := r.field(t, "resource_id"); len(got) != 1 || got[0] != fmt.Sprint(id) {
		t.Errorf("events %v", got)
	}
}
