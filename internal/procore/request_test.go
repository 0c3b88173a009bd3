package procore

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// A request is what DecodeRequest makes of the answer.
func TestRequest(t *testing.T) {
	t.Parallel()
	s := samples(t)["request_create_commitment"]
	inWorld(t, s.ServeHTTP, func(t *testing.T, w *world) {
		got, err := w.Request(t.Context(), 9001)
		if diff := cmp.Diff(decodeSample(t, "request_create_commitment"), got, byText); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

// Content that cannot be understood is no error: its detail must be closed.
func TestRequestUnreadable(t *testing.T) {
	t.Parallel()
	s := samples(t)["request_unreadable"]
	inWorld(t, s.ServeHTTP, func(t *testing.T, w *world) {
		got, err := w.Request(t.Context(), 9006)
		if err != nil || got.DetailID != 9506 || got.Commitment != nil || !strings.Contains(got.Unreadable, `"12,500.00"`) || w.called.Load() != 1 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

// An answer about something else is no answer.
func TestRequestOther(t *testing.T) {
	t.Parallel()
	for body, says := range map[string]string{
		`{"id":78,"request_name":"x"}`:                "shows ERP request 78 instead of 77",
		`{"id":77,"request_name":"x","company_id":5}`: "belongs to company 5",
		`{"request_name":"x"}`:                        "id and request_name must be there",
		`{"id":77,"id":78,"request_name":"x"}`:        "field id is given twice",
		`not json`:                                    "JSON is broken",
		``:                                            "JSON is broken",
		`{"id":77,"request_name":"create_commitment","request_da`: "JSON is broken",
	} {
		inWorld(t, always(200, body), func(t *testing.T, w *world) {
			_, err := w.Request(t.Context(), 77)
			checkFault(t, err, expected{kind: fault.Transient, note: says, said: "Procore's answer could not be read."})
		})
	}
}

func TestRequestNeedsID(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `{}`), func(t *testing.T, w *world) {
		if _, err := w.Request(t.Context(), 0); fault.Of(err) != fault.Permanent || w.called.Load() != 0 {
			t.Errorf("got %v", err)
		}
	})
}

// head is a row of the list.
func head(id int, created string) string {
	return fmt.Sprintf(`{"id":%d,"request_name":"sync_jobs","created_at":%q}`, id, created)
}

// listed collects the ids of a list.
func listed(t *testing.T, w *world, since time.Time) (ids []erp.ID, last error) {
	t.Helper()
	for r, err := range w.Requests(t.Context(), since) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, r.ID)
	}
	return ids, nil
}

// Pages are counted by us; the addresses in the Link header are not called.
func TestRequestsPages(t *testing.T) {
	t.Parallel()
	var asked []string
	api := func(out http.ResponseWriter, r *http.Request) {
		page := r.URL.Query().Get("page")
		asked = append(asked, page+"/"+r.URL.Query().Get("per_page"))
		switch page {
		case "1", "2":
			out.Header().Set("Link", `<http://elsewhere.invalid/?page=9>; rel="last", <http://elsewhere.invalid/?page=7>; rel="next"`)
		default:
			out.Header().Set("Link", `<http://elsewhere.invalid/?page=1>; rel="first"`)
		}
		reply(out, 200, "["+head(len(asked)*10, "")+","+head(len(asked)*10+1, "")+"]")
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		ids, err := listed(t, w, time.Time{})
		if diff := cmp.Diff([]erp.ID{10, 11, 20, 21, 30, 31}, ids); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
	if diff := cmp.Diff([]string{"1/100", "2/100", "3/100"}, asked); diff != "" {
		t.Error(diff)
	}
}

// A list that ignores the page is read once.
func TestRequestsNotPaged(t *testing.T) {
	t.Parallel()
	rows := make([]string, perPage)
	for i := range rows {
		rows[i] = head(i+1, "")
	}
	inWorld(t, always(200, "["+strings.Join(rows, ",")+"]"), func(t *testing.T, w *world) {
		ids, err := listed(t, w, time.Time{})
		if err != nil || len(ids) != perPage || w.called.Load() != 2 {
			t.Errorf("%d rows, %v, %d calls", len(ids), err, w.called.Load())
		}
	})
}

// The filter is sent, and rows that are surely older are left out here too.
func TestRequestsSince(t *testing.T) {
	t.Parallel()
	var query url.Values
	api := func(out http.ResponseWriter, r *http.Request) {
		query = r.URL.Query()
		reply(out, 200, "["+head(1, "2026-01-01T23:59:59Z")+","+head(2, "2026-01-03T00:00:00Z")+","+head(3, "")+`]`)
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		since := time.Date(2026, 1, 2, 11, 0, 0, 0, time.FixedZone("AEDT", 11*3600))
		ids, err := listed(t, w, since)
		if diff := cmp.Diff([]erp.ID{2, 3}, ids); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if want := "2026-01-02T00:00:00Z..." + time.Now().Add(time.Hour).UTC().Format(time.RFC3339); query.Get("filters[created_at]") != want {
			t.Errorf("filter %v, want %s", query, want)
		}
	})
}

// A row is a hint: its detail is known, its content is not read.
func TestRequestsHeads(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `[{"id":"5","company_id":9,"request_name":"create_commitment","request_data":{"request_detail_id":6,"commitment":7}}]`), func(t *testing.T, w *world) {
		for r, err := range w.Requests(t.Context(), time.Time{}) {
			if diff := cmp.Diff(erp.Request{ID: 5, DetailID: 6, Company: 9, Name: erp.CreateCommitment}, r, byText); err != nil || diff != "" {
				t.Error(err, diff)
			}
			break // the caller may stop
		}
	})
}

func TestRequestsFails(t *testing.T) {
	t.Parallel()
	for body, kind := range map[string]fault.Kind{`{}`: fault.Transient, `[{}]`: fault.Transient} {
		inWorld(t, always(200, body), func(t *testing.T, w *world) {
			if ids, err := listed(t, w, time.Time{}); fault.Of(err) != kind || ids != nil {
				t.Errorf("%s: %v, %v", body, ids, err)
			}
		})
	}
	inWorld(t, always(404, ``), func(t *testing.T, w *world) {
		if _, err := listed(t, w, time.Time{}); fault.Of(err) != fault.Permanent {
			t.Errorf("no such list: %v", err)
		}
	})
}

func TestFollows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		link, total string
		page, rows  int
		want        bool
	}{
		"next":           {link: `<a?page=2>; rel="next"`, page: 1, rows: 1, want: true},
		"next unquoted":  {link: `<a>; rel=last, <b>; rel=next`, page: 1, rows: 1, want: true},
		"last page":      {link: `<a>; rel="first", <b>; rel="prev"`, page: 3, rows: perPage},
		"total, more":    {total: "250", page: 2, rows: perPage, want: true},
		"total, no more": {total: "200", page: 2, rows: perPage},
		"total, nothing": {total: "250", page: 2},
		"full page":      {page: 1, rows: perPage, want: true},
		"short page":     {page: 1, rows: perPage - 1},
		"more than full": {page: 1, rows: perPage + 1},
	} {
		h := http.Header{}
		if c.link != "" {
			h.Set("Link", c.link)
		}
		if c.total != "" {
			h.Set("Total", c.total)
		}
		if got := follows(h, c.page, c.rows); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestCloseBody(t *testing.T) {
	t.Parallel()
	var b bodies
	api := func(out http.ResponseWriter, r *http.Request) {
		b.keep(r)
		reply(out, 200, ``) // the answer's body is not published, so it is not read
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		if err := errors.Join(w.Close(t.Context(), 5, erp.Failed, []string{"Line 2: \x00 the cost\ncode is <closed> & gone", " "}), w.Close(t.Context(), 5, erp.Success, nil)); err != nil {
			t.Fatal(err)
		}
	})
	want := []string{
		`{"request_detail":{"status":"failed","messages":["Line 2: the cost code is <closed> & gone"]}}`,
		`{"request_detail":{"status":"success","messages":[]}}`,
	}
	if diff := cmp.Diff(want, b.all); diff != "" {
		t.Error(diff)
	}
}

func TestCloseChecks(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `{}`), func(t *testing.T, w *world) {
		for _, err := range []error{w.Close(t.Context(), 0, erp.Success, nil), w.Close(t.Context(), 5, "rejected", nil), w.Close(t.Context(), 5, "", nil)} {
			if fault.Of(err) != fault.Permanent || w.called.Load() != 0 {
				t.Errorf("got %v after %d calls", err, w.called.Load())
			}
		}
	})
}

// Closed already with the same end is closed.
func TestCloseAlready(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status  int
		said    string
		outcome erp.Outcome
		closed  bool
	}{
		{422, "status is already success", erp.Success, true},
		{422, "Request detail is already closed", erp.Failed, true},
		{422, "already failed", erp.Failed, true},
		{422, "already failed", erp.Success, false},
		{422, "already closed with success", erp.Failed, false},
		{422, "status is invalid", erp.Success, false},
		{409, "already success", erp.Success, false},
	} {
		inWorld(t, always(c.status, fmt.Sprintf(`{"errors":[%q]}`, c.said)), func(t *testing.T, w *world) {
			err := w.Close(t.Context(), 5, c.outcome, nil)
			if (err == nil) != c.closed || err != nil && fault.Of(err) != fault.Permanent {
				t.Errorf("%+v: %v", c, err)
			}
		})
	}
}

func TestTidy(t *testing.T) {
	t.Parallel()
	many := make([]string, 33)
	for i := range many {
		many[i] = fmt.Sprint("message ", i)
	}
	got := tidy(many)
	if len(got) != maxMessages+1 || got[19] != "message 19" || got[20] != "and 13 more" {
		t.Errorf("got %q", got)
	}
	if got := tidy(many[:20]); len(got) != 20 || got[19] != "message 19" {
		t.Errorf("got %q", got)
	}
	long := tidy([]string{strings.Repeat("é", 600)})
	if n := len([]rune(long[0])); n != maxMessage || !strings.HasSuffix(long[0], "...") {
		t.Errorf("%d runes", n)
	}
	if got := tidy([]string{"", "\t", "a\u202eb\xffc"}); fmt.Sprint(got) != "[abc]" {
		t.Errorf("got %q", got)
	}
}

func TestCloseMany(t *testing.T) {
	t.Parallel()
	var b bodies
	api := func(out http.ResponseWriter, r *http.Request) {
		b.keep(r)
		reply(out, 200, `{"entities":[{"id":5},{"id":6}],"errors":[]}`)
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		err := w.CloseMany(t.Context(), []Closing{{5, erp.Success, nil}, {6, erp.Failed, []string{"no"}}})
		if err != nil || w.CloseMany(t.Context(), nil) != nil {
			t.Error(err)
		}
	})
	want := []string{`{"updates":[{"id":5,"status":"success","messages":[]},{"id":6,"status":"failed","messages":["no"]}]}`}
	if diff := cmp.Diff(want, b.all); diff != "" {
		t.Error(diff)
	}
}

// Where the call for many is refused, or a row of it, each is closed alone.
func TestCloseManyAlone(t *testing.T) {
	t.Parallel()
	for name, many := range map[string]http.HandlerFunc{"call": always(400, `{}`), "row": always(200, `{"entities":[],"errors":[{"id":6,"errors":["locked"]}]}`)} {
		var alone []string
		api := func(out http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/sync") {
				many(out, r)
				return
			}
			alone = append(alone, r.URL.Path)
			if strings.HasSuffix(r.URL.Path, "/6") {
				reply(out, 422, `{"errors":["is locked"]}`)
				return
			}
			reply(out, 200, `{}`)
		}
		inWorld(t, api, func(t *testing.T, w *world) {
			err := w.CloseMany(t.Context(), []Closing{{5, erp.Success, nil}, {6, erp.Success, nil}, {7, erp.Success, nil}})
			if fault.Of(err) != fault.Permanent || !strings.Contains(err.Error(), "/6: is locked") || len(alone) != 3 {
				t.Errorf("%s: got %v after %v", name, err, alone)
			}
		})
	}
	inWorld(t, always(502, ``), func(t *testing.T, w *world) {
		if err := w.CloseMany(t.Context(), []Closing{{5, erp.Success, nil}}); fault.Of(err) != fault.Transient || w.called.Load() != 3 {
			t.Errorf("got %v after %d calls", err, w.called.Load())
		}
	})
}
