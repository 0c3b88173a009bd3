package procoresim

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// deliver hooks a receiver up in one version, raises one event and returns the delivery.
func deliver(t *testing.T, version string, change ...func(*Settings)) (*world, answer, http.Header) {
	t.Helper()
	w := newWorld(t, change...)
	r := newReceiver(t, nil)
	w.hook(r, version)
	w.raiseOne()
	w.settled()
	got := r.all()
	if len(got) != 1 {
		t.Fatalf("%d deliveries, want 1", len(got))
	}
	return w, answer{t: t, body: got[0].body, call: "delivery"}, got[0].header
}

func TestDeliveryHeaders(t *testing.T) {
	_, _, header := deliver(t, "v2.0")
	if header.Get("Authorization") != "Bearer first-token" || header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", header)
	}
}

func TestPayloadV2(t *testing.T) {
	_, a, _ := deliver(t, "v2.0")
	a.has("event_type", "create", "resource_name", "ERP Requests", "resource_id", "5598220001", "user_id", "5501", "company_id", "1357908642",
		"project_id", "null", "api_version", "v2", "timestamp", "2026-07-01T00:00:00.123456Z", "related_resources", "absent",
		"reason", "absent", "metadata.source_user_id", "5501", "metadata.source_application_id", "null", "metadata.source_operation_id", "null")
	a.contains(`"id":5982324300946918154`, `"resource_id":5598220001`, `"user_id":5501`)
	if u := a.text("ulid"); !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{26}$`).MatchString(u) {
		t.Errorf("ulid %q", u)
	}
}

func TestPayloadV3(t *testing.T) {
	_, a, _ := deliver(t, "v3.0")
	a.has("api_version", "v3.0", "related_resources", "[]", "event_type", "create").contains(`"id":5982324300946918154`)
}

func TestPayloadV4(t *testing.T) {
	_, a, _ := deliver(t, "v4.0")
	a.has("reason", "create", "resource_type", "ERP Requests", "project_id", "null", "metadata", "absent", "ulid", "absent", "api_version", "absent",
		"event_type", "absent", "resource_name", "absent")
	a.contains(`"resource_id":"5598220001"`, `"company_id":"1357908642"`, `"user_id":"5501"`)
	if len(a.text("id")) != 26 {
		t.Errorf("id %s", a.text("id"))
	}
}

func TestPayloadSwitches(t *testing.T) {
	_, a, _ := deliver(t, "v2.0", func(s *Settings) { s.EventAPIVersion, s.NullMetadata, s.OmitNullProject = "v2.0", true, true })
	a.has("api_version", "v2.0", "metadata", "null", "project_id", "absent")
}

func TestULIDsSortByTime(t *testing.T) {
	early, late := newULID(start()), newULID(start().Add(time.Millisecond))
	if early[:10] >= late[:10] || len(early) != 26 {
		t.Errorf("%s and %s", early, late)
	}
	if got := newULID(time.UnixMilli(0))[:10]; got != "0000000000" {
		t.Errorf("zero time gives %s", got)
	}
	if got := newULID(time.UnixMilli(1<<48 - 1))[:10]; got != "7ZZZZZZZZZ" {
		t.Errorf("the last moment gives %s", got)
	}
}

func TestProjectEventsReachProjectHooks(t *testing.T) {
	w := demoWorld(t)
	owner, other := newReceiver(t, nil), newReceiver(t, nil)
	w.hookOn(other, "v2.0", "Work Order Contracts", "update") // a company hook: silent by default
	hook := w.rest(http.MethodPost, project2("/webhooks/hooks"), obj{"payload_version": "v3.0", "namespace": "p", "destination_url": owner.URL}).is(http.StatusCreated).text("data.id")
	for _, kind := range []string{"update", "delete"} {
		w.rest(http.MethodPost, project2("/webhooks/hooks/"+hook+"/triggers"), obj{"resource_name": "Work Order Contracts", "event_type": kind}).is(http.StatusCreated)
	}
	if err := w.sim.EditCommitment(DemoSubcontractID, []byte(`{"title":"New"}`)); err != nil {
		t.Fatal(err)
	}
	w.settled()
	if n := len(other.all()); n != 0 {
		t.Errorf("the company hook got %d project events", n)
	}
	answer{t: t, body: owner.all()[0].body}.has("resource_name", "Work Order Contracts", "event_type", "update", "project_id", "2468", "resource_id", "4101", "metadata.source_application_id", "null")
	w.set(func(s *Settings) { s.CompanyHookProjectEvent = true })
	if err := w.sim.DeleteCommitment(DemoRefusedID); err != nil {
		t.Fatal(err)
	}
	w.rest(http.MethodPatch, "/rest/v1.0/work_order_contracts/4101?project_id=2468", obj{"work_order_contract": obj{"description": "d"}}).is(http.StatusOK)
	w.settled()
	if got := fmt.Sprint(owner.field(t, "event_type")); got != "[update delete update]" {
		t.Errorf("owner got %s", got)
	}
	if got := fmt.Sprint(other.field(t, "metadata.source_application_id")); got != "["+DefaultClientID+"]" {
		t.Errorf("the company hook got %s", got)
	}
}

func TestTriggerOfAnotherVersionIsSilent(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t, nil)
	hook := w.rest(http.MethodPost, hooks1, hookBody(r.URL)).text("id")
	body := obj{"company_id": DemoCompanyID, "api_version": "v3", "trigger": obj{"resource_name": "ERP Requests", "event_type": "create"}}
	w.rest(http.MethodPost, hooks1+"/"+hook+"/triggers", body).is(http.StatusCreated)
	w.raiseOne()
	w.settled()
	if n := len(r.all()); n != 0 {
		t.Errorf("%d deliveries", n)
	}
	body["api_version"] = "v2"
	w.rest(http.MethodPost, hooks1+"/"+hook+"/triggers", body).is(http.StatusCreated)
	w.raiseOne()
	w.settled()
	if n := len(r.all()); n != 1 {
		t.Errorf("%d deliveries, want 1", n)
	}
}

func TestEveryResourceNameHasAScope(t *testing.T) {
	for _, r := range catalogue() {
		if resourceScope(r.name) != r.scope {
			t.Errorf("%s: scope %s in the catalogue, %s for events", r.name, r.scope, resourceScope(r.name))
		}
		if strings.TrimSpace(r.category) == "" || len(r.actions) == 0 {
			t.Errorf("%s is incomplete", r.name)
		}
	}
}
