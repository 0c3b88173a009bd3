package procore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// budget is a batch of budget lines for WBS codes 1 to n, all new.
func budget(n int) erp.EntryBatch {
	rows := make([]erp.Entry, n)
	for i := range rows {
		rows[i] = entry(erp.EntryBudgetLine, "", id("wbs_code_id", fmt.Sprint(i+1)))
	}
	return batch(rows...)
}

// New budget lines are never sent twice where they may have been made.
func TestSyncBudgetDoubt(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) {
		(&bodies{}).keep(r) // only then does a server notice that the caller left
		<-r.Context().Done()
	}
	cut := func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Length", "500")
		reply(out, 200, `[{"id":1`)
	}
	for name, api := range map[string]http.HandlerFunc{
		"timeout": hang, "broken off": cut, "unreadable": always(200, `<html>`), "silent": always(200, `[]`), "too long": always(200, strings.Repeat(" ", maxBody+1)),
		"408": always(408, ``), "500": always(500, ``), "503": always(503, ``), "504": always(504, ``),
	} {
		inWorld(t, api, func(t *testing.T, w *world) {
			if got, err := w.Sync(t.Context(), budget(2)); fault.Of(err) != fault.Ambiguous || got != nil || w.called.Load() != 1 {
				t.Errorf("%s: %v %v after %d calls", name, got, err, w.called.Load())
			}
		})
	}
	for status, kind := range map[int]fault.Kind{400: fault.Permanent, 422: fault.Permanent, 403: fault.Transient, 409: fault.Transient, 429: fault.Transient} {
		inWorld(t, always(status, ``), func(t *testing.T, w *world) {
			if _, err := w.Sync(t.Context(), budget(2)); fault.Of(err) != kind {
				t.Errorf("%d: %v", status, err)
			}
		})
	}
	inWorld(t, hang, func(t *testing.T, w *world) {
		ctx, leave := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { leave(errors.New("stopping")) })
		if _, err := w.Sync(ctx, budget(1)); fault.Of(err) != fault.Ambiguous {
			t.Errorf("left: %v", err)
		}
		if _, err := w.Sync(ctx, budget(1)); fault.Of(err) != fault.Transient || w.called.Load() != 1 {
			t.Errorf("not begun: %v", err)
		}
	})
}

// With their ids budget lines are updates, and may be repeated.
func TestSyncBudgetKnown(t *testing.T) {
	t.Parallel()
	b := budget(2)
	b.Rows[0].ID, b.Rows[1].ID = 11, 12
	inWorld(t, always(500, ``), func(t *testing.T, w *world) {
		if _, err := w.Sync(t.Context(), b); fault.Of(err) != fault.Transient || w.called.Load() != 3 {
			t.Errorf("%v after %d calls", err, w.called.Load())
		}
	})
	inWorld(t, always(200, `[{"id":12},{"id":11,"wbs_code":{"id":1}}]`), func(t *testing.T, w *world) {
		got, err := w.Sync(t.Context(), b)
		if diff := cmp.Diff([]erp.Synced{{ID: 11}, {ID: 12}}, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

// After a part was written nothing is told as if nothing had been: a bad row is
// found and named, any other end is a doubt.
func TestSyncBudgetInPieces(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		kind   fault.Kind
	}{"bad row": {422, fault.Unknown}, "limit": {429, fault.Ambiguous}, "failing": {500, fault.Ambiguous}} {
		made := map[int]int{}
		api := func(out http.ResponseWriter, r *http.Request) {
			var b bodies
			var sent struct{ Budget_line_items []struct{ Wbs_code_id int } }
			_ = json.Unmarshal([]byte(b.keep(r)), &sent)
			if len(sent.Budget_line_items) > 4 {
				reply(out, 413, ``)
				return
			}
			for _, row := range sent.Budget_line_items {
				if row.Wbs_code_id == 7 {
					reply(out, c.status, `{"errors":{"wbs_code":["is locked"]}}`)
					return
				}
			}
			var rows []string
			for _, row := range sent.Budget_line_items {
				made[row.Wbs_code_id]++
				rows = append(rows, fmt.Sprintf(`{"id":%d,"wbs_code":{"id":%d}}`, 100+row.Wbs_code_id, row.Wbs_code_id))
			}
			reply(out, 200, "["+strings.Join(rows, ",")+"]")
		}
		inWorld(t, api, func(t *testing.T, w *world) {
			got, err := w.Sync(t.Context(), budget(8))
			if fault.Of(err) != c.kind {
				t.Fatalf("%s: %v", name, err)
			}
			if err == nil && (got[6].Refused != "wbs_code is locked" || got[5].ID != 106 || got[7].ID != 108 || len(made) != 7) {
				t.Errorf("%s: %+v", name, got)
			}
			for code, times := range made {
				if times > 1 {
					t.Errorf("%s: line %d was made %d times", name, code, times)
				}
			}
		})
	}
}

// The search for a bad row is bounded.
func TestSyncHopeless(t *testing.T) {
	t.Parallel()
	api := func(out http.ResponseWriter, r *http.Request) {
		var b bodies
		body := b.keep(r)
		switch n := strings.Count(body, "wbs_code_id"); {
		case n > 600:
			reply(out, 413, ``)
		case strings.Contains(body, `"wbs_code_id":1}`):
			var rows []string
			for i := range n {
				rows = append(rows, fmt.Sprintf(`{"id":%d,"wbs_code_id":%d}`, i+1, i+1))
			}
			reply(out, 200, "["+strings.Join(rows, ",")+"]")
		default:
			reply(out, 422, `{"errors":["the budget is locked"]}`)
		}
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		got, err := w.Sync(t.Context(), budget(1000))
		if err != nil || got[0].ID != 1 || got[999].Refused != "the budget is locked" || w.called.Load() > 100 {
			t.Errorf("%v, %+v, %d calls", err, got[999], w.called.Load())
		}
	})
}
