package translate_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// documented are the fields that Procore documents for each kind of record.
// Links to other records are refs.
func documented() map[string]string {
	address := "address city zip state_code country_code "
	return map[string]string{
		"vendor":             "name is_active business_phone fax_number email_address business_register_attributes.type business_register_attributes.identifier " + address,
		"project":            "name project_number accounting_project_number active phone start_date completion_date total_value " + address,
		"standard_cost_code": "code name parent_id",
		"line_item_type":     "name csv_import_code base_type",
		"cost_code":          "code name parent_id standard_cost_code_id",
		"assignment":         "cost_code_id line_item_type_id synced",
		"job_cost": "cost_code_id line_item_type_id original_estimate original_estimate_units approved_estimate_changes estimate original_commitment " +
			"revised_commitment committed_costs commitment_invoiced job_to_date_cost job_to_date_units job_to_date_dollars_paid month_to_date_cost paid_amount",
		"budget_line":           "wbs_code_id original_budget_amount uom quantity unit_cost calculation_strategy",
		"tax_code":              "code description rate1",
		"direct_cost":           "direct_cost_type direct_cost_date description status vendor_id",
		"direct_cost_line":      "direct_cost_id amount cost_code_id line_item_type_id description extended_type quantity",
		"prime_contract":        "title number accounting_method contract_start_date contract_estimated_completion_date",
		"prime_contract_line":   "description position amount quantity unit_cost uom cost_code_id line_item_type_id",
		"staged vendor":         "name is_active business_phone fax_number email_address " + address,
		"staged project":        "name project_number accounting_project_number phone estimated_start_date estimated_completion_date estimated_value " + address,
		"staged prime_contract": "title number accounting_method contract_start_date contract_estimated_completion_date project_id",
		"staged line_item":      "description position amount quantity unit_cost uom cost_code_id line_item_type_id",
	}
}

func kindOf(e erp.Entry) string {
	if e.Type == erp.EntryStaged {
		return "staged " + e.ItemType
	}
	return string(e.Type)
}

// soundImport checks what holds for every import, whatever Jobpac shows.
func soundImport(t testing.TB, got imported) {
	t.Helper()
	rules := map[string]bool{}
	for _, r := range translate.ImportRuleTexts() {
		rules[r.ID] = true
	}
	for _, p := range got.problems {
		first, _ := utf8.DecodeRuneInString(p.Message)
		if !rules[p.Rule] || p.Where == "" || !strings.HasSuffix(p.Message, ".") || unicode.IsLower(first) {
			t.Errorf("problem %+v must have a listed rule, a place and a sentence", p)
		}
		if len(p.Message) > 900 {
			t.Errorf("a hostile value fills the message: %.100s...", p.Message)
		}
	}
	for _, note := range got.notes {
		for _, id := range regexp.MustCompile(`IM-[A-Z-]+`).FindAllString(note, -1) {
			if !rules[id] && !strings.Contains(id, "IM-IM") {
				t.Errorf("note %q names no listed rule", note)
			}
		}
	}
	for _, e := range got.entries {
		soundEntry(t, e)
	}
}

func soundEntry(t testing.TB, e erp.Entry) {
	t.Helper()
	allowed := strings.Fields(documented()[kindOf(e)])
	if len(allowed) == 0 || e.Origin == "" || e.Label == "" || e.Code == "" {
		t.Errorf("entry %+v lacks its type, keys or label", e)
	}
	seen := map[string]bool{}
	for _, ref := range e.Refs {
		if !slices.Contains(allowed, ref.Field) || seen[ref.Field] || ref.Origin == "" || ref.Type == "" {
			t.Errorf("%s: ref %+v", e.Label, ref)
		}
		seen[ref.Field] = true
	}
	for _, f := range e.Fields {
		if !slices.Contains(allowed, f.Name) || seen[f.Name] {
			t.Errorf("%s: field %s is not documented, or twice there", e.Label, f.Name)
		}
		seen[f.Name] = true
		soundField(t, e, f)
	}
	for _, child := range e.Children {
		soundEntry(t, child)
	}
}

func soundField(t testing.TB, e erp.Entry, f erp.EntryField) {
	t.Helper()
	bad := func(r rune) bool { return unicode.IsControl(r) }
	switch f.Form {
	case erp.FormNumber:
		if d, err := erp.ParseDecimal(f.Value); err != nil || (f.Value != "" && d.String() != f.Value) {
			t.Errorf("%s: %s %q is not a plain number", e.Label, f.Name, f.Value)
		}
	case erp.FormBool:
		if f.Value != "Y" && f.Value != "N" {
			t.Errorf("%s: %s %q is not Y or N", e.Label, f.Name, f.Value)
		}
	case erp.FormText:
		if utf8.RuneCountInString(f.Value) > 255 || !utf8.ValidString(f.Value) || strings.TrimSpace(f.Value) != f.Value || strings.ContainsFunc(f.Value, bad) {
			t.Errorf("%s: %s %q is no clean text", e.Label, f.Name, f.Value)
		}
	default:
		t.Errorf("%s: %s is an id, which only the engine knows", e.Label, f.Name)
	}
}
