package opsapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/ops"
)

// contract reads and validates api/operator.yaml.
func contract(t *testing.T) *openapi3.T {
	t.Helper()
	text, err := os.ReadFile("../../api/operator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	openapi3filter.RegisterBodyDecoder("application/x-tar", openapi3filter.FileBodyDecoder)
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestRoutesAreThoseOfTheContract(t *testing.T) {
	var written, served []string
	for path, item := range contract(t).Paths.Map() {
		for method := range item.Operations() {
			written = append(written, method+" "+path)
		}
	}
	for _, r := range router(newWorld().options()).Routes() {
		if r.Method != "echo_route_not_found" {
			served = append(served, r.Method+" "+strings.ReplaceAll(r.Path, ":id", "{id}"))
		}
	}
	slices.Sort(written)
	slices.Sort(served)
	if !slices.Equal(written, served) {
		t.Errorf("written: %v\nserved:  %v", written, served)
	}
}

func TestParametersAreThoseOfTheContract(t *testing.T) {
	doc := contract(t)
	for path, known := range map[string][]string{"/api/v1/effects": effectParameters[:], "/api/v1/events": eventParameters[:]} {
		var written []string
		for _, p := range doc.Paths.Value(path).Get.Parameters {
			written = append(written, p.Value.Name)
		}
		if !slices.Equal(written, known) {
			t.Errorf("%s: written %v, read %v", path, written, known)
		}
	}
}

// TestMembersAreThoseOfTheContract compares each schema with the tags of the
// struct that fills it, so a member cannot come or go unnoticed.
func TestMembersAreThoseOfTheContract(t *testing.T) {
	doc := contract(t)
	for name, v := range map[string]any{
		"Effect": ops.Effect{}, "EffectPage": ops.Page[ops.Effect]{}, "Event": ops.Event{}, "EventPage": ops.Page[ops.Event]{},
		"Story": ops.Story{}, "Entry": ops.Entry{}, "Record": journal.Record{}, "Move": journal.Move{}, "Closing": journal.Closing{},
		"Plan": journal.Plan{}, "Step": journal.Step{}, "Link": journal.Link{}, "RuleBroken": journal.Problem{},
		"ReplayRequest": replayBody{}, "ReplayAnswer": replayAnswer{}, "Would": ops.Would{}, "Connection": ops.Connection{},
		"ConnectionPage": ops.Page[ops.Connection]{}, "Health": ops.Health{}, "Problem": Problem{},
		"Attempt": ops.Attempt{}, "Choice": ops.Choice{}, "ResolveRequest": resolveBody{}, "Resolved": ops.Resolved{},
		"SweepRequest": sweepBody{}, "AuditRequest": auditBody{}, "SyncRequest": syncBody{}, "SyncReport": ops.SyncReport{}, "ImportSummary": ops.ImportSummary{}, "ReleaseRequest": releaseBody{}, "Job": ops.Job{}, "Source": journal.Source{}, "ImportRefusal": ops.ImportRefusal{},
		"JobPage": ops.Page[ops.Job]{}, "Progress": ops.Progress{}, "SweepReport": ops.SweepReport{}, "SweepLine": ops.SweepLine{},
		"AuditReport": ops.AuditReport{}, "AuditFinding": ops.AuditFinding{}, "SafeMode": ops.SafeMode{}, "SafeFinding": ops.SafeFinding{},
		"Audited": ops.Audited{}, "Released": ops.Released{},
	} {
		compareMembers(t, name, doc.Components.Schemas[name].Value, reflect.TypeOf(v))
	}
	filter := doc.Components.Schemas["ReplayRequest"].Value.Properties["filter"].Value
	compareMembers(t, "ReplayRequest.filter", filter, reflect.TypeOf(replayFilter{}))
	var states []any
	for _, s := range journal.States() {
		states = append(states, string(s))
	}
	if !reflect.DeepEqual(doc.Components.Schemas["State"].Value.Enum, states) {
		t.Errorf("states: %v, want %v", doc.Components.Schemas["State"].Value.Enum, states)
	}
}

func compareMembers(t *testing.T, name string, schema *openapi3.Schema, of reflect.Type) {
	t.Helper()
	var have, required []string
	for i := range of.NumField() {
		tag, options, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		if tag == "-" {
			continue
		}
		have = append(have, tag)
		if options == "" {
			required = append(required, tag)
		}
	}
	var written []string
	for member := range schema.Properties {
		written = append(written, member)
	}
	slices.Sort(have)
	slices.Sort(written)
	if !slices.Equal(have, written) {
		t.Errorf("%s: the program has %v, the contract %v", name, have, written)
	}
	for _, member := range schema.Required {
		if !slices.Contains(required, member) {
			t.Errorf("%s: %s is required but not always written", name, member)
		}
	}
}

// TestAnswersKeepTheContract plays requests, good and bad, through the program
// and holds requests that are good and every answer against the contract.
func TestAnswersKeepTheContract(t *testing.T) {
	routes, err := legacy.NewRouter(contract(t))
	if err != nil {
		t.Fatal(err)
	}
	sick := newWorld()
	sick.viewErr, sick.busErr = errors.New("secret-inside"), errors.New("away")
	tokens := newWorld().options()
	tokens.Tokens = func() []string { return []string{"right"} }
	well, safe, bare := newWorld().options(), newWorld().raise().options(), newWorld().options()
	bare.Service.Sweep, bare.Service.Audit, bare.Service.Safe, bare.Service.Backup, bare.Service.Sync = nil, nil, nil, nil, nil
	torn := newWorld()
	torn.tar, torn.tarErr = nil, fault.New(fault.Transient, "back up", errors.New("secret-inside")).OfSystem()
	w := newWorld()
	over := w.options()
	finish(t, w, over, "sweep", "audit", "sync")
	w = newWorld().raise()
	released := w.options()
	finish(t, w, released, "audit")
	t.Cleanup(func() { closed(t, well, safe, bare, over, released) })
	for _, c := range []struct {
		name, method, path, body string
		options                  Options
		want                     int
		headers                  []string
	}{
		{name: "effects", path: "/api/v1/effects?state=done,rejected&state=parked&kind=commitment&limit=2&since=24h", want: 200},
		{name: "effects, none", path: "/api/v1/effects?state=dead", want: 200},
		{name: "effects, wrong state", path: "/api/v1/effects?state=lost", want: 400},
		{name: "effects, broken", path: "/api/v1/effects", options: sick.options(), want: 500},
		{name: "effects, no token", path: "/api/v1/effects", options: tokens, want: 401},
		{name: "effects, token", path: "/api/v1/effects", options: tokens, want: 200, headers: []string{"Authorization", "Bearer right"}},
		{name: "effects, other host", path: "/api/v1/effects", want: 403, headers: []string{"Host", "rebound.example"}},
		{name: "events", path: "/api/v1/events?ref=900", want: 200},
		{name: "done", path: "/api/v1/effects/acme.commitment-4101", want: 200},
		{name: "rejected", path: "/api/v1/effects/acme.commitment-4102", want: 200},
		{name: "parked", path: "/api/v1/effects/acme.change_order-7701", want: 200},
		{name: "nobody", path: "/api/v1/effects/acme.commitment-1", want: 404},
		{name: "no id", path: "/api/v1/effects/what", want: 400},
		{name: "dry run", method: "POST", path: "/api/v1/replay", body: `{"filter":{"state":["rejected","done"]},"dry_run":true}`, want: 200},
		{name: "replay", method: "POST", path: "/api/v1/replay", body: `{"ids":["acme.commitment-4102"],"actor":"kim"}`, want: 200},
		{name: "replay nobody", method: "POST", path: "/api/v1/replay", body: `{"ids":["acme.commitment-4102","acme.commitment-1"],"actor":"kim"}`, want: 404},
		{name: "adopt", method: "POST", path: "/api/v1/resolve", body: `{"id":"acme.change_order-7701","do":"adopt","number":"V00001","reason":"it is there","actor":"kim","seq":2}`, want: 200},
		{name: "retry", method: "POST", path: "/api/v1/resolve", body: `{"id":"acme.commitment-4102","do":"retry","reason":"mended","actor":"kim"}`, want: 200},
		{name: "decide nothing", method: "POST", path: "/api/v1/resolve", body: `{"id":"acme.commitment-4102","do":"forget","reason":"x","actor":"kim"}`, want: 400},
		{name: "decide done", method: "POST", path: "/api/v1/resolve", body: `{"id":"acme.commitment-4101","do":"abandon","reason":"x","actor":"kim"}`, want: 409},
		{name: "decide nobody", method: "POST", path: "/api/v1/resolve", body: `{"id":"acme.commitment-1","do":"abandon","reason":"x","actor":"kim"}`, want: 404},
		{name: "safe mode off", path: "/api/v1/safe-mode", want: 200},
		{name: "safe mode on", path: "/api/v1/safe-mode", options: safe, want: 200},
		{name: "safe mode elsewhere", path: "/api/v1/safe-mode", options: bare, want: 501},
		{name: "release", method: "POST", path: "/api/v1/safe-mode/release", options: released, body: `{"actor":"kim","reason":"counted","accept_findings":true}`, want: 200},
		{name: "release unaudited", method: "POST", path: "/api/v1/safe-mode/release", options: safe, body: `{"actor":"kim","reason":"counted"}`, want: 409},
		{name: "release unsigned", method: "POST", path: "/api/v1/safe-mode/release", options: safe, body: `{"actor":"kim","reason":""}`, want: 400},
		{name: "release elsewhere", method: "POST", path: "/api/v1/safe-mode/release", options: bare, body: `{"actor":"kim","reason":"x"}`, want: 501},
		{name: "sweep", method: "POST", path: "/api/v1/sweep", body: `{"connection":"acme","since":"26h","actor":"kim"}`, want: 202},
		{name: "sweep again", method: "POST", path: "/api/v1/sweep", body: `{"connection":"acme","dry_run":true}`, want: 409},
		{name: "sweep nobody's", method: "POST", path: "/api/v1/sweep", body: `{"connection":"beta","actor":"kim"}`, want: 400},
		{name: "sweep elsewhere", method: "POST", path: "/api/v1/sweep", options: bare, body: `{"connection":"acme","actor":"kim"}`, want: 501},
		{name: "audit", method: "POST", path: "/api/v1/audit", body: `{"connection":"acme","after":"acme.commitment-1","actor":"kim"}`, want: 202},
		{name: "audit wrongly", method: "POST", path: "/api/v1/audit", body: `{"connection":"acme","since":"soon"}`, want: 400},
		{name: "audit elsewhere", method: "POST", path: "/api/v1/audit", options: bare, body: `{"connection":"acme"}`, want: 501},
		{name: "sync", method: "POST", path: "/api/v1/sync", body: `{"connection":"acme","objects":["jobs"],"project":"1001","full":true,"actor":"kim"}`, want: 202},
		{name: "sync again", method: "POST", path: "/api/v1/sync", body: `{"connection":"acme","dry_run":true}`, want: 409},
		{name: "sync what is not", method: "POST", path: "/api/v1/sync", options: safe, body: `{"connection":"acme","objects":["ships"],"actor":"kim"}`, want: 400},
		{name: "sync unsigned", method: "POST", path: "/api/v1/sync", options: safe, body: `{"connection":"acme"}`, want: 400},
		{name: "sync elsewhere", method: "POST", path: "/api/v1/sync", options: bare, body: `{"connection":"acme","actor":"kim"}`, want: 501},
		{name: "jobs", path: "/api/v1/jobs", want: 200},
		{name: "a running sweep", path: "/api/v1/jobs/sweep-acme-20260302T090000-1", want: 200},
		{name: "cancel", method: "DELETE", path: "/api/v1/jobs/sweep-acme-20260302T090000-1", want: 200},
		{name: "cancel nothing", method: "DELETE", path: "/api/v1/jobs/x", want: 404},
		{name: "a swept job", path: "/api/v1/jobs/sweep-acme-20260302T090000-1", options: over, want: 200},
		{name: "an audited job", path: "/api/v1/jobs/audit-acme-20260302T090000-2", options: over, want: 200},
		{name: "an imported job", path: "/api/v1/jobs/sync-acme-20260302T090000-3", options: over, want: 200},
		{name: "no job", path: "/api/v1/jobs/x", want: 404},
		{name: "backup", path: "/api/v1/backup", want: 200},
		{name: "backup broken", path: "/api/v1/backup", options: torn.options(), want: 503},
		{name: "backup elsewhere", path: "/api/v1/backup", options: bare, want: 501},
		{name: "ready in safe mode", path: "/readyz", options: safe, want: 200},
		{name: "health in safe mode", path: "/api/v1/health", options: safe, want: 200},
		{name: "connections", path: "/api/v1/connections", want: 200},
		{name: "health", path: "/api/v1/health", want: 200},
		{name: "sick", path: "/api/v1/health", options: sick.options(), want: 200},
		{name: "metrics", path: "/metrics", want: 200},
		{name: "alive", path: "/healthz", want: 200},
		{name: "ready", path: "/readyz", want: 200},
		{name: "not ready", path: "/readyz", options: sick.options(), want: 503},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.options.Service == nil {
				c.options = well
			}
			if c.method == "" {
				c.method = http.MethodGet
			}
			answer := call(c.options, c.method, c.path, c.body, c.headers...)
			status(t, answer, c.want)
			if err := keeps(t, routes, c.method, c.path, c.body, answer); err != nil {
				t.Error(err)
			}
		})
	}
}

// finish runs jobs to their end.
func finish(t *testing.T, w *world, o Options, kinds ...string) {
	t.Helper()
	for _, kind := range kinds {
		var job ops.Job
		answer := call(o, "POST", "/api/v1/"+kind, `{"connection":"acme","actor":"kim"}`)
		status(t, answer, http.StatusAccepted)
		if err := json.Unmarshal(answer.Body.Bytes(), &job); err != nil {
			t.Fatal(err)
		}
		w.goOn <- nil
		ended(t, o.Service, job.ID)
	}
}

// closed ends what the services still do.
func closed(t *testing.T, all ...Options) {
	t.Helper()
	for _, o := range all {
		if err := o.Service.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

// keeps validates one exchange.
func keeps(t *testing.T, routes routers.Router, method, path, body string, answer *httptest.ResponseRecorder) error {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:8081"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	route, parameters, err := routes.FindRoute(r)
	if err != nil {
		return err
	}
	options := &openapi3filter.Options{
		IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
	}
	request := &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route, Options: options}
	if answer.Code < http.StatusBadRequest && !strings.Contains(path, ",") { // commas beside repeats are ours alone
		if err := openapi3filter.ValidateRequest(t.Context(), request); err != nil {
			return fmt.Errorf("the request: %w", err)
		}
	}
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request, Status: answer.Code, Header: answer.Header(), Options: options,
	}
	return openapi3filter.ValidateResponse(t.Context(), response.SetBodyBytes(answer.Body.Bytes()))
}
