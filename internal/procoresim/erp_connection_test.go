package procoresim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

var connectionsPath = fmt.Sprintf("/rest/v1.0/companies/%d/erp_connections", DemoCompanyID)

// metadataOf is metadata with one entity.
func metadataOf(entity string, content obj) obj {
	return obj{"settings": obj{"labels": obj{"name": "Jobpac"}, "entities": obj{entity: content}}}
}

func connectionOf(metadata any) obj {
	return obj{"connection": obj{"service_url": "https://hooks.example.com", "metadata": metadata}}
}

func codeRules(validation obj) obj {
	return obj{"enabled": true, "rules": obj{"export": obj{"fields": obj{"code": obj{"enabled": true, "validation": validation}}}}}
}

func TestERPConnectionLife(t *testing.T) {
	w := newWorld(t)
	w.get(connectionsPath).is(http.StatusNotFound)
	w.rest(http.MethodPatch, connectionsPath, connectionOf(metadataOf("jobs", obj{}))).is(http.StatusNotFound)
	if _, known := w.sim.ERPConnection(DemoCompanyID); known {
		t.Error("there is one from the start")
	}
	w.rest(http.MethodPost, connectionsPath, connectionOf(metadataOf("jobs", obj{"enabled": true}))).is(http.StatusCreated).
		has("id", fmt.Sprint(DemoCompanyID), "standard_cost_code_list_id", "310001", "metadata", "absent")
	w.rest(http.MethodPost, connectionsPath, connectionOf(metadataOf("jobs", obj{}))).is(http.StatusUnprocessableEntity).contains("already exists")
	w.get(connectionsPath).is(http.StatusOK).has("service_url", "https://hooks.example.com", "metadata.settings.entities.jobs.enabled", "true")

	w.rest(http.MethodPatch, connectionsPath, obj{"connection": obj{"metadata": metadataOf("vendors", obj{"enabled": true})}}).is(http.StatusOK).
		has("service_url", "https://hooks.example.com", "metadata.settings.entities.jobs", "absent")
	w.rest(http.MethodPatch, connectionsPath, obj{"connection": obj{"service_url": "https://new.example.com", "metadata": metadataOf("vendors", obj{})}}).is(http.StatusOK)
	c, known := w.sim.ERPConnection(DemoCompanyID)
	if !known || c.ServiceURL != "https://new.example.com" || !strings.Contains(string(c.Metadata), "vendors") {
		t.Errorf("got %+v", c)
	}
	w.sim.Reset()
	if _, known := w.sim.ERPConnection(DemoCompanyID); known {
		t.Error("it outlives a reset")
	}
}

func TestERPConnectionRefusals(t *testing.T) {
	w := newWorld(t)
	for name, body := range map[string]any{
		"torn": `{"connection":`, "none": obj{}, "no url": obj{"connection": obj{"metadata": metadataOf("jobs", obj{})}},
		"no address": obj{"connection": obj{"service_url": "here", "metadata": metadataOf("jobs", obj{})}},
	} {
		if a := w.rest(http.MethodPost, connectionsPath, body); a.status != http.StatusBadRequest {
			t.Errorf("%s: got %d", name, a.status)
		}
	}
	for words, metadata := range map[string]any{
		"needs settings.labels.name":        obj{"settings": obj{"entities": obj{}}},
		"names no entity: job":              metadataOf("job", obj{}),
		"unknown field":                     metadataOf("jobs", obj{"enable": true}),
		"no rules called import for jobs":   metadataOf("jobs", obj{"rules": obj{"import": obj{}}}),
		"no validation called max for":      metadataOf("jobs", codeRules(obj{"max": obj{"enabled": true}})),
		"needs a length for max_length of":  metadataOf("jobs", codeRules(obj{"max_length": obj{"enabled": true}})),
		"cannot be read":                    "text",
		"cannot be read: json: cannot unma": metadataOf("jobs", obj{"enabled": "yes"}),
	} {
		w.rest(http.MethodPost, connectionsPath, connectionOf(metadata)).is(http.StatusUnprocessableEntity).contains(words)
	}
	w.rest(http.MethodPost, connectionsPath, connectionOf(metadataOf("jobs", obj{}))).is(http.StatusCreated)
	w.rest(http.MethodPatch, connectionsPath, obj{}).is(http.StatusBadRequest)
	w.rest(http.MethodPatch, connectionsPath, `{`).is(http.StatusBadRequest)
	w.rest(http.MethodPatch, connectionsPath, connectionOf(nil)).is(http.StatusUnprocessableEntity)
}

// The rules of the metadata keep an export from being made; without an ERP
// connection there are none.
func TestMetadataRulesOfExports(t *testing.T) {
	w := demoWorld(t)
	if _, _, err := w.sim.ExportCommitment(DemoPurchaseID, strings.Repeat("9", 30)); err != nil {
		t.Fatal(err)
	}
	limits := obj{
		"present":    obj{"enabled": true, "message": "Type a number."},
		"max_length": obj{"enabled": true, "length": 6, "message": "At most %{length} characters."},
		"numeric":    obj{"enabled": true},
	}
	w.rest(http.MethodPost, connectionsPath, connectionOf(metadataOf("commitments", codeRules(limits)))).is(http.StatusCreated)
	for code, words := range map[string]string{"": "code Type a number.", "1234567": "code At most 6 characters.", "SC1": "code breaks the rule numeric"} {
		if _, _, err := w.sim.ExportCommitment(DemoSubcontractID, code); err == nil || err.Error() != words {
			t.Errorf("%q: got %v", code, err)
		}
	}
	if len(w.sim.Requests()) != 1 {
		t.Error("a refused export made a request")
	}
	if _, _, err := w.sim.ExportCommitment(DemoSubcontractID, "123456"); err != nil {
		t.Error(err)
	}
	if err := w.sim.Seed(Seed{}); err != nil {
		t.Fatal(err)
	}
	w.sim.mu.Lock()
	_, err := w.sim.exportCode("commitment_change_orders", DemoProjectID, "1", "2")
	w.sim.mu.Unlock()
	if err == nil || !strings.Contains(err.Error(), "does not enable commitment_change_orders") {
		t.Error(err)
	}
}

func TestMetadataIsKeptAsItCame(t *testing.T) {
	text := json.RawMessage(`{"settings": {"labels": {"name":"X"}, "configurations": {"any": [1, 2.50]}, "entities": {}}}`)
	var c ERPConnection
	if err := c.take(text); err != nil || string(c.Metadata) != string(text) {
		t.Error(err, string(c.Metadata))
	}
}
