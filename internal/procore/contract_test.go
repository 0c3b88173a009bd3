package procore

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// expected is what a client must make of one sample.
type expected struct {
	kind   fault.Kind // Unknown: no error
	system bool
	after  time.Duration
	said   string // the whole of the words
	note   string // part of the error's text
	calls  int64  // 0: one
}

// contract is the client's side of every sample of an error. A new sample needs
// a line here.
var contract = map[string]expected{
	"error_200_html":            {kind: fault.Transient, said: "Procore's answer could not be read.", calls: 3},
	"error_302":                 {kind: fault.Transient, system: true, after: time.Minute, said: sentence(302)},
	"error_400_field":           {kind: fault.Permanent, said: "assignees required"},
	"error_400_v2":              {kind: fault.Permanent, said: "The request is malformed; vendor_id must be given"},
	"error_401_text":            {kind: fault.Transient, system: true, after: 30 * time.Second, said: "Unauthorized", calls: 2},
	"error_401_message":         {kind: fault.Transient, system: true, after: 30 * time.Second, said: "The access token is invalid", calls: 2},
	"error_403_disconnected":    {kind: fault.Transient, system: true, after: time.Minute, said: "App is not connected to this company."},
	"error_403_project":         {kind: fault.Transient, said: "You do not have permission; Project is out of scope", calls: 3},
	"error_404_exception":       {kind: fault.Permanent, said: "Record was not found"},
	"error_405":                 {kind: fault.Permanent, said: sentence(405)},
	"error_406":                 {kind: fault.Permanent, said: sentence(406)},
	"error_408":                 {kind: fault.Transient, said: sentence(408), calls: 3},
	"error_409":                 {kind: fault.Permanent, said: "Another change is being made"},
	"error_413":                 {kind: fault.Permanent, said: "At most 1000 updates"},
	"error_422_taken":           {kind: fault.Permanent, said: "name is already taken; status can't be changed; status is locked"},
	"error_429_nested":          {kind: fault.Transient, system: true, after: 7 * time.Second, note: "Too many calls; wait for the reset"},
	"error_429_plain":           {kind: fault.Transient, system: true, after: 9 * time.Second, said: "Too many requests"},
	"error_500_html":            {kind: fault.Transient, said: sentence(500), calls: 3},
	"error_502_html":            {kind: fault.Transient, said: sentence(502), calls: 3},
	"error_503_busy":            {kind: fault.Transient, system: true, after: 30 * time.Second, said: sentence(503)},
	"error_504":                 {kind: fault.Transient, said: sentence(504), calls: 3},
	"request_absent":            {kind: fault.Transient, said: "Not Found", calls: 3},
	"external_sync_refused":     {kind: fault.Permanent, said: "Procore refused line_item 8101: origin_id has already been taken"},
	"detail_closed_otherwise":   {kind: fault.Permanent, said: "Request detail is already closed as failed"},
	"token_refused":             {kind: fault.Transient, system: true, after: 30 * time.Second, note: "invalid_client"},
	"detail_closed":             {},
	"detail_closed_already":     {},
	"details_sync":              {},
	"external_sync":             {},
	"change_order_package":      {},
	"me":                        {},
	"purchase_order_contract":   {},
	"work_order_contract":       {},
	"requests":                  {},
	"request_create_commitment": {}, "request_create_commitment_mixed": {}, "request_create_commitment_change_order": {},
	"request_sync_jobs": {}, "request_sync_standard_categories": {}, "request_unreadable": {},
	"request_create_requisitions": {}, "request_create_requisitions_unreadable": {}, "request_create_prime_contract_change_order": {}, "request_create_prime_contract_change_order_bare": {},
	"request_unlink_commitment": {}, "request_unlink_commitment_change_order": {}, "request_unlink_prime_contract_change_order": {},
	"token": {},
}

// invoke makes the call that a sample answers.
func invoke(ctx context.Context, c *Client, name string) error {
	var err error
	switch {
	case ofImports(name):
		return invokeImport(ctx, c, name)
	case strings.HasPrefix(name, "error_"), strings.HasPrefix(name, "token"), name == "me":
		_, err = c.Me(ctx)
	case name == "requests":
		for _, e := range c.Requests(ctx, time.Time{}) {
			err = e
		}
	case name == "request_absent":
		_, err = c.Request(ctx, 9404)
	case strings.HasPrefix(name, "external_sync"):
		err = c.Link(ctx, []erp.ExternalItem{
			{Type: erp.ItemSubcontract, ID: 4101, Origin: "01|SC0001"}, {Type: erp.ItemLine, ID: 8101, Origin: "01|SC0001|1"}})
	case name == "details_sync":
		err = c.CloseMany(ctx, []Closing{{Detail: 9501, Outcome: erp.Success}, {Detail: 9502, Outcome: erp.Failed}})
	case strings.HasPrefix(name, "detail_closed"):
		err = c.Close(ctx, 9501, erp.Success, nil)
	case name == "purchase_order_contract":
		_, err = c.Commitment(ctx, erp.PurchaseOrderContract, 700, 4201)
	case name == "work_order_contract":
		_, err = c.Commitment(ctx, erp.WorkOrderContract, 700, 4101)
	case name == "change_order_package":
		_, err = c.ChangeOrder(ctx, 700, 7701)
	default:
		_, err = c.Request(ctx, requestOf[name])
	}
	return err
}

// requestOf is which ERP request a sample shows.
var requestOf = map[string]erp.ID{
	"request_create_commitment": 9001, "request_create_commitment_mixed": 9002, "request_create_commitment_change_order": 9003,
	"request_sync_jobs": 9004, "request_sync_standard_categories": 9005, "request_unreadable": 9006,
	"request_create_requisitions": 9031, "request_create_requisitions_unreadable": 9032, "request_unlink_commitment": 9033,
	"request_unlink_commitment_change_order": 9034, "request_unlink_prime_contract_change_order": 9035, "request_create_prime_contract_change_order": 9036, "request_create_prime_contract_change_order_bare": 9037,
}

// Every sample meets its class and its words, and is asked for by the path it
// names.
func TestContract(t *testing.T) {
	t.Parallel()
	for name, s := range samples(t) {
		want, known := contract[name]
		if !known && !ofImports(name) {
			t.Errorf("sample %s has no line in the contract", name)
			continue
		}
		if !slices.Contains([]string{"confirmed", "documented", "seen", "assumed"}, s.Mark) || s.Source == "" || s.About == "" {
			t.Errorf("sample %s needs a mark (documented, seen, confirmed or assumed), a source and what it is about", name)
		}
		t.Run(name, func(t *testing.T) { t.Parallel(); playSample(t, name, s, want) })
	}
}

// playSample answers the sample to the first call, and goes on while the hold
// it caused is no longer than the client's patience.
func playSample(t *testing.T, name string, s sample, want expected) {
	api := func(out http.ResponseWriter, r *http.Request) {
		if r.Method != s.Method || r.URL.Path != s.Path {
			t.Errorf("call %s %s, want %s %s", r.Method, r.URL.Path, s.Method, s.Path)
		}
		s.ServeHTTP(out, r)
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		if s.Path == pathToken {
			w.login, w.api = s.ServeHTTP, always(200, `{"id":1}`)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		checkFault(t, invoke(ctx, w.Client, name), want)
		calls := max(want.calls, 1)
		if s.Path != pathToken && want.after == 0 && w.called.Load() != calls {
			t.Errorf("%d calls, want %d", w.called.Load(), calls)
		}
	})
}

// checkFault compares an error with what is expected of it.
func checkFault(t *testing.T, err error, want expected) {
	t.Helper()
	if fault.Of(err) != want.kind || fault.IsSystem(err) != want.system || (err != nil) != (want.kind != fault.Unknown) {
		t.Fatalf("got %s (system %t): %v, want %s (system %t)", fault.Of(err), fault.IsSystem(err), err, want.kind, want.system)
	}
	if fault.After(err) != want.after {
		t.Errorf("After is %s, want %s", fault.After(err), want.after)
	}
	if want.said != "" && fault.Said(err) != want.said {
		t.Errorf("said %q, want %q", fault.Said(err), want.said)
	}
	if err != nil && !strings.Contains(err.Error(), want.note) {
		t.Errorf("error %q lacks %q", err, want.note)
	}
}
