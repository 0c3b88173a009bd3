package procore

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// collected is a list up to its first error.
func collected(t *testing.T, w *world, kind erp.EntryType, project erp.ID) (all []erp.Known, last error) {
	t.Helper()
	for k, err := range w.Known(t.Context(), kind, project) {
		if err != nil {
			last = err
			continue
		}
		all = append(all, k)
	}
	return all, last
}

// Each type is read from its own list, with what we want of its rows.
func TestKnownLists(t *testing.T) {
	t.Parallel()
	for kind, c := range map[erp.EntryType]struct {
		call, row string
		want      erp.Known
	}{
		erp.EntryVendor: {"/rest/v1.0/vendors?company_id=1357908642&page=1&per_page=200&view=extended",
			`{"id":470,"name":"Acme","origin_id":"01|ACME","origin_code":"ACME","is_active":false,"business_register":{"type":"ABN","identifier":"11222333444"},"abbreviated_name":null}`,
			erp.Known{ID: 470, Origin: "01|ACME", Code: "ACME", Name: "Acme", Fields: map[string]string{"is_active": "false", "business_register.type": "ABN", "business_register.identifier": "11222333444"}}},
		erp.EntryProject: {"/rest/v1.0/projects?company_id=1357908642&filters%5Bby_status%5D=All&page=1&per_page=200",
			`{"id":"700","name":"Harbour","origin_id":"null","project_number":"J1000","active":true,"created_at":"2026-01-02T00:00:00Z"}`,
			erp.Known{ID: 700, Code: "J1000", Name: "Harbour", Fields: map[string]string{"active": "true", "created_at": "2026-01-02T00:00:00Z"}}},
		erp.EntryCodeList: {"/rest/v1.0/standard_cost_code_lists?company_id=1357908642&page=1&per_page=500",
			`{"id":3300,"name":"ERP","is_erp_list":true,"available_to_use_on_new_projects":false}`,
			erp.Known{ID: 3300, Name: "ERP", Fields: map[string]string{"is_erp_list": "true", "available_to_use_on_new_projects": "false"}}},
		erp.EntryCostType: {"/rest/v1.0/line_item_types?company_id=1357908642&page=1&per_page=500",
			`{"id":61,"name":"Subcontract","code":"S","base_type":"commitment","origin_id":"S"}`,
			erp.Known{ID: 61, Origin: "S", Code: "S", Name: "Subcontract", Fields: map[string]string{"base_type": "commitment"}}},
		erp.EntryTaxCode: {"/rest/v1.0/tax_codes?company_id=1357908642&page=1&per_page=100",
			`{"id":31,"code":"GST","description":"GST 10 %","rate1":10.0,"archived":false,"origin_id":"01|GST"}`,
			erp.Known{ID: 31, Origin: "01|GST", Code: "GST", Name: "GST 10 %", Fields: map[string]string{"rate1": "10.0", "archived": "false"}}},
		erp.EntryCostCode: {"/rest/v1.0/cost_codes?page=1&per_page=500&project_id=700",
			`{"id":5101,"code":"100","full_code":"03-100","name":"Formwork","parent":{"id":5100},"standard_cost_code_id":3311,"origin_id":"01|J1000|03-100"}`,
			erp.Known{ID: 5101, Origin: "01|J1000|03-100", Code: "03-100", Name: "Formwork", Fields: map[string]string{"code": "100", "parent_id": "5100", "standard_cost_code_id": "3311"}}},
		erp.EntryWBSCode: {"/rest/v1.0/projects/700/work_breakdown_structure/wbs_codes?page=1&per_page=500",
			`{"id":6301,"flat_code":"03-100.S","description":"Formwork","status":"Active","segment_items":[{"id":5101,"code":"100","path_code":"03-100","segment":{"type":"cost_code"}},{"id":61,"code":"S","segment":{"type":"line_item_type"}},{"id":9,"segment":{"type":"custom"}},7]}`,
			erp.Known{ID: 6301, Code: "03-100.S", Name: "Formwork", Status: "active",
				Fields: map[string]string{"cost_code_id": "5101", "cost_code": "03-100", "line_item_type_id": "61", "line_item_type": "S"}}},
		erp.EntryDirectCost: {"/rest/v1.0/projects/700/direct_costs?page=1&per_page=500",
			`{"id":6401,"invoice_number":"INV-7","description":"Steel","status":"approved","direct_cost_type":"invoice","grand_total":"250.0","origin_id":"01|L1"}`,
			erp.Known{ID: 6401, Origin: "01|L1", Code: "INV-7", Name: "Steel", Status: "approved", Fields: map[string]string{"direct_cost_type": "invoice", "grand_total": "250.0"}}},
		erp.EntryDirectLine: {"/rest/v1.0/projects/700/direct_costs/line_items?page=1&per_page=500",
			`{"id":6501,"description":"Bars","amount":"250.0","holder":{"id":6401},"origin_id":"01|L1|1"}`,
			erp.Known{ID: 6501, Origin: "01|L1|1", Name: "Bars", Fields: map[string]string{"amount": "250.0", "direct_cost_id": "6401"}}},
		erp.EntryPrime: {"/rest/v1.0/prime_contracts?page=1&per_page=500&project_id=700",
			`{"id":6701,"number":"J1000","title":"Harbour","status":"Approved","grand_total":"10.0","origin_id":"01|J1000"}`,
			erp.Known{ID: 6701, Origin: "01|J1000", Code: "J1000", Name: "Harbour", Status: "approved", Fields: map[string]string{"grand_total": "10.0"}}},
	} {
		api := func(out http.ResponseWriter, r *http.Request) {
			if got := r.URL.Path + "?" + r.URL.RawQuery; got != c.call || r.Method != http.MethodGet {
				t.Errorf("%s: call %s", kind, got)
			}
			out.Header().Set("Total", "1")
			reply(out, 200, "["+c.row+"]")
		}
		inWorld(t, api, func(t *testing.T, w *world) {
			got, err := collected(t, w, kind, 700)
			if diff := cmp.Diff([]erp.Known{c.want}, got); err != nil || diff != "" {
				t.Error(kind, err, diff)
			}
		})
	}
}

// lists answers each path with its rows; a path that is not there is 404.
func lists(t *testing.T, rows map[string]string) http.HandlerFunc {
	return func(out http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		for _, name := range []string{"page", "per_page", "company_id"} {
			query.Del(name)
		}
		key := r.URL.Path
		if text, _ := url.QueryUnescape(query.Encode()); text != "" {
			key += "?" + text
		}
		body, ok := rows[key]
		if !ok {
			t.Errorf("no list %s", key)
			reply(out, 404, ``)
			return
		}
		out.Header().Set("Link", `<x>; rel="first"`)
		reply(out, 200, body)
	}
}

// Standard codes are those of the ERP list only.
func TestKnownStandardCodes(t *testing.T) {
	t.Parallel()
	inWorld(t, lists(t, map[string]string{
		"/rest/v1.0/standard_cost_code_lists":                            `[{"id":1,"name":"Old","is_erp_list":false},{"id":3300,"name":"ERP","is_erp_list":true}]`,
		"/rest/v1.0/standard_cost_codes?standard_cost_code_list_id=3300": `[{"id":3311,"code":"100","full_code":"03-100","name":"Formwork","parent_id":3310,"standard_cost_code_list_id":3300,"origin_id":"03-100"}]`,
	}), func(t *testing.T, w *world) {
		got, err := collected(t, w, erp.EntryStandardCode, 0)
		want := []erp.Known{{ID: 3311, Origin: "03-100", Code: "03-100", Name: "Formwork", Fields: map[string]string{"code": "100", "parent_id": "3310", "standard_cost_code_list_id": "3300"}}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
	inWorld(t, lists(t, map[string]string{"/rest/v1.0/standard_cost_code_lists": `[]`}), func(t *testing.T, w *world) {
		if got, err := collected(t, w, erp.EntryStandardCode, 0); err != nil || got != nil {
			t.Error(got, err)
		}
	})
}

// Staged records are listed type by type, also where the list ignores the type.
func TestKnownStaged(t *testing.T) {
	t.Parallel()
	const path = "/rest/v1.0/companies/1357908642/staged_records"
	mixed := `[{"id":1,"item_type":"vendor","origin_id":"01|A","origin_code":"A","status":"Staged","data":{"name":"Acme"}},` +
		`{"id":2,"item_type":"project","origin_id":"01|J1","status":"imported","data":{"title":"Harbour"}},{"id":3,"item_type":"line_item","origin_id":"x"}]`
	inWorld(t, lists(t, map[string]string{
		path + "?item_type=vendor": mixed, path + "?item_type=project": mixed, path + "?item_type=prime_contract": `[{"id":4,"origin_id":"01|J1"}]`,
	}), func(t *testing.T, w *world) {
		got, err := collected(t, w, erp.EntryStaged, 0)
		kind := func(name string) map[string]string { return map[string]string{"item_type": name} }
		want := []erp.Known{
			{ID: 1, Origin: "01|A", Code: "A", Name: "Acme", Status: "staged", Fields: kind("vendor")},
			{ID: 2, Origin: "01|J1", Name: "Harbour", Status: "imported", Fields: kind("project")}, {ID: 4, Origin: "01|J1", Fields: kind("prime_contract")}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

// The lines of all prime contracts of a project.
func TestKnownPrimeLines(t *testing.T) {
	t.Parallel()
	inWorld(t, lists(t, map[string]string{
		"/rest/v1.0/prime_contracts?project_id=700":              `[{"id":1},{"id":2}]`,
		"/rest/v1.0/prime_contracts/1/line_items?project_id=700": `[{"id":11,"origin_id":"a"}]`,
		"/rest/v1.0/prime_contracts/2/line_items?project_id=700": `[{"id":21,"origin_id":"b","amount":"5.0","description":"Slab"}]`,
	}), func(t *testing.T, w *world) {
		got, err := collected(t, w, erp.EntryPrimeLine, 700)
		want := []erp.Known{{ID: 11, Origin: "a", Fields: map[string]string{"prime_contract_id": "1"}},
			{ID: 21, Origin: "b", Name: "Slab", Fields: map[string]string{"prime_contract_id": "2", "amount": "5.0"}}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
		for range w.Known(t.Context(), erp.EntryPrimeLine, 700) {
			break // the caller may stop
		}
	})
}

// Budget lines are the rows of the first view; without a view nothing is
// guessed.
func TestKnownBudgetLines(t *testing.T) {
	t.Parallel()
	inWorld(t, lists(t, map[string]string{
		"/rest/v1.0/budget_views?project_id=700":                                         `[{"id":81,"name":"Standard"},{"id":82,"name":"Other"}]`,
		"/rest/v1.0/budget_views/81/detail_rows?budget_row_type=budgeted&project_id=700": `[{"id":6201,"wbs_code_id":6301,"cost_code_id":5101,"cost_code":"03-100","category_id":61,"original_budget_amount":"1000.5"}]`,
	}), func(t *testing.T, w *world) {
		got, err := collected(t, w, erp.EntryBudgetLine, 700)
		want := []erp.Known{{ID: 6201, Code: "03-100", Name: "03-100", Fields: map[string]string{
			"wbs_code_id": "6301", "cost_code_id": "5101", "line_item_type_id": "61", "original_budget_amount": "1000.5"}}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
	inWorld(t, always(200, `[]`), func(t *testing.T, w *world) {
		if _, err := collected(t, w, erp.EntryBudgetLine, 700); fault.Of(err) != fault.Permanent || !strings.Contains(fault.Said(err), "Project 700 has no budget view") {
			t.Error(err)
		}
	})
}

func TestKnownRefuses(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `[]`), func(t *testing.T, w *world) {
		for _, kind := range []erp.EntryType{erp.EntryAssignment, erp.EntryJobCost, "else"} {
			if _, err := collected(t, w, kind, 700); fault.Of(err) != fault.Permanent || !strings.Contains(err.Error(), "not read") {
				t.Error(kind, err)
			}
		}
		if _, err := collected(t, w, erp.EntryCostCode, 0); fault.Of(err) != fault.Permanent || w.called.Load() != 0 {
			t.Error(err)
		}
	})
	for status, shown := range map[int]bool{403: false, 404: false, 500: true, 400: true} {
		inWorld(t, always(status, ``), func(t *testing.T, w *world) {
			for _, kind := range []erp.EntryType{erp.EntryVendor, erp.EntryStandardCode, erp.EntryStaged, erp.EntryPrimeLine, erp.EntryBudgetLine} {
				all, err := collected(t, w, kind, 700)
				if err == nil || errors.Is(err, erp.ErrNotShown) == shown || all != nil {
					t.Errorf("%s %d: %v", kind, status, err)
				}
			}
		})
	}
	for _, body := range []string{`{}`, `[{}]`, `[5]`, `{"data":5}`, `x`} {
		inWorld(t, always(200, body), func(t *testing.T, w *world) {
			if _, err := collected(t, w, erp.EntryVendor, 0); fault.Of(err) != fault.Transient {
				t.Errorf("%s: %v", body, err)
			}
		})
	}
}

// No row is lost where Procore gives fewer a page than it was asked for.
func TestKnownPages(t *testing.T) {
	t.Parallel()
	const all, given = 25, 10
	for name, head := range map[string]func(h http.Header, page int){
		"link": func(h http.Header, page int) {
			if page*given < all {
				h.Set("Link", fmt.Sprintf(`<https://elsewhere.invalid/?page=%d>; rel="next"`, page+1))
			} else {
				h.Set("Link", `<x>; rel="first"`)
			}
		},
		"total":   func(h http.Header, _ int) { h.Set("Total", fmt.Sprint(all)); h.Set("Per-Page", fmt.Sprint(given)) },
		"nothing": func(http.Header, int) {},
	} {
		calls := 0
		api := func(out http.ResponseWriter, r *http.Request) {
			calls++
			page := 1
			_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
			head(out.Header(), page)
			var rows []string
			for n := (page-1)*given + 1; n <= min(page*given, all); n++ {
				rows = append(rows, fmt.Sprintf(`{"id":%d}`, n))
			}
			reply(out, 200, "["+strings.Join(rows, ",")+"]")
		}
		inWorld(t, api, func(t *testing.T, w *world) {
			if got, err := collected(t, w, erp.EntryCostType, 0); err != nil || len(got) != all || calls > 4 {
				t.Errorf("%s: %d rows, %v, %d calls", name, len(got), err, calls)
			}
		})
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	for kind, want := range map[erp.EntryType]string{
		erp.EntryStandardCode: "/rest/v1.0/standard_cost_codes/5?company_id=1357908642",
		erp.EntryCostType:     "/rest/v1.0/line_item_types/5?company_id=1357908642",
		erp.EntryCostCode:     "/rest/v1.0/cost_codes/5?company_id=1357908642&project_id=700",
		erp.EntryAssignment:   "/rest/v1.0/cost_codes_line_item_types/5?company_id=1357908642&project_id=700",
		erp.EntryJobCost:      "/rest/v1.0/erp_job_costs/5?company_id=1357908642&project_id=700",
	} {
		for _, status := range []int{204, 200, 404, 410} {
			api := func(out http.ResponseWriter, r *http.Request) {
				if got := r.URL.Path + "?" + r.URL.RawQuery; got != want || r.Method != http.MethodDelete {
					t.Errorf("%s: call %s %s", kind, r.Method, got)
				}
				out.WriteHeader(status)
			}
			inWorld(t, api, func(t *testing.T, w *world) {
				if err := w.Remove(t.Context(), kind, 700, 5); err != nil || w.called.Load() != 1 {
					t.Errorf("%s %d: %v", kind, status, err)
				}
			})
		}
	}
	inWorld(t, always(422, `{"errors":["is in use"]}`), func(t *testing.T, w *world) {
		checkFault(t, w.Remove(t.Context(), erp.EntryCostCode, 700, 5), expected{kind: fault.Permanent, said: "is in use"})
		for _, err := range []error{w.Remove(t.Context(), erp.EntryVendor, 0, 5), w.Remove(t.Context(), erp.EntryCostCode, 0, 5), w.Remove(t.Context(), erp.EntryCostCode, 700, 0)} {
			if fault.Of(err) != fault.Permanent || w.called.Load() != 1 {
				t.Error(err)
			}
		}
	})
	inWorld(t, always(500, ``), func(t *testing.T, w *world) {
		checkFault(t, w.Remove(t.Context(), erp.EntryJobCost, 700, 5), expected{kind: fault.Transient, said: sentence(500)})
	})
}
