package procore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// chunk is how many rows go into one sync call: half of the documented most.
const chunk = 500

// ErrDuplicateOrigin is in the chain of a link that Procore refused because the
// origin id belongs to another record of its kind in the company.
var ErrDuplicateOrigin = errors.New("the origin id belongs to another record")

// Refused is one row that Procore did not take.
type Refused struct {
	Type      string // item type, or request_detail
	ID        erp.ID
	Message   string // Procore's words
	Duplicate bool   // the origin id belongs to another record
}

// String is the row with its reason.
func (r Refused) String() string { return fmt.Sprintf("%s %s: %s", r.Type, r.ID, r.Message) }

// RefusedError lists every row that Procore did not take. The fault around it
// tells them in words. errors.Is finds ErrDuplicateOrigin in it when any row
// was refused for that.
type RefusedError struct{ Rows []Refused }

// Error is how many rows were refused.
func (e *RefusedError) Error() string { return fmt.Sprintf("rows refused: %d", len(e.Rows)) }

// Is tells whether any row was refused as a duplicate.
func (e *RefusedError) Is(target error) bool {
	for _, row := range e.Rows {
		if row.Duplicate {
			return target == ErrDuplicateOrigin
		}
	}
	return false
}

// refusedFault is nil without rows.
func refusedFault(op string, rows []Refused) error {
	if len(rows) == 0 {
		return nil
	}
	told := make([]string, len(rows))
	for i, row := range rows {
		told[i] = row.String()
	}
	return fault.New(fault.Permanent, op, &RefusedError{Rows: rows}).
		Saying(clip("Procore refused "+strings.Join(told, "; "), 5*maxSaid))
}

// wireItem is a row of external data as we send it; a nil origin clears the
// link (documented).
type wireItem struct {
	Type   string  `json:"item_type"`
	ID     erp.ID  `json:"item_id"`
	Origin *string `json:"origin_id"`
	Code   string  `json:"origin_code,omitzero"`
}

// Link writes origin ids, in calls of at most 500 rows. Procore answers 200
// even where it refuses rows (documented): then the whole call is Permanent,
// names every refused row and holds a *RefusedError; the other rows are linked.
// A row for which the answer shows another origin id counts as refused, one it
// does not mention makes the call Transient.
func (c *Client) Link(ctx context.Context, items []erp.ExternalItem) error {
	for _, item := range items {
		if item.ID <= 0 || item.Type == "" {
			return fault.New(fault.Permanent, "procore link", fmt.Errorf("%q %s: a row needs an item type and an id", item.Type, item.ID))
		}
	}
	return inChunks(items, func(some []erp.ExternalItem) error { return c.linkSome(ctx, some) })
}

// linkSome is one call for one chunk.
func (c *Client) linkSome(ctx context.Context, items []erp.ExternalItem) error {
	var body struct {
		Updates []wireItem `json:"updates"`
	}
	for _, item := range items {
		body.Updates = append(body.Updates, encodeItem(item))
	}
	k, err := c.patch(pathExternalSync, 0, body)
	if err != nil {
		return err
	}
	refused, err := fetch(ctx, c, k, func(a answer) ([]Refused, error) {
		return decodeLinks(a.body, items, c.service.secret(), a.token)
	})
	return errors.Join(err, refusedFault(k.op(), refused))
}

func encodeItem(item erp.ExternalItem) wireItem {
	w := wireItem{Type: item.Type, ID: item.ID, Code: item.Code}
	if item.Origin != "" {
		w.Origin = &item.Origin
	}
	return w
}

// wireLinked is a row of the answer that was taken.
type wireLinked struct {
	Type   word     `json:"item_type"`
	ID     recordID `json:"item_id"`
	Origin word     `json:"origin_id"`
}

// rowKey says which of our rows a row of the answer is about.
type rowKey struct {
	kind string
	id   erp.ID
}

// decodeLinks reads a sync answer and gives the rows that were not taken, their
// words without secrets.
func decodeLinks(body []byte, items []erp.ExternalItem, secrets ...string) ([]Refused, error) {
	var w struct {
		Entities []wireLinked     `json:"entities"`
		Errors   []jsontext.Value `json:"errors"`
	}
	if err := json.Unmarshal(body, &w, lenient); err != nil {
		return nil, errors.New(explain(err))
	}
	sent := map[rowKey]string{}
	for _, item := range items {
		sent[rowKey{item.Type, item.ID}] = item.Origin
	}
	if len(w.Entities)+len(w.Errors) < len(sent) {
		return nil, fmt.Errorf("it mentions %d of %d rows", len(w.Entities)+len(w.Errors), len(sent))
	}
	refused := []Refused{}
	for _, row := range w.Errors {
		refused = append(refused, refusedRow(row, secrets...))
	}
	return append(refused, kept(w.Entities, sent)...), nil
}

// kept finds the rows where Procore stayed with another origin id.
func kept(entities []wireLinked, sent map[rowKey]string) []Refused {
	var refused []Refused
	for _, e := range entities {
		origin, ours := sent[rowKey{string(e.Type), erp.ID(e.ID)}]
		if ours && e.Origin != "" && string(e.Origin) != origin {
			refused = append(refused, Refused{Type: string(e.Type), ID: erp.ID(e.ID),
				Message: fmt.Sprintf("Procore keeps the origin id %q", clip(string(e.Origin), 80))})
		}
	}
	return refused
}

// refusedRow reads a row of errors[]: the row as it was sent, with its errors
// (documented).
func refusedRow(row jsontext.Value, secrets ...string) Refused {
	var w struct {
		Type   word           `json:"item_type"`
		ItemID recordID       `json:"item_id"`
		ID     recordID       `json:"id"`
		Errors jsontext.Value `json:"errors"`
		Error  jsontext.Value `json:"error"`
		Said   jsontext.Value `json:"message"`
	}
	if json.Unmarshal(row, &w, lenient) != nil {
		return Refused{Message: reason(row, secrets...)}
	}
	r := Refused{Type: string(w.Type), ID: erp.ID(cmp.Or(w.ItemID, w.ID))}
	for _, v := range []jsontext.Value{w.Errors, w.Error, w.Said} {
		if r.Message == "" && len(v) > 0 {
			r.Message = words("", v, secrets...)
		}
	}
	if r.Message == "" {
		r.Message = reason(nil)
	}
	r.Duplicate = duplicate(r.Message)
	return r
}

// reason is what an unusual row says, or that it says nothing.
func reason(row jsontext.Value, secrets ...string) string {
	if said := words("", row, secrets...); said != "" {
		return said
	}
	return "Procore gave no reason"
}

// duplicate tells whether a refusal is about an origin id in use. Procore's
// wording is assumed: the usual ones of its kind.
func duplicate(message string) bool {
	message = strings.ToLower(message)
	for _, sign := range []string{"already been taken", "already taken", "already used", "already in use", "already exists", "unique", "duplicate"} {
		if strings.Contains(message, "origin") && strings.Contains(message, sign) {
			return true
		}
	}
	return false
}

// inChunks calls do for up to chunk rows at a time. Refused rows do not keep
// the others from being sent; any other failure ends it.
func inChunks[T any](rows []T, do func([]T) error) error {
	var all error
	for len(rows) > 0 {
		n := min(chunk, len(rows))
		err := do(rows[:n])
		all = errors.Join(all, err)
		if err != nil && fault.Of(err) != fault.Permanent {
			return err
		}
		rows = rows[n:]
	}
	return all
}
