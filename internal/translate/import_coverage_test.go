package translate_test

import (
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// provenByImports are rules that no golden case can break: package imports finds
// them when it looks for the records that a row belongs to, and flow when an
// event is about a sub job.
func provenByImports() []string {
	return []string{"IM-NO-PROJECT", "IM-NO-COST-TYPE", "IM-NO-COST-CODE", "IM-SUB-JOB"}
}

// TestEveryImportRuleIsBroken: the list of rules and the rules in the cases are
// the same; one that is a note is told as a note.
func TestEveryImportRuleIsBroken(t *testing.T) {
	broken, noted := map[string]bool{}, map[string]bool{}
	for _, c := range importCases(t) {
		got := translated(t, c.in, c.rules)
		for _, p := range got.problems {
			broken[p.Rule] = true
		}
		for _, note := range got.notes {
			for _, id := range regexp.MustCompile(`IM-[A-Z-]+`).FindAllString(note, -1) {
				noted[id] = true
			}
		}
	}
	listed := map[string]bool{}
	for _, r := range translate.ImportRuleTexts() {
		if listed[r.ID] || len(r.Text) < 10 || !strings.HasPrefix(r.ID, "IM-") {
			t.Errorf("rule %+v is listed twice or says nothing", r)
		}
		listed[r.ID] = true
		switch {
		case slices.Contains(provenByImports(), r.ID):
			if broken[r.ID] {
				t.Errorf("%s is broken by a case: take it off provenByImports", r.ID)
			}
		case r.Note && !noted[r.ID]:
			t.Errorf("no case notes %s", r.ID)
		case !r.Note && !broken[r.ID]:
			t.Errorf("no case breaks %s", r.ID)
		}
	}
	for id := range broken {
		if !listed[id] {
			t.Errorf("rule %s is not in ImportRuleTexts", id)
		}
	}
}

// TestEveryRuleInTheSourceIsListed: no rule is refused by that the list does not
// name, also where no case breaks it.
func TestEveryRuleInTheSourceIsListed(t *testing.T) {
	listed := map[string]bool{}
	for _, r := range translate.ImportRuleTexts() {
		listed[r.ID] = true
	}
	found := 0
	for _, file := range []string{"draft.go", "project.go", "company.go", "cost_code.go", "code_list.go", "code_judge.go", "cost_type.go", "budget.go", "cost.go", "head_contract.go", "gst_code.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:refuse|broken|problem)\("([A-Z-]+)"`).FindAllStringSubmatch(string(source), -1) {
			found++
			if !listed["IM-"+m[1]] {
				t.Errorf("%s refuses by %s, which is not listed", file, m[1])
			}
		}
	}
	if found < 25 {
		t.Errorf("only %d refusals found: is the pattern still right?", found)
	}
}

// TestEveryEntryFieldIsFilled: each field that an entry may have is filled in at
// least one case, or nobody knows whether it works.
func TestEveryEntryFieldIsFilled(t *testing.T) {
	filled := map[string]bool{}
	var look func(e erp.Entry)
	look = func(e erp.Entry) {
		for _, f := range e.Fields {
			filled[kindOf(e)+" "+f.Name] = filled[kindOf(e)+" "+f.Name] || f.Value != ""
		}
		for _, ref := range e.Refs {
			filled[kindOf(e)+" "+ref.Field] = true
		}
		for _, child := range e.Children {
			look(child)
		}
	}
	for _, c := range importCases(t) {
		for _, e := range translated(t, c.in, c.rules).entries {
			look(e)
		}
	}
	cannot := []string{"staged line_item cost_code_id", "staged line_item line_item_type_id"} // a claim code's row shows none
	for kind, fields := range documented() {
		for _, name := range strings.Fields(fields) {
			if key := kind + " " + name; !filled[key] && !slices.Contains(cannot, key) {
				t.Errorf("no case fills %s", key)
			}
		}
	}
}

// TestEveryColumnIsRead changes every column of every case, one at a time. One
// whose change never changes an outcome is not read, and must be listed with the
// reason.
func TestEveryColumnIsRead(t *testing.T) {
	reasons := reasonsIn(t, "testdata/imports/ignored.txt")
	seen, read := map[string]bool{}, map[string]bool{}
	for _, c := range importCases(t) {
		want := translated(t, c.in, c.rules)
		for _, row := range append([]map[erp.Name]string{c.in.Row}, c.in.Rows...) {
			for _, column := range slices.Sorted(maps.Keys(row)) {
				key := c.in.Call + "." + string(column)
				seen[key] = true
				read[key] = read[key] || c.columnMatters(t, row, column, want)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(seen)) {
		_, listed := reasons[key]
		switch {
		case !read[key] && !listed:
			t.Errorf("%s is not read: read it, or list it in testdata/imports/ignored.txt with the reason", key)
		case read[key] && listed:
			t.Errorf("%s is read, but listed in testdata/imports/ignored.txt", key)
		}
	}
	for key := range reasons {
		if !seen[key] {
			t.Errorf("testdata/imports/ignored.txt lists %s, which no case has", key)
		}
	}
}

func (c importCase) columnMatters(t *testing.T, row map[erp.Name]string, column erp.Name, want imported) bool {
	t.Helper()
	was := row[column]
	defer func() { row[column] = was }()
	for _, other := range []string{"", "7", "Other words", "2031-07-01", "Y", "N", "é", was + "x"} {
		row[column] = other
		if !reflect.DeepEqual(translated(t, c.in, c.rules), want) {
			return true
		}
	}
	return false
}
