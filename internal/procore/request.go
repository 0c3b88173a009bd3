package procore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// Request shows an ERP request. One that is not there, or not visible to the
// service account, is Transient and counts against the document, as is an
// answer that cannot be read or that shows another request or company. Content
// that cannot be understood is no error; see DecodeRequest.
func (c *Client) Request(ctx context.Context, id erp.ID) (erp.Request, error) {
	k := c.get(pathRequest, id, nil)
	k.absent = true
	if id <= 0 {
		return erp.Request{}, fault.New(fault.Permanent, k.op(), errors.New("an ERP request has a positive id"))
	}
	return fetch(ctx, c, k, func(a answer) (erp.Request, error) {
		r, err := DecodeRequest(a.body)
		switch {
		case err != nil:
			return erp.Request{}, err
		case r.ID != id:
			return erp.Request{}, fmt.Errorf("it shows ERP request %s instead of %s", r.ID, id)
		case r.Company != 0 && r.Company != c.company:
			return erp.Request{}, fmt.Errorf("ERP request %s belongs to company %s, not %s", id, r.Company, c.company)
		}
		return r, nil
	})
}

// Requests lists the ERP requests created since then, in Procore's order; a
// zero time lists all. A row is a hint like a webhook: only ID, DetailID,
// Company, Name and CreatedAt are read; show the Request for its content. That
// the list exists is inferred, that it can be filtered by creation is assumed;
// older rows are left out here in any case, rows without a date never. A
// refused list is erp.ErrNotShown. After an error the sequence ends.
func (c *Client) Requests(ctx context.Context, since time.Time) iter.Seq2[erp.Request, error] {
	return func(yield func(erp.Request, error) bool) {
		query := c.requestsQuery(since)
		all := pages(func(number int) (onePage[erp.Request], error) { return c.requestsPage(ctx, query, number) },
			func(r erp.Request) erp.ID { return r.ID })
		for r, err := range all {
			if (err != nil || created(r, since)) && !yield(r, err) {
				return
			}
		}
	}
}

// created tells whether r is not surely older than since.
func created(r erp.Request, since time.Time) bool {
	at, err := time.Parse(time.RFC3339, r.CreatedAt)
	return err != nil || !at.Before(since)
}

// requestsQuery is the same for all pages. The range ends in an hour, so that
// neither a rounded second nor a slow clock hides what is newest.
func (c *Client) requestsQuery(since time.Time) url.Values {
	query := url.Values{"per_page": {strconv.Itoa(perPage)}}
	if !since.IsZero() {
		query.Set("filters[created_at]", span(since, c.now().Add(time.Hour)))
	}
	return query
}

func (c *Client) requestsPage(ctx context.Context, query url.Values, page int) (onePage[erp.Request], error) {
	query.Set("page", strconv.Itoa(page))
	got, err := fetch(ctx, c, c.get(pathRequests, 0, query), func(a answer) (onePage[erp.Request], error) {
		rows, err := decodeHeads(a.body)
		return onePage[erp.Request]{rows: rows, more: follows(a.header, page, len(rows))}, err
	})
	return got, notShown(err)
}

// decodeHeads reads the heads of a list.
func decodeHeads(body []byte) ([]erp.Request, error) {
	var wired []wireEnvelope
	if err := json.Unmarshal(body, &wired, lenient); err != nil {
		return nil, errors.New(explain(err))
	}
	rows := make([]erp.Request, len(wired))
	for i, w := range wired {
		var err error
		if rows[i], err = w.head(); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return rows, nil
}

// wireDetail is how a detail is closed.
type wireDetail struct {
	ID       erp.ID      `json:"id,omitzero"`
	Status   erp.Outcome `json:"status"`
	Messages []string    `json:"messages"`
}

// Close ends a request detail with words for the approver (documented). The
// messages are cleaned: no control characters, at most 500 characters each, at
// most 20 and how many more there were. A detail that Procore says is closed
// already with this outcome counts as closed (assumed); one closed otherwise is
// Permanent.
func (c *Client) Close(ctx context.Context, detail erp.ID, outcome erp.Outcome, messages []string) error {
	body := struct {
		Detail wireDetail `json:"request_detail"`
	}{wireDetail{Status: outcome, Messages: tidy(messages)}}
	k, err := c.patch(pathDetail, detail, body)
	if err != nil {
		return err
	}
	if detail <= 0 || outcome != erp.Success && outcome != erp.Failed {
		return fault.New(fault.Permanent, k.op(), fmt.Errorf("a detail with an id is closed %s or %s", erp.Success, erp.Failed))
	}
	_, err = fetch(ctx, c, k, func(answer) (struct{}, error) { return struct{}{}, nil })
	if closedAlready(err, outcome) {
		return nil
	}
	return err
}

// Closing is one detail of CloseMany.
type Closing struct {
	Detail   erp.ID
	Outcome  erp.Outcome
	Messages []string
}

// CloseMany closes several details in one call of at most 500. The path is
// documented, the body assumed ({"updates": [...]}, as all its sisters take);
// where Procore refuses it, or a row of it, the details are closed one by one
// with the promises of Close, and the error is that of each that failed.
func (c *Client) CloseMany(ctx context.Context, closings []Closing) error {
	return inChunks(closings, func(some []Closing) error {
		err := c.closeSome(ctx, some)
		if fault.Of(err) != fault.Permanent {
			return err
		}
		var all error
		for _, one := range some {
			all = errors.Join(all, c.Close(ctx, one.Detail, one.Outcome, one.Messages))
		}
		return all
	})
}

// closeSome is one call for one chunk.
func (c *Client) closeSome(ctx context.Context, some []Closing) error {
	var body struct {
		Updates []wireDetail `json:"updates"`
	}
	for _, one := range some {
		body.Updates = append(body.Updates, wireDetail{ID: one.Detail, Status: one.Outcome, Messages: tidy(one.Messages)})
	}
	k, err := c.patch(pathDetailsSync, 0, body)
	if err != nil {
		return err
	}
	refused, err := fetch(ctx, c, k, func(a answer) ([]Refused, error) {
		return decodeDetails(a.body, c.service.secret(), a.token)
	})
	return errors.Join(err, refusedFault(k.op(), refused))
}

// decodeDetails reads the rows that a sync of details refused.
func decodeDetails(body []byte, secrets ...string) ([]Refused, error) {
	var w struct {
		Errors []jsontext.Value `json:"errors"`
	}
	if err := json.Unmarshal(body, &w, lenient); err != nil {
		return nil, errors.New(explain(err))
	}
	refused := make([]Refused, len(w.Errors))
	for i, row := range w.Errors {
		refused[i] = refusedRow(row, secrets...)
		refused[i].Type = "request_detail"
	}
	return refused, nil
}
