package jobpacsim

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestParseAndFormatNumber(t *testing.T) {
	cases := []struct {
		text   string
		places int
		want   string // "" means refused
	}{
		{"0", 2, "0.00"}, {"-0", 2, "0.00"}, {"12", 2, "12.00"}, {"12.3", 2, "12.30"}, {"-12.34", 2, "-12.34"}, {"-0.01", 2, "-0.01"},
		{"007", 4, "7.0000"}, {"1.2345", 4, "1.2345"}, {"1.23450000", 4, "1.2345"}, {"99999999999.9999", 4, "99999999999.9999"},
		{"1.234", 2, ""}, {"1.23456", 4, ""}, {"100000000000", 2, ""}, {"", 2, ""}, {"-", 2, ""}, {"1.", 2, ""}, {".1", 2, ""},
		{"+1", 2, ""}, {"1,5", 2, ""}, {"--1", 2, ""}, {"1e2", 2, ""}, {"0x1", 2, ""}, {"1 000", 2, ""}, {"NaN", 2, ""}, {"١", 2, ""},
	}
	for _, c := range cases {
		n, err := parseNumber(c.text, c.places)
		if (err != nil) != (c.want == "") {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if err == nil && n.format(c.places) != c.want {
			t.Errorf("%q is %s, want %s", c.text, n.format(c.places), c.want)
		}
	}
}

func TestTimesAndOver(t *testing.T) {
	times := []struct{ a, b, want string }{
		{"1", "0.005", "0.01"}, {"1", "0.0049", "0.00"}, {"-1", "0.005", "-0.01"}, {"-1", "-0.005", "0.01"}, {"3", "33.3333", "100.00"},
		{"0.0001", "0.0001", "0.00"}, {"99999999999", "1", "99999999999.00"}, {"7.5", "1.5", "11.25"},
	}
	for _, c := range times {
		got, err := stored(c.a).times(stored(c.b))
		if err != nil || got.format(2) != c.want {
			t.Errorf("%s x %s is %s %v, want %s", c.a, c.b, got.format(2), err, c.want)
		}
	}
	over := []struct{ a, b, want string }{{"100", "3", "33.3333"}, {"200", "3", "66.6667"}, {"-200", "3", "-66.6667"}, {"0.01", "200", "0.0001"}, {"0.01", "201", "0.0000"}}
	for _, c := range over {
		got, err := stored(c.a).over(stored(c.b))
		if err != nil || got.format(4) != c.want {
			t.Errorf("%s / %s is %s %v, want %s", c.a, c.b, got.format(4), err, c.want)
		}
	}
	if _, err := stored("99999999999").times(stored("2")); err == nil {
		t.Error("a product of twelve digits fits")
	}
	if _, err := stored("99999999999").over(stored("0.1")); err == nil {
		t.Error("a quotient of twelve digits fits")
	}
}

// The embedded tables agree: every column has a kind and every code a width.
func TestTables(t *testing.T) {
	known := readColumns()
	widths := DefaultSettings().Widths
	for name, c := range known {
		_, numeric := c.kind.places()
		plain := numeric || slices.Contains([]kind{kindRaw, kindDate, kindTimestamp, kindFlag, kindPeriod}, c.kind)
		if wide := slices.Contains([]kind{kindCode, kindText, kindDigits}, c.kind); wide == plain || (wide && widths[c.class] == 0) {
			t.Errorf("column %s: kind %q, width class %q", name, c.kind, c.class)
		}
	}
	text, err := os.ReadFile("columns.tsv")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, cells := range tableLines(string(text)) {
		for name := range strings.FieldsSeq(cells[2]) {
			if seen[name] {
				t.Errorf("column %s is listed twice", name)
			}
			seen[name] = true
		}
	}
}

func TestOperationsTable(t *testing.T) {
	ops, err := readOperations(readColumns())
	if err != nil {
		t.Fatal(err)
	}
	if len(ops) != 44 {
		t.Errorf("%d operations, want 44", len(ops))
	}
	verbs := map[string]string{
		"CreateANewPurchaseOrder": "PUT", "CreateANewPurchaseOrderItem": "POST", "UpdateAPurchaseOrder": "POST", "CreateANewSubcontract": "PUT",
		"CreateANewSubcontractItem": "PUT", "UpdateASubcontractItem": "POST", "CreateANewVariation": "PUT", "CreateANewVariationItem": "PUT",
		"GiveMeAToken": "GET", "DeleteAToken": "DELETE", "GiveMeAPort": "GET", "SubcontractsForAJobListing": "GET",
	}
	for name, verb := range verbs {
		if op := ops["/"+name]; op == nil || op.method != verb {
			t.Errorf("%s is not %s", name, verb)
		}
	}
	for path, op := range ops {
		if op.needsToken() == slices.Contains([]string{"/GiveMeAToken", "/GiveMeAPort"}, path) {
			t.Errorf("%s: token %v", path, op.needsToken())
		}
		if op.isWrite() && len(op.key) == 0 {
			t.Errorf("%s repeats no key", path)
		}
	}
}

func TestBadTablesAreRefused(t *testing.T) {
	known := map[string]column{"WorkId": {name: "WorkId", kind: kindCode, class: "WorkId"}}
	if _, err := readOperations(known); err == nil || !strings.Contains(err.Error(), "has no kind") {
		t.Errorf("operations with unknown parameters: %v", err)
	}
	for _, cells := range [][]string{
		{"book", "Nothing", "", "", "", ""}, {"book", "WorkId", "", "NoSuchOperation", "", ""},
	} {
		if _, err := newTable(cells, known, map[string]*operation{}); err == nil {
			t.Errorf("book %v was made", cells)
		}
	}
}

func TestTableKeepsOrderAndIndexes(t *testing.T) {
	known := readColumns()
	table, err := newTable([]string{"book", "Order ItemNumber", "Order", "", "Description", "Description=none"}, known, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := mustTime(t)
	for _, key := range []string{"B 10", "A 2", "B 9", "A 2"} {
		order, item, _ := strings.Cut(key, " ")
		table.insert(map[string]string{"Order": order, "ItemNumber": item}, at)
	}
	if got := keysOf(table, table.rows); got != "A2 A2 B9 B10" {
		t.Errorf("rows in order %s", got)
	}
	first := table.find("B", "9")
	table.change(first, map[string]string{"Order": "A", "ItemNumber": "1"}, at)
	if got := keysOf(table, table.under("Order", "A")); got != "A1 A2 A2" {
		t.Errorf("rows of A %s", got)
	}
	if table.find("B", "9") != nil || len(table.under("Order", "B")) != 1 || table.get(first, "Description") != "none" {
		t.Errorf("after the change: %s", keysOf(table, table.rows))
	}
}
