package procoresim

import (
	"encoding/json"
	"strings"
	"testing"
)

func sampleColumns() *columns {
	return columnsOf(
		named(formText, "name city"),
		named(formNumber, "amount"),
		named(formBool, "active"),
		named(formID, "parent_id"),
		named(formDate, "day"),
		named(formAny, "extra"),
		oneOf("status", "draft", "approved"),
	)
}

// TestColumnForms: what each form takes, and how it is kept.
func TestColumnForms(t *testing.T) {
	c := sampleColumns()
	for _, tt := range []struct{ name, sent, kept, refused string }{
		{"name", `"Acme"`, `"Acme"`, ""},
		{"name", ` "Acme" `, `"Acme"`, ""},
		{"name", `"a \"b\" é"`, `"a \"b\" é"`, ""},
		{"name", `""`, "", ""},
		{"name", `null`, "", ""},
		{"name", `5`, "", "must be a string"},
		{"name", `true`, "", "must be a string"},
		{"amount", `12.50`, "12.50", ""},
		{"amount", `"12.50"`, "12.50", ""},
		{"amount", `"007.10"`, "7.10", ""},
		{"amount", `-0.5`, "-0.5", ""},
		{"amount", `""`, "", ""},
		{"amount", `1e3`, "", "is not a number"},
		{"amount", `"1,000.00"`, "", "is not a number"},
		{"amount", `"NaN"`, "", "is not a number"},
		{"active", `true`, "true", ""},
		{"active", `false`, "false", ""},
		{"active", `"true"`, "", "must be true or false"},
		{"active", `1`, "", "must be true or false"},
		{"parent_id", `17`, "17", ""},
		{"parent_id", `"17"`, "17", ""},
		{"parent_id", `null`, "", ""},
		{"parent_id", `1.5`, "", "must be an id"},
		{"parent_id", `"many"`, "", "must be an id"},
		{"day", `"2026-02-28"`, `"2026-02-28"`, ""},
		{"day", `"2026-02-30"`, "", ""},
		{"day", `"28/02/2026"`, "", ""},
		{"day", `20260228`, "", "must be a string"},
		{"extra", `{"a":[1]}`, `{"a":[1]}`, ""},
		{"status", `"draft"`, `"draft"`, ""},
		{"status", `"Draft"`, "", "is not included in the list: draft, approved"},
		{"status", `""`, "", ""},
	} {
		kept, err := c.list[c.index[tt.name]].read(json.RawMessage(tt.sent))
		switch {
		case tt.refused != "":
			refusedBy(t, err, tt.name+" "+tt.refused)
		case err != nil || kept != tt.kept:
			t.Errorf("%s %s: kept %q, %v; want %q", tt.name, tt.sent, kept, err, tt.kept)
		}
	}
}

func TestPacking(t *testing.T) {
	c := sampleColumns()
	p := c.merge("", given{"name": `"Acme"`, "parent_id": "17"})
	if c.get(p, "name") != `"Acme"` || c.text(p, "name") != "Acme" || c.id(p, "parent_id") != 17 || c.get(p, "city") != "" || c.get(p, "status") != "" {
		t.Errorf("packed %q", p)
	}
	p = c.merge(p, given{"name": "", "status": `"draft"`})
	if c.get(p, "name") != "" || c.text(p, "status") != "draft" || c.id(p, "parent_id") != 17 {
		t.Errorf("merged %q", p)
	}
	if same := c.merge(p, given{"unknown": "x", "status": `"draft"`}); same != p {
		t.Errorf("merging the same gives %q, want %q", same, p)
	}
	if empty := c.merge(c.merge("", given{"name": `"x"`}), given{"name": ""}); empty != "" {
		t.Errorf("nothing is packed as %q", empty)
	}
}

func TestPackedViews(t *testing.T) {
	c := sampleColumns()
	p := c.merge("", given{"name": `"A \"quoted\" name"`, "amount": "12.50", "active": "false", "extra": `{"a":1}`})

	for _, tt := range []struct {
		numbers bool
		want    string
	}{
		{false, `{"active":false,"amount":"12.50","city":null,"day":null,"extra":{"a":1},"name":"A \"quoted\" name","parent_id":null,"status":null}`},
		{true, `{"active":false,"amount":12.50,"city":null,"day":null,"extra":{"a":1},"name":"A \"quoted\" name","parent_id":null,"status":null}`},
	} {
		got, err := json.Marshal(c.show(p, tt.numbers, obj{}))
		if err != nil || string(got) != tt.want {
			t.Errorf("numbers %t: %s, %v\nwant %s", tt.numbers, got, err, tt.want)
		}
	}

	texts := map[string]string{}
	c.texts(p, texts)
	if len(texts) != 4 || texts["name"] != `A "quoted" name` || texts["amount"] != "12.50" || texts["extra"] != `{"a":1}` {
		t.Errorf("texts %v", texts)
	}
	if fields := c.fields(p); len(fields) != 4 || string(fields["active"]) != "false" {
		t.Errorf("fields %v", fields)
	}
	if c.fields("") != nil {
		t.Error("an empty record has fields")
	}
	if g := c.given(p); c.merge("", g) != p {
		t.Errorf("a record does not survive as a row: %v", g)
	}
}

func TestRequired(t *testing.T) {
	for _, tt := range []struct {
		g     given
		isNew bool
		ok    bool
	}{
		{given{"name": `"x"`}, true, true},
		{given{}, true, false},
		{given{}, false, true},
		{given{"name": ""}, false, false},
		{given{"name": `"  "`}, true, false},
	} {
		if err := tt.g.required(tt.isNew, "name"); (err == nil) != tt.ok {
			t.Errorf("%v new %t: %v", tt.g, tt.isNew, err)
		}
	}
}

// TestSeparatorCannotStandInJSON: the packing rests on it.
func TestSeparatorCannotStandInJSON(t *testing.T) {
	raw, err := json.Marshal("a" + packing + "b")
	if err != nil || strings.Contains(string(raw), packing) {
		t.Fatalf("%q, %v", raw, err)
	}
	var text string
	if json.Unmarshal([]byte(`"a`+packing+`b"`), &text) == nil {
		t.Error("a bare control character is taken as JSON")
	}
}

func TestColumnNamesAreUnique(t *testing.T) {
	book := newColumnBook()
	kinds := map[string]*columns{
		"vendors": book.vendors, "projects": book.projects, "standard": book.standardCodes, "codes": book.costCodes, "types": book.costTypes,
		"job costs": book.jobCosts, "tax": book.taxCodes, "direct costs": book.directCosts, "direct lines": book.directLines,
		"primes": book.primes, "prime lines": book.primeLines, "budget": book.budgetLines,
	}
	for itemType, c := range book.staged {
		kinds["staged "+itemType] = c
	}
	for kind, c := range kinds {
		if len(c.index) != len(c.list) {
			t.Errorf("%s: a column is there twice", kind)
		}
		for _, name := range []string{"id", "origin_id", "origin_data"} {
			if _, known := c.index[name]; known {
				t.Errorf("%s: %s is kept elsewhere", kind, name)
			}
		}
	}
}
