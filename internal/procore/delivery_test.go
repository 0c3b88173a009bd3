package procore

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// gathered reads a sequence to its end; errors do not end it, it must end
// itself.
func gathered[T any](rows iter.Seq2[T, error]) (all []T, errs []error) {
	for row, err := range rows {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, row)
	}
	return all, errs
}

// hooksAPI answers the lists of hooks and of deliveries, and notes what was
// asked.
type hooksAPI struct {
	hooks  map[string]string            // path -> body; not named: 404
	lists  map[string]map[string]string // path -> status -> body
	asked  []string
	query  url.Values
	refuse int // of the lists of deliveries
}

func (h *hooksAPI) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	status := r.URL.Query().Get("filter[status]")
	h.asked = append(h.asked, strings.TrimSpace(r.URL.Path+" "+status))
	if status == "" {
		if body, known := h.hooks[r.URL.Path]; known {
			reply(out, 200, body)
			return
		}
		reply(out, 404, `{"message":"Not Found"}`)
		return
	}
	h.query = r.URL.Query()
	if h.refuse != 0 {
		reply(out, h.refuse, `{"message":"no"}`)
		return
	}
	reply(out, 200, h.lists[r.URL.Path][status])
}

const (
	hooksPath = "/rest/v2.0/companies/1357908642/webhooks/hooks"
	ourHook   = `{"data":[{"id":"15001","namespace":"procpac"},{"id":"15002","namespace":"other-app"}]}`
)

// v4payload is a webhook of version 4.0.
func v4payload(id string, request int) string {
	return fmt.Sprintf(`{ "id": %q, "reason": "create", "resource_type": "ERP Requests", "resource_id": "%d",`+
		` "company_id": "1357908642", "user_id": "5501", "project_id": null, "timestamp": "2026-07-01T01:02:03.123456Z" }`, id, request)
}

func TestDeliveries(t *testing.T) {
	t.Parallel()
	api := &hooksAPI{hooks: map[string]string{hooksPath: ourHook}, lists: map[string]map[string]string{hooksPath + "/15001/deliveries": {
		"failed": `{"data":[]}`,
		"retrying": `{"data":[{"id":"dl-1","status":"retrying","payload":` + v4payload("01J1", 71) + `,"delivery_attempts":[
			{"id":"1","completed_at":"2026-07-01T02:00:00Z"},{"id":"2","started_at":"2026-07-01T03:00:00Z","completed_at":null}]}]}`,
		"discarded": `{"data":[{"id":"7","payload":{"id":5982324300946918154,"ulid":"01J2","event_type":"CREATE","resource_name":"ERP Requests","resource_id":72,"timestamp":"2026-07-01T00:00:00Z"}},
			{"id":"8","payload":{"hello":"world"}},{"id":"9","payload":null}]}`,
	}}}
	inWorld(t, api.ServeHTTP, func(t *testing.T, w *world) {
		got, errs := gathered(w.Deliveries(t.Context(), time.Time{}))
		if len(errs) > 0 || len(got) != 4 {
			t.Fatalf("%v %+v", errs, got)
		}
		at := time.Date(2026, 7, 1, 1, 2, 3, 123456000, time.UTC)
		body := strings.ReplaceAll(v4payload("01J1", 71), " ", "")
		want := erp.Delivery{ID: "dl-1", Hook: 15001, State: erp.DeliveryFailing, At: time.Date(2026, 7, 1, 3, 0, 0, 0, time.UTC), Event: erp.Event{
			ID: "01J1", Resource: "ERP Requests", ResourceID: 71, Action: "create", Company: company, User: 5501, At: at,
			Body: []byte(strings.Replace(body, "ERPRequests", "ERP Requests", 1)),
		}}
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Error(diff)
		}
		if e := got[1]; e.State != erp.DeliveryDiscarded || e.Event.ID != "01J2" || e.Event.Action != "create" || !e.At.Equal(e.Event.At) || e.At.IsZero() {
			t.Errorf("%+v", e)
		}
		for _, d := range got[2:] {
			if d.Unreadable == "" || d.Event.ID != "" || d.Event.ResourceID != 0 {
				t.Errorf("%+v", d)
			}
		}
		if len(got[2].Event.Body) == 0 {
			t.Error("the body that could not be read is kept")
		}
	})
	want := []string{hooksPath, hooksPath + "/15001/deliveries failed", hooksPath + "/15001/deliveries retrying", hooksPath + "/15001/deliveries discarded"}
	if diff := cmp.Diff(want, api.asked); diff != "" {
		t.Error(diff)
	}
}

// A payload without any id is known by a hash of its body, as the receiver
// knows it.
func TestDecodeEventWithoutID(t *testing.T) {
	t.Parallel()
	e, err := decodeEvent([]byte(`{"resource_name":"ERP Requests","resource_id":7,"event_type":"create"}`))
	if err != nil || !strings.HasPrefix(e.ID, "body-") || len(e.ID) != 69 {
		t.Errorf("%+v %v", e, err)
	}
	for _, bad := range []string{`{"id":1,"id":2,"resource_id":7}`, `{"resource_id":"x"}`, `[]`, ``, `{"id":{}}`, `{"id":"1","resource_id":7,"reason":"create"}`} {
		if e, err := decodeEvent([]byte(bad)); err == nil || e.ID != "" {
			t.Errorf("%s: %+v", bad, e)
		}
	}
}

// What was tried last before the time asked for is left out; the filter of
// days is wide enough for everything else.
func TestDeliveriesSince(t *testing.T) {
	t.Parallel()
	row := func(id int, at string) string {
		return fmt.Sprintf(`{"id":"%d","payload":{"id":"e%d","resource_type":"ERP Requests","resource_id":7,"reason":"create"},"delivery_attempts":[{"completed_at":%q}]}`, id, id, at)
	}
	api := &hooksAPI{hooks: map[string]string{hooksPath: ourHook}, lists: map[string]map[string]string{hooksPath + "/15001/deliveries": {
		"failed": `{"data":[]}`, "retrying": `{"data":[]}`,
		"discarded": `{"data":[` + row(1, "2026-07-01T11:59:59Z") + "," + row(2, "2026-07-01T12:00:00Z") + "," + row(3, "") + `]}`,
	}}}
	inWorld(t, api.ServeHTTP, func(t *testing.T, w *world) {
		got, errs := gathered(w.Deliveries(t.Context(), time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)))
		if len(errs) > 0 || len(got) != 2 || got[0].ID != "2" || got[1].ID != "3" {
			t.Errorf("%v %+v", errs, got)
		}
		if start := api.query.Get("filter[start]"); start != "2026-06-30" {
			t.Errorf("asked from %s", start)
		}
	})
}

// Where the present API is not there the older one is asked, which pages by the
// last id.
func TestDeliveriesOlderAPI(t *testing.T) {
	t.Parallel()
	const list = "/rest/v1.0/webhooks/hooks"
	var starts []string
	api := func(out http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch {
		case r.URL.Path == list && q.Get("company_id") == "1357908642":
			reply(out, 200, `[{"id":15001,"namespace":"procpac"}]`)
		case r.URL.Path != list+"/15001/deliveries" || q.Get("company_id") != "1357908642":
			reply(out, 404, `{}`)
		case q.Get("filter[status]") == "failing":
			reply(out, 200, `[{"event":`+v4payload("01J0", 70)+`,"event_id":9,"completed_at":"2026-07-01T02:00:00Z"}]`)
		default:
			starts = append(starts, q.Get("page_start"))
			rows := make([]string, perPage)
			if len(starts) > 1 {
				rows = rows[:3]
			}
			for i := range rows {
				id := len(starts)*1000 + i
				rows[i] = fmt.Sprintf(`{"id":%d,"event":%s}`, id, v4payload(fmt.Sprint("01K", id), id))
			}
			reply(out, 200, "["+strings.Join(rows, ",")+"]")
		}
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		got, errs := gathered(w.Deliveries(t.Context(), time.Time{}))
		if len(errs) > 0 || len(got) != 104 || got[0].State != erp.DeliveryFailing || got[0].Event.ID != "01J0" || got[103].Event.ResourceID != 2002 {
			t.Errorf("%v %d", errs, len(got))
		}
		if diff := cmp.Diff([]string{"", "1099"}, starts); diff != "" {
			t.Error(diff)
		}
	})
}

func TestDeliveriesRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		api      *hooksAPI
		notShown bool
		kind     fault.Kind
	}{
		"neither API":             {&hooksAPI{}, true, fault.Permanent},
		"deliveries 403":          {&hooksAPI{hooks: map[string]string{hooksPath: ourHook}, refuse: 403}, true, fault.Transient},
		"deliveries 404":          {&hooksAPI{hooks: map[string]string{hooksPath: ourHook}, refuse: 404}, true, fault.Permanent},
		"deliveries 500":          {&hooksAPI{hooks: map[string]string{hooksPath: ourHook}, refuse: 500}, false, fault.Transient},
		"a list that is none":     {&hooksAPI{hooks: map[string]string{hooksPath: `{}`}}, false, fault.Transient},
		"deliveries that are not": {&hooksAPI{hooks: map[string]string{hooksPath: ourHook}, lists: map[string]map[string]string{hooksPath + "/15001/deliveries": {"failed": `7`}}}, false, fault.Transient},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, c.api.ServeHTTP, func(t *testing.T, w *world) {
				got, errs := gathered(w.Deliveries(t.Context(), time.Time{}))
				if len(got) > 0 || len(errs) != 1 || errors.Is(errs[0], erp.ErrNotShown) != c.notShown || fault.Of(errs[0]) != c.kind {
					t.Errorf("%v %v", got, errs)
				}
			})
		})
	}
}

// That the whole company is closed to us is no list's own refusal.
func TestDisconnectedIsNotNotShown(t *testing.T) {
	t.Parallel()
	inWorld(t, always(403, `{"errors":["App is not connected to this company."]}`), func(t *testing.T, w *world) {
		_, listErr := gathered(w.Requests(t.Context(), time.Time{}))
		_, hookErr := gathered(w.Deliveries(t.Context(), time.Time{}))
		_, projectErr := gathered(w.Approved(t.Context(), time.Time{}))
		for _, errs := range [][]error{listErr, hookErr, projectErr} {
			if len(errs) != 1 || errors.Is(errs[0], erp.ErrNotShown) || !fault.IsSystem(errs[0]) {
				t.Errorf("%v", errs)
			}
		}
	})
	inWorld(t, always(404, `{}`), func(t *testing.T, w *world) {
		_, errs := gathered(w.Requests(t.Context(), time.Time{}))
		if len(errs) != 1 || !errors.Is(errs[0], erp.ErrNotShown) {
			t.Errorf("%v", errs)
		}
	})
}

// The document of a line is read as whoever takes webhooks reads it.
func TestDeliveryOfALine(t *testing.T) {
	t.Parallel()
	rest := `"id":1,"resource_name":"Work Order Contract Line Items","resource_id":8,"event_type":"update"}`
	for members, want := range map[string]erp.ID{
		``: 0, `"related_resources":[{"id":4101,"name":"Work Order Contracts"}],`: 4101, `"related_resources":null,`: 0, `"related_resources":7,`: 0,
		`"data":{"related_resources":[{"id":"4102","name":"x"}]},`: 4102, `"data":"x",`: 0,
	} {
		if e, err := decodeEvent([]byte("{" + members + rest)); err != nil || e.Parent != want || e.ResourceID != 8 {
			t.Errorf("%s: %+v, %v", members, e, err)
		}
	}
}
