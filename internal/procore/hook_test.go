package procore

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// A creation is sent once: a hook that was made although the answer was lost
// must not be made twice.
func TestCreationsAreSentOnce(t *testing.T) {
	inWorld(t, always(500, `{}`), func(t *testing.T, w *world) {
		_, err := w.CreateHook(t.Context(), 0, HookFields{URL: "https://hooks.example.com/"})
		if fault.Of(err) != fault.Transient || w.called.Load() != 1 {
			t.Errorf("%v after %d calls", err, w.called.Load())
		}
		if err := w.AddTrigger(t.Context(), Hook{ID: 5}, Trigger{"ERP Requests", "create"}); err == nil || w.called.Load() != 2 {
			t.Errorf("%v after %d calls", err, w.called.Load())
		}
		if err := w.CreateERPConnection(t.Context(), "https://hooks.example.com/", []byte(`{}`)); err == nil || w.called.Load() != 3 {
			t.Errorf("%v after %d calls", err, w.called.Load())
		}
	})
}

// Whether the whole company is closed to us or one API: only the latter has a
// fall-back.
func TestFallBackOnlyWhereTheAPIIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		calls  int64
	}{
		"closed":  {403, `{"errors":["App is not connected to this company."]}`, 1},
		"refused": {403, `{}`, 2},
		"absent":  {404, `{}`, 2},
		"wrong":   {422, `{}`, 1},
	} {
		inWorld(t, always(c.status, c.body), func(t *testing.T, w *world) {
			if _, err := w.CreateHook(t.Context(), 0, HookFields{}); err == nil || w.called.Load() != c.calls {
				t.Errorf("%s: create: %v after %d calls", name, err, w.called.Load())
			}
			w.called.Store(0)
			if err := w.ChangeHook(t.Context(), Hook{ID: 5}, HookFields{}); err == nil || w.called.Load() != c.calls {
				t.Errorf("%s: change: %v after %d calls", name, err, w.called.Load())
			}
			w.called.Store(0)
			if err := w.ChangeHook(t.Context(), Hook{ID: 5, Old: true}, HookFields{}); err == nil || w.called.Load() != 1 {
				t.Errorf("%s: old: %v after %d calls", name, err, w.called.Load())
			}
		})
	}
}

// A list without a namespace may be refused; then only ours are known.
func TestHooksWithoutStrangers(t *testing.T) {
	answer := func(status int) http.HandlerFunc {
		return func(out http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("namespace") == "" {
				reply(out, status, `{}`)
				return
			}
			reply(out, 200, `{"data":[{"id":"7","namespace":"procpac","destination_url":"https://x.example.com/","destination_headers":{"authorization":"**12345"},"status":"disabled","updated_at":"2026-07-01T00:00:00Z"}]}`)
		}
	}
	for _, status := range []int{400, 403, 404, 422} {
		inWorld(t, answer(status), func(t *testing.T, w *world) {
			list, err := w.Hooks(t.Context(), 0)
			if err != nil || len(list) != 1 || list[0].ID != 7 || list[0].Header != "**12345" || !list[0].Disabled || list[0].Changed.Year() != 2026 {
				t.Errorf("%d: %+v, %v", status, list, err)
			}
		})
	}
	inWorld(t, answer(503), func(t *testing.T, w *world) {
		if _, err := w.Hooks(t.Context(), 0); !fault.IsSystem(err) {
			t.Error(err)
		}
	})
}

func TestAnswersWithoutWhatWeRead(t *testing.T) {
	inWorld(t, always(201, `made`), func(t *testing.T, w *world) {
		h, err := w.CreateHook(t.Context(), 9, HookFields{Namespace: "n", URL: "u", Header: "h"})
		if err != nil || h != (Hook{Project: 9, Namespace: "n", URL: "u", Header: "h"}) {
			t.Errorf("%+v, %v", h, err)
		}
	})
	inWorld(t, always(200, `[{"id":1,"namespace":"n","destination_headers":"hidden"},{"id":2}]`), func(t *testing.T, w *world) {
		if list, err := w.Hooks(t.Context(), 0); err != nil || len(list) != 2 || list[0].Header+list[1].Header != "" {
			t.Errorf("%+v, %v", list, err)
		}
	})
	inWorld(t, always(200, `{"id":5,"metadata":null}`), func(t *testing.T, w *world) {
		if found, err := w.ERPConnection(t.Context()); err != nil || found != nil {
			t.Errorf("%s, %v", found, err)
		}
	})
	for _, status := range []int{403, 404, 405} {
		inWorld(t, always(status, `{}`), func(t *testing.T, w *world) {
			if _, err := w.ERPConnection(t.Context()); !errors.Is(err, erp.ErrNotShown) {
				t.Errorf("%d: %v", status, err)
			}
			if status == 405 {
				return
			}
			if _, err := w.Resources(t.Context(), 0); !errors.Is(err, erp.ErrNotShown) {
				t.Errorf("%d: %v", status, err)
			}
		})
	}
}

// A connection that is there already gets its metadata set.
func TestERPConnectionThatExists(t *testing.T) {
	for status, body := range map[int]string{409: `{"message":"conflict"}`, 422: `{"errors":{"connection":["already exists"]}}`} {
		var methods []string
		inWorld(t, func(out http.ResponseWriter, r *http.Request) {
			if methods = append(methods, r.Method); r.Method == http.MethodPost {
				reply(out, status, body)
				return
			}
			reply(out, 200, `{}`)
		}, func(t *testing.T, w *world) {
			if err := w.CreateERPConnection(t.Context(), "https://x.example.com", []byte(`{"a":1}`)); err != nil || !slices.Equal(methods, []string{"POST", "PATCH"}) {
				t.Errorf("%d: %v, %v", status, err, methods)
			}
		})
	}
	inWorld(t, always(422, `{"errors":{"metadata":["names no entity"]}}`), func(t *testing.T, w *world) {
		if err := w.CreateERPConnection(t.Context(), "https://x.example.com", []byte(`{}`)); fault.Of(err) != fault.Permanent || w.called.Load() != 1 {
			t.Error(err, w.called.Load())
		}
	})
	inWorld(t, always(200, `{}`), func(t *testing.T, w *world) {
		if err := w.UpdateERPMetadata(t.Context(), []byte(`{`)); fault.Of(err) != fault.Permanent || w.called.Load() != 0 {
			t.Error("broken JSON was sent: ", err)
		}
	})
}

func TestMetadataHoldsTheWidths(t *testing.T) {
	a, err := JobpacMetadata(JobpacWidths{Order: 11, Variation: 12, VariationType: 13, Reason: 14, Invoice: 15})
	b, _ := JobpacMetadata(JobpacWidths{Order: 11, Variation: 12, VariationType: 13, Reason: 14, Invoice: 15})
	if err != nil || string(a) != string(b) {
		t.Fatal("two texts of the same", err)
	}
	for width, times := range map[int]int{11: 1, 12: 2, 13: 2, 14: 2, 15: 1} {
		if got := len(regexpFind(string(a), fmt.Sprintf(`"length":%d,`, width))); got != times {
			t.Errorf("width %d stands %d times, want %d", width, got, times)
		}
	}
}

// regexpFind lists where a text stands.
func regexpFind(text, part string) (places []int) {
	for i := range text {
		if len(text)-i >= len(part) && text[i:i+len(part)] == part {
			places = append(places, i)
		}
	}
	return places
}

// A trigger of another format than its hook's is silent: the older API is told
// that of the hook.
func TestTriggerHasTheFormatOfItsHook(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{"v2": "v2", "v2.0": "v2", "v3.0": "v3", "": "v3"} {
		var got string
		api := func(out http.ResponseWriter, r *http.Request) {
			var b bodies
			switch body := b.keep(r); {
			case strings.HasPrefix(r.URL.Path, "/rest/v2.0/"):
				reply(out, 403, `{}`)
			case r.Method == http.MethodGet && r.URL.Query().Get("namespace") != "":
				reply(out, 200, `[{"id":5,"namespace":"procpac","api_version":"`+format+`"}]`)
			case r.Method == http.MethodGet:
				reply(out, 200, `[]`)
			default:
				got = body
				reply(out, 201, `{"id":6}`)
			}
		}
		inWorld(t, api, func(t *testing.T, w *world) {
			list, err := w.Hooks(t.Context(), 700)
			if err != nil || len(list) != 1 || list[0].Format != format {
				t.Fatalf("%+v, %v", list, err)
			}
			if err := w.AddTrigger(t.Context(), list[0], Trigger{"Work Order Contract Line Items", "update"}); err != nil || !strings.Contains(got, `"api_version":"`+want+`"`) {
				t.Errorf("%q: %s, %v", format, got, err)
			}
		})
	}
}
