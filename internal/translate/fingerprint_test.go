package translate_test

import (
	"slices"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

func sample() erp.Entry {
	return erp.Entry{
		Type: erp.EntryStaged, ItemType: "prime_contract", Origin: "01|1001", Code: "1001", Label: "job 1001", ID: 7,
		Fields:   []erp.EntryField{{Name: "title", Value: "A"}, {Name: "value", Form: erp.FormNumber, Value: "1"}},
		Refs:     []erp.EntryRef{{Field: "project_id", Type: erp.EntryProject, Origin: "01|1001", Must: true}, {Field: "vendor_id", Type: erp.EntryVendor, Origin: "01|A"}},
		Children: []erp.Entry{{Type: erp.EntryStaged, Origin: "1"}, {Type: erp.EntryStaged, Origin: "2", Fields: []erp.EntryField{{Name: "amount", Value: "5"}}}},
	}
}

func TestFingerprintIsOfTheContent(t *testing.T) {
	want := translate.Fingerprint(sample())
	for name, change := range map[string]func(e *erp.Entry){
		"type":          func(e *erp.Entry) { e.Type = erp.EntryPrime },
		"item type":     func(e *erp.Entry) { e.ItemType = "project" },
		"origin":        func(e *erp.Entry) { e.Origin = "01|1002" },
		"code":          func(e *erp.Entry) { e.Code = "1002" },
		"field name":    func(e *erp.Entry) { e.Fields[0].Name = "name" },
		"field form":    func(e *erp.Entry) { e.Fields[0].Form = erp.FormBool },
		"field value":   func(e *erp.Entry) { e.Fields[1].Value = "2" },
		"field gone":    func(e *erp.Entry) { e.Fields = e.Fields[:1] },
		"ref field":     func(e *erp.Entry) { e.Refs[0].Field = "x" },
		"ref type":      func(e *erp.Entry) { e.Refs[0].Type = erp.EntryVendor },
		"ref origin":    func(e *erp.Entry) { e.Refs[1].Origin = "01|B" },
		"ref must":      func(e *erp.Entry) { e.Refs[1].Must = true },
		"ref gone":      func(e *erp.Entry) { e.Refs = nil },
		"child value":   func(e *erp.Entry) { e.Children[1].Fields[0].Value = "6" },
		"child gone":    func(e *erp.Entry) { e.Children = e.Children[:1] },
		"child order":   func(e *erp.Entry) { slices.Reverse(e.Children) },
		"text moved":    func(e *erp.Entry) { e.Origin, e.Code = "01|10011", "001" },
		"field to name": func(e *erp.Entry) { e.Fields[0] = erp.EntryField{Name: "titl", Value: "eA"} },
	} {
		e := sample()
		change(&e)
		if translate.Fingerprint(e) == want {
			t.Errorf("%s: the fingerprint did not change", name)
		}
	}
	for name, change := range map[string]func(e *erp.Entry){
		"id":          func(e *erp.Entry) { e.ID = 8 },
		"label":       func(e *erp.Entry) { e.Label = "another" },
		"field order": func(e *erp.Entry) { slices.Reverse(e.Fields) },
		"ref order":   func(e *erp.Entry) { slices.Reverse(e.Refs) },
		"child id":    func(e *erp.Entry) { e.Children[0].ID = 9 },
	} {
		e := sample()
		change(&e)
		if translate.Fingerprint(e) != want {
			t.Errorf("%s: the fingerprint changed", name)
		}
	}
}

func TestFingerprintLeavesTheEntryAlone(t *testing.T) {
	e := sample()
	translate.Fingerprint(e)
	if e.Fields[0].Name != "title" || e.Refs[0].Field != "project_id" {
		t.Error("fields or refs were sorted in place")
	}
}

// TestFingerprintIsStable: a cache keeps fingerprints over restarts and versions;
// one that changes makes every row of the organisation be sent again.
func TestFingerprintIsStable(t *testing.T) {
	const want = "2a8b37b214db7efb69a8a88d9887fe84eeaa3779697e90535a0e94971bfed3a8"
	if got := translate.Fingerprint(sample()); got != want {
		t.Errorf("fingerprint %s, want %s", got, want)
	}
}
