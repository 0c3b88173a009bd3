package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// try makes a record, looks for it, and makes it again. An error is a Jobpac that
// cannot be used at all; what merely cannot be proven is told in the result.
func (p *prober) try(ctx context.Context, t trial) (Tried, error) {
	p.Tell(fmt.Sprintf("writing %s %s", kindWords(t.record.Kind()), t.record.Key()))
	tried := Tried{Record: t.name, Kind: string(t.record.Kind()), Key: t.record.Key(), Unique: Unknown}
	took, ended, err := p.write(ctx, t.record)
	tried.AnswerMS = took.Milliseconds()
	switch fault.Of(err) {
	case fault.Transient:
		return tried, fmt.Errorf("%s %s: %w", kindWords(t.record.Kind()), t.record.Key(), err)
	case fault.Permanent, fault.Ambiguous:
		tried.Doubt, tried.Words = true, said(err)
	default:
		if err != nil {
			return tried, err
		}
	}
	tried.Created = !tried.Doubt
	if err := p.first(ctx, t, &tried, fault.Of(err) == fault.Permanent, ended); err != nil || !tried.Created {
		return tried, err
	}
	if err := p.again(ctx, t, &tried); err != nil {
		return tried, err
	}
	return tried, p.seen(ctx, t, &tried, ended)
}

// first looks at once. After a doubt nothing goes on before the record shows:
// a repeat that comes before a late commit proves nothing. A refusal is looked
// at once only.
func (p *prober) first(ctx context.Context, t trial, tried *Tried, refused bool, ended time.Time) error {
	rows, err := t.rows(ctx)
	if err == nil && len(rows) > 0 {
		p.show(tried, rows, ended)
		tried.AtOnce, tried.Created = !tried.Doubt, true
		return nil
	}
	if !tried.Doubt || refused {
		return ctx.Err()
	}
	if err := p.seen(ctx, t, tried, ended); err != nil {
		return err
	}
	tried.Created = tried.Seen
	if !tried.Seen {
		tried.Words = fmt.Sprintf("no clear answer, and nothing to be seen for %s: %s", span(p.Limit), tried.Words)
	}
	return nil
}

// show notes the rows of a look-up that found the record.
func (p *prober) show(tried *Tried, rows []erp.Row, ended time.Time) {
	if !tried.Seen {
		tried.Seen, tried.LateMS = true, p.Now().Sub(ended).Milliseconds()
	}
	tried.Rows = max(tried.Rows, len(rows))
	reference, carried := rows[0].Values[erp.ColReference]
	switch {
	case carried && sameText(reference, string(testedRef)):
		tried.shows = shown
	case hasReference(erp.Kind(tried.Kind)):
		tried.shows = hidden
	}
}

// The values of Record.Reference, beside Unknown.
const (
	shown  = "shown"
	hidden = "hidden"
)

// again sends the same record until there is a clear answer, a few times at
// most. Only a plain refusal proves that a second one is refused.
func (p *prober) again(ctx context.Context, t trial, tried *Tried) error {
	for range againAtMost {
		_, _, err := p.write(ctx, t.record)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch fault.Of(err) {
		case fault.Permanent:
			tried.Unique = Verified
			return nil
		case fault.Ambiguous:
			tried.Words = "the second one got no clear answer: " + said(err)
		case fault.Transient:
			return fmt.Errorf("%s %s, sent again: %w", kindWords(t.record.Kind()), t.record.Key(), err)
		default:
			if err == nil {
				tried.Unique, tried.Words = No, "a second one was accepted"
			}
			return err
		}
	}
	return nil
}

// seen looks until the record shows, or the limit is over.
func (p *prober) seen(ctx context.Context, t trial, tried *Tried, ended time.Time) error {
	for !tried.Seen && !p.blind {
		if p.Now().Sub(ended) > p.Limit {
			p.blind = true
			break
		}
		if err := wait(ctx, p.Poll); err != nil {
			return err
		}
		p.Tell("waiting until a look-up shows " + t.record.Key())
		if rows, err := t.rows(ctx); err == nil && len(rows) > 0 {
			p.show(tried, rows, ended)
		}
	}
	return nil
}

// recount looks once more at every key when all is written: a second row may
// come as late as the first one did. What was refused and stands twice all the
// same is not refused.
func (p *prober) recount(ctx context.Context, trials []trial) error {
	if late := p.latest(); late > 0 {
		p.Tell("waiting for what may come late")
		if err := wait(ctx, late+p.Poll); err != nil {
			return err
		}
	}
	for i := range p.record.Tried {
		tried := &p.record.Tried[i]
		if rows, err := trials[i].rows(ctx); err == nil && len(rows) > 0 {
			p.show(tried, rows, p.Now())
		}
		if tried.Rows > 1 && tried.Unique != No {
			tried.Unique, tried.Words = No, "two rows stand under the key"
		}
	}
	return ctx.Err()
}

// latest is the longest that a record took to show.
func (p *prober) latest() time.Duration {
	var late int64
	for _, t := range p.record.Tried {
		if !t.AtOnce {
			late = max(late, t.LateMS, t.AnswerMS)
		}
	}
	return min(time.Duration(late)*time.Millisecond, p.Limit)
}

// conclude sums the trials up.
func (p *prober) conclude() {
	r := &p.record
	values := map[string][]string{}
	r.AtOnce = true
	for _, t := range r.Tried {
		values[t.Record] = append(values[t.Record], t.Unique)
		r.AnswerMS = max(r.AnswerMS, t.AnswerMS)
		switch {
		case !t.Created:
			continue
		case t.Doubt:
			r.CommitMS = max(r.CommitMS, t.LateMS)
		case !t.Seen:
			r.AtOnce, r.LookUpMS = false, -1
		case !t.AtOnce:
			r.AtOnce = false
			if r.LookUpMS >= 0 {
				r.LookUpMS = max(r.LookUpMS, t.LateMS)
			}
		}
	}
	for _, name := range Records() {
		r.Unique[name] = join(values[name])
	}
	r.Reference = reference(r.Tried)
}

// reference is hidden where any record that carries ours does not show it.
func reference(all []Tried) string {
	found := Unknown
	for _, t := range all {
		switch {
		case t.shows == hidden:
			return hidden
		case t.shows == shown:
			found = shown
		}
	}
	return found
}
