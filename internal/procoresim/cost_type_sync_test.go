package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

// TestCostTypeCodeHasTwoNames: written as csv_import_code, shown as code (documented).
func TestCostTypeCodeHasTwoNames(t *testing.T) {
	w := newWorld(t)
	w.syncTypes(obj{"name": "Plant", "csv_import_code": "P", "base_type": "equipment", "origin_id": "P"}).split(1, 0).
		has("entities.0.code", "P", "entities.0.csv_import_code", "absent", "entities.0.base_type", "equipment", "entities.0.origin_id", "P")
	w.syncTypes(obj{"name": "Plant", "origin_id": "Q"}).split(0, 1).
		contains("csv_import_code")
	w.syncTypes(obj{"origin_id": "P", "code": "Q"}).split(0, 1).
		has("errors.0.errors.code.0", "is not a known attribute")
	w.syncTypes(obj{"origin_id": "P", "name": "Plant hire"}).split(1, 0).
		has("entities.0.code", "P", "entities.0.name", "Plant hire", "entities.0.base_type", "equipment")
	w.shows(kindCostTypes, "P", "code", "P", "name", "Plant hire")
}

func TestCostTypeRefusals(t *testing.T) {
	w := newWorld(t)
	for field, row := range map[string]obj{
		"name":            {"csv_import_code": "P"},
		"csv_import_code": {"name": "Plant"},
		"base_type":       {"name": "Plant", "csv_import_code": "P", "base_type": "Equipment"},
	} {
		w.syncTypes(row).split(0, 1).
			contains(fmt.Sprintf("%q:[", field))
	}
	w.syncTypes(obj{"name": "Any", "csv_import_code": "A"}).has("entities.0.base_type", "other")
}

func TestCostTypeList(t *testing.T) {
	w := newWorld(t)
	w.get(ofCompany(typesPath)).is(http.StatusOK).has("#", "3", "0.code", "L", "2.origin_id", "S", "1.base_type", "materials")
	w.get(ofCompany(typesPath)+"&filters[origin_id]=M").has("#", "1", "0.name", "Materials")
	w.get(ofCompany(typesPath)+"&per_page=2&page=2").has("#", "1")
	w.get(typesPath).is(http.StatusBadRequest)
}
