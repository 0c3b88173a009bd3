package procoresim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
)

// handled makes one call without the network.
func (w *world) handled(method, path string, body []byte) *httptest.ResponseRecorder {
	req := w.restRequest(method, path, string(body))
	rec := httptest.NewRecorder()
	w.sim.Handler().ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		w.t.Fatalf("%s %s: %d %.300s", method, path, rec.Code, rec.Body)
	}
	return rec
}

// largeProject is a project with many codes, each of which is used with every cost type.
type largeProject struct {
	*world
	id    int64
	codes []int64
	types []int64
}

func newLargeProject(t testing.TB, codes, types int) *largeProject {
	t.Helper()
	p := &largeProject{world: newWorld(t)}
	p.id = p.syncProjects(obj{"name": "Large", "origin_id": "01|9001"}).made()
	for n := range types {
		p.types = append(p.types, p.syncTypes(obj{"name": fmt.Sprint("T", n), "csv_import_code": fmt.Sprint("T", n), "origin_id": fmt.Sprint("T", n)}).made())
	}
	for from := 0; from < codes; from += 1000 {
		var rows []obj
		for n := from; n < min(from+1000, codes); n++ {
			rows = append(rows, obj{"code": fmt.Sprintf("%06d", n), "name": fmt.Sprint("Code ", n), "origin_id": fmt.Sprintf("01|9001|%06d", n)})
		}
		var answer struct {
			Entities []struct {
				ID int64 `json:"id"`
			} `json:"entities"`
		}
		rec := p.handled(http.MethodPatch, fmt.Sprintf("%s/sync?project_id=%d", codesPath, p.id), rowsBody(t, rows))
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil || len(answer.Entities) != len(rows) {
			t.Fatalf("%d of %d codes, %v", len(answer.Entities), len(rows), err)
		}
		for _, e := range answer.Entities {
			p.codes = append(p.codes, e.ID)
		}
	}
	return p
}

func rowsBody(t testing.TB, rows []obj) []byte {
	t.Helper()
	data, err := json.Marshal(obj{"company_id": DemoCompanyID, "job_origin_id": "01|9001", "updates": rows})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// centres are the rows of the nth thousand pairs.
func (p *largeProject) centres(thousand int, more obj) []obj {
	rows := make([]obj, 0, 1000)
	for n := thousand * 1000; n < (thousand+1)*1000; n++ {
		rows = append(rows, centre(p.codes[n/len(p.types)], p.types[n%len(p.types)], more))
	}
	return rows
}

func (p *largeProject) fill(thousands int) {
	for n := range thousands {
		p.handled(http.MethodPatch, fmt.Sprintf("%s/sync?project_id=%d", assignPath, p.id), rowsBody(p.t, p.centres(n, obj{"synced": true})))
		p.handled(http.MethodPatch, jobCostsPath+"/sync", rowsBody(p.t, p.centres(n, manyAmounts())))
	}
}

func manyAmounts() obj {
	amounts := obj{}
	for _, col := range jobCostColumns().list {
		amounts[col.name] = json.Number("12345.67")
	}
	return amounts
}

// TestLargeProjectIsIndexed: every pair of a large project is found again, and none is made twice.
func TestLargeProjectIsIndexed(t *testing.T) {
	p := newLargeProject(t, 400, 5)
	p.fill(2)
	p.fill(2)
	if c := p.sim.Counts(); c[kindAssignments] != 2000 || c[kindJobCosts] != 2000 || c[kindCostCodes] != 424 {
		t.Errorf("counts %v", c)
	}
	counts := p.sim.EndpointCounts()["PATCH /rest/v1.0/erp_job_costs/sync"]
	if want := (EndpointCount{Calls: 4, Rows: 4000, Created: 2000, Unchanged: 2000}); counts != want {
		t.Errorf("counts %+v, want %+v", counts, want)
	}
	p.shows(kindJobCosts, "01|9001|000399|T4", "estimate", "12345.67")
	p.get(fmt.Sprintf("%s?project_id=%d&per_page=1500&page=2", jobCostsPath, p.id)).is(http.StatusOK).has("#", "500")
}

// BenchmarkSyncJobCosts sends 1,000 job costs with all amounts again, in a simulator that holds 300,000 of them.
func BenchmarkSyncJobCosts(b *testing.B) {
	p := newLargeProject(b, 30_000, 10)
	p.fill(300)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	body := rowsBody(b, p.centres(150, manyAmounts()))

	for b.Loop() {
		p.handled(http.MethodPatch, jobCostsPath+"/sync", body)
	}
	b.ReportMetric(float64(m.HeapAlloc>>20), "MiB-held")
}

// BenchmarkSyncAssignments is the same for assignments.
func BenchmarkSyncAssignments(b *testing.B) {
	p := newLargeProject(b, 30_000, 10)
	p.fill(300)
	body := rowsBody(b, p.centres(150, obj{"synced": true}))
	path := fmt.Sprintf("%s/sync?project_id=%d", assignPath, p.id)
	for b.Loop() {
		p.handled(http.MethodPatch, path, body)
	}
}

// BenchmarkSyncVendors sends 1,000 companies again.
func BenchmarkSyncVendors(b *testing.B) {
	w := newWorld(b)
	var rows []obj
	for n := range 1000 {
		rows = append(rows, obj{"name": fmt.Sprint("Vendor ", n), "origin_id": fmt.Sprint("01|V", n), "city": "Sydney", "country_code": "AU", "is_active": true})
	}
	body := rowsBody(b, rows)
	body = bytes.Replace(body, []byte(`"job_origin_id":"01|9001",`), nil, 1)
	for b.Loop() {
		w.handled(http.MethodPatch, vendorsPath+"/sync", body)
	}
}

// BenchmarkDigest walks 300,000 job costs and as many assignments.
func BenchmarkDigest(b *testing.B) {
	p := newLargeProject(b, 30_000, 10)
	p.fill(300)
	for b.Loop() {
		if len(p.sim.Digest()) != len(RecordKinds()) {
			b.Fatal("not all kinds")
		}
	}
}
