package procore

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
)

// scope is what a list belongs to, and where that is told.
type scope int

const (
	ofCompany scope = iota // company_id in the query
	ofProject              // project_id in the query
	inProject              // the project stands in the path
)

// listing is the list of one type, and where its rows have what we want of them.
// A name with a dot stands in an inner object.
type listing struct {
	path     string
	scope    scope
	query    url.Values
	per      int      // rows a page; 0: perList
	code     []string // the first that is there
	name     []string
	status   string
	fields   []string          // under Procore's own name
	renamed  map[string]string // our name: Procore's in this list
	segments bool              // the two halves of a WBS code are read
}

// How many rows we ask for at once. Rows of companies and projects are long, and
// an answer is read up to 8 MiB; tax codes come by 100 at most (documented).
const (
	perList     = 500
	perLongRows = 200
)

func (l listing) rows() int {
	if l.per > 0 {
		return l.per
	}
	return perList
}

// listings is the table of what Known reads. The fields are seen, but for those
// of staged records, which are assumed to be those that are written.
func listings(t erp.EntryType) (listing, bool) {
	switch t {
	case erp.EntryVendor:
		return listing{path: pathVendors, query: url.Values{"view": {"extended"}}, per: perLongRows, code: []string{"origin_code"}, name: []string{"name"},
			fields: []string{"abbreviated_name", "is_active", "business_register.type", "business_register.identifier"}}, true
	case erp.EntryProject:
		return listing{path: pathProjects, query: url.Values{"filters[by_status]": {"All"}}, per: perLongRows, code: []string{"project_number"}, name: []string{"name"},
			fields: []string{"active", "accounting_project_number", "created_at"}}, true
	case erp.EntryStandardCode:
		return listing{path: pathStandardCodes, code: []string{"full_code", "code"}, name: []string{"name"},
			fields: []string{"code", "parent_id", "standard_cost_code_list_id"}}, true
	case erp.EntryCodeList:
		return listing{path: pathCodeLists, name: []string{"name"}, fields: []string{"is_erp_list", "available_to_use_on_new_projects"}}, true
	case erp.EntryCostType:
		return listing{path: pathCostTypes, code: []string{"code", "csv_import_code"}, name: []string{"name"}, fields: []string{"base_type"}}, true
	case erp.EntryTaxCode:
		return listing{path: pathTaxCodes, per: perPage, code: []string{"code"}, name: []string{"description"}, fields: []string{"rate1", "archived"}}, true
	case erp.EntryStaged:
		return listing{path: pathStaged, code: []string{"origin_code"}, name: []string{"data.name", "data.title"}, status: "status", fields: []string{"item_type"}}, true
	}
	return projectListings(t)
}

// projectListings is the part of the table for records of a project.
func projectListings(t erp.EntryType) (listing, bool) {
	switch t {
	case erp.EntryCostCode:
		return listing{path: pathCostCodes, scope: ofProject, code: []string{"full_code", "code"}, name: []string{"name"},
			fields: []string{"code", "standard_cost_code_id"}, renamed: map[string]string{"parent_id": "parent.id"}}, true
	case erp.EntryWBSCode:
		return listing{path: pathWBSCodes, scope: inProject, code: []string{"flat_code"}, name: []string{"description"}, status: "status", segments: true}, true
	case erp.EntryBudgetLine:
		return listing{path: pathBudgetRows, scope: ofProject, query: url.Values{"budget_row_type": {"budgeted"}}, code: []string{"cost_code"}, name: []string{"cost_code"},
			fields: []string{"wbs_code_id", "cost_code_id", "original_budget_amount"}, renamed: map[string]string{"line_item_type_id": "category_id"}}, true
	case erp.EntryDirectCost:
		return listing{path: pathDirectCosts, scope: inProject, code: []string{"invoice_number"}, name: []string{"description"}, status: "status",
			fields: []string{"direct_cost_type", "grand_total", "vendor_id"}}, true
	case erp.EntryDirectLine:
		return listing{path: pathDirectLines, scope: inProject, name: []string{"description"},
			fields: []string{"amount"}, renamed: map[string]string{"direct_cost_id": "holder.id"}}, true
	case erp.EntryPrime:
		return listing{path: pathPrimes, scope: ofProject, code: []string{"number"}, name: []string{"title"}, status: "status", fields: []string{"grand_total"}}, true
	case erp.EntryPrimeLine:
		return listing{path: pathPrimeLines, scope: ofProject, name: []string{"description"}, fields: []string{"amount"}}, true
	}
	return listing{}, false
}

// budgetViews is the list of a project's budget views.
func budgetViews() listing {
	return listing{path: pathBudgetViews, scope: ofProject, name: []string{"name"}}
}

// goesOn tells whether another page follows one of that many rows, where a list
// may give fewer rows a page than it was asked for (documented). Without a Link
// and a Total every page that has rows is followed by another.
func goesOn(h http.Header, page, asked, rows int) bool {
	if link := h.Values("Link"); len(link) > 0 {
		return hasNext(strings.Join(link, ","))
	}
	if given, err := strconv.Atoi(h.Get("Per-Page")); err == nil && given > 0 {
		asked = given
	}
	if total, err := strconv.Atoi(h.Get("Total")); err == nil {
		return rows > 0 && page*asked < total
	}
	return rows > 0
}

// member is a row of a list, or an object in it: its values by name.
type member map[string]jsontext.Value

// text is a value as text, "" where there is none.
func (m member) text(name string) string {
	outer, inner, nested := strings.Cut(name, ".")
	if !nested {
		return textOf(m[name])
	}
	var sub member
	if m[outer].Kind() != '{' || json.Unmarshal(m[outer], &sub, lenient) != nil {
		return ""
	}
	return sub.text(inner)
}

// first is the first value that is there.
func (m member) first(names []string) string {
	for _, name := range names {
		if text := m.text(name); text != "" {
			return text
		}
	}
	return ""
}

// decode reads a page. A row without an id makes it unreadable.
func (l listing) decode(body []byte) ([]erp.Known, error) {
	wired, err := decodeRows[member](body)
	if err != nil {
		return nil, err
	}
	rows := make([]erp.Known, len(wired))
	for i, w := range wired {
		if rows[i] = l.noun(w); rows[i].ID <= 0 {
			return nil, fmt.Errorf("line %d: id must be there", i+1)
		}
	}
	return rows, nil
}

// noun is the record of a row.
func (l listing) noun(m member) erp.Known {
	k := erp.Known{ID: idOf(m["id"]), Origin: m.text("origin_id"), Code: m.first(l.code), Name: m.first(l.name), Fields: map[string]string{}}
	if l.status != "" {
		k.Status = strings.ToLower(m.text(l.status))
	}
	for _, name := range l.fields {
		put(k.Fields, name, m.text(name))
	}
	for name, theirs := range l.renamed {
		put(k.Fields, name, m.text(theirs))
	}
	if l.segments {
		readSegments(m["segment_items"], k.Fields)
	}
	return k
}

func put(fields map[string]string, name, value string) {
	if value != "" {
		fields[name] = value
	}
}

// readSegments finds the cost code and the cost type of a WBS code. That the id
// of their segment items is the record's own is assumed: the two segments are
// the older lists under another name.
func readSegments(items jsontext.Value, fields map[string]string) {
	var wired []jsontext.Value
	if items.Kind() != '[' || json.Unmarshal(items, &wired, lenient) != nil {
		return
	}
	for _, one := range wired {
		var item member
		_ = json.Unmarshal(one, &item, lenient) // what is no object names no segment
		switch kind := item.text("segment.type"); kind {
		case "cost_code", "line_item_type":
			put(fields, kind+"_id", item.text("id"))
			put(fields, kind, item.first([]string{"path_code", "code"}))
		}
	}
}
