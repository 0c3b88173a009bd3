package translate_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/jobpac"
	"github.com/procpac/procpac/internal/procore"
	"github.com/procpac/procpac/internal/translate"
)

var update = flag.Bool("update", false, "rewrite out.json and problems.txt of the golden cases (refused when CI=true)")

// given is rules.json: everything that is not the request.
type given struct {
	Rules    translate.Rules
	Zone     string // of Rules
	Job      *jobFact
	Creditor *creditorFact
	Centres  []centreFact
	Contract *contractFact
	Numbers  translate.Numbers
}

type jobFact struct{ Key, Description, Active, Costs, Complete, Status string }

type creditorFact struct{ Key, Name, Stopped, Status, Currency string }

type centreFact struct {
	Key     string // WORKID|JOB|CODE|TYPE
	Heading bool
	Costs   string
	Status  string
}

type contractFact struct {
	Order string // WORKID|ORDER, empty: not known
	Type  erp.CommitmentType
	Lines map[erp.ID]string
}

// goldenCase is one txtar file.
type goldenCase struct {
	path    string
	archive *txtar.Archive
	in      []byte
	given   given
}

func tristate(t *testing.T, word string) erp.Tristate {
	t.Helper()
	switch word {
	case "":
		return erp.Unshown
	case "yes":
		return erp.Yes
	case "no":
		return erp.No
	}
	t.Fatalf("%q is not yes, no or empty", word)
	return erp.Unshown
}

func (g given) facts(t *testing.T) erp.Facts {
	t.Helper()
	var f erp.Facts
	if j := g.Job; j != nil {
		key, err := erp.ParseJobKey(j.Key)
		if err != nil {
			t.Fatal(err)
		}
		f.Job = &erp.Job{
			Key: key, Description: j.Description, Status: j.Status, Active: tristate(t, j.Active),
			AllowCostUpdates: tristate(t, j.Costs), FinanciallyComplete: tristate(t, j.Complete),
		}
	}
	if c := g.Creditor; c != nil {
		key, err := erp.ParseCreditorKey(c.Key)
		if err != nil {
			t.Fatal(err)
		}
		f.Creditor = &erp.Creditor{Key: key, Name: c.Name, StopPayments: tristate(t, c.Stopped), Status: c.Status, Currency: c.Currency}
	}
	for _, c := range g.Centres {
		parts := strings.Split(c.Key, "|")
		if len(parts) != 4 {
			t.Fatalf("centre %q must be WORKID|JOB|CODE|TYPE", c.Key)
		}
		f.Centres = append(f.Centres, erp.CostCentre{
			Key:     erp.CostCentreKey{JobKey: erp.JobKey{WorkID: parts[0], Job: parts[1]}, CostCode: parts[2], CostType: parts[3]},
			Heading: c.Heading, AllowCostUpdates: tristate(t, c.Costs), Status: c.Status,
		})
	}
	return f
}

func (g given) contract(t *testing.T) translate.Contract {
	t.Helper()
	if g.Contract == nil {
		return translate.Contract{}
	}
	c := translate.Contract{Type: g.Contract.Type, Lines: g.Contract.Lines}
	if g.Contract.Order != "" {
		key, err := erp.ParseOrderKey(g.Contract.Order)
		if err != nil {
			t.Fatal(err)
		}
		c.Key, c.Known = key, true
	}
	return c
}

func part(a *txtar.Archive, name string) ([]byte, bool) {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data, true
		}
	}
	return nil, false
}

func cases(t *testing.T) []goldenCase {
	t.Helper()
	paths, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) < 45 {
		t.Fatalf("only %d cases", len(paths))
	}
	all := make([]goldenCase, 0, len(paths))
	for _, path := range paths {
		all = append(all, readCase(t, path))
	}
	return all
}

func readCase(t *testing.T, path string) goldenCase {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := goldenCase{path: filepath.ToSlash(path), archive: archive}
	in, okIn := part(archive, "in.json")
	rules, okRules := part(archive, "rules.json")
	if !okIn || !okRules || len(strings.TrimSpace(string(archive.Comment))) < 20 {
		t.Fatalf("%s must say why it is there and have in.json and rules.json", path)
	}
	c.in = in
	dec := json.NewDecoder(bytes.NewReader(rules))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c.given); err != nil {
		t.Fatalf("%s rules.json: %v", path, err)
	}
	if c.given.Zone != "" {
		if c.given.Rules.Zone, err = time.LoadLocation(c.given.Zone); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// run translates the case's request, or another one in its place.
func (c goldenCase) run(t *testing.T, in []byte) (erp.Request, translate.Result, error) {
	t.Helper()
	req, err := procore.DecodeRequest(in)
	if err != nil {
		return req, translate.Result{}, err
	}
	g := c.given
	if strings.Contains(c.path, "/change_order/") {
		return req, translate.ChangeOrder(req, g.Rules, g.facts(t), g.contract(t), g.Numbers), nil
	}
	return req, translate.Commitment(req, g.Rules, g.facts(t)), nil
}

type wireCall struct {
	Method string            `json:"method"`
	Path   string            `json:"path"`
	Params map[string]string `json:"params"`
}

type wireLink struct {
	Type   string `json:"type"`
	ID     erp.ID `json:"id"`
	Origin string `json:"origin"`
	Code   string `json:"code,omitempty"`
}

type wireOut struct {
	Ask struct {
		Job       string   `json:"job"`
		Creditor  string   `json:"creditor"`
		CostCodes []string `json:"cost_codes"`
		Order     string   `json:"order"`
	} `json:"ask"`
	Title     string            `json:"title"`
	Number    string            `json:"number"`
	ProcoreNo string            `json:"procore_no"`
	Reference string            `json:"reference"`
	Project   string            `json:"project"`
	Creditor  string            `json:"creditor"`
	Total     string            `json:"total"`
	Lines     int               `json:"lines"`
	Calls     []wireCall        `json:"calls"`
	Links     []wireLink        `json:"links"`
	Notes     []string          `json:"notes,omitempty"`
	Warnings  []string          `json:"warnings,omitempty"`
	Full      map[string]string `json:"full,omitempty"`
}

// show writes a result as out.json or problems.txt.
func (c goldenCase) show(t *testing.T, req erp.Request, r translate.Result) (name string, data []byte) {
	t.Helper()
	if len(r.Problems) > 0 {
		return "problems.txt", []byte(problemText(r))
	}
	q := translate.Query(req, c.given.Rules)
	out := wireOut{
		Title: r.Title, Number: r.Number, ProcoreNo: r.ProcoreNo, Reference: r.Reference, Project: r.Project, Creditor: r.Creditor,
		Total: r.Total.String(), Lines: r.Lines, Notes: r.Notes, Warnings: r.Warnings, Full: r.Full,
	}
	out.Ask.Job, out.Ask.Creditor, out.Ask.CostCodes = q.Job.Origin(), q.Creditor.Origin(), q.CostCodes
	out.Ask.Order = translate.CommitmentKey(req, c.given.Rules).Origin()
	for _, rec := range r.Records {
		out.Calls = append(out.Calls, call(t, rec))
	}
	for _, l := range r.Links {
		out.Links = append(out.Links, wireLink(l))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(out); err != nil {
		t.Fatal(err)
	}
	return "out.json", b.Bytes()
}

func call(t *testing.T, rec erp.Record) wireCall {
	t.Helper()
	method, path, params, err := jobpac.Encode(erp.Write{Record: rec}, "UserDefinedField1")
	if err != nil {
		t.Fatalf("%s: %v", rec.Key(), err)
	}
	w := wireCall{Method: method, Path: path, Params: map[string]string{}}
	for name := range params {
		w.Params[name] = params.Get(name)
	}
	return w
}

func problemText(r translate.Result) string {
	var b strings.Builder
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "%s [%s]\n  %s\n", p.Rule, p.Where, p.Message)
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "warning\n  %s\n", w)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	if *update && os.Getenv("CI") == "true" {
		t.Fatal("golden files are not rewritten when CI=true")
	}
	for _, c := range cases(t) {
		t.Run(strings.TrimPrefix(c.path, "testdata/"), func(t *testing.T) { c.check(t) })
	}
}

func (c goldenCase) check(t *testing.T) {
	req, result, err := c.run(t, c.in)
	if err != nil || req.Unreadable != "" {
		t.Fatalf("in.json: %v %s", err, req.Unreadable)
	}
	name, got := c.show(t, req, result)
	again, second, _ := c.run(t, c.in)
	if _, same := c.show(t, again, second); !bytes.Equal(got, same) {
		t.Errorf("the same request gave two answers:\n%s", cmp.Diff(string(got), string(same)))
	}
	consistent(t, result)
	if *update {
		c.rewrite(t, name, got)
		return
	}
	other := map[string]string{"out.json": "problems.txt", "problems.txt": "out.json"}[name]
	if _, both := part(c.archive, other); both {
		t.Fatalf("the case expects %s, but this was made:\n%s", other, got)
	}
	want, _ := part(c.archive, name)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// rewrite replaces the outcome and nothing else.
func (c goldenCase) rewrite(t *testing.T, name string, data []byte) {
	t.Helper()
	kept := &txtar.Archive{Comment: c.archive.Comment}
	for _, f := range c.archive.Files {
		if f.Name != "out.json" && f.Name != "problems.txt" {
			kept.Files = append(kept.Files, f)
		}
	}
	kept.Files = append(kept.Files, txtar.File{Name: name, Data: data})
	if err := os.WriteFile(c.path, txtar.Format(kept), 0o644); err != nil {
		t.Fatal(err)
	}
}

// consistent checks what holds for every result.
func consistent(t *testing.T, r translate.Result) {
	t.Helper()
	if len(r.Problems) > 0 {
		if len(r.Records)+len(r.Links)+len(r.Items)+len(r.Full)+len(r.Notes) > 0 || r.Header != (erp.ExternalItem{}) {
			t.Error("a refused document has records, links or notes")
		}
		for _, p := range r.Problems {
			if p.Rule == "" || len(p.Message) < 40 || strings.Contains(p.Message, "%!") {
				t.Errorf("problem %+v is not for an accountant", p)
			}
		}
		return
	}
	if len(r.Items) != r.Lines || len(r.Links) != r.Lines+1 || r.Links[0] != r.Header {
		t.Errorf("%d lines, %d items, %d links", r.Lines, len(r.Items), len(r.Links))
	}
	sums(t, r)
	for i, item := range r.Items {
		rec := r.Records[item.Record]
		if rec.Key() != item.Origin || r.Links[i+1].Origin != item.Origin || r.Links[i+1].ID != item.Line {
			t.Errorf("line %d is linked to %s and %s, its record is %s", item.Line, item.Origin, r.Links[i+1].Origin, rec.Key())
		}
	}
}

// sums checks that the items add up to the header and to the total, each as
// quantity x rate.
func sums(t *testing.T, r translate.Result) {
	t.Helper()
	total, keys := erp.Money(0), map[string]bool{}
	for _, rec := range r.Records {
		if keys[rec.Key()] {
			t.Errorf("%s stands twice", rec.Key())
		}
		keys[rec.Key()] = true
		switch rec := rec.(type) {
		case erp.Subcontract:
			sameMoney(t, "contract sum", rec.Sum, r.Total)
		case erp.Variation:
			sameMoney(t, "approved sum", rec.ApprovedSum, r.Total)
		case erp.OrderItem:
			total += worth(t, rec.Quantity, rec.Rate, rec.Value)
		case erp.SubcontractItem:
			total += worth(t, rec.Quantity, rec.Rate, rec.Value)
		case erp.VariationItem:
			total += worth(t, rec.Quantity, rec.Rate, rec.Value)
		}
	}
	sameMoney(t, "sum of the items", total, r.Total)
}

func sameMoney(t *testing.T, what string, got, want erp.Money) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %s, want %s", what, got, want)
	}
}

func worth(t *testing.T, q erp.Quantity, r erp.Rate, value erp.Money) erp.Money {
	t.Helper()
	if product, err := q.Times(r); err != nil || product != value {
		t.Errorf("%s x %s is %s, %v; the value is %s", q, r, product, err, value)
	}
	return value
}
