package procore

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
)

// hook is one webhook subscription of ours.
type hook struct {
	id  erp.ID
	old bool // asked through the v1.0 API
}

// earlier is how much further back than the last try an event may lie: Procore
// tries for 12 h (documented), and its filter knows only days, in a zone that
// is not documented.
const earlier = 24 * time.Hour

// Deliveries lists the webhooks of our company hooks that did not arrive: those
// Procore still tries, and those it threw away. Ours are the hooks of
// Config.Namespace. A row tried last before since is left out, one without a
// time never; a zero time lists all that Procore keeps (28 days, documented).
//
// The v2.0 hooks API is asked (seen), and v1.0 (documented) where that is not
// there. Hooks that are not shown are erp.ErrNotShown. A payload that names no
// event is no error: see erp.Delivery. After an error the sequence ends.
func (c *Client) Deliveries(ctx context.Context, since time.Time) iter.Seq2[erp.Delivery, error] {
	return func(yield func(erp.Delivery, error) bool) {
		hooks, err := c.ourHooks(ctx)
		if err != nil {
			yield(erp.Delivery{}, err)
			return
		}
		for _, h := range hooks {
			for d, err := range c.undelivered(ctx, h, since) {
				fresh := d.At.IsZero() || !d.At.Before(since)
				if (err != nil || fresh) && !yield(d, err) || err != nil {
					return
				}
			}
		}
	}
}

// ourHooks asks the present API, and the older one where that is not there.
func (c *Client) ourHooks(ctx context.Context) ([]hook, error) {
	k := c.get(pathHooks, 0, url.Values{"namespace": {c.hooksOf}, "per_page": {strconv.Itoa(perPage)}})
	found, err := c.hooks(ctx, k, false)
	if !absent(err) {
		return found, notShown(err)
	}
	query := url.Values{"company_id": {c.company.String()}, "namespace": {c.hooksOf}, "per_page": {strconv.Itoa(perPage)}}
	found, err = c.hooks(ctx, c.get(pathOldHooks, 0, query), true)
	return found, notShown(err)
}

// absent tells whether Procore has no such path or record.
func absent(err error) bool {
	var refused *StatusError
	return errors.As(err, &refused) && refused.Status == http.StatusNotFound
}

// wireHook is a hook of either API.
type wireHook struct {
	ID        recordID `json:"id"`
	Namespace word     `json:"namespace"`
}

// hooks reads all pages of a list of hooks and keeps those of our namespace.
func (c *Client) hooks(ctx context.Context, k call, old bool) ([]hook, error) {
	rows := pages(func(number int) (onePage[wireHook], error) {
		k.query.Set("page", strconv.Itoa(number))
		return fetch(ctx, c, k, func(a answer) (onePage[wireHook], error) {
			rows, err := decodeRows[wireHook](a.body)
			return onePage[wireHook]{rows: rows, more: follows(a.header, number, len(rows))}, err
		})
	}, func(w wireHook) erp.ID { return erp.ID(w.ID) })
	var found []hook
	for w, err := range rows {
		if err != nil {
			return nil, err
		}
		if w.ID > 0 && string(w.Namespace) == c.hooksOf {
			found = append(found, hook{id: erp.ID(w.ID), old: old})
		}
	}
	return found, nil
}

// decodeRows reads a list: bare as in v1, or within data as in v2 (documented).
func decodeRows[T any](body []byte) ([]T, error) {
	if jsontext.Value(body).Kind() == '[' {
		var rows []T
		if err := json.Unmarshal(body, &rows, lenient); err != nil {
			return nil, errors.New(explain(err))
		}
		return rows, nil
	}
	var held struct {
		Data *[]T `json:"data"`
	}
	if err := json.Unmarshal(body, &held, lenient); err != nil {
		return nil, errors.New(explain(err))
	}
	if held.Data == nil {
		return nil, errors.New("it is no list")
	}
	return *held.Data, nil
}

// undelivered lists the deliveries of one hook that did not arrive, each once:
// one that is tried again may stand under two states.
func (c *Client) undelivered(ctx context.Context, h hook, since time.Time) iter.Seq2[erp.Delivery, error] {
	list, states := c.deliveries, []string{"failed", "retrying", "discarded"}
	if h.old {
		list, states = c.oldDeliveries, []string{"failing", "discarded"}
	}
	return func(yield func(erp.Delivery, error) bool) {
		told := map[erp.ID]bool{}
		for _, state := range states {
			for w, err := range list(ctx, h.id, state, since) {
				if err != nil {
					yield(erp.Delivery{}, notShown(err))
					return
				}
				if !told[w.rank()] && !yield(w.noun(h.id, state), nil) {
					return
				}
				told[w.rank()] = true
			}
		}
	}
}

// deliveries lists one state through the v2.0 API.
func (c *Client) deliveries(ctx context.Context, hook erp.ID, state string, since time.Time) iter.Seq2[wireDelivery, error] {
	query := url.Values{"filter[status]": {state}, "per_page": {strconv.Itoa(perPage)}}
	if !since.IsZero() {
		query.Set("filter[start]", since.Add(-earlier).UTC().Format(time.DateOnly))
		query.Set("filter[end]", c.now().Add(earlier).UTC().Format(time.DateOnly))
	}
	return pages(func(number int) (onePage[wireDelivery], error) {
		query.Set("page", strconv.Itoa(number))
		return fetch(ctx, c, c.get(pathDeliveries, hook, query), func(a answer) (onePage[wireDelivery], error) {
			rows, err := decodeRows[wireDelivery](a.body)
			return onePage[wireDelivery]{rows: rows, more: follows(a.header, number, len(rows))}, err
		})
	}, wireDelivery.rank)
}

// oldDeliveries lists one state through the v1.0 API, which pages by the last
// id seen (documented in an older edition). Rows without an id cannot be paged.
func (c *Client) oldDeliveries(ctx context.Context, hook erp.ID, state string, _ time.Time) iter.Seq2[wireDelivery, error] {
	query := url.Values{"company_id": {c.company.String()}, "filter[status]": {state}, "page_size": {strconv.Itoa(perPage)}}
	return pages(func(int) (onePage[wireDelivery], error) {
		rows, err := fetch(ctx, c, c.get(pathOldDeliveries, hook, query), func(a answer) ([]wireDelivery, error) {
			return decodeRows[wireDelivery](a.body)
		})
		more := len(rows) == perPage && rows[len(rows)-1].ID != ""
		if more {
			query.Set("page_start", string(rows[len(rows)-1].ID))
		}
		return onePage[wireDelivery]{rows: rows, more: more}, err
	}, wireDelivery.rank)
}

// wireDelivery is a delivery of either API: payload and delivery_attempts in
// v2.0 (seen), event and one attempt in v1.0 (documented).
type wireDelivery struct {
	ID       word           `json:"id"`
	Payload  jsontext.Value `json:"payload"`
	Event    jsontext.Value `json:"event"`
	EventID  word           `json:"event_id"`
	Attempts []wireAttempt  `json:"delivery_attempts"`
	wireAttempt
}

type wireAttempt struct {
	StartedAt   jsontext.Value `json:"started_at"`
	CompletedAt jsontext.Value `json:"completed_at"`
}

// at is when the attempt ended, else when it began.
func (w wireAttempt) at() time.Time {
	if at := timeOf(w.CompletedAt); !at.IsZero() {
		return at
	}
	return timeOf(w.StartedAt)
}

// rank tells rows apart while paging, whatever their ids look like.
func (w wireDelivery) rank() erp.ID {
	sum := fnv.New64a()
	for _, part := range [][]byte{[]byte(w.ID), []byte(w.EventID), w.Payload, w.Event} {
		_, _ = sum.Write(part) // never fails
	}
	return erp.ID(sum.Sum64()>>1 | 1)
}

// noun is the delivery in our words.
func (w wireDelivery) noun(hook erp.ID, state string) erp.Delivery {
	d := erp.Delivery{ID: string(w.ID), Hook: hook, State: erp.DeliveryFailing, At: w.at()}
	if state == string(erp.DeliveryDiscarded) {
		d.State = erp.DeliveryDiscarded
	}
	for _, a := range w.Attempts {
		if at := a.at(); at.After(d.At) {
			d.At = at
		}
	}
	body := w.Payload
	if len(body) == 0 {
		body = w.Event
	}
	event, err := decodeEvent(body)
	if err != nil {
		d.Unreadable = fmt.Sprintf("Procore's delivery %s names no event that can be read: %v.", w.ID, err)
	}
	d.Event = event
	if d.At.IsZero() {
		d.At = event.At
	}
	return d
}
