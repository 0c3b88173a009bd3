package procore

import "encoding/json"

// JobpacWidths are the widths of Jobpac's columns that Procore is told, in
// characters.
type JobpacWidths struct {
	Order, Variation, VariationType, Reason, Invoice int
}

// The keys of what an approver is asked on export. The answers come back in
// erp_custom_fields (documented).
const (
	FieldVariationType   = "variation_type"
	FieldPostingDate     = "posting_date"
	FieldVariationReason = "variation_reason"
)

// branch is an object of the metadata.
type branch = map[string]any

func switched(on bool) branch { return branch{"enabled": on} }

// JobpacMetadata is the metadata of an ERP connection to Jobpac, as JSON: which
// records are exported, imported and staged, what the approver is asked, and
// Jobpac's widths as export rules, so that Procore refuses what Jobpac would.
// Names and places are documented; free text has no rule, because we cut it and
// say so. Procore knows no rule for a set of characters: format is the job
// code's alone (documented), so those stay ours.
//
// Equal widths give equal text.
func JobpacMetadata(w JobpacWidths) ([]byte, error) {
	return json.Marshal(branch{"settings": branch{
		"labels": branch{"name": "Jobpac", "id_name": "Jobpac ID", "short_name": "Jobpac"},
		"configurations": branch{
			"features": branch{"custom_wbs_segments": switched(false)},
			"settings": branch{"cost_codes_segment_delimiter": "-"},
		},
		"entities": layered(importedEntities(), contractEntities(w), invoiceEntities(w), absentEntities()),
	}})
}

func layered(parts ...branch) branch {
	all := branch{}
	for _, part := range parts {
		for name, value := range part {
			all[name] = value
		}
	}
	return all
}

// importedEntities are mastered in Jobpac.
func importedEntities() branch {
	only := branch{"export": switched(false), "import": branch{"enabled": true, "create": switched(true), "update": switched(true)}}
	staged := layered(only, branch{"staged_records": switched(true)})
	jobs := layered(staged, branch{"category_assignments": switched(true), "cost_type_assignment_deletions": switched(true), "cost_code_deletions": switched(true)})
	return branch{
		"standard_cost_codes": entity(only, "Cost code", nil),
		"standard_categories": entity(only, "Cost type", nil),
		"vendors":             entity(staged, "Creditor", nil),
		"jobs":                entity(jobs, "Job", nil),
		"budgets":             entity(layered(only, branch{"sub_job_export": switched(false), "revised_estimates_export": switched(false)}), "", nil),
		"job_costs":           entity(only, "", nil),
		"prime_contracts":     entity(staged, "Head contract", nil),
	}
}

// contractEntities are mastered in Procore.
func contractEntities(w JobpacWidths) branch {
	export := branch{"export": switched(true), "import": switched(false), "unlink": switched(true)}
	change := layered(export, branch{"export": branch{"enabled": true, "custom_fields": changeFields(w)}})
	items := branch{"export": switched(true), "import": switched(false)}
	code := branch{"code": rules(present("Type the Jobpac order number."), longest(w.Order, "A Jobpac order number has at most %{length} characters."))}
	variation := branch{"code": rules(longest(w.Variation, "A Jobpac variation number has at most %{length} characters."))}
	return branch{
		"commitments": entity(layered(export, branch{
			"export_purchase_orders": switched(true), "export_subcontracts": switched(true),
			"allow_duplicate_codes": switched(false), "procore_contract_number": switched(true),
		}), "Jobpac order", code),
		"commitment_items": entity(items, "", lineRules()),
		"commitment_change_orders": entity(layered(change, branch{
			"procore_change_order_number": switched(true), "line_items_require_single_category": switched(false),
		}), "Jobpac variation", variation),
		"commitment_change_order_items": entity(items, "", lineRules()),
		"prime_contract_change_orders":  entity(layered(change, branch{"export_estimate_markup": switched(false)}), "Jobpac variation", variation),
	}
}

// invoiceEntities are subcontractor invoices.
func invoiceEntities(w JobpacWidths) branch {
	number := rules(present("Give the subcontractor's invoice number."), longest(w.Invoice, "A Jobpac invoice number has at most %{length} characters."))
	configs := branch{"export": switched(true), "sync_payments": switched(false), "accounting_date": switched(true)}
	return branch{"requisitions": entity(configs, "", branch{"invoice_number": number})}
}

// absentEntities are none of Jobpac's connector (documented limits).
func absentEntities() branch {
	all := branch{}
	for _, name := range []string{"sub_jobs", "job_cost_transactions", "company_level_direct_costs", "payment_applications", "contract_payments"} {
		all[name] = branch{"enabled": false}
	}
	return all
}

// entity is an enabled kind of record. code heads the column of its key; empty:
// it has none. fields are the rules of its export.
func entity(configs branch, code string, fields branch) branch {
	e := branch{"enabled": true, "configs": configs, "tab": switched(true)}
	if code != "" {
		e["tab"] = branch{"enabled": true, "columns": branch{"code": branch{"enabled": true, "text": code}}}
	}
	if fields != nil {
		e["rules"] = branch{"export": branch{"fields": fields}}
	}
	return e
}

// changeFields is what the approver of a change order is asked, and may leave
// empty.
func changeFields(w JobpacWidths) []any {
	return []any{
		branch{"key": FieldVariationType, "label": "Jobpac variation type", "type": "string",
			"rules": branch{"validation": longest(w.VariationType, "A Jobpac variation type has at most %{length} characters.")}},
		branch{"key": FieldPostingDate, "label": "Jobpac posting date", "type": "date", "rules": branch{}},
		branch{"key": FieldVariationReason, "label": "Jobpac variation reason", "type": "string",
			"rules": branch{"validation": longest(w.Reason, "A Jobpac reason code has at most %{length} characters.")}},
	}
}

// lineRules: a line stands on a cost centre, never on a heading.
func lineRules() branch {
	centre := rules(present("Every line needs a cost code that came from Jobpac."),
		branch{"disallow_division": branch{"enabled": true, "message": "This cost code is a heading in Jobpac: choose a cost centre below it."}})
	return branch{"cost_code": centre, "line_item_type": rules(present("Every line needs a cost type that came from Jobpac."))}
}

func rules(validations ...branch) branch {
	return branch{"enabled": true, "validation": layered(validations...)}
}

func present(message string) branch {
	return branch{"present": branch{"enabled": true, "message": message}}
}

func longest(width int, message string) branch {
	return branch{"max_length": branch{"enabled": true, "length": width, "message": message}}
}
