package procore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// bodies keeps what was sent.
type bodies struct {
	mu  sync.Mutex
	all []string
}

func (b *bodies) keep(r *http.Request) string {
	data, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, string(data))
	return string(data)
}

// taking answers a sync as Procore does when it takes every row.
func taking(b *bodies) http.HandlerFunc {
	return func(out http.ResponseWriter, r *http.Request) {
		var sent struct {
			Updates []json.RawMessage `json:"updates"`
		}
		_ = json.Unmarshal([]byte(b.keep(r)), &sent)
		rows := make([]string, len(sent.Updates))
		for i, row := range sent.Updates {
			rows[i] = string(row)
		}
		reply(out, 200, `{"entities":[`+strings.Join(rows, ",")+`],"errors":[]}`)
	}
}

func TestLinkBody(t *testing.T) {
	t.Parallel()
	var b bodies
	inWorld(t, taking(&b), func(t *testing.T, w *world) {
		err := w.Link(t.Context(), []erp.ExternalItem{
			{Type: erp.ItemPurchaseOrder, ID: 9007199254740993, Origin: "01|PO1", Code: "PO1"}, {Type: erp.ItemLine, ID: 2}})
		if err != nil {
			t.Fatal(err)
		}
	})
	want := []string{`{"updates":[{"item_type":"purchase_order_contract","item_id":9007199254740993,"origin_id":"01|PO1","origin_code":"PO1"},{"item_type":"line_item","item_id":2,"origin_id":null}]}`}
	if diff := cmp.Diff(want, b.all); diff != "" {
		t.Error(diff)
	}
}

func TestLinkChunks(t *testing.T) {
	t.Parallel()
	var b bodies
	inWorld(t, taking(&b), func(t *testing.T, w *world) {
		items := make([]erp.ExternalItem, 1201)
		for i := range items {
			items[i] = erp.ExternalItem{Type: erp.ItemLine, ID: erp.ID(i + 1), Origin: fmt.Sprint("X|", i)}
		}
		if err := w.Link(t.Context(), items); err != nil {
			t.Fatal(err)
		}
		if err := w.Link(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	})
	var sizes []int
	for _, body := range b.all {
		sizes = append(sizes, strings.Count(body, "item_id"))
	}
	if diff := cmp.Diff([]int{500, 500, 201}, sizes); diff != "" {
		t.Error(diff)
	}
}

// Every refused row of every call is named, and the other rows are sent.
func TestLinkRefused(t *testing.T) {
	t.Parallel()
	api := func(out http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(data), `"item_id":1,`) {
			reply(out, 200, `{"entities":[],"errors":[{"item_type":"line_item","item_id":501,"errors":"is locked"}]}`)
			return
		}
		reply(out, 200, `{"entities":[`+strings.Repeat(`{},`, 497)+`{}],"errors":[
			{"item_type":"line_item","item_id":1,"origin_id":"X","errors":{"origin_id":["has already been taken"]}},
			{"item_type":"line_item","item_id":"2","error":{"message":"no such record"}}]}`)
	}
	inWorld(t, api, func(t *testing.T, w *world) {
		items := make([]erp.ExternalItem, 501)
		for i := range items {
			items[i] = erp.ExternalItem{Type: erp.ItemLine, ID: erp.ID(i + 1), Origin: fmt.Sprint("X|", i)}
		}
		err := w.Link(t.Context(), items)
		if fault.Of(err) != fault.Permanent || fault.IsSystem(err) || !errors.Is(err, ErrDuplicateOrigin) || w.called.Load() != 2 {
			t.Fatalf("got %v after %d calls", err, w.called.Load())
		}
		for _, want := range []string{"line_item 1: origin_id has already been taken", "line_item 2: no such record", "line_item 501: is locked"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q lacks %q", err, want)
			}
		}
	})
}

func TestLinkAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		kind   fault.Kind
		says   string
	}{
		"taken":           {`{"entities":[{"item_type":"line_item","item_id":"7","origin_id":"A|1"}],"errors":[]}`, fault.Unknown, ""},
		"taken, bare":     {`{"entities":[{"id":1}]}`, fault.Unknown, ""},
		"other origin":    {`{"entities":[{"item_type":"line_item","item_id":7,"origin_id":"B|1"}]}`, fault.Permanent, `line_item 7: Procore keeps the origin id "B|1"`},
		"not mentioned":   {`{"entities":[],"errors":[]}`, fault.Transient, "mentions 0 of 1 rows"},
		"empty object":    {`{}`, fault.Transient, "mentions 0 of 1 rows"},
		"a list":          {`[]`, fault.Transient, "could not be read"},
		"no words":        {`{"errors":[{"item_type":"line_item","item_id":7}]}`, fault.Permanent, "line_item 7: Procore gave no reason"},
		"only words":      {`{"errors":["everything is wrong"]}`, fault.Permanent, "everything is wrong"},
		"id in the row":   {`{"errors":[{"id":7,"message":"gone"}]}`, fault.Permanent, "7: gone"},
		"unreadable rows": {`{"errors":7}`, fault.Transient, "could not be read"},
	} {
		inWorld(t, always(200, c.answer), func(t *testing.T, w *world) {
			err := w.Link(t.Context(), []erp.ExternalItem{{Type: erp.ItemLine, ID: 7, Origin: "A|1"}})
			if fault.Of(err) != c.kind || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: got %v", name, err)
			}
		})
	}
}

// A failure that may pass ends the call: it will be repeated as a whole.
func TestLinkTransient(t *testing.T) {
	t.Parallel()
	inWorld(t, always(502, ``), func(t *testing.T, w *world) {
		err := w.Link(t.Context(), make1000())
		if fault.Of(err) != fault.Transient || w.called.Load() != 3 {
			t.Errorf("got %v after %d calls", err, w.called.Load())
		}
	})
}

func make1000() []erp.ExternalItem {
	items := make([]erp.ExternalItem, 1000)
	for i := range items {
		items[i] = erp.ExternalItem{Type: erp.ItemLine, ID: erp.ID(i + 1)}
	}
	return items
}

func TestLinkChecksItems(t *testing.T) {
	t.Parallel()
	inWorld(t, always(200, `{}`), func(t *testing.T, w *world) {
		for _, bad := range []erp.ExternalItem{{Type: erp.ItemLine}, {ID: 4, Origin: "A"}} {
			if err := w.Link(t.Context(), []erp.ExternalItem{bad}); fault.Of(err) != fault.Permanent || w.called.Load() != 0 {
				t.Errorf("%+v: %v", bad, err)
			}
		}
	})
}

func TestDuplicate(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"origin_id has already been taken": true, "Origin id must be unique": true, "origin_id X is already used by another": true, "origin_id is a duplicate": true, "origin_id already exists": true,
		"name has already been taken": false, "origin_id is too long": false, "is locked": false,
	} {
		if duplicate(message) != want {
			t.Errorf("%q: %t", message, !want)
		}
	}
	if errors.Is(&RefusedError{Rows: []Refused{{Duplicate: true}}}, io.EOF) {
		t.Error("a refusal is everything")
	}
}
