package procore

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// Each type goes to its own path, with what it belongs to where that stands.
func TestSyncCalls(t *testing.T) {
	t.Parallel()
	flag := erp.EntryField{Name: "synced", Form: erp.FormBool, Value: "Y"}
	for name, c := range map[string]struct {
		batch erp.EntryBatch
		call  string
		body  string
	}{
		"vendor": {batch(erp.Entry{Type: erp.EntryVendor, ID: 470, Origin: "01|CONC01", Code: "CONC01", Fields: []erp.EntryField{
			text("name", "Concrete \"Ü\" <&>"), text("zip", ""), {Name: "is_active", Form: erp.FormBool, Value: "N"},
			text("business_register_attributes.type", "ABN"), text("city", "Perth"), text("business_register_attributes.identifier", "11222333444")}}),
			"PATCH /rest/v1.0/vendors/sync?",
			`{"company_id":1357908642,"updates":[{"id":470,"origin_id":"01|CONC01","origin_code":"CONC01","name":"Concrete \"Ü\" <&>","zip":null,"is_active":false,"business_register_attributes":{"type":"ABN","identifier":"11222333444"},"city":"Perth"}]}`},
		"project": {batch(erp.Entry{Type: erp.EntryProject, Origin: harbour, Code: "J1000", Fields: []erp.EntryField{number("total_value", "1000000.10"), number("estimated_value", "")}}),
			"PATCH /rest/v1.0/projects/sync?", `{"company_id":1357908642,"updates":[{"origin_id":"01|J1000","total_value":1000000.10,"estimated_value":null}]}`},
		"standard code": {batch(entry(erp.EntryStandardCode, "03-100", id("parent_id", "3310")), entry(erp.EntryStandardCode, "04", id("parent_id", ""))),
			"PATCH /rest/v1.0/standard_cost_codes/sync?",
			`{"company_id":1357908642,"standard_cost_code_list_id":3300,"updates":[{"origin_id":"03-100","parent_id":3310},{"origin_id":"04","parent_id":null}]}`},
		"cost type": {batch(entry(erp.EntryCostType, "S", text("csv_import_code", "S"))),
			"PATCH /rest/v1.0/line_item_types/sync?", `{"company_id":1357908642,"updates":[{"origin_id":"S","csv_import_code":"S"}]}`},
		"cost code": {batch(entry(erp.EntryCostCode, harbour+"|03-100", text("code", "100"))),
			"PATCH /rest/v1.0/cost_codes/sync?project_id=700", `{"updates":[{"origin_id":"01|J1000|03-100","code":"100"}]}`},
		"assignment": {batch(pair(erp.EntryAssignment, "5101", "61", flag)),
			"PATCH /rest/v1.0/cost_code_line_item_types/sync?project_id=700", `{"updates":[{"cost_code_id":5101,"line_item_type_id":61,"synced":true}]}`},
		"job cost": {batch(pair(erp.EntryJobCost, "9007199254740993", "61", number("job_to_date_cost", "-1e2"))),
			"PATCH /rest/v1.0/erp_job_costs/sync?",
			`{"company_id":1357908642,"job_origin_id":"01|J1000","updates":[{"cost_code_id":9007199254740993,"line_item_type_id":61,"job_to_date_cost":-100}]}`},
		"budget line": {batch(erp.Entry{Type: erp.EntryBudgetLine, ID: 6201, Fields: []erp.EntryField{id("wbs_code_id", "6301"), number("quantity", "0.123456789012345678901")}}),
			"POST /rest/v1.0/budget_line_items/sync?", `{"project_id":700,"budget_line_items":[{"id":6201,"wbs_code_id":6301,"quantity":0.123456789012345678901}]}`},
		"tax code": {batch(entry(erp.EntryTaxCode, "01|GST", number("rate1", "10"))),
			"PATCH /rest/v1.0/tax_codes/sync?", `{"company_id":1357908642,"updates":[{"origin_id":"01|GST","rate1":10}]}`},
		"direct cost": {batch(entry(erp.EntryDirectCost, "01|L1", text("status", "approved"))),
			"PATCH /rest/v1.0/projects/700/direct_costs/sync?", `{"updates":[{"origin_id":"01|L1","status":"approved"}]}`},
		"direct line": {batch(entry(erp.EntryDirectLine, "01|L1|1", id("direct_cost_id", "6401"))),
			"PATCH /rest/v1.0/projects/700/direct_costs/line_items/sync?", `{"updates":[{"origin_id":"01|L1|1","direct_cost_id":6401}]}`},
		"staged": {batch(erp.Entry{Type: erp.EntryStaged, ItemType: "prime_contract", Origin: harbour, Code: "J1000",
			Fields:   []erp.EntryField{text("title", "Harbour"), text("origin_data", "{}"), text("status", "Approved")},
			Children: []erp.Entry{{Type: erp.EntryStaged, ItemType: "line_item", Origin: "01|J1000|HC|A|1", Code: "1", Fields: []erp.EntryField{number("amount", "5.50")}}}}),
			"PATCH /rest/v1.0/companies/1357908642/staged_records/sync?",
			`{"updates":[{"item_type":"prime_contract","origin_id":"01|J1000","origin_code":"J1000","origin_data":"{}","data":{"title":"Harbour","status":"Approved"},` +
				`"children":[{"item_type":"line_item","origin_id":"01|J1000|HC|A|1","origin_code":"1","data":{"amount":5.50}}]}]}`},
	} {
		var b bodies
		var called string
		api := func(out http.ResponseWriter, r *http.Request) {
			called = r.Method + " " + r.URL.Path + "?" + r.URL.RawQuery
			reply(out, 200, echo(b.keep(r)))
		}
		inWorld(t, api, func(t *testing.T, w *world) {
			if _, err := w.Sync(t.Context(), c.batch); err != nil {
				t.Error(name, err)
			}
		})
		if diff := cmp.Diff([]string{c.call, c.body}, append([]string{called}, b.all...)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// echo answers as Procore does when it takes every row, in the opposite order.
func echo(sent string) string {
	var body struct {
		Updates, Budget_line_items []json.RawMessage
	}
	_ = json.Unmarshal([]byte(sent), &body)
	rows := append(body.Updates, body.Budget_line_items...)
	taken := make([]string, len(rows))
	for i, row := range rows {
		taken[len(rows)-1-i] = string(row)
	}
	return `{"entities":[` + strings.Join(taken, ",") + `],"errors":[]}`
}

// What can never be sent is refused by name, and the rest is sent.
func TestSyncRefusesHere(t *testing.T) {
	t.Parallel()
	rows := []erp.Entry{
		entry(erp.EntryVendor, "01|A", number("total", "12,5")),
		entry(erp.EntryVendor, "01|B", id("parent_id", "x1")),
		entry(erp.EntryVendor, "01|C", text("name", "a\xffb")),
		entry(erp.EntryVendor, "01|D", text("name", "a"), text("name", "b")),
		entry(erp.EntryVendor, ""),
		{Type: erp.EntryVendor, Origin: "01|F", Refs: []erp.EntryRef{{Field: "parent_id", Type: erp.EntryVendor, Origin: "01|X", Must: true}}},
		entry(erp.EntryProject, "01|G"),
		entry(erp.EntryVendor, "01|H", text("origin_id", "01|Z")),
		entry(erp.EntryVendor, "01|I", text("a.b", "1"), text("a", "2")),
		entry(erp.EntryVendor, "01|J", text("", "1")),
		entry(erp.EntryVendor, "01|K", erp.EntryField{Name: "n", Form: 9}),
		{Type: erp.EntryVendor, Origin: "01|OK", Refs: []erp.EntryRef{{Field: "parent_id", Type: erp.EntryVendor, Origin: "01|X"}}},
	}
	says := []string{`total: "12,5" must be a decimal number`, `parent_id: id "x1" must be digits`, "name: it is no valid text", "name is given twice", "neither an origin id nor an id",
		"parent_id is not known (vendor 01|X)", "a project cannot be sent among rows of type vendor", "origin_id is given twice", "a is given twice", "no name", "form 9"}
	var b bodies
	inWorld(t, taking(&b), func(t *testing.T, w *world) {
		got, err := w.Sync(t.Context(), batch(rows...))
		if err != nil || len(got) != len(rows) {
			t.Fatal(err, got)
		}
		for i, says := range says {
			if !strings.Contains(got[i].Refused, says) {
				t.Errorf("row %d: %q lacks %q", i, got[i].Refused, says)
			}
		}
		if got[len(says)] != (erp.Synced{}) {
			t.Errorf("the good row: %+v", got[len(says)])
		}
	})
	if want := `{"company_id":1357908642,"updates":[{"origin_id":"01|OK"}]}`; len(b.all) != 1 || b.all[0] != want {
		t.Errorf("sent %q", b.all)
	}
	staged := func(e erp.Entry) erp.EntryBatch { e.Type = erp.EntryStaged; return batch(e) }
	for says, b := range map[string]erp.EntryBatch{
		"needs an item type":                     staged(erp.Entry{Origin: "x"}),
		"child 1 has no origin id":               staged(erp.Entry{ItemType: "vendor", Origin: "x", Children: []erp.Entry{{}}}),
		"child c: a staged record needs":         staged(erp.Entry{ItemType: "vendor", Origin: "x", Children: []erp.Entry{{Origin: "c"}}}),
		"cost_code_id or line_item_type_id is m": batch(pair(erp.EntryAssignment, "5101", "")),
		"wbs_code_id is missing":                 batch(entry(erp.EntryBudgetLine, "x")),
	} {
		inWorld(t, always(500, ``), func(t *testing.T, w *world) {
			if got, err := w.Sync(t.Context(), b); err != nil || !strings.Contains(got[0].Refused, says) || w.called.Load() != 0 {
				t.Errorf("%s: %+v %v", says, got, err)
			}
		})
	}
}

// A batch that does not say what it belongs to, or of a type that is not
// written, makes no call.
func TestSyncChecks(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `{}`), func(t *testing.T, w *world) {
		for _, b := range []erp.EntryBatch{
			{Type: erp.EntryCostCode, Rows: []erp.Entry{entry(erp.EntryCostCode, "x")}},
			{Type: erp.EntryJobCost, Rows: []erp.Entry{pair(erp.EntryJobCost, "1", "2")}},
			{Type: erp.EntryStandardCode, Rows: []erp.Entry{entry(erp.EntryStandardCode, "x")}},
			{Type: erp.EntryPrime, Rows: []erp.Entry{entry(erp.EntryPrime, "x")}},
			{Type: erp.EntryPrimeLine, Project: 7, Rows: []erp.Entry{entry(erp.EntryPrimeLine, "x")}},
			{Type: erp.EntryWBSCode, Project: 7}, {Type: erp.EntryCodeList}, {},
		} {
			if got, err := w.Sync(t.Context(), b); fault.Of(err) != fault.Permanent || got != nil {
				t.Errorf("%s: %v %v", b.Type, got, err)
			}
		}
		if got, err := w.Sync(t.Context(), erp.EntryBatch{Type: erp.EntryVendor}); err != nil || len(got) != 0 {
			t.Error(got, err)
		}
		if w.called.Load() != 0 {
			t.Errorf("%d calls", w.called.Load())
		}
	})
}

// A failure of the whole call is classed as for any other call, but for 409.
func TestSyncFails(t *testing.T) {
	t.Parallel()
	direct, vendor := batch(entry(erp.EntryDirectCost, "01|L1")), batch(entry(erp.EntryVendor, "01|A"))
	for name, c := range map[string]struct {
		batch erp.EntryBatch
		api   http.HandlerFunc
		want  expected
	}{
		"busy":          {direct, always(409, ``), expected{kind: fault.Transient, after: 2 * time.Second, calls: 3}},
		"registered":    {vendor, always(409, `{"message":"ABN belongs to Other Pty Ltd"}`), expected{kind: fault.Permanent, said: "ABN belongs to Other Pty Ltd"}},
		"bad":           {vendor, always(400, `{"errors":{"updates":["is invalid"]}}`), expected{kind: fault.Permanent, said: "updates is invalid"}},
		"forbidden":     {direct, always(403, ``), expected{kind: fault.Transient, said: sentence(403), calls: 3}},
		"limited":       {vendor, always(429, ``), expected{kind: fault.Transient, system: true, after: 10 * time.Second}},
		"failing":       {vendor, always(500, ``), expected{kind: fault.Transient, said: sentence(500), calls: 3}},
		"unreadable":    {vendor, always(200, `<html>`), expected{kind: fault.Transient, said: "Procore's answer could not be read.", calls: 3}},
		"silent":        {vendor, always(200, `{}`), expected{kind: fault.Transient, note: "says nothing about 1 of 1 rows", calls: 3}},
		"another row":   {vendor, always(200, `{"entities":[{"id":1,"origin_id":"01|B"}]}`), expected{kind: fault.Transient, note: "says nothing about 1 of 1 rows", calls: 3}},
		"no list":       {vendor, always(200, `{"entities":{}}`), expected{kind: fault.Transient, said: "Procore's answer could not be read.", calls: 3}},
		"no row at all": {vendor, always(200, `[]`), expected{kind: fault.Transient, note: "says nothing about 1 of 1 rows", calls: 3}},
	} {
		inWorld(t, c.api, func(t *testing.T, w *world) {
			got, err := w.Sync(t.Context(), c.batch)
			checkFault(t, err, c.want)
			if got != nil || c.want.calls > 0 && w.called.Load() != c.want.calls {
				t.Errorf("%s: %v after %d calls", name, got, w.called.Load())
			}
		})
	}
}

// Where the limit is hit, the calls of all wait, and no row is lost.
func TestSyncWaitsForTheLimit(t *testing.T) {
	t.Parallel()
	hit := false
	api := func(out http.ResponseWriter, r *http.Request) {
		if !hit {
			hit = true
			out.Header().Set("Retry-After", "3")
			reply(out, 429, `{}`)
			return
		}
		taking(&bodies{})(out, r)
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		begun := time.Now()
		if _, err := w.Sync(t.Context(), batch(entry(erp.EntryVendor, "01|A"))); err != nil || time.Since(begun) < 3*time.Second {
			t.Error(err, time.Since(begun))
		}
	})
}

// A call that is too long is halved, down to one row, and every row keeps its
// place.
func TestSyncHalves(t *testing.T) {
	t.Parallel()
	var sizes []int
	api := func(out http.ResponseWriter, r *http.Request) {
		var b bodies
		var sent struct{ Updates []struct{ Origin_id string } }
		_ = json.Unmarshal([]byte(b.keep(r)), &sent)
		sizes = append(sizes, len(sent.Updates))
		if len(sent.Updates) > 2 {
			reply(out, 413, `{"errors":"too many updates"}`)
			return
		}
		rows := make([]string, len(sent.Updates))
		for i, row := range sent.Updates {
			var n int
			_, _ = fmt.Sscanf(row.Origin_id, "01|%d", &n)
			if n == 4 {
				reply(out, 413, `{"errors":"this row is huge"}`)
				return
			}
			rows[i] = fmt.Sprintf(`{"id":%d,"origin_id":%q}`, 100+n, row.Origin_id)
		}
		reply(out, 200, `{"entities":[`+strings.Join(rows, ",")+`]}`)
	}
	rows, want := make([]erp.Entry, 7), make([]erp.Synced, 7)
	for i := range rows {
		rows[i], want[i].ID = entry(erp.EntryVendor, fmt.Sprintf("01|%d", i)), erp.ID(100+i)
	}
	want[4] = erp.Synced{Refused: "this row is huge"}
	inWorld(t, api, func(t *testing.T, w *world) {
		got, err := w.Sync(t.Context(), batch(rows...))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
	if diff := cmp.Diff([]int{7, 3, 1, 2, 4, 2, 1, 1, 2}, sizes); diff != "" {
		t.Error(diff)
	}
}

// An answer that is too long is got in pieces.
func TestSyncHalvesForTheAnswer(t *testing.T) {
	t.Parallel()
	calls := 0
	api := func(out http.ResponseWriter, r *http.Request) {
		if calls++; calls == 1 {
			reply(out, 200, strings.Repeat(" ", maxBody+1))
			return
		}
		taking(&bodies{})(out, r)
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		if got, err := w.Sync(t.Context(), batch(entry(erp.EntryVendor, "01|A"), entry(erp.EntryVendor, "01|B"))); err != nil || len(got) != 2 || calls != 3 {
			t.Error(got, err, calls)
		}
	})
}

// A call that takes too long is halved, but not without end.
func TestSyncTooSlow(t *testing.T) {
	t.Parallel()
	rows := make([]erp.Entry, 1000)
	for i := range rows {
		rows[i] = entry(erp.EntryVendor, fmt.Sprint("01|", i))
	}
	slow := map[string]http.HandlerFunc{"408": always(408, ``), "ours": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}
	for name, answer := range slow {
		for _, most := range []int{300, 100} {
			var sizes []int
			var asked sync.Mutex // a call that was given up may still be at work
			api := func(out http.ResponseWriter, r *http.Request) {
				var b bodies
				taken := echo(b.keep(r))
				n := strings.Count(taken, "origin_id")
				asked.Lock()
				if len(sizes) == 0 || sizes[len(sizes)-1] != n {
					sizes = append(sizes, n)
				}
				asked.Unlock()
				if n > most {
					answer(out, r)
					return
				}
				reply(out, 200, taken)
			}
			inWorld(t, api, func(t *testing.T, w *world) {
				got, err := w.Sync(t.Context(), batch(rows...))
				if most == 300 && (err != nil || len(got) != 1000 || got[999].Refused != "") || most == 100 && fault.Of(err) != fault.Transient {
					t.Errorf("%s, %d rows: %d %v", name, most, len(got), err)
				}
			})
			want := map[int][]int{300: {1000, 500, 250, 500, 250}, 100: {1000, 500, 250}}[most]
			if diff := cmp.Diff(want, sizes); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
}

// A secret that Procore repeats is in no refusal.
func TestSyncSecrets(t *testing.T) {
	t.Parallel()
	for _, row := range []string{`{"origin_id":"01|A","errors":{"name":["` + madeUp + ` bad"]}}`, `"` + madeUp + ` bad"`, `{"errors":"` + tokenNumber(1) + ` bad"}`} {
		inWorld(t, always(200, `{"errors":[`+row+`]}`), func(t *testing.T, w *world) {
			got, err := w.Sync(t.Context(), batch(entry(erp.EntryVendor, "01|A")))
			if err != nil || !strings.Contains(got[0].Refused, "[hidden] bad") {
				t.Errorf("%+v %v", got, err)
			}
		})
	}
}
