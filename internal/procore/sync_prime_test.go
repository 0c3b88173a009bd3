package procore

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// contractOf is a prime contract with lines; id 0: a new one.
func contractOf(own erp.ID, job string, lines ...string) erp.Entry {
	e := erp.Entry{Type: erp.EntryPrime, ID: own, Origin: job, Label: "head contract of " + job, Fields: []erp.EntryField{text("title", "Harbour")}}
	for _, line := range lines {
		e.Children = append(e.Children, erp.Entry{Type: erp.EntryPrimeLine, Origin: job + "|HC|" + line, Label: "claim code " + line, Fields: []erp.EntryField{text("amount", "5.00")}})
	}
	return e
}

// primeAPI keeps the calls and answers contract and lines.
type primeAPI struct {
	b        bodies
	calls    []string
	contract http.HandlerFunc
	lines    http.HandlerFunc
}

func (p *primeAPI) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	p.calls = append(p.calls, r.Method+" "+r.URL.Path+"?"+r.URL.RawQuery)
	switch {
	case strings.HasSuffix(r.URL.Path, "/line_items/sync") && p.lines != nil:
		p.lines(out, r)
	case strings.HasSuffix(r.URL.Path, "/line_items/sync"):
		reply(out, 200, echo(p.b.keep(r)))
	default:
		p.b.keep(r)
		p.contract(out, r)
	}
}

// A new contract is made, one that is known is changed; then its lines.
func TestSyncPrime(t *testing.T) {
	t.Parallel()
	api := &primeAPI{contract: func(out http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			reply(out, 201, `{"id":6701,"title":"Harbour"}`)
			return
		}
		reply(out, 200, `{"id":6702}`)
	}}
	inWorld(t, api.ServeHTTP, func(t *testing.T, w *world) {
		got, err := w.Sync(t.Context(), batch(contractOf(0, "01|J1", "A|1", "A|2"), contractOf(6702, "01|J2")))
		if diff := cmp.Diff([]erp.Synced{{ID: 6701}, {ID: 6702}}, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
	want := []string{
		"POST /rest/v1.0/prime_contract?", `{"project_id":700,"prime_contract":{"origin_id":"01|J1","title":"Harbour"}}`,
		"PATCH /rest/v1.0/prime_contracts/6701/line_items/sync?project_id=700", `{"updates":[{"origin_id":"01|J1|HC|A|1","amount":"5.00"},{"origin_id":"01|J1|HC|A|2","amount":"5.00"}]}`,
		"PATCH /rest/v1.0/prime_contract/6702?", `{"project_id":700,"prime_contract":{"origin_id":"01|J2","title":"Harbour"}}`,
	}
	var got []string
	for i := range api.calls {
		got = append(got, api.calls[i], api.b.all[i])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A refused contract keeps no other out; refused lines are told with theirs.
func TestSyncPrimeRefused(t *testing.T) {
	t.Parallel()
	api := &primeAPI{}
	api.contract = func(out http.ResponseWriter, _ *http.Request) {
		if len(api.b.all) == 1 {
			reply(out, 422, `{"errors":{"origin_id":["has already been taken"]}}`)
			return
		}
		reply(out, 201, fmt.Sprintf(`{"id":%d}`, len(api.calls)))
	}
	api.lines = func(out http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.Path, "/2/"):
			reply(out, 200, `{"entities":[{"id":9,"origin_id":"01|J2|HC|A|1"}],"errors":[{"origin_id":"01|J2|HC|A|2","errors":{"cost_code_id":["is missing"]}}]}`)
		default:
			reply(out, 404, ``)
		}
	}
	bad := contractOf(0, "01|J4")
	bad.Fields = append(bad.Fields, number("retainage_percent", "five"))
	inWorld(t, api.ServeHTTP, func(t *testing.T, w *world) {
		got, err := w.Sync(t.Context(), batch(contractOf(0, "01|J1"), contractOf(0, "01|J2", "A|1", "A|2"), contractOf(0, "01|J3", "A|1"), bad))
		want := []erp.Synced{{Refused: "origin_id has already been taken"}, {ID: 2, Refused: "line claim code A|2: cost_code_id is missing"},
			{ID: 4, Refused: "its lines: " + sentence(404)}, {Refused: `It cannot be sent: the field retainage_percent: "five" must be a decimal number such as 1250.50`}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

// After a contract was made, nothing is told as if it could be sent again as it
// is.
func TestSyncPrimeDoubt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		row      erp.Entry
		contract http.HandlerFunc
		lines    http.HandlerFunc
		kind     fault.Kind
		calls    int64
	}{
		"lost":              {contractOf(0, "01|J1"), always(500, ``), nil, fault.Ambiguous, 1},
		"unreadable":        {contractOf(0, "01|J1"), always(201, `{}`), nil, fault.Ambiguous, 1},
		"lines after new":   {contractOf(0, "01|J1", "A|1"), always(201, `{"id":5}`), always(500, ``), fault.Ambiguous, 4},
		"lines after known": {contractOf(5, "01|J1", "A|1"), always(200, `{"id":5}`), always(500, ``), fault.Transient, 4},
		"known":             {contractOf(5, "01|J1"), always(500, ``), nil, fault.Transient, 3},
		"another":           {contractOf(5, "01|J1"), always(200, `{"id":6}`), nil, fault.Transient, 1},
		"forbidden":         {contractOf(0, "01|J1"), always(403, ``), nil, fault.Transient, 3},
		"busy":              {contractOf(0, "01|J1"), always(409, ``), nil, fault.Transient, 3},
	} {
		api := &primeAPI{contract: c.contract, lines: c.lines}
		inWorld(t, api.ServeHTTP, func(t *testing.T, w *world) {
			got, err := w.Sync(t.Context(), batch(c.row))
			if fault.Of(err) != c.kind || got != nil || w.called.Load() != c.calls {
				t.Errorf("%s: %v %v after %d calls", name, got, err, w.called.Load())
			}
		})
	}
	first := true
	api := &primeAPI{contract: func(out http.ResponseWriter, _ *http.Request) {
		if first {
			first = false
			reply(out, 201, `{"id":5}`)
			return
		}
		reply(out, 403, ``)
	}}
	inWorld(t, api.ServeHTTP, func(t *testing.T, w *world) {
		if _, err := w.Sync(t.Context(), batch(contractOf(0, "01|J1"), contractOf(0, "01|J2"))); fault.Of(err) != fault.Ambiguous {
			t.Errorf("the second after a new one: %v", err)
		}
	})
}

// Many lines go in calls of at most 1,000.
func TestSyncPrimeManyLines(t *testing.T) {
	t.Parallel()
	lines := make([]string, 2001)
	for i := range lines {
		lines[i] = fmt.Sprint("A|", i)
	}
	api := &primeAPI{contract: always(200, `{"id":5}`)}
	inWorld(t, api.ServeHTTP, func(t *testing.T, w *world) {
		if got, err := w.Sync(t.Context(), batch(contractOf(5, "01|J1", lines...))); err != nil || got[0].Refused != "" || len(api.calls) != 4 {
			t.Errorf("%v %v after %d calls", got, err, len(api.calls))
		}
	})
}

func TestLineName(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]erp.Entry{"line L": {Label: "L", Code: "C"}, "line C": {Code: "C", Origin: "O"}, "line O": {Origin: "O"}, "a line": {}} {
		if got := lineName(e); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
