package opsapi

import (
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
		"SweepRequest": sweepBody{}, "AuditRequest": auditBody{}, "ReleaseRequest": releaseBody{}, "Job": ops.Job{},
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
	well := newWorld().options()
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
	if answer.Code == http.StatusOK && !strings.Contains(path, ",") { // commas beside repeats are ours alone
		if err := openapi3filter.ValidateRequest(t.Context(), request); err != nil {
			return fmt.Errorf("the request: %w", err)
		}
	}
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request, Status: answer.Code, Header: answer.Header(), Options: options,
	}
	return openapi3filter.ValidateResponse(t.Context(), response.SetBodyBytes(answer.Body.Bytes()))
}
