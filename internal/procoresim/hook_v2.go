package procoresim

import (
	"fmt"
	"net/http"
)

// scopeV2 is the company of the path, or its project.
func (s *Sim) scopeV2(k *call) (hookScope, error) {
	if k.Param("project") == "" {
		return hookScope{company: k.company}, nil
	}
	p, err := s.project(k, 0)
	if err != nil {
		return hookScope{}, err
	}
	return hookScope{company: k.company, project: p.ID}, nil
}

func (s *Sim) hookV2(k *call) (*hook, error) {
	sc, err := s.scopeV2(k)
	if err != nil {
		return nil, err
	}
	return s.theHook(k, "hook", sc)
}

func (s *Sim) createHookV2(k *call) (reply, error) {
	sc, err := s.scopeV2(k)
	if err != nil {
		return reply{}, err
	}
	var f hookFields
	if err := k.decode(&f); err != nil {
		return reply{}, err
	}
	if f.Version == nil {
		return reply{}, badRequest("payload_version", "is required: v2.0, v3.0 or v4.0")
	}
	h, err := s.newHook(k, sc, f)
	if err != nil {
		return reply{}, err
	}
	return created(obj{"data": renderHookV2(h)})
}

func (s *Sim) listHooksV2(k *call) (reply, error) {
	sc, err := s.scopeV2(k)
	if err != nil {
		return reply{}, err
	}
	return listV2(k, s.hooksIn(sc, k.query.Get("namespace"), k.query.Get("payload_version")), renderHookV2)
}

func (s *Sim) showHookV2(k *call) (reply, error) {
	h, err := s.hookV2(k)
	if err != nil {
		return reply{}, err
	}
	return ok(obj{"data": renderHookV2(h)})
}

// patchHookV2 also sets the status; a hook made active again goes on with what is queued (assumed).
func (s *Sim) patchHookV2(k *call) (reply, error) {
	h, err := s.hookV2(k)
	if err != nil {
		return reply{}, err
	}
	var f hookFields
	if err := k.decode(&f); err != nil {
		return reply{}, err
	}
	if err := s.applyHook(h, f); err != nil {
		return reply{}, err
	}
	h.wakeUp()
	return ok(obj{"data": renderHookV2(h)})
}

func (s *Sim) deleteHookV2(k *call) (reply, error) {
	h, err := s.hookV2(k)
	if err != nil {
		return reply{}, err
	}
	s.removeHook(h)
	return noContent()
}

func renderHookV2(h *hook) obj {
	kind := scopeCompany
	if h.ProjectID != 0 {
		kind = scopeProject
	}
	return obj{
		"id": idText(h.ID), "status": h.Status, "payload_version": h.Version, "namespace": h.Namespace, "destination_url": h.URL,
		"destination_headers": h.maskedHeaders(), "trigger_count": len(h.triggers), "company_id": idText(h.CompanyID),
		"project_id": idText(h.ProjectID), "created_at": stamp(h.CreatedAt), "updated_at": stamp(h.UpdatedAt), "hook_type": kind,
	}
}

func (s *Sim) createTriggerV2(k *call) (reply, error) {
	h, err := s.hookV2(k)
	if err != nil {
		return reply{}, err
	}
	var f triggerFields
	if err := k.decode(&f); err != nil {
		return reply{}, err
	}
	t, err := s.addTrigger(h, f.ResourceName, f.EventType, "")
	if err != nil {
		return reply{}, err
	}
	return created(obj{"data": renderTriggerV2(h, t)})
}

func (s *Sim) listTriggersV2(k *call) (reply, error) {
	h, err := s.hookV2(k)
	if err != nil {
		return reply{}, err
	}
	return listV2(k, h.triggers, func(t *trigger) obj { return renderTriggerV2(h, t) })
}

func (s *Sim) deleteTriggerV2(k *call) (reply, error) {
	h, err := s.hookV2(k)
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
	return noContent()
}

// bulkTriggersV2 answers 201 (or 200 to DELETE) when all went well and 207 otherwise.
func (s *Sim) bulkTriggersV2(k *call) (reply, error) {
	h, err := s.hookV2(k)
	if err != nil {
		return reply{}, err
	}
	rows, err := idsOrTriggers(k.body)
	if err != nil {
		return reply{}, err
	}
	done, failed, err := s.bulkTriggers(k, h, rows, "", renderTriggerV2)
	if err != nil {
		return reply{}, err
	}
	if len(failed) > 0 {
		return reply{status: http.StatusMultiStatus, body: obj{"data": obj{"succeeded": done, "failed": failed}}}, nil
	}
	if k.Request().Method == http.MethodDelete {
		return ok(obj{"data": obj{"succeeded": done}})
	}
	return created(obj{"data": obj{"succeeded": done}})
}

func renderTriggerV2(h *hook, t *trigger) obj {
	return obj{
		"id": idText(t.ID), "webhook_hook_id": idText(h.ID), "resource_name": t.ResourceName, "event_type": t.EventType,
		"company_id": idText(h.CompanyID), "project_id": idText(h.ProjectID),
	}
}

func tooLarge(field string, got, most int) error {
	return &apiError{status: http.StatusRequestEntityTooLarge, field: field, message: fmt.Sprintf("has %d rows; at most %d are taken", got, most)}
}
