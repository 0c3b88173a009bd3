package translate

import (
	"github.com/procpac/procpac/internal/erp"
)

// costType is a Jobpac cost type as a Procore line item type. It keeps Jobpac's
// code; its name is the settings', as no listing shows one (seen: there is no
// such call).
func costType(code string, r ImportRules) (erp.Entry, *erp.Problem) {
	base, name := r.costType(code)
	said := label("cost type", code, "")
	if name != code {
		said = label("cost type", code, name)
	}
	if !usable(code) {
		p := broken("TYPE-TEXT", said, "it has characters that cannot be kept. Correct it in Jobpac.")
		return erp.Entry{}, &p
	}
	return erp.Entry{
		Type: erp.EntryCostType, Origin: erp.CostTypeOrigin(code), Code: code, Label: said,
		Fields: []erp.EntryField{
			{Name: "name", Value: cutName(name)}, {Name: "csv_import_code", Value: code}, {Name: "base_type", Value: base},
		},
	}, nil
}
