package procoresim

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The states of a hook.
const (
	hookActive   = "active"
	hookDisabled = "disabled"
)

// hook is one subscription with its queue. Exactly one of company and project scope holds: ProjectID is 0 for a company hook.
type hook struct {
	ID, CompanyID, ProjectID, UserID int64
	Namespace, Version, URL, Status  string
	Headers                          map[string]string
	CreatedAt, UpdatedAt             time.Time
	triggers                         []*trigger
	runner
	cancel context.CancelFunc
}

// trigger asks for one kind of event.
type trigger struct {
	ID           int64
	ResourceName string
	EventType    string
	Version      string // must equal the hook's, else nothing comes
}

// hookFields are what the two APIs set on a hook; nil leaves a field alone.
type hookFields struct {
	Namespace *string            `json:"namespace"`
	Version   *string            `json:"payload_version"`
	OldName   *string            `json:"api_version"` // v1 spelling of the same
	URL       *string            `json:"destination_url"`
	Headers   *map[string]string `json:"destination_headers"`
	Status    *string            `json:"status"`
}

// hookScope is whom a hook belongs to.
type hookScope struct{ company, project int64 }

func (h *hook) in(sc hookScope) bool { return h.CompanyID == sc.company && h.ProjectID == sc.project }

// payloadVersion turns v2, v2.0, v3 ... into the long form.
func payloadVersion(text string) (string, bool) {
	if len(text) == 2 {
		text += ".0"
	}
	return text, contains([]string{payloadV2, payloadV3, payloadV4}, text)
}

// newHook makes a hook and starts its goroutine.
func (s *Sim) newHook(k *call, sc hookScope, f hookFields) (*hook, error) {
	h := &hook{
		CompanyID: sc.company, ProjectID: sc.project, UserID: k.client.UserID, Version: payloadV2, Status: hookActive,
		CreatedAt: k.now, UpdatedAt: k.now, runner: newRunner(),
	}
	if f.Namespace == nil {
		return nil, badRequest("namespace", "is required")
	}
	if f.URL == nil {
		return nil, badRequest("destination_url", "is required")
	}
	if err := s.applyHook(h, f); err != nil {
		return nil, err
	}
	h.ID = s.nextID(idHook)
	s.data.hooks.put(h.ID, h)
	s.startHook(h)
	return h, nil
}

// applyHook checks the fields and then sets them, all or none.
func (s *Sim) applyHook(h *hook, f hookFields) error {
	version := firstOf(f.Version, f.OldName)
	if err := s.checkHook(f, version); err != nil {
		return err
	}
	if version != nil {
		h.Version, _ = payloadVersion(*version)
	}
	for to, from := range map[*string]*string{&h.Namespace: f.Namespace, &h.URL: f.URL, &h.Status: f.Status} {
		if from != nil {
			*to = *from
		}
	}
	if f.Headers != nil {
		h.Headers = *f.Headers
	}
	h.UpdatedAt = s.clock.Now()
	return nil
}

func firstOf(texts ...*string) *string {
	for _, t := range texts {
		if t != nil {
			return t
		}
	}
	return nil
}

func (s *Sim) checkHook(f hookFields, version *string) error {
	if version != nil {
		if _, known := payloadVersion(*version); !known {
			return badRequest("payload_version", fmt.Sprintf("is %q; use v2.0, v3.0 or v4.0", *version))
		}
	}
	if f.Namespace != nil && !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(*f.Namespace) {
		return badRequest("namespace", "may hold a-z, 0-9 and - only")
	}
	if f.Status != nil && *f.Status != hookActive && *f.Status != hookDisabled {
		return badRequest("status", fmt.Sprintf("is %q; use active or disabled", *f.Status))
	}
	if f.URL == nil {
		return nil
	}
	u, err := url.Parse(*f.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return badRequest("destination_url", fmt.Sprintf("%q is no web address", *f.URL))
	}
	if s.settings.RequireHTTPS && u.Scheme != "https" {
		return badRequest("destination_url", "must use https")
	}
	return nil
}

// theHook is the hook of a path parameter, if it belongs to the scope.
func (s *Sim) theHook(k *call, param string, sc hookScope) (*hook, error) {
	id, err := k.id(param)
	if err != nil {
		return nil, err
	}
	h, known := s.data.hooks.get(id)
	if !known || !h.in(sc) {
		return nil, notFound("hook", id)
	}
	return h, nil
}

// hooksIn lists the hooks of a scope, of one namespace and payload version where asked for.
func (s *Sim) hooksIn(sc hookScope, namespace, version string) []*hook {
	wanted, _ := payloadVersion(version)
	return s.data.hooks.where(func(h *hook) bool {
		return h.in(sc) && (namespace == "" || h.Namespace == namespace) && (version == "" || h.Version == wanted)
	})
}

// removeHook ends a hook with its triggers; deliveries not yet sent are discarded.
func (s *Sim) removeHook(h *hook) {
	h.cancel()
	s.flush(h)
	s.data.hooks.drop(h.ID)
	s.engineMoved()
}

// addTrigger checks the resource against the catalogue. version is the hook's unless the caller gives another one, which is accepted and
// silent.
func (s *Sim) addTrigger(h *hook, name, eventType, version string) (*trigger, error) {
	eventType = strings.ToLower(eventType)
	if !offered(name, eventType) {
		return nil, invalid("resource_name", fmt.Sprintf("%q with event type %q is not offered", name, eventType))
	}
	t := &trigger{ResourceName: name, EventType: eventType, Version: h.Version}
	if version != "" {
		t.Version, _ = payloadVersion(version)
	}
	for _, known := range h.triggers {
		if known.ResourceName == t.ResourceName && known.EventType == t.EventType && known.Version == t.Version {
			return nil, invalid("resource_name", "has such a trigger already")
		}
	}
	t.ID = s.nextID(idTrigger)
	h.triggers = append(h.triggers, t)
	return t, nil
}

func (h *hook) dropTrigger(id int64) bool {
	before := len(h.triggers)
	h.triggers = slices.DeleteFunc(h.triggers, func(t *trigger) bool { return t.ID == id })
	return len(h.triggers) < before
}

// maskedHeaders shows the last five characters of each value (documented).
func (h *hook) maskedHeaders() map[string]string {
	masked := make(map[string]string, len(h.Headers))
	for name, value := range h.Headers {
		hidden := max(0, len(value)-5)
		masked[name] = strings.Repeat("*", hidden) + value[hidden:]
	}
	return masked
}
