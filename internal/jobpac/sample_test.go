package jobpac

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// exchange is one sample: a request to Jobpac and its answer.
type exchange struct {
	About, Mark, Source string
	Elsewhere           string // whose answer it is, where the simulator does not give it
	Method, Path        string
	Request             map[string]string // without the token; "*" stands for any value
	Status              int
	Body                json.RawMessage
	Text                string
	Half                bool     // the line breaks behind Text
	Call                string   // what the client is asked for: see sampleCalls
	With                []string // samples that answer its other requests; any other listing is empty
	After               []string // the simulator's
	Expects             expectation
}

// expectation is what the client must make of a sample.
type expectation struct {
	Class  string              `json:"class"`           // as classOf writes it
	Asked  int                 `json:"asked,omitempty"` // how often the client asks in vain; 0: it asks once
	Said   string              `json:"said,omitempty"`  // the words of Jobpac that it keeps
	Rules  []string            `json:"rules,omitempty"` // under which those words are sorted
	State  erp.ClaimState      `json:"state,omitempty"`
	Number string              `json:"number,omitempty"`
	Errors []string            `json:"errors,omitempty"`
	Rows   []map[string]string `json:"rows,omitempty"` // without empty values
}

func exchanges(t *testing.T) map[string]exchange {
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
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		decoder.DisallowUnknownFields()
		var e exchange
		if err := decoder.Decode(&e); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = e
	}
	return all
}

// Every sample is asked for by exactly the request that it shows, and the client
// makes of its answer what it must.
func TestSamples(t *testing.T) {
	all := exchanges(t)
	for name, e := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call, known := sampleCalls()[e.Call]
			if !known {
				t.Fatalf("there is no call %q", e.Call)
			}
			desk := newSampleDesk(t, all, name)
			got, err := call(t.Context(), desk.client(t))
			got.Class, got.Asked = classOf(err), e.Expects.Asked
			if err != nil {
				got.Said = wordsOf(err)
			}
			got.Rules = rulesOf(e.Expects, got)
			if diff := cmp.Diff(e.Expects, got); diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
			desk.check(t, name, max(1, got.Asked))
		})
	}
}

// rulesOf sorts the words of a refused invoice, where the sample wants it.
func rulesOf(want, got expectation) (rules []string) {
	if want.Rules == nil {
		return nil
	}
	words := got.Errors
	if words == nil {
		words = []string{got.Said}
	}
	for _, p := range translate.ClaimRefusal(words) {
		rules = append(rules, p.Rule)
	}
	return rules
}

// sampleDesk is a Jobpac that answers with samples.
type sampleDesk struct {
	*server
	t       *testing.T
	samples map[string]exchange
}

func newSampleDesk(t *testing.T, all map[string]exchange, name string) *sampleDesk {
	t.Helper()
	d := &sampleDesk{server: newServer(t), t: t, samples: map[string]exchange{name: all[name]}}
	for _, other := range all[name].With {
		if _, there := all[other]; !there {
			t.Fatalf("there is no sample %q", other)
		}
		d.samples[other] = all[other]
	}
	if all[name].Path != "/GiveMeAToken" {
		d.samples["token"] = all["token"]
	}
	for _, e := range d.samples {
		d.on(e.Path, d.serveSample)
	}
	return d
}

func (d *sampleDesk) client(t *testing.T) *Client {
	return newTestClient(t, d.server, func(c *Config) { c.Environment = "DEMO" })
}

// serveSample answers with the sample of just that request.
func (d *sampleDesk) serveSample(w http.ResponseWriter, r *http.Request) {
	for _, e := range d.samples {
		if e.asks(r) {
			e.answer(w)
			return
		}
	}
	d.t.Errorf("%s %s is no request of the samples", r.Method, r.URL)
	w.WriteHeader(http.StatusNotImplemented)
}

// asks tells whether a request is the sample's: method, path, every parameter
// and the token.
func (e exchange) asks(r *http.Request) bool {
	have := map[string]string{}
	for name, values := range r.URL.Query() {
		have[name] = strings.Join(values, "|")
	}
	want := maps.Clone(e.Request)
	if e.Path != "/GiveMeAToken" {
		want["Token"] = "sample-token"
	}
	for name, value := range want {
		if value == "*" && have[name] != "" {
			want[name] = have[name]
		}
	}
	return r.Method == e.Method && r.URL.Path == e.Path && maps.Equal(want, have)
}

func (e exchange) answer(w http.ResponseWriter) {
	text := e.Text + string(e.Body)
	if e.Half {
		w.Header().Set("Content-Length", strconv.Itoa(len(text)+100))
	}
	w.WriteHeader(e.Status)
	fmt.Fprint(w, text)
	if e.Half {
		_ = http.NewResponseController(w).Flush() // what is behind it never comes
		panic(http.ErrAbortHandler)
	}
}

// check counts the requests of the sample, and wants those of its helpers.
func (d *sampleDesk) check(t *testing.T, name string, want int) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for sample, e := range d.samples {
		n := 0
		for _, r := range d.calls {
			if e.asks(r) {
				n++
			}
		}
		if sample == name && n != want || n == 0 {
			t.Errorf("%s was asked for %d times, want %d", sample, n, want)
		}
	}
}

// Each sample says what it is, how sure we are of it and from where; what it
// sends has the vendor's names; what is told from other answers says how.
func TestSamplesAreSound(t *testing.T) {
	table, called := publishedOperations(t), map[string]bool{}
	for name, e := range exchanges(t) {
		called[e.Call] = true
		op, published := table[e.Path]
		if !published || op.method != e.Method {
			t.Errorf("%s: %s %s is not in the vendor's table", name, e.Method, e.Path)
		}
		if e.About == "" || !strings.HasPrefix(e.Source, "https://") || !slices.Contains([]string{"documented", "seen", "inferred", "assumed"}, e.Mark) {
			t.Errorf("%s needs a mark (documented, seen, inferred or assumed), the address of its source and what it is about", name)
		}
		for _, param := range op.required {
			if _, given := e.Request[param]; !given && param != "Token" {
				t.Errorf("%s lacks %s", name, param)
			}
		}
		for param := range e.Request {
			if !slices.Contains(op.all, param) {
				t.Errorf("%s: %s has no parameter %s", name, e.Path, param)
			}
		}
		if e.Body != nil && e.Text != "" || e.Elsewhere == "" && (e.Half || e.Body == nil && e.Text == "") {
			t.Errorf("%s needs a body or a text, and only answers from elsewhere are empty or broken", name)
		}
	}
	for call := range sampleCalls() {
		if !called[call] {
			t.Errorf("no sample is about the call %q", call)
		}
	}
}
