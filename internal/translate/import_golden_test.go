package translate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// importInput is in.json of an import: a row of Jobpac in the names of its
// columns, and what else the call takes.
type importInput struct {
	Call   string                `json:"call"`
	Linked erp.ID                `json:"linked,omitempty"`
	There  *erp.Known            `json:"there,omitempty"`
	Row    map[erp.Name]string   `json:"row,omitempty"`
	Rows   []map[erp.Name]string `json:"rows,omitempty"`
}

type importCase struct {
	path    string
	archive *txtar.Archive
	in      importInput
	rules   translate.ImportRules
}

// imported is what a call came to.
type imported struct {
	entries  []erp.Entry
	problems []erp.Problem
	notes    []string
}

func importCases(t testing.TB) []importCase {
	t.Helper()
	paths, err := filepath.Glob("testdata/imports/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) < 35 {
		t.Fatalf("only %d import cases", len(paths))
	}
	all := make([]importCase, 0, len(paths))
	for _, path := range paths {
		all = append(all, readImportCase(t, path))
	}
	return all
}

func readImportCase(t testing.TB, path string) importCase {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := importCase{path: filepath.ToSlash(path), archive: archive}
	if len(strings.TrimSpace(string(archive.Comment))) < 20 {
		t.Fatalf("%s must say why it is there", path)
	}
	var given struct {
		Rules translate.ImportRules
		Zone  string
	}
	for name, into := range map[string]any{"in.json": &c.in, "rules.json": &given} {
		data, ok := part(archive, name)
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		if err := dec.Decode(into); !ok || err != nil {
			t.Fatalf("%s %s: %v", path, name, err)
		}
	}
	c.rules = given.Rules
	if given.Zone != "" {
		if c.rules.Zone, err = time.LoadLocation(given.Zone); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func asRow(values map[erp.Name]string) erp.Row { return erp.Row{Values: values} }

func asRows(all []map[erp.Name]string) []erp.Row {
	rows := make([]erp.Row, 0, len(all))
	for _, values := range all {
		rows = append(rows, asRow(values))
	}
	return rows
}

func listOf(r translate.ImportRules, rows []erp.Row) *translate.CodeList {
	list := translate.NewCodeList(r)
	for _, row := range rows {
		list.Add(row)
	}
	return list
}

func (i *imported) add(e erp.Entry, problems []erp.Problem, notes []string) {
	if e.Type != "" {
		i.entries = append(i.entries, e)
	}
	i.problems, i.notes = append(i.problems, problems...), append(i.notes, notes...)
}

// translated runs the call that in.json names.
func translated(t testing.TB, in importInput, r translate.ImportRules) imported {
	t.Helper()
	var got imported
	row, rows := asRow(in.Row), asRows(in.Rows)
	switch in.Call {
	case "project":
		got.add(translate.Project(row, in.Linked, r))
	case "project_exists":
		got.problems = []erp.Problem{translate.ProjectExists(row, *in.There, r)}
	case "vendor":
		got.add(translate.Vendor(row, in.Linked, r))
	case "codes":
		got.entries, got.problems, got.notes = listOf(r, rows).Codes()
	case "types":
		got.entries, got.problems, got.notes = listOf(r, rows).Types()
	case "project_codes":
		list := listOf(r, rows)
		for _, one := range rows {
			got.add(translate.ProjectCode(one, list, r))
		}
	case "project_sections":
		list := listOf(r, rows)
		for _, one := range rows {
			if section, ok := translate.ProjectSection(one, list, r); ok {
				got.add(section, nil, nil)
			}
		}
	case "assignment":
		got.add(translate.Assignment(row, r))
	case "job_cost":
		got.add(translate.JobCost(row, r))
	case "budget_line":
		got.add(translate.BudgetLine(row, r))
	case "direct_cost":
		got.add(translate.DirectCost(row, r))
		line, _, _ := translate.DirectCostLine(row, r)
		got.add(line, nil, nil)
	case "head_contract":
		got.add(translate.HeadContract(row, rows, r))
	case "tax_code":
		got.add(translate.TaxCode(row, r))
	default:
		t.Fatalf("%q is no call", in.Call)
	}
	return got
}

type wireEntry struct {
	Type     string            `json:"type"`
	ItemType string            `json:"item_type,omitempty"`
	ID       erp.ID            `json:"id,omitempty"`
	Origin   string            `json:"origin"`
	Code     string            `json:"code"`
	Label    string            `json:"label"`
	Fields   json.RawMessage   `json:"fields"`
	Refs     map[string]string `json:"refs,omitempty"`
	Children []wireEntry       `json:"children,omitempty"`
}

// shown writes an entry with its fields as JSON would be sent, in their order.
func shown(t testing.TB, e erp.Entry) wireEntry {
	t.Helper()
	w := wireEntry{Type: string(e.Type), ItemType: e.ItemType, ID: e.ID, Origin: e.Origin, Code: e.Code, Label: e.Label, Refs: map[string]string{}}
	parts := make([]string, 0, len(e.Fields))
	for _, f := range e.Fields {
		parts = append(parts, fmt.Sprintf("%q: %s", f.Name, fieldJSON(t, f)))
	}
	w.Fields = json.RawMessage("{" + strings.Join(parts, ", ") + "}")
	for _, ref := range e.Refs {
		w.Refs[ref.Field] = fmt.Sprintf("%s %s", ref.Type, ref.Origin)
		if !ref.Must {
			w.Refs[ref.Field] += " (if there)"
		}
	}
	for _, child := range e.Children {
		w.Children = append(w.Children, shown(t, child))
	}
	return w
}

func fieldJSON(t testing.TB, f erp.EntryField) string {
	t.Helper()
	switch {
	case f.Form == erp.FormBool:
		return fmt.Sprint(f.Value == "Y")
	case f.Value == "":
		return "null"
	case f.Form == erp.FormNumber:
		if !json.Valid([]byte(f.Value)) {
			t.Errorf("%s %q is no JSON number", f.Name, f.Value)
		}
		return f.Value
	}
	data, err := json.Marshal(f.Value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// show writes out.json and problems.txt; a file that has nothing to say is not
// there. Lists may have both: the codes that are brought and those that are not.
func (i imported) show(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	if len(i.problems) > 0 {
		files["problems.txt"] = []byte(problemText(translate.Result{Problems: i.problems}))
	}
	out := struct {
		Entries []wireEntry `json:"entries"`
		Notes   []string    `json:"notes,omitempty"`
	}{Notes: i.notes}
	for _, e := range i.entries {
		out.Entries = append(out.Entries, shown(t, e))
	}
	if len(i.problems) > 0 && len(out.Entries) == 0 && len(out.Notes) == 0 {
		return files
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(out); err != nil {
		t.Fatal(err)
	}
	files["out.json"] = b.Bytes()
	return files
}

func TestGoldenImports(t *testing.T) {
	if *update && os.Getenv("CI") == "true" {
		t.Fatal("golden files are not rewritten when CI=true")
	}
	for _, c := range importCases(t) {
		t.Run(strings.TrimPrefix(c.path, "testdata/imports/"), func(t *testing.T) { c.check(t) })
	}
}

func (c importCase) check(t *testing.T) {
	got := translated(t, c.in, c.rules)
	if diff := cmp.Diff(got, translated(t, c.in, c.rules), cmp.AllowUnexported(imported{})); diff != "" {
		t.Errorf("the same row gave two answers:\n%s", diff)
	}
	soundImport(t, got)
	files := got.show(t)
	if *update {
		c.rewrite(t, files)
		return
	}
	for _, name := range []string{"out.json", "problems.txt"} {
		want, _ := part(c.archive, name)
		if diff := cmp.Diff(string(want), string(files[name])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func (c importCase) rewrite(t *testing.T, files map[string][]byte) {
	t.Helper()
	kept := &txtar.Archive{Comment: c.archive.Comment}
	for _, f := range c.archive.Files {
		if f.Name != "out.json" && f.Name != "problems.txt" {
			kept.Files = append(kept.Files, f)
		}
	}
	for _, name := range []string{"out.json", "problems.txt"} {
		if data, ok := files[name]; ok {
			kept.Files = append(kept.Files, txtar.File{Name: name, Data: data})
		}
	}
	if err := os.WriteFile(c.path, txtar.Format(kept), 0o644); err != nil {
		t.Fatal(err)
	}
}
