package jobpacsim_test

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

	"github.com/procpac/procpac/internal/translate"
)

// exchange is one sample: a request to Jobpac and its answer as package jobpac relies on it.
type exchange struct {
	Elsewhere string // why the simulator does not answer so; empty: it does
	Method    string
	Path      string
	Request   params // without the token; "*" stands for any value
	Status    int
	Body      json.RawMessage
	Text      string
	After     []string // what stands in Jobpac by then: samples, and steps of sampleSteps
	Expects   struct {
		Rules []string // those under which Jobpac's words are sorted
	}
}

func samples(t *testing.T) map[string]exchange {
	t.Helper()
	files, err := filepath.Glob("../../api/jobpac/samples/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	all := map[string]exchange{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s exchange
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = s
	}
	return all
}

// The simulator answers every sample's request as the sample shows it: the same
// status, and rows of the same columns whose values have the same form.
func TestSamples(t *testing.T) {
	all := samples(t)
	played := map[string]bool{}
	for name, s := range all {
		if s.Elsewhere != "" {
			continue
		}
		played[s.Method+" "+s.Path] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSampleWorld(t, all)
			w.prepare(s)
			w.compare(s, w.play(s))
		})
	}
	for name, s := range all {
		if !played[s.Method+" "+s.Path] {
			t.Errorf("%s: no sample of %s %s is played", name, s.Method, s.Path)
		}
	}
}

// compare holds an answer against the sample's.
func (w *sampleWorld) compare(s exchange, got answer) {
	w.t.Helper()
	if got.err != nil || got.status != s.Status {
		w.t.Fatalf("status %d, %v, want %d: %s", got.status, got.err, s.Status, got.text)
	}
	if rules := rulesOf(got); len(s.Expects.Rules) > 0 && !slices.Equal(rules, s.Expects.Rules) {
		w.t.Errorf("%s is sorted under %v, want %v", got.text, rules, s.Expects.Rules)
	}
	if s.Body == nil {
		if got.text == "" || json.Valid([]byte(got.text)) {
			w.t.Errorf("answered %q, want words", got.text)
		}
		return
	}
	if diff := cmp.Diff(shapeOf(w.t, s.Body), shapeOf(w.t, []byte(got.text)), cmp.Comparer(sameForm)); diff != "" {
		w.t.Errorf("the answer has another shape:\n%s", diff)
	}
}

// rulesOf sorts the words of a refusal.
func rulesOf(a answer) (rules []string) {
	var words []string
	if a.rows == nil {
		words = append(words, a.text)
	}
	for _, r := range a.rows {
		words = append(words, r["ErrorDescription"]+r["ErrorMessage"])
	}
	for _, p := range translate.ClaimRefusal(words) {
		rules = append(rules, p.Rule)
	}
	return rules
}

// form is the way a value is written: its type in JSON and, of a text, what it
// looks like. An empty text looks like any.
type form struct{ of, looks string }

func sameForm(a, b form) bool {
	return a.of == b.of && (a.looks == b.looks || a.looks == "" || b.looks == "")
}

// shapeOf gives the columns of each row with the forms of their values.
func shapeOf(t *testing.T, body []byte) []map[string]form {
	t.Helper()
	var envelope struct {
		Data []map[string]json.RawMessage `json:"data"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&envelope); err != nil || envelope.Data == nil {
		t.Fatalf("not the envelope: %v: %s", err, body)
	}
	shape := []map[string]form{}
	for _, cells := range envelope.Data {
		row := map[string]form{}
		for name, value := range cells {
			row[name] = formOf(value)
		}
		shape = append(shape, row)
	}
	return shape
}

type textForm struct {
	looks string
	fits  *regexp.Regexp
}

// textForms are the looks of a text; the first that fits counts.
func textForms() []textForm {
	return []textForm{
		{"", regexp.MustCompile(`^ *$`)},
		{"date", regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)},
		{"time", regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)},
		{"flag", regexp.MustCompile(`^[YN]$`)},
		{"whole number", regexp.MustCompile(`^\d+$`)},
		{"2 decimals", regexp.MustCompile(`^-?\d+\.\d\d$`)},
		{"4 decimals", regexp.MustCompile(`^-?\d+\.\d{4}$`)},
		{"words", regexp.MustCompile(``)},
	}
}

func formOf(value json.RawMessage) form {
	var text string
	if value[0] != '"' || json.Unmarshal(value, &text) != nil {
		return form{of: jsonType(value)}
	}
	for _, f := range textForms() {
		if f.fits.MatchString(text) {
			return form{"text", f.looks}
		}
	}
	return form{}
}

// jsonType is the type of a value that is no text.
func jsonType(value json.RawMessage) string {
	if value[0] == '-' || value[0] >= '0' && value[0] <= '9' {
		return "number"
	}
	return string(value)
}

// A shape tells the answers apart that a client would.
func TestShapesDiffer(t *testing.T) {
	const good = `{"data":[{"Order":"PO1","Value":"1.00","Changed":"2026-11-22T10:00:00.000Z","Date":"","Complete":"N"}]}`
	same := func(body string) bool {
		return cmp.Equal(shapeOf(t, []byte(good)), shapeOf(t, []byte(body)), cmp.Comparer(sameForm))
	}
	if !same(strings.NewReplacer("PO1", "PO2", "1.00", "-22.50", `"Date":""`, `"Date":"2026-11-22"`).Replace(good)) {
		t.Error("other values are taken for another shape")
	}
	for _, change := range [][]string{
		{`"1.00"`, `1.00`}, {"1.00", "1.0000"}, {`"N"`, "false"}, {"2026-11-22T10:00:00.000Z", "2026-11-22"}, {`"Order"`, `"order"`},
		{`"Order":"PO1",`, ""}, {`]}`, `,{}]}`}, {`"Date":""`, `"Date":null`},
	} {
		if same(strings.Replace(good, change[0], change[1], 1)) {
			t.Errorf("%s for %s is not noticed", change[1], change[0])
		}
	}
}
