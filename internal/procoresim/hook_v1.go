package procoresim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// maxTriggers is the most a bulk call may carry (documented).
const maxTriggers = 500

// hookBodyV1 is the body of v1 hook and trigger calls.
type hookBodyV1 struct {
	CompanyID  wireID           `json:"company_id"`
	ProjectID  wireID           `json:"project_id"`
	APIVersion string           `json:"api_version"`
	Hook       *hookFields      `json:"hook"`
	Trigger    *triggerFields   `json:"trigger"`
	Triggers   *[]triggerFields `json:"triggers"`
	IDs        []wireID         `json:"ids"`
}

type triggerFields struct {
	ID           wireID `json:"id"`
	ResourceName string `json:"resource_name"`
	EventType    string `json:"event_type"`
}

// scopeV1 reads the body, if there is one, and the scope: project_id or company_id, in the body or the query.
func (s *Sim) scopeV1(k *call) (hookBodyV1, hookScope, error) {
	var body hookBodyV1
	if len(k.body) > 0 {
		if err := k.decode(&body); err != nil {
			return body, hookScope{}, err
		}
	}
	if body.ProjectID != 0 || k.query.Get("project_id") != "" {
		p, err := s.project(k, body.ProjectID)
		if err != nil {
			return body, hookScope{}, err
		}
		return body, hookScope{company: k.company, project: p.ID}, nil
	}
	company := int64(body.CompanyID)
	if company == 0 {
		company, _ = strconv.ParseInt(k.query.Get("company_id"), 10, 64)
	}
	if company == 0 {
		return body, hookScope{}, badRequest("company_id", "or project_id is required")
	}
	if company != k.company {
		return body, hookScope{}, forbidden("App is not connected to this company.")
	}
	return body, hookScope{company: company}, nil
}

// hookV1 finds the scope and the hook of a v1 call.
func (s *Sim) hookV1(k *call) (hookBodyV1, *hook, error) {
	body, sc, err := s.scopeV1(k)
	if err != nil {
		return body, nil, err
	}
	h, err := s.theHook(k, "hook", sc)
	return body, h, err
}

func (s *Sim) createHookV1(k *call) (reply, error) {
	body, sc, err := s.scopeV1(k)
	if err != nil {
		return reply{}, err
	}
	if body.Hook == nil {
		return reply{}, badRequest("hook", "is required")
	}
	h, err := s.newHook(k, sc, *body.Hook)
	if err != nil {
		return reply{}, err
	}
	return created(renderHookV1(h))
}

func (s *Sim) listHooksV1(k *call) (reply, error) {
	_, sc, err := s.scopeV1(k)
	if err != nil {
		return reply{}, err
	}
	return listV1(s, k, s.hooksIn(sc, k.query.Get("namespace"), k.query.Get("api_version")), renderHookV1)
}

func (s *Sim) patchHookV1(k *call) (reply, error) {
	body, h, err := s.hookV1(k)
	if err != nil {
		return reply{}, err
	}
	if body.Hook == nil {
		return reply{}, badRequest("hook", "is required")
	}
	if err := s.applyHook(h, *body.Hook); err != nil {
		return reply{}, err
	}
	h.wakeUp()
	return ok(renderHookV1(h))
}

func (s *Sim) deleteHookV1(k *call) (reply, error) {
	_, h, err := s.hookV1(k)
	if err != nil {
		return reply{}, err
	}
	s.removeHook(h)
	return ok(renderHookV1(h))
}

func renderHookV1(h *hook) obj {
	o := obj{
		"id": h.ID, "api_version": strings.TrimSuffix(h.Version, ".0"), "namespace": h.Namespace, "destination_url": h.URL,
		"destination_headers": h.maskedHeaders(), "owned_by_company_id": h.CompanyID, "owned_by_project_id": nil, "owned_by_user_id": h.UserID,
	}
	if h.ProjectID != 0 {
		o["owned_by_company_id"], o["owned_by_project_id"] = nil, h.ProjectID
	}
	return o
}

func (s *Sim) createTriggerV1(k *call) (reply, error) {
	body, h, err := s.hookV1(k)
	if err != nil {
		return reply{}, err
	}
	if body.Trigger == nil {
		return reply{}, badRequest("trigger", "is required")
	}
	t, err := s.addTrigger(h, body.Trigger.ResourceName, body.Trigger.EventType, body.APIVersion)
	if err != nil {
		return reply{}, err
	}
	return created(renderTriggerV1(h, t))
}

func (s *Sim) listTriggersV1(k *call) (reply, error) {
	_, h, err := s.hookV1(k)
	if err != nil {
		return reply{}, err
	}
	return listV1(s, k, h.triggers, func(t *trigger) obj { return renderTriggerV1(h, t) })
}

func (s *Sim) deleteTriggerV1(k *call) (reply, error) {
	_, h, err := s.hookV1(k)
	if err != nil {
		return reply{}, err
	}
	id, err := k.id("trigger")
	if err != nil {
		return reply{}, err
	}
	if !h.dropTrigger(id) {
		return reply{}, notFound("trigger", id)
	}
	return ok(obj{"id": id})
}

// bulkTriggersV1 adds or, by DELETE, removes many triggers: 200 when all went well, 207 when some did, 413 above 500.
func (s *Sim) bulkTriggersV1(k *call) (reply, error) {
	body, h, err := s.hookV1(k)
	if err != nil {
		return reply{}, err
	}
	var rows []triggerFields
	if body.Triggers != nil {
		rows = *body.Triggers
	}
	for _, id := range body.IDs {
		rows = append(rows, triggerFields{ID: id})
	}
	done, failed, err := s.bulkTriggers(k, h, rows, body.APIVersion, renderTriggerV1)
	if err != nil {
		return reply{}, err
	}
	if len(failed) > 0 {
		return reply{status: http.StatusMultiStatus, body: obj{"success": done, "failed": failed}}, nil
	}
	return ok(obj{"success": done})
}

// bulkTriggers runs each row on its own and sorts the outcomes.
func (s *Sim) bulkTriggers(k *call, h *hook, rows []triggerFields, version string, render func(*hook, *trigger) obj) (done, failed []obj, err error) {
	if len(rows) > maxTriggers {
		return nil, nil, tooLarge("triggers", len(rows), maxTriggers)
	}
	done, failed = []obj{}, []obj{}
	for _, row := range rows {
		result, err := s.bulkTrigger(k, h, row, version, render)
		if err != nil {
			failed = append(failed, obj{"code": asAPIError(err).status, "message": err.Error(), "trigger": row, "errors": []string{err.Error()}})
			continue
		}
		done = append(done, result)
	}
	return done, failed, nil
}

func (s *Sim) bulkTrigger(k *call, h *hook, row triggerFields, version string, render func(*hook, *trigger) obj) (obj, error) {
	if k.Request().Method == http.MethodDelete {
		if !h.dropTrigger(int64(row.ID)) {
			return nil, notFound("trigger", int64(row.ID))
		}
		return obj{"id": row.ID}, nil
	}
	t, err := s.addTrigger(h, row.ResourceName, row.EventType, version)
	if err != nil {
		return nil, err
	}
	return render(h, t), nil
}

// renderTriggerV1 prints the event type in capitals (documented).
func renderTriggerV1(h *hook, t *trigger) obj {
	o := obj{
		"id": t.ID, "webhook_hook_id": h.ID, "resource_name": t.ResourceName, "resource_id": nil, "event_type": strings.ToUpper(t.EventType),
		"company_id": h.CompanyID, "project_id": idOrNull(h.ProjectID), "user_id": h.UserID,
	}
	return o
}

// idsOrTriggers reads the body of a v2 bulk call: an array of triggers, or of ids.
func idsOrTriggers(body json.RawMessage) ([]triggerFields, error) {
	var ids []wireID
	if json.Unmarshal(body, &ids) == nil {
		rows := make([]triggerFields, len(ids))
		for i, id := range ids {
			rows[i].ID = id
		}
		return rows, nil
	}
	var rows []triggerFields
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, badRequest("body", "must be an array of triggers or of ids")
	}
	return rows, nil
}
