package procore

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// Where the hooks of one project are kept (seen). In the v1.0 API the scope is
// a parameter, not a part of the path (documented).
const pathProjectHooks = "/rest/v2.0/companies/{company}/projects/{id}/webhooks/hooks"

// The catalogues of what hooks of a company and of a project can ask for (seen).
const (
	pathResources        = "/rest/v2.0/companies/{company}/webhooks/resources"
	pathProjectResources = "/rest/v2.0/companies/{company}/projects/{id}/webhooks/resources"
)

// The payload formats that our hooks are made with, in the words of the two
// APIs: the oldest in which a line names its document (documented). The receiver
// reads the others too.
const (
	payloadFormat    = "v3.0"
	oldPayloadFormat = "v3"
)

// Namespace is the one that marks our hooks.
func (c *Client) Namespace() string { return c.hooksOf }

// Hook is one webhook subscription of the company, or of a project.
type Hook struct {
	ID        erp.ID
	Project   erp.ID // 0: of the company
	Namespace string
	URL       string
	Header    string    // Authorization as Procore shows it: masked but for its end (documented); may be empty
	Disabled  bool      // v2.0 only (seen)
	Changed   time.Time // v2.0 only (seen); else zero
	Old       bool      // listed by the v1.0 API
	Format    string    // of the payload, in the words of that API; empty: not shown
}

// HookFields is what can be set on a hook. An empty text leaves a field alone;
// Active makes it deliver, where the API can say that.
type HookFields struct {
	Namespace, URL, Header string
	Active                 bool
}

// Trigger asks for one kind of event: create, update or delete of a resource.
type Trigger struct{ Resource, Event string }

// Hooks lists the hooks of the company, or of a project when it is not 0: those
// of our namespace, and all others that Procore shows to us. The v2.0 API is
// asked (seen), and v1.0 (documented) where Procore refuses it with 403 or 404.
func (c *Client) Hooks(ctx context.Context, project erp.ID) ([]Hook, error) {
	query := url.Values{"namespace": {c.hooksOf}}
	found, err := c.hooksAt(ctx, c.hooksPath(project), query, Hook{Project: project})
	old := refusedHere(err)
	if old {
		query = c.scope(project)
		query.Set("namespace", c.hooksOf)
		found, err = c.hooksAt(ctx, pathOldHooks, query, Hook{Project: project, Old: true})
	}
	if err != nil {
		return nil, err
	}
	query.Del("namespace")
	path := c.hooksPath(project)
	if old {
		path = pathOldHooks
	}
	more, err := c.hooksAt(ctx, path, query, Hook{Project: project, Old: old})
	if err != nil && fault.Of(err) != fault.Permanent && !refusedHere(err) {
		return nil, err
	}
	return united(found, more), nil // a list without a namespace may be refused: it only adds strangers
}

// united adds to a list the hooks that it does not have.
func united(list, more []Hook) []Hook {
	known := map[erp.ID]bool{}
	for _, h := range list {
		known[h.ID] = true
	}
	for _, h := range more {
		if !known[h.ID] {
			list = append(list, h)
		}
	}
	return list
}

// refusedHere tells whether Procore does not have an API, or not for us. That
// the whole company is closed to us is another matter.
func refusedHere(err error) bool {
	var refused *StatusError
	return !fault.IsSystem(err) && errors.As(err, &refused) && (refused.Status == http.StatusForbidden || refused.Status == http.StatusNotFound)
}

func (c *Client) hooksPath(project erp.ID) string {
	if project == 0 {
		return pathHooks
	}
	return fill(pathProjectHooks, c.company, project)
}

// scope is the parameter of the v1.0 API.
func (c *Client) scope(project erp.ID) url.Values {
	if project == 0 {
		return url.Values{"company_id": {c.company.String()}}
	}
	return url.Values{"project_id": {project.String()}}
}

// wireFullHook is a hook of either API.
type wireFullHook struct {
	ID      recordID       `json:"id"`
	Space   word           `json:"namespace"`
	URL     word           `json:"destination_url"`
	Headers jsontext.Value `json:"destination_headers"`
	Status  word           `json:"status"`
	Updated jsontext.Value `json:"updated_at"`
	Format  word           `json:"payload_version"`
	Version word           `json:"api_version"` // v1.0's name of it
}

// header is the Authorization value, whatever the letter case of its name.
func (w wireFullHook) header() string {
	var all map[string]word
	if json.Unmarshal(w.Headers, &all, lenient) != nil {
		return ""
	}
	for name, value := range all {
		if strings.EqualFold(name, "Authorization") {
			return string(value)
		}
	}
	return ""
}

// hooksAt reads all pages of a list of hooks. like gives what the rows do not.
func (c *Client) hooksAt(ctx context.Context, path string, query url.Values, like Hook) ([]Hook, error) {
	query.Set("per_page", strconv.Itoa(perPage))
	var found []Hook
	for w, err := range rowsOf(ctx, c, path, query, func(w wireFullHook) erp.ID { return erp.ID(w.ID) }) {
		if err != nil {
			return nil, err
		}
		h := like
		h.ID, h.Namespace, h.URL, h.Header = erp.ID(w.ID), string(w.Space), string(w.URL), w.header()
		h.Format = string(cmp.Or(w.Format, w.Version))
		h.Disabled, h.Changed = strings.EqualFold(string(w.Status), "disabled"), timeOf(w.Updated)
		found = append(found, h)
	}
	return found, nil
}

// Triggers lists what a hook asks for; events in lower case.
func (c *Client) Triggers(ctx context.Context, h Hook) ([]Trigger, error) {
	type wireTrigger struct {
		ID       recordID `json:"id"`
		Resource word     `json:"resource_name"`
		Event    word     `json:"event_type"`
	}
	path, query := c.hookPath(h, "/triggers")
	query.Set("per_page", strconv.Itoa(perPage))
	var found []Trigger
	for w, err := range rowsOf(ctx, c, path, query, func(w wireTrigger) erp.ID { return erp.ID(w.ID) }) {
		if err != nil {
			return nil, err
		}
		found = append(found, Trigger{string(w.Resource), strings.ToLower(string(w.Event))})
	}
	return found, nil
}

// hookPath is the address of a hook, or of what hangs on it, with its scope.
func (c *Client) hookPath(h Hook, below string) (string, url.Values) {
	if h.Old {
		return pathOldHooks + "/" + h.ID.String() + below, c.scope(h.Project)
	}
	return c.hooksPath(h.Project) + "/" + h.ID.String() + below, url.Values{}
}

// CreateHook makes a hook and answers with it. It is sent once: a hook that was
// made although the answer was lost is found by Hooks. Where Procore refuses
// the v2.0 API (403 or 404), v1.0 is asked.
func (c *Client) CreateHook(ctx context.Context, project erp.ID, f HookFields) (Hook, error) {
	h := Hook{Project: project, Namespace: f.Namespace, URL: f.URL, Header: f.Header}
	body := f.wire()
	body["payload_version"] = payloadFormat
	var err error
	h.ID, err = c.write(ctx, http.MethodPost, c.hooksPath(project), url.Values{}, body)
	if !refusedHere(err) {
		return h, err
	}
	h.Old = true
	old := f.wire()
	delete(old, "status")
	old["api_version"] = oldPayloadFormat
	h.ID, err = c.write(ctx, http.MethodPost, pathOldHooks, url.Values{}, c.scoped(project, "hook", old))
	return h, err
}

// ChangeHook sets fields of a hook; the others keep their values.
func (c *Client) ChangeHook(ctx context.Context, h Hook, f HookFields) error {
	if !h.Old {
		path, query := c.hookPath(h, "")
		_, err := c.write(ctx, http.MethodPatch, path, query, f.wire())
		if !refusedHere(err) {
			return err
		}
		h.Old = true
	}
	body := f.wire()
	delete(body, "status") // v1.0 knows none
	path, _ := c.hookPath(h, "")
	_, err := c.write(ctx, http.MethodPatch, path, url.Values{}, c.scoped(h.Project, "hook", body))
	return err
}

// AddTrigger lets a hook ask for one more kind of event, in the hook's format.
func (c *Client) AddTrigger(ctx context.Context, h Hook, t Trigger) error {
	body := map[string]any{"resource_name": t.Resource, "event_type": t.Event}
	if !h.Old {
		path, query := c.hookPath(h, "/triggers")
		_, err := c.write(ctx, http.MethodPost, path, query, body)
		if !refusedHere(err) {
			return err
		}
		h.Old = true
	}
	path, _ := c.hookPath(h, "/triggers")
	old := c.scoped(h.Project, "trigger", body)
	old["api_version"] = cmp.Or(strings.TrimSuffix(h.Format, ".0"), oldPayloadFormat) // of another format than its hook it would be silent (documented)
	_, err := c.write(ctx, http.MethodPost, path, url.Values{}, old)
	return err
}

// wire is the fields as both APIs name them.
func (f HookFields) wire() map[string]any {
	body := map[string]any{}
	for name, value := range map[string]string{"namespace": f.Namespace, "destination_url": f.URL} {
		if value != "" {
			body[name] = value
		}
	}
	if f.Header != "" {
		body["destination_headers"] = map[string]string{"Authorization": f.Header}
	}
	if f.Active {
		body["status"] = "active"
	}
	return body
}

// scoped is a body of the v1.0 API: the scope beside the record.
func (c *Client) scoped(project erp.ID, name string, record map[string]any) map[string]any {
	if project == 0 {
		return map[string]any{"company_id": int64(c.company), name: record}
	}
	return map[string]any{"project_id": int64(project), name: record}
}

// write sends a change once and reads the id of the answer, which may be in a
// data envelope or absent.
func (c *Client) write(ctx context.Context, method, path string, query url.Values, body any) (erp.ID, error) {
	k := call{method: method, path: fill(path, c.company, 0), query: query}
	var err error
	if k.body, err = json.Marshal(body, json.Deterministic(true)); err != nil {
		return 0, fault.New(fault.Permanent, k.op(), err)
	}
	a, err := c.once(ctx, k)
	if err != nil {
		return 0, err
	}
	var w struct {
		ID   recordID `json:"id"`
		Data struct {
			ID recordID `json:"id"`
		} `json:"data"`
	}
	if json.Unmarshal(a.body, &w, lenient) != nil { // it was done; the next look shows what
		return 0, nil
	}
	return erp.ID(max(w.ID, w.Data.ID)), nil
}

// Resources names what hooks of the company, or of a project when it is not 0, can
// ask for. erp.ErrNotShown: Procore does not say.
func (c *Client) Resources(ctx context.Context, project erp.ID) ([]string, error) {
	path := pathResources
	if project != 0 {
		path = pathProjectResources
	}
	k := c.get(path, project, url.Values{"payload_version": {payloadFormat}})
	names, err := fetch(ctx, c, k, func(a answer) ([]string, error) {
		type wireResource struct {
			Name word `json:"name"`
		}
		rows, err := decodeRows[wireResource](a.body)
		var names []string
		for _, row := range rows {
			names = append(names, string(row.Name))
		}
		return names, err
	})
	return names, notShown(err)
}

// ProjectName is a project that the service account may see.
type ProjectName struct {
	ID   erp.ID
	Name string
}

// ProjectNames lists the projects that the service account may see.
func (c *Client) ProjectNames(ctx context.Context) ([]ProjectName, error) {
	var all []ProjectName
	for p, err := range c.projects(ctx) {
		if err != nil {
			return nil, err
		}
		all = append(all, ProjectName{erp.ID(p.ID), string(p.Name)})
	}
	return all, nil
}

// Pending counts the deliveries of a hook that Procore has not ended and whose
// event is not later than until; one without a time counts. A zero until counts
// all. What waits for its first try is shown by the v2.0 API only (seen).
func (c *Client) Pending(ctx context.Context, h Hook, until time.Time) (int, error) {
	states := []string{"enqueued", "retrying"}
	if h.Old {
		states = []string{"failing"}
	}
	seen := map[erp.ID]bool{}
	for _, state := range states {
		path, query := c.hookPath(h, "/deliveries")
		query.Set("filter[status]", state)
		size := "per_page"
		if h.Old {
			size = "page_size"
		}
		query.Set(size, strconv.Itoa(perPage))
		for w, err := range rowsOf(ctx, c, path, query, wireDelivery.rank) {
			if err != nil {
				return 0, err
			}
			if at := w.noun(h.ID, state).Event.At; until.IsZero() || !at.After(until) {
				seen[w.rank()] = true
			}
		}
	}
	return len(seen), nil
}
