package translate

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// ImportRules are a connection's settings that decide what Jobpac's records mean
// in Procore. The zero value of every field but WorkID works.
type ImportRules struct {
	WorkID         string
	CreditorWorkID string // empty: WorkID
	// Staged has records that Procore does not have yet staged, for a person to
	// import: companies, projects and prime contracts of a company that uses
	// Procore's ERP Integrations tool.
	Staged bool
	// ERPTool has budgets arrive as job costs with an original estimate; without
	// it they are budget lines.
	ERPTool       bool
	CostTypes     map[string]string // Procore line item type code -> Jobpac cost type, as in Rules
	CostTypeNames map[string]string // Jobpac cost type -> its name in Procore; not named: the usual one of its letters
	BaseTypes     map[string]string // Jobpac cost type -> Procore base type; not named: the usual one of its letters
	StatusLetters map[string]string // as in Rules
	Zone          *time.Location    // of days made from timestamps; nil: UTC
	Units         map[string]string // Procore unit -> Jobpac unit, as in Rules
}

// Creditors is the WorkID of the creditors.
func (r ImportRules) Creditors() string {
	return cmp.Or(erp.Code(r.CreditorWorkID), erp.Code(r.WorkID))
}

// ready gives the rules with every gap filled by its default.
func (r ImportRules) ready() ImportRules {
	r.WorkID, r.CreditorWorkID = erp.Code(r.WorkID), r.Creditors()
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	return r
}

// unit is the Procore unit for one of Jobpac's: the one the settings map to it,
// of several the first by name, else Jobpac's own.
func (r ImportRules) unit(jobpac string) string {
	if found := keyFor(r.Units, jobpac); found != "" {
		return found
	}
	return clean(jobpac)
}

// keyFor looks a table up backwards: the first key, by name, with that value.
func keyFor(table map[string]string, value string) string {
	if erp.Code(value) == "" {
		return ""
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if erp.Code(table[key]) == erp.Code(value) {
			return key
		}
	}
	return ""
}

// Procore's base types of cost types (documented as its default cost types; the
// spelling is assumed).
const (
	baseLabor        = "labor"
	baseMaterials    = "materials"
	baseCommitment   = "commitment"
	baseEquipment    = "equipment"
	baseOwnerCost    = "owner_cost"
	baseProfessional = "professional_services"
	baseOther        = "other"
)

// defaultCostType is what a cost type is taken for where the settings say
// nothing: by the letters of Procore's own default cost types (L, M, S, E, OC,
// SVC), everything else is other and is called by its code.
func defaultCostType(code string) (base, name string) {
	switch code = erp.Code(code); code {
	case "L":
		return baseLabor, "Labour"
	case "M":
		return baseMaterials, "Materials"
	case "S":
		return baseCommitment, "Commitment"
	case "E":
		return baseEquipment, "Equipment"
	case "OC":
		return baseOwnerCost, "Owner Cost"
	case "SVC":
		return baseProfessional, "Professional Services"
	}
	return baseOther, code
}

// costType is the base type and the name of a Jobpac cost type. One that the
// settings map a Procore code to has that code's base type.
func (r ImportRules) costType(code string) (base, name string) {
	base, name = defaultCostType(code)
	if procore := keyFor(r.CostTypes, code); procore != "" {
		base, _ = defaultCostType(procore)
	}
	if given, ok := named(r.BaseTypes, code); ok {
		base = given
	}
	if given, ok := named(r.CostTypeNames, code); ok && clean(given) != "" {
		name = clean(given)
	}
	return base, name
}
