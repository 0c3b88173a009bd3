package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

func TestTaxCodes(t *testing.T) {
	w := newWorld(t)
	id := w.syncTaxCodes(obj{"code": "G", "description": "GST 10 %", "rate1": 10, "default_tax_code": true, "origin_id": "01|G"}).
		has("entities.0.rate1", "10", "entities.0.archived", "false", "entities.0.origin_id", "01|G", "entities.0.default_tax_code", "true").
		made()
	w.syncTaxCodes(obj{"origin_id": "01|G", "archived": true}).
		has("entities.0.id", fmt.Sprint(id), "entities.0.archived", "true", "entities.0.code", "G")
	w.shows(kindTaxCodes, "01|G", "rate1", "10", "description", "GST 10 %")

	for field, row := range map[string]obj{
		"code":    {"description": "x"},
		"rate1":   {"code": "x", "rate1": "ten"},
		"percent": {"code": "x", "percent": 10},
		"id":      {"id": 3, "code": "x"},
	} {
		w.syncTaxCodes(row).split(0, 1).
			contains(fmt.Sprintf("%q:[", field))
	}
}

// TestTaxCodesPage: at most 100 a page, whatever was asked for (documented).
func TestTaxCodesPage(t *testing.T) {
	w := newWorld(t)
	rows := make([]obj, 130)
	for i := range rows {
		rows[i] = obj{"code": fmt.Sprint("T", i), "origin_id": fmt.Sprint("T", i)}
	}
	w.syncTaxCodes(rows...).split(130, 0)
	a := w.get(ofCompany(taxCodesPath)+"&per_page=500").is(http.StatusOK).has("#", "100")
	if a.header.Get("Per-Page") != "100" || a.header.Get("Total") != "130" {
		t.Errorf("headers %v", a.header)
	}
	w.get(ofCompany(taxCodesPath)+"&per_page=500&page=2").has("#", "30", "0.code", "T100")
	w.get(taxCodesPath).is(http.StatusBadRequest)
}

// TestTaxCodeLinkByExternalData: the general call reaches imported records too.
func TestTaxCodeLinkByExternalData(t *testing.T) {
	w := newWorld(t)
	id := w.syncTaxCodes(obj{"code": "G"}).made()
	w.link(ext(itemTaxCode, id, "01|G"))
	w.shows(kindTaxCodes, "01|G", "code", "G")
	w.rest(http.MethodPatch, company("/external_data/sync"), obj{"updates": []obj{{"item_type": itemTaxCode, "item_id": 5, "origin_id": "x"}}}).
		is(http.StatusOK).
		split(0, 1)
}
