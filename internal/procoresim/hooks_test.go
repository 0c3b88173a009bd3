package procoresim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const hooks1 = "/rest/v1.0/webhooks/hooks"

func hooks2(rest string) string {
	return fmt.Sprintf("/rest/v2.0/companies/%d/webhooks/hooks%s", DemoCompanyID, rest)
}

func hookBody(url string) obj {
	return obj{"company_id": DemoCompanyID, "hook": obj{"api_version": "v2", "namespace": "procpac", "destination_url": url,
		"destination_headers": obj{"Authorization": "Bearer abcdefgh"}}}
}

func TestHookV1Life(t *testing.T) {
	w := newWorld(t)
	a := w.rest(http.MethodPost, hooks1, hookBody("https://example.invalid/h")).is(http.StatusCreated)
	a.has("api_version", "v2", "namespace", "procpac", "owned_by_company_id", fmt.Sprint(DemoCompanyID), "owned_by_project_id", "null",
		"owned_by_user_id", "9901", "destination_headers.Authorization", "**********defgh")
	id := a.text("id")
	w.get(hooks1+"?company_id=1357908642").is(http.StatusOK).has("#", "1", "0.id", id)
	w.get(hooks1+"?company_id=1357908642&namespace=other").has("#", "0")
	w.get(hooks1+"?company_id=1357908642&api_version=v3").has("#", "0")
	w.get(hooks1+"?project_id=2468").has("#", "0")
	w.get(hooks1).is(http.StatusBadRequest)
	w.get(hooks1 + "?company_id=5").is(http.StatusForbidden)

	patch := obj{"company_id": DemoCompanyID, "hook": obj{"destination_url": "https://example.invalid/other", "destination_headers": obj{"Authorization": "xyz"}}}
	w.rest(http.MethodPatch, hooks1+"/"+id, patch).is(http.StatusOK).
		has("destination_url", "https://example.invalid/other", "destination_headers.Authorization", "xyz", "namespace", "procpac")
	w.rest(http.MethodPatch, hooks1+"/"+id, obj{"company_id": DemoCompanyID}).is(http.StatusBadRequest)
	w.get(hooks1 + "/" + id).is(http.StatusNotFound) // v1 has no show
	w.rest(http.MethodDelete, hooks1+"/"+id+"?project_id=2468", nil).is(http.StatusNotFound)
	w.rest(http.MethodDelete, hooks1+"/"+id+"?company_id=1357908642", nil).is(http.StatusOK)
	w.get(hooks1+"?company_id=1357908642").has("#", "0")
}

func TestHookV1OfAProject(t *testing.T) {
	w := newWorld(t)
	body := hookBody("https://example.invalid/h")
	delete(body, "company_id")
	body["project_id"] = DemoProjectID
	w.rest(http.MethodPost, hooks1, body).is(http.StatusCreated).has("owned_by_company_id", "null", "owned_by_project_id", "2468")
	w.get(hooks1+"?project_id=2468").has("#", "1")
}

func TestTriggersV1(t *testing.T) {
	w := newWorld(t)
	hook := w.rest(http.MethodPost, hooks1, hookBody("https://example.invalid/h")).text("id")
	base, scope := hooks1+"/"+hook+"/triggers", "?company_id=1357908642"
	trigger := obj{"company_id": DemoCompanyID, "api_version": "v2", "trigger": obj{"resource_name": "ERP Requests", "event_type": "create"}}
	a := w.rest(http.MethodPost, base, trigger).is(http.StatusCreated)
	a.has("webhook_hook_id", hook, "resource_name", "ERP Requests", "event_type", "CREATE", "resource_id", "null", "user_id", "9901")
	w.rest(http.MethodPost, base, trigger).is(http.StatusUnprocessableEntity)
	trigger["trigger"] = obj{"resource_name": "Requisitions", "event_type": "create"}
	w.rest(http.MethodPost, base, trigger).is(http.StatusUnprocessableEntity).contains("Requisitions")
	w.get(base+scope).has("#", "1")
	w.rest(http.MethodDelete, base+"/1"+scope, nil).is(http.StatusNotFound)
	w.rest(http.MethodDelete, base+"/"+a.text("id")+scope, nil).is(http.StatusOK)
	w.get(base+scope).has("#", "0")
}

func TestBulkTriggersV1(t *testing.T) {
	w := newWorld(t)
	hook := w.rest(http.MethodPost, hooks1, hookBody("https://example.invalid/h")).text("id")
	base := hooks1 + "/" + hook + "/triggers/bulk"
	rows := []obj{{"resource_name": "Projects", "event_type": "create"}, {"resource_name": "Projects", "event_type": "update"}}
	a := w.rest(http.MethodPost, base, obj{"company_id": DemoCompanyID, "triggers": rows}).is(http.StatusOK).has("success.#", "2", "failed", "absent")
	rows[0]["resource_name"] = "Nothing"
	w.rest(http.MethodPost, base, obj{"company_id": DemoCompanyID, "triggers": rows}).is(http.StatusMultiStatus).has("failed.#", "2", "failed.0.code", "422")
	w.rest(http.MethodPost, base, obj{"company_id": DemoCompanyID, "triggers": make([]obj, 501)}).is(http.StatusRequestEntityTooLarge)
	w.rest(http.MethodDelete, base, `{"company_id":1357908642,"ids":[`+a.text("success.0.id")+`,5]}`).is(http.StatusMultiStatus).has("success.#", "1", "failed.#", "1")
}

func TestHookV2Life(t *testing.T) {
	w := newWorld(t)
	body := obj{"payload_version": "v4.0", "namespace": "procpac", "destination_url": "https://example.invalid/h", "destination_headers": obj{"Authorization": "abcdefgh"}}
	a := w.rest(http.MethodPost, hooks2(""), body).is(http.StatusCreated)
	a.has("data.status", "active", "data.payload_version", "v4.0", "data.destination_headers.Authorization", "***defgh", "data.trigger_count", "0",
		"data.project_id", "null", "data.hook_type", "company")
	a.contains(`"company_id":"1357908642"`)
	id := a.text("data.id")
	w.get(hooks2("/"+id)).is(http.StatusOK).has("data.id", id)
	w.get(hooks2("?namespace=procpac&payload_version=v4.0")).has("data.#", "1")
	w.get(hooks2("?payload_version=v2.0")).has("data.#", "0")
	w.rest(http.MethodPatch, hooks2("/"+id), obj{"status": "disabled", "payload_version": "v3.0"}).is(http.StatusOK).
		has("data.status", "disabled", "data.payload_version", "v3.0", "data.namespace", "procpac")
	w.rest(http.MethodPatch, hooks2("/"+id), obj{"status": "asleep"}).is(http.StatusBadRequest).has("error.details.0.source", "status")
	w.rest(http.MethodPatch, hooks2("/"+id), `{`).is(http.StatusBadRequest)
	w.rest(http.MethodDelete, hooks2("/"+id), nil).is(http.StatusNoContent)
	w.get(hooks2("/" + id)).is(http.StatusNotFound)
}

func TestHookV2Refusals(t *testing.T) {
	w := newWorld(t)
	good := func() obj {
		return obj{"payload_version": "v2.0", "namespace": "procpac", "destination_url": "http://example.invalid/h"}
	}
	for name, change := range map[string]func(obj){
		"payload_version": func(o obj) { delete(o, "payload_version") },
		"namespace":       func(o obj) { o["namespace"] = "Not This" },
		"destination_url": func(o obj) { o["destination_url"] = "here" },
	} {
		body := good()
		change(body)
		w.rest(http.MethodPost, hooks2(""), body).is(http.StatusBadRequest).has("error.details.0.source", name)
		body = good()
		delete(body, name)
		w.rest(http.MethodPost, hooks2(""), body).is(http.StatusBadRequest)
	}
	body := good()
	body["payload_version"] = "v7.0"
	w.rest(http.MethodPost, hooks2(""), body).is(http.StatusBadRequest)
	w.rest(http.MethodPost, hooks2(""), good()).is(http.StatusCreated)
	w.set(func(s *Settings) { s.RequireHTTPS = true })
	w.rest(http.MethodPost, hooks2(""), good()).is(http.StatusBadRequest).contains("https")
}

func TestTriggersV2(t *testing.T) {
	w := newWorld(t)
	body := obj{"payload_version": "v2.0", "namespace": "procpac", "destination_url": "http://example.invalid/h"}
	base := project2("/webhooks/hooks")
	hook := w.rest(http.MethodPost, base, body).is(http.StatusCreated).has("data.project_id", "2468", "data.hook_type", "project").text("data.id")
	base += "/" + hook
	a := w.rest(http.MethodPost, base+"/triggers", obj{"resource_name": "Work Order Contracts", "event_type": "update"}).is(http.StatusCreated)
	a.has("data.event_type", "update", "data.webhook_hook_id", hook).contains(`"project_id":"2468"`)
	w.rest(http.MethodPost, base+"/triggers", obj{"resource_name": "x", "event_type": "update"}).is(http.StatusUnprocessableEntity)
	rows := []obj{{"resource_name": "Work Order Contracts", "event_type": "create"}}
	b := w.rest(http.MethodPost, base+"/triggers/bulk", rows).is(http.StatusCreated).has("data.succeeded.#", "1")
	w.rest(http.MethodPost, base+"/triggers/bulk", rows).is(http.StatusMultiStatus).has("data.failed.#", "1")
	w.rest(http.MethodPost, base+"/triggers/bulk", `{"a":1}`).is(http.StatusBadRequest)
	w.get(base+"/triggers").has("data.#", "2")
	w.get(base).has("data.trigger_count", "2")
	w.rest(http.MethodDelete, base+"/triggers/bulk", `["`+b.text("data.succeeded.0.id")+`"]`).is(http.StatusOK).has("data.succeeded.#", "1")
	w.rest(http.MethodDelete, base+"/triggers/"+a.text("data.id"), nil).is(http.StatusNoContent)
	w.rest(http.MethodDelete, base+"/triggers/"+a.text("data.id"), nil).is(http.StatusNotFound)
	w.get(hooks2("/" + hook)).is(http.StatusNotFound) // a project's hook is not the company's
}

func TestResourceLists(t *testing.T) {
	w := newWorld(t)
	a := w.get("/rest/v1.0/webhooks/resources?company_id=1357908642").is(http.StatusOK)
	a.contains(`"ERP Requests"`, `"Change Order Packages"`, `"except":["update","delete"]`)
	if strings.Contains(string(a.body), "Requisitions") {
		t.Error("requisitions are no webhook resource")
	}
	w.get("/rest/v1.0/webhooks/resources/api_versions").is(http.StatusOK).has("0", "v2")
	b := w.get(strings.TrimSuffix(hooks2(""), "hooks") + "resources?payload_version=v2.0").is(http.StatusOK).contains(`"ERP Requests"`)
	if strings.Contains(string(b.body), "Work Order Contracts") {
		t.Error("a project resource in the company list")
	}
	w.get(project2("/webhooks/resources?payload_version=v3.0")).is(http.StatusOK).contains(`"Work Order Contracts"`, `"v3.0"`)
	w.get(project2("/webhooks/resources")).is(http.StatusBadRequest)
}
