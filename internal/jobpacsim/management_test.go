package jobpacsim_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/jobpacsim"
)

func (b *bench) manage(method, path, body string) answer {
	b.t.Helper()
	return b.send(method, b.admin+"/sim/"+path, []byte(body))
}

// managed wants 200 and reads the JSON answer.
func managed[T any](b *bench, method, path, body string) T {
	b.t.Helper()
	var value T
	a := b.manage(method, path, body)
	if a.err != nil || a.status != http.StatusOK {
		b.t.Fatalf("%s %s: %d %s %v", method, path, a.status, a.text, a.err)
	}
	if err := json.Unmarshal([]byte(a.text), &value); err != nil {
		b.t.Fatalf("%s %s: %v in %s", method, path, err, a.text)
	}
	return value
}

func TestManagementStateAndCounts(t *testing.T) {
	b := newBench(t)
	b.stock()
	b.must(b.put("CreateANewVariationItem", variationItem()))
	state := managed[jobpacsim.State](b, "GET", "state", "")
	sameBooks(t, b.sim.State().Books, state.Books)
	if len(state.CostCentres) != 44 || len(state.Creditors) != 6 || state.PurchaseOrders[0]["Order"] != "PO1" {
		t.Errorf("state %+v", state)
	}
	counts := managed[jobpacsim.Counts](b, "GET", "counts", "")
	want := jobpacsim.Counts{
		PurchaseOrders: 1, PurchaseOrderItems: 1, Subcontracts: 1, SubcontractItems: 1, Variations: 1, VariationItems: 1, Logins: 1,
		Calls: map[string]int{
			"GiveMeAToken": 1, "CreateANewPurchaseOrder": 1, "CreateANewPurchaseOrderItem": 1, "CreateANewSubcontract": 1,
			"CreateANewSubcontractItem": 1, "CreateANewVariation": 1, "CreateANewVariationItem": 1,
		},
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Error(diff)
	}
	if first, second := b.manage("GET", "state", "").text, b.manage("GET", "state", "").text; first != second {
		t.Error("two states in a row differ")
	}
}

func TestManagementSeed(t *testing.T) {
	b := newBench(t)
	managed[map[string]any](b, "POST", "seed", `{"jobs":[{"WorkId":"01","Job":"j7","Active":"n"}],"users":[{"name":"second","password":"demo-2"}]}`)
	columns(t, b.must(b.get("JobListing", params{"Job": "J7"}))[0], map[string]string{"Active": "N", "AllowCostUpdates": "Y"})
	managed[map[string]any](b, "POST", "seed", `{"jobs":[{"WorkId":"01","Job":"J7","Description":"again"}]}`)
	rows := b.must(b.get("JobListing", params{"Job": "J7"}))
	if len(rows) != 1 || rows[0]["Active"] != "Y" {
		t.Errorf("a master row seeded again: %v", rows)
	}
	for body, words := range map[string]string{
		`{"jobs":[{"WorkId":"01"}]}`:                                         "Job is missing",
		`{"jobs":[{"WorkId":"01","Job":"J8","Colour":"red"}]}`:               "Colour is not a column",
		`{"jobs":[{"WorkId":"01","Job":"J8","Active":"maybe"}]}`:             "Y or N",
		`{"cost_centres":[{"CostingWorkId":"01","Job":"J","CostCode":"C"}]}`: "CostType is missing",
		`{"colours":[]}`: "colours",
		`{"users":[{"name":"x","password":"12345678901"}]}`:               "1 to 10 characters",
		`{"applications":[{"environment":"E","name":"A","key":"short"}]}`: "24 or 32",
		`{"jobs":[]} {}`: "more than one",
	} {
		before := b.sim.State().Books
		a := b.manage("POST", "seed", body)
		if a.status != http.StatusBadRequest || !strings.Contains(a.text, words) {
			t.Errorf("%s: %d %s", body, a.status, a.text)
		}
		sameBooks(t, before, b.sim.State().Books)
	}
}

func TestStateCanBeSeeded(t *testing.T) {
	b := newBench(t)
	b.stock()
	other, err := jobpacsim.New(jobpacsim.Config{Seed: jobpacsim.Seed{Books: b.sim.State().Books}})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	sameBooks(t, b.sim.State().Books, other.State().Books)
}

func TestManagementEdit(t *testing.T) {
	b := newBench(t)
	b.stock()
	changed := managed[map[string]int](b, "PUT", "edit", `{"book":"purchase_orders","key":{"Order":"po1"},"set":{"Order":"PO7","Description":"Renumbered","RequisitionNumber":""}}`)
	if changed["changed"] != 1 {
		t.Errorf("changed %v", changed)
	}
	if rows := b.must(b.get("PurchaseOrderListing", params{"WorkId": "01", "Order": "PO1"})); len(rows) != 0 {
		t.Errorf("the old number still shows: %v", rows)
	}
	columns(t, b.must(b.get("PurchaseOrderListing", params{"WorkId": "01", "Order": "PO7"}))[0], map[string]string{"Description": "Renumbered"})
	for _, body := range []string{
		`{"book":"orders","key":{"Order":"PO7"},"set":{}}`, `{"book":"purchase_orders","key":{},"set":{"Complete":"Y"}}`,
		`{"book":"purchase_orders","key":{"Order":"PO9"},"set":{}}`, `{"book":"purchase_orders","key":{"Order":"PO7"},"set":{"Complete":"yes"}}`,
		`{"book":"purchase_orders","key":{"Nr":"PO7"},"set":{}}`, `{`,
	} {
		if a := b.manage("PUT", "edit", body); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, a.status, a.text)
		}
	}
}

func TestManagementRemove(t *testing.T) {
	b := newBench(t)
	b.stock()
	removed := managed[map[string]int](b, "POST", "remove", `{"book":"purchase_orders","key":{"Order":"po1"}}`)
	if removed["removed"] != 1 {
		t.Errorf("removed %v", removed)
	}
	if rows := b.must(b.get("PurchaseOrderListing", params{"WorkId": "01", "Order": "PO1"})); len(rows) != 0 {
		t.Errorf("it still shows: %v", rows)
	}
	if rows := b.must(b.get("PurchaseOrderItemListing", params{"OrderWorkId": "01", "Order": "PO1"})); len(rows) != 1 {
		t.Errorf("what hangs on it stays: %v", rows)
	}
	for _, body := range []string{
		`{"book":"purchase_orders","key":{"Order":"PO1"}}`, `{"book":"orders","key":{"Order":"PO1"}}`,
		`{"book":"subcontracts","key":{}}`, `{"book":"subcontracts","key":{"Nr":"1"}}`, `{`,
	} {
		if a := b.manage("POST", "remove", body); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, a.status, a.text)
		}
	}
	if c := b.sim.Counts(); c.PurchaseOrders != 0 || c.Subcontracts != 1 {
		t.Errorf("%+v", c)
	}
}

func TestManagementClock(t *testing.T) {
	b := newBench(t)
	got := managed[map[string]time.Time](b, "POST", "clock", `{"advance":"20m"}`)
	if want := time.Date(2026, 11, 22, 10, 20, 0, 0, time.UTC); !got["now"].Equal(want) || !b.sim.Now().Equal(want) {
		t.Errorf("now %v", got)
	}
	if a := b.get("JobListing", params{}); a.rows[0]["ErrorMessage"] == "" {
		t.Error("the token outlived the clock")
	}
	for _, body := range []string{`{"advance":"-1s"}`, `{"advance":"soon"}`, `{"back":"1s"}`} {
		if a := b.manage("POST", "clock", body); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", body, a.status)
		}
	}
}

func TestManagementFaults(t *testing.T) {
	b := newBench(t)
	type answer struct {
		Faults []jobpacsim.FaultState `json:"faults"`
	}
	managed[answer](b, "PUT", "faults", `[{"operation":"/CreateANewPurchaseOrder","kind":"cut_after","nth":1}]`)
	if a := b.put("CreateANewPurchaseOrder", order()); a.err == nil {
		t.Errorf("answered %d", a.status)
	}
	got := managed[answer](b, "GET", "faults", "").Faults
	if len(got) != 1 || got[0].Struck != 1 || got[0].Matched != 1 || got[0].Operation != "CreateANewPurchaseOrder" {
		t.Errorf("faults %+v", got)
	}
	if a := b.manage("PUT", "faults", `[{"operation":"*","kind":"cut_sideways"}]`); a.status != http.StatusBadRequest || !strings.Contains(a.text, "cut_sideways") {
		t.Errorf("%d %s", a.status, a.text)
	}
	if got := managed[answer](b, "PUT", "faults", `[]`).Faults; len(got) != 0 {
		t.Errorf("faults %+v", got)
	}
}

func TestManagementSettings(t *testing.T) {
	b := newBench(t)
	type answer struct {
		Settings    jobpacsim.Settings     `json:"settings"`
		Assumptions []jobpacsim.Assumption `json:"assumptions"`
	}
	got := managed[answer](b, "GET", "settings", "")
	if diff := cmp.Diff(jobpacsim.DefaultSettings(), got.Settings); diff != "" {
		t.Error(diff)
	}
	if len(got.Assumptions) != len(jobpacsim.Assumptions()) {
		t.Errorf("%d assumptions", len(got.Assumptions))
	}
	got = managed[answer](b, "PUT", "settings", `{"row_cap":3,"widths":{"Order":12},"duplicate_number":"accept"}`)
	want := jobpacsim.DefaultSettings()
	want.RowCap, want.Widths["Order"], want.DuplicateNumber = 3, 12, jobpacsim.DuplicateAccept
	if diff := cmp.Diff(want, got.Settings); diff != "" {
		t.Error(diff)
	}
	for body, words := range map[string]string{
		`{"row_kap":3}`: "row_kap", `{"over_long":"shorten"}`: "over_long", `{"row_cap":-1}`: "row_cap", `{"token_minutes":0}`: "token_minutes",
		`{"widths":{"Job":0}}`: "widths.Job", `{"duplicate_keys":{"cheque":"accept"}}`: "cheque", `{"duplicate_keys":{"item":"merge"}}`: "merge", `[]`: "settings",
	} {
		if a := b.manage("PUT", "settings", body); a.status != http.StatusBadRequest || !strings.Contains(a.text, words) {
			t.Errorf("%s: %d %s", body, a.status, a.text)
		}
	}
	if diff := cmp.Diff(want, b.sim.Settings()); diff != "" {
		t.Error(diff)
	}
}

func TestEverySettingIsAnAssumption(t *testing.T) {
	listed := map[string]bool{}
	for _, a := range jobpacsim.Assumptions() {
		if a.Row == "" || a.Text == "" {
			t.Errorf("empty assumption %+v", a)
		}
		listed[a.Setting] = true
	}
	for field := range reflect.TypeFor[jobpacsim.Settings]().Fields() {
		if name := field.Tag.Get("json"); !listed[name] {
			t.Errorf("setting %s has no assumption", name)
		}
	}
}

func TestManagementReset(t *testing.T) {
	b := newBench(t, jobpacsim.Config{
		Seed: jobpacsim.DemoSeed(), Now: func() time.Time { return time.Unix(1_800_000_000, 0) }, Faults: []jobpacsim.Fault{{Operation: "UpdateAPurchaseOrder", Kind: jobpacsim.FaultStatusBefore}},
	})
	fresh := b.sim.State().Books
	b.stock()
	b.change(func(s *jobpacsim.Settings) { s.RowCap = 1 })
	b.faults()
	b.edit("jobs", row{"Job": "1001"}, row{"Active": "N"})
	managed[map[string]bool](b, "POST", "reset", "")
	sameBooks(t, fresh, b.sim.State().Books)
	if diff := cmp.Diff(jobpacsim.Counts{Calls: map[string]int{}}, b.sim.Counts()); diff != "" {
		t.Error(diff)
	}
	if got := b.sim.Settings().RowCap; got != 2000 {
		t.Errorf("row cap %d", got)
	}
	if len(b.sim.Faults()) != 1 || len(b.sim.Journal()) != 0 {
		t.Errorf("faults %v, journal %v", b.sim.Faults(), b.sim.Journal())
	}
	if a := b.get("JobListing", params{}); a.rows[0]["ErrorMessage"] == "" {
		t.Error("the token outlived the reset")
	}
	b.token = b.login()
	b.stock()
}

func TestManagementPathsAreApart(t *testing.T) {
	b := newBench(t)
	if a := b.manage("GET", "nothing", ""); a.status != http.StatusNotFound {
		t.Errorf("unknown path %d", a.status)
	}
	if a := b.manage("POST", "state", ""); a.status != http.StatusMethodNotAllowed {
		t.Errorf("wrong verb %d", a.status)
	}
	if a := b.send(http.MethodGet, b.admin+"/JobListing", nil); a.status != http.StatusNotFound {
		t.Errorf("the vendor's API on the management port: %d", a.status)
	}
}

func TestJournalKeepsNoSecrets(t *testing.T) {
	b := newBench(t)
	b.must(b.put("CreateANewPurchaseOrder", order()))
	b.send(http.MethodGet, b.address("JobListing", params{"token": b.token}), nil)
	b.send(http.MethodGet, b.address("GiveMeAToken", params{"value": b.loginParams()["Value"]}), nil)
	a := b.manage("GET", "journal", "")
	for _, secret := range []string{b.token, b.loginParams()["Value"], "demo-only", demoKey} {
		if strings.Contains(a.text, secret) || strings.Contains(b.manage("GET", "state", "").text, secret) {
			t.Errorf("%q is shown", secret)
		}
	}
	calls := managed[struct{ Calls []jobpacsim.Call }](b, "GET", "journal", "").Calls
	want := jobpacsim.Call{
		Seq: 2, Time: b.clock.now(), Method: "PUT", Operation: "CreateANewPurchaseOrder", Params: order(), Status: 200, Outcome: "ok", Committed: true,
	}
	if diff := cmp.Diff(want, calls[1]); diff != "" {
		t.Error(diff)
	}
}

func TestJournalIsARing(t *testing.T) {
	b := newBench(t, jobpacsim.Config{Seed: jobpacsim.DemoSeed(), JournalSize: 3})
	for range 4 {
		b.must(b.get("WorkIdListing", params{}))
	}
	calls := b.sim.Journal()
	if len(calls) != 3 || calls[0].Seq != 3 || calls[2].Seq != 5 {
		t.Errorf("journal %+v", calls)
	}
}

func TestNewRefusesNonsense(t *testing.T) {
	settings := jobpacsim.DefaultSettings()
	settings.WriteRefusal = "shrug"
	for name, config := range map[string]jobpacsim.Config{
		"settings": {Settings: &settings},
		"seed":     {Seed: jobpacsim.Seed{Books: jobpacsim.Books{Jobs: []jobpacsim.Row{{"Job": "1"}}}}},
		"faults":   {Faults: []jobpacsim.Fault{{Kind: "none"}}},
	} {
		if _, err := jobpacsim.New(config); err == nil {
			t.Errorf("%s: New went well", name)
		}
	}
}

func TestDemoSeed(t *testing.T) {
	b := newBench(t)
	state := b.sim.State()
	centres, headings, types := 0, 0, map[string]bool{}
	for _, r := range state.CostCentres {
		if r["CostType"] == "" {
			headings++
			continue
		}
		centres++
		types[r["CostType"]] = true
	}
	if centres != 40 || headings < 2 || len(types) != 2 || len(state.Creditors) != 6 || len(state.Jobs) != 1 || len(state.GSTCodes) == 0 {
		t.Errorf("%d cost centres, %d headings, types %v, %d creditors, %d jobs", centres, headings, types, len(state.Creditors), len(state.Jobs))
	}
	b.stock()
}
