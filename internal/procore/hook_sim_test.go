package procore_test

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/procore"
	"github.com/procpac/procpac/internal/procoresim"
)

// aHook is what is made in these tests.
func aHook(url string) procore.HookFields {
	return procore.HookFields{Namespace: "procpac", URL: url, Header: "Bearer not-a-real-token-54321"}
}

// The whole life of a hook, of the company and of a project, in both APIs.
func TestSimHookLife(t *testing.T) {
	t.Parallel()
	for _, project := range []erp.ID{0, procoresim.DemoProjectID} {
		for _, status := range []int{0, 403, 404} {
			sim, client := demo(t, nil)
			if status != 0 {
				refuseV2(t, sim, status)
			}
			made, err := client.CreateHook(t.Context(), project, aHook("https://hooks.example.com/a"))
			if err != nil || made.ID == 0 || made.Old != (status != 0) {
				t.Fatalf("%s, %d: %+v, %v", project, status, made, err)
			}
			for _, event := range []string{"create", "update"} {
				if err := client.AddTrigger(t.Context(), made, procore.Trigger{Resource: "Projects", Event: event}); err != nil {
					t.Fatal(err)
				}
			}
			if err := client.ChangeHook(t.Context(), made, procore.HookFields{URL: "https://hooks.example.com/b", Active: true}); err != nil {
				t.Fatal(err)
			}
			list, err := client.Hooks(t.Context(), project)
			if err != nil || len(list) != 1 {
				t.Fatalf("%+v, %v", list, err)
			}
			h := list[0]
			if h.ID != made.ID || h.Project != project || h.URL != "https://hooks.example.com/b" || h.Namespace != client.Namespace() || !strings.HasSuffix(h.Header, "*54321") ||
				h.Disabled || h.Old != made.Old || h.Changed.IsZero() == (status == 0) {
				t.Errorf("got %+v", h)
			}
			triggers, err := client.Triggers(t.Context(), h)
			if err != nil || !slices.Equal(triggers, []procore.Trigger{{Resource: "Projects", Event: "create"}, {Resource: "Projects", Event: "update"}}) {
				t.Errorf("got %+v, %v", triggers, err)
			}
		}
	}
}

// refuseV2 closes the v2.0 hooks API.
func refuseV2(t *testing.T, sim *procoresim.Sim, status int) {
	t.Helper()
	if err := sim.SetFaults(procoresim.Fault{Path: "^/rest/v2.0/.*webhooks", StatusBefore: status}); err != nil {
		t.Fatal(err)
	}
}

// Strangers' hooks are shown beside ours, over more than one page.
func TestSimManyHooks(t *testing.T) {
	t.Parallel()
	_, client := demo(t, nil)
	for range 101 {
		f := aHook("https://elsewhere.example.com/")
		f.Namespace = "theirs"
		if _, err := client.CreateHook(t.Context(), 0, f); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.CreateHook(t.Context(), 0, aHook("https://hooks.example.com/")); err != nil {
		t.Fatal(err)
	}
	list, err := client.Hooks(t.Context(), 0)
	if err != nil || len(list) != 102 || list[0].Namespace != "procpac" {
		t.Errorf("%d hooks, %v", len(list), err)
	}
}

func TestSimPending(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		sim, client := demo(t, nil)
		gone := httptest.NewServer(nil)
		gone.Close()
		h, err := client.CreateHook(t.Context(), 0, aHook(gone.URL))
		if err != nil {
			t.Fatal(err)
		}
		if err := client.AddTrigger(t.Context(), h, procore.Trigger{Resource: "ERP Requests", Event: "create"}); err != nil {
			t.Fatal(err)
		}
		h.Old = old
		for _, id := range []int64{procoresim.DemoSubcontractID, procoresim.DemoPurchaseID} {
			if _, _, err := sim.ExportCommitment(id, "1"); err != nil {
				t.Fatal(err)
			}
		}
		want := map[bool]int{false: 2, true: 1}[old] // v1.0 does not show what was never tried
		eventually(t, func() bool { n, err := client.Pending(t.Context(), h, time.Time{}); return err == nil && n == want })
		if n, err := client.Pending(t.Context(), h, time.Now().Add(-time.Hour)); err != nil || n != 0 {
			t.Errorf("%d from before, %v", n, err)
		}
	}
}

// eventually polls a condition.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	tick, end := time.NewTicker(5*time.Millisecond), time.After(10*time.Second)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("it did not come about")
		}
	}
}

func TestSimPlaces(t *testing.T) {
	t.Parallel()
	_, client := demo(t, nil)
	names, err := client.Resources(t.Context(), 0)
	if err != nil || !slices.Contains(names, "ERP Requests") || slices.Contains(names, "Work Order Contracts") {
		t.Errorf("%v, %v", names, err)
	}
	projects, err := client.ProjectNames(t.Context())
	if err != nil || len(projects) != 1 || projects[0].ID != procoresim.DemoProjectID || projects[0].Name == "" {
		t.Errorf("%v, %v", projects, err)
	}
}

// Our metadata is taken, shown as it was sent, and makes Procore refuse.
func TestSimERPConnection(t *testing.T) {
	t.Parallel()
	sim, client := demo(t, nil)
	metadata, err := procore.JobpacMetadata(procore.JobpacWidths{Order: 10, Variation: 6, VariationType: 2, Reason: 10, Invoice: 15})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds it there
		if err := client.CreateERPConnection(t.Context(), "https://hooks.example.com/", metadata); err != nil {
			t.Fatal(err)
		}
	}
	shown, err := client.ERPConnection(t.Context())
	if err != nil || string(shown) != string(metadata) {
		t.Errorf("%s, %v", shown, err)
	}
	for code, words := range map[string]string{"": "Type the Jobpac order number.", "SC-00000001": "at most 10 characters"} {
		if _, _, err := sim.ExportCommitment(procoresim.DemoSubcontractID, code); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", code, err)
		}
	}
	exported(t, sim, client, procoresim.DemoSubcontractID, "SC-0000001")
	if err := client.Link(t.Context(), []erp.ExternalItem{{Type: erp.ItemSubcontract, ID: procoresim.DemoSubcontractID, Origin: "01|SC-0000001"}}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := sim.ExportChangeOrder(procoresim.DemoSubChangeID, "V000001"); err == nil || !strings.Contains(err.Error(), "at most 6 characters") {
		t.Error(err)
	}
	if _, _, err := sim.ExportChangeOrder(procoresim.DemoSubChangeID, ""); err != nil { // we number it ourselves
		t.Error(err)
	}
}

// What the design rests on stands in the metadata.
func TestMetadataContent(t *testing.T) {
	t.Parallel()
	text, err := procore.JobpacMetadata(procore.JobpacWidths{Order: 10, Variation: 6, VariationType: 2, Reason: 10, Invoice: 15})
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]any{
		"labels.name": "Jobpac",
		"configurations.features.custom_wbs_segments.enabled":                                          false,
		"entities.vendors.configs.staged_records.enabled":                                              true,
		"entities.jobs.configs.staged_records.enabled":                                                 true,
		"entities.prime_contracts.configs.staged_records.enabled":                                      true,
		"entities.vendors.configs.export.enabled":                                                      false,
		"entities.commitments.configs.export_purchase_orders.enabled":                                  true,
		"entities.commitments.configs.export_subcontracts.enabled":                                     true,
		"entities.commitments.configs.unlink.enabled":                                                  true,
		"entities.commitment_change_orders.configs.export.enabled":                                     true,
		"entities.commitment_change_orders.configs.export.custom_fields.0.key":                         procore.FieldVariationType,
		"entities.commitment_change_orders.configs.export.custom_fields.1.key":                         procore.FieldPostingDate,
		"entities.commitment_change_orders.configs.export.custom_fields.1.type":                        "date",
		"entities.prime_contract_change_orders.configs.export.custom_fields.0.key":                     procore.FieldVariationType,
		"entities.commitment_items.rules.export.fields.cost_code.validation.disallow_division.enabled": true,
		"entities.requisitions.rules.export.fields.invoice_number.validation.max_length.enabled":       true,
		"entities.requisitions.configs.export.enabled":                                                 true,
		"entities.sub_jobs.enabled":                                                                    false,
		"entities.contract_payments.enabled":                                                           false,
	} {
		if got := at(all, "settings."+path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
}

// at walks a tree of JSON by names and numbers.
func at(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch branch := v.(type) {
		case map[string]any:
			v = branch[name]
		case []any:
			v = branch[name[0]-'0']
		default:
			return nil
		}
	}
	return v
}
