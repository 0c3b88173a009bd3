package translate_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/procore"
	"github.com/procpac/procpac/internal/translate"
)

// givenInvoice is rules.json of an invoice: everything that is not the request.
type givenInvoice struct {
	Rules    translate.Rules
	Job      *jobFact
	Creditor *creditorFact
	Numbers  translate.Numbers
	Order    []orderFact
}

// orderFact is an order as Jobpac shows it.
type orderFact struct {
	Kind   erp.Kind
	Header map[erp.Name]string
	Items  []map[erp.Name]string
}

func (g givenInvoice) book() erp.Book {
	var b erp.Book
	for _, o := range g.Order {
		d := erp.Document{Header: erp.Row{Kind: o.Kind, Values: o.Header}}
		kind := erp.KindSubcontractItem
		if o.Kind == erp.KindOrder {
			kind = erp.KindOrderItem
		}
		for _, values := range o.Items {
			d.Items = append(d.Items, erp.Row{Kind: kind, Values: values})
		}
		b.Documents = append(b.Documents, d)
	}
	return b
}

type invoiceCase struct {
	path    string
	archive *txtar.Archive
	in      []byte
	given   givenInvoice
}

func invoiceCases(t *testing.T) []invoiceCase {
	t.Helper()
	paths, err := filepath.Glob("testdata/invoices/*/*.txtar")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	all := make([]invoiceCase, 0, len(paths))
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c := invoiceCase{path: filepath.ToSlash(path), archive: archive}
		var rules []byte
		c.in, _ = part(archive, "in.json")
		rules, _ = part(archive, "rules.json")
		dec := json.NewDecoder(bytes.NewReader(rules))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&c.given); err != nil || len(c.in) == 0 || len(strings.TrimSpace(string(archive.Comment))) < 20 {
			t.Fatalf("%s: %v; it must say why it is there and have in.json and rules.json", path, err)
		}
		all = append(all, c)
	}
	return all
}

func (c invoiceCase) run(t *testing.T) (erp.Request, translate.Result) {
	t.Helper()
	req, err := procore.DecodeRequest(c.in)
	if err != nil {
		t.Fatal(err)
	}
	facts := given{Job: c.given.Job, Creditor: c.given.Creditor}.facts(t)
	if strings.Contains(c.path, "/prime_change_order/") {
		return req, translate.PrimeChange(req, c.given.Rules, facts, c.given.Numbers)
	}
	return req, translate.Invoice(req, c.given.Rules, facts, c.given.book())
}

// show writes a result as out.json or problems.txt.
func (c invoiceCase) show(t *testing.T, req erp.Request, r translate.Result) (name string, data []byte) {
	t.Helper()
	if len(r.Problems) > 0 {
		return "problems.txt", []byte(problemText(r))
	}
	out := wireOut{
		Title: r.Title, Number: r.Number, ProcoreNo: r.ProcoreNo, Reference: r.Reference, Project: r.Project, Creditor: r.Creditor,
		Total: r.Total.String(), Lines: r.Lines, Notes: r.Notes, Warnings: r.Warnings, Full: r.Full,
	}
	out.Ask.Job, out.Ask.Order = translate.Query(req, c.given.Rules).Job.Origin(), translate.InvoiceKey(req, c.given.Rules).Origin()
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

func TestGoldenInvoices(t *testing.T) {
	if *update && os.Getenv("CI") == "true" {
		t.Fatal("golden files are not rewritten when CI=true")
	}
	for _, c := range invoiceCases(t) {
		t.Run(strings.TrimPrefix(c.path, "testdata/invoices/"), func(t *testing.T) {
			req, result := c.run(t)
			name, got := c.show(t, req, result)
			again, second := c.run(t)
			if _, same := c.show(t, again, second); !bytes.Equal(got, same) {
				t.Errorf("the same request gave two answers:\n%s", cmp.Diff(string(got), string(same)))
			}
			soundInvoice(t, result)
			if *update {
				goldenCase{path: c.path, archive: c.archive}.rewrite(t, name, got)
				return
			}
			want, _ := part(c.archive, name)
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		})
	}
}

// soundInvoice checks what holds for every result.
func soundInvoice(t *testing.T, r translate.Result) {
	t.Helper()
	if len(r.Problems) > 0 {
		if len(r.Records)+len(r.Links)+len(r.Items)+len(r.Notes) > 0 {
			t.Error("a refused document has records, links or notes")
		}
		for _, p := range r.Problems {
			if p.Rule == "" || len(p.Message) < 40 || strings.Contains(p.Message, "%!") {
				t.Errorf("problem %+v is not for an accountant", p)
			}
		}
		return
	}
	keys, links := map[string]bool{}, map[string]bool{}
	for _, rec := range r.Records {
		key := string(rec.Kind()) + " " + rec.Key()
		if keys[key] {
			t.Errorf("%s stands twice", key)
		}
		keys[key] = true
	}
	for _, l := range r.Links {
		if links[l.Type+l.Origin] || l.ID == 0 || l.Origin == "" {
			t.Errorf("link %+v is empty, or stands twice", l)
		}
		links[l.Type+l.Origin] = true
	}
	for _, item := range r.Items {
		if r.Records[item.Record].Key() != item.Origin {
			t.Errorf("line %d: record %s, link %s", item.Line, r.Records[item.Record].Key(), item.Origin)
		}
	}
	sameMoney(t, "sum of the lines", invoiceSum(r), r.Total)
}

func invoiceSum(r translate.Result) erp.Money {
	var total erp.Money
	for _, rec := range r.Records {
		switch rec := rec.(type) {
		case erp.ClaimItem:
			total += rec.Value
		case erp.InvoiceUpload:
			total += rec.Value
		case erp.Variation:
			total += rec.ApprovedSum
		}
	}
	return total
}

// TestEveryInvoiceRuleIsBroken: the list of rules and what the cases break are
// the same, apart from what only Jobpac tells.
func TestEveryInvoiceRuleIsBroken(t *testing.T) {
	broken := map[string]bool{"IN-CONTENT": true, "PV-CONTENT": true, "IN-TOTAL": true, "PV-TOTAL": true, "IN-DATE": true, "PV-DATE": true} // see invoice_test.go
	for _, c := range invoiceCases(t) {
		_, r := c.run(t)
		for _, p := range r.Problems {
			broken[p.Rule] = true
		}
	}
	listed := map[string]bool{}
	for _, rule := range translate.InvoiceRuleTexts() {
		listed[rule.ID] = true
		if !regexp.MustCompile(`^(IN|PV)(-[A-Z]+)+$`).MatchString(rule.ID) || len(rule.Text) < 15 {
			t.Errorf("%+v", rule)
		}
		if !rule.Elsewhere && !broken[rule.ID] {
			t.Errorf("no case breaks %s", rule.ID)
		}
	}
	jobRules := []string{"JOB-LINK", "JOB-SUB", "JOB-WORK-ID", "JOB-MISSING", "JOB-CLOSED"}
	for id := range broken {
		if !listed[id] && !slices.Contains(jobRules, id[3:]) {
			t.Errorf("rule %s is not listed", id)
		}
	}
}
