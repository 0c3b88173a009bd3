package imports

import (
	"context"
	"fmt"
	"slices"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// mostRows is the most that one sync call may carry (documented).
const mostRows = 1000

// send brings one group to Procore, in calls of at most mostRows.
func (p *part) send(ctx context.Context, group []*wanted) error {
	ready, err := p.resolve(ctx, group)
	if err != nil {
		return err
	}
	for rows := range slices.Chunk(ready, mostRows) {
		if err := p.deliver(ctx, rows, &trial{}); err != nil {
			return err
		}
	}
	return nil
}

// trial is what became of the calls that carry one batch in pieces.
type trial struct {
	refused int // calls refused as a whole
	taken   bool
	asked   bool // Procore's list was read again after a doubt
}

// hopeless is how many calls may be refused as a whole, none of them taken,
// until the rest of the batch counts as refused too: more than it takes to halve
// a batch down to its rows and a few of their neighbours.
const hopeless = 32

// deliver makes one call. Where it is refused as a whole for good, it is made
// again in halves, so that one bad row does not keep the others out.
func (p *part) deliver(ctx context.Context, rows []*wanted, t *trial) error {
	if p.run.DryRun {
		p.suppose(rows)
		return nil
	}
	synced, err := p.parts.Procore.Sync(ctx, p.batch(rows))
	p.calls++
	p.mark.Counts.Calls++
	if err == nil && len(synced) != len(rows) {
		err = fault.New(fault.Ambiguous, "sync", fmt.Errorf("%d rows were sent, %d came back", len(rows), len(synced)))
	}
	switch fault.Of(err) {
	case fault.Permanent:
		return p.halve(ctx, rows, t, err)
	case fault.Ambiguous:
		return p.askAgain(ctx, rows, t, err)
	}
	if err != nil {
		return err
	}
	t.taken = true
	p.settle(rows, synced)
	return nil
}

// batch is the call for rows of one group.
func (p *part) batch(rows []*wanted) erp.EntryBatch {
	b := erp.EntryBatch{Type: rows[0].Type, Project: rows[0].job.ID, Job: rows[0].job.Origin, Rows: make([]erp.Entry, len(rows))}
	if b.Type == erp.EntryStandardCode {
		b.List = p.list
	}
	for i, w := range rows {
		b.Rows[i] = w.Entry
	}
	return b
}

// halve repeats a call that was refused as a whole, in two. A row refused by
// itself is refused; so are all where nothing of the batch is ever taken.
func (p *part) halve(ctx context.Context, rows []*wanted, t *trial, err error) error {
	t.refused++
	if len(rows) == 1 || t.refused > hopeless && !t.taken {
		for _, w := range rows {
			p.refusedBy(w, fault.Said(err))
		}
		return nil
	}
	for _, half := range [][]*wanted{rows[:len(rows)/2], rows[len(rows)/2:]} {
		if err := p.deliver(ctx, half, t); err != nil {
			return err
		}
	}
	return nil
}

// askAgain ends a doubt. Most calls may simply be repeated, by the next go; one
// that could make a second record is repeated once with what Procore shows.
func (p *part) askAgain(ctx context.Context, rows []*wanted, t *trial, doubt error) error {
	if !postOnly(rows[0].Type) || t.asked {
		return doubt
	}
	t.asked = true
	if err := p.reload(ctx, rows[0].Type, rows[0].job); err != nil {
		return err
	}
	again, err := p.numbered(ctx, rows)
	if err != nil {
		return err
	}
	return p.deliver(ctx, again, t)
}

// settle notes what became of each row.
func (p *part) settle(rows []*wanted, synced []erp.Synced) {
	for i, w := range rows {
		if synced[i].Refused != "" {
			p.refusedBy(w, synced[i].Refused)
			continue
		}
		p.count(w)
		p.puts[[2]string{p.hashScope(w), w.Origin}] = w.hash
		p.found(w, synced[i].ID)
	}
}

// refusedBy notes a row that Procore refused. Its hash is gone already; the ids
// it referred to go too, as one of them may be of a record that is no more.
func (p *part) refusedBy(w *wanted, words string) {
	p.refuse(erp.Problem{Rule: ruleProcore, Where: w.Label, Message: fmt.Sprintf(
		"%s was refused by Procore: %s. Put that right in Procore or in Jobpac; this row is tried again with the next run.", w.Label, clip(words))})
	p.again(w)
	for _, slot := range w.used {
		if !p.loaded[slot[0]] {
			p.puts[slot] = ""
		}
	}
}

func (p *part) count(w *wanted) {
	if w.known {
		p.mark.Counts.Changed++
		return
	}
	p.mark.Counts.New++
}

// found remembers the id of a record, in this part at once.
func (p *part) found(w *wanted, id erp.ID) {
	if id == 0 || !hasOrigin(w.Type) && w.Type != erp.EntryBudgetLine {
		return
	}
	s := idScope(w.Type, w.job.Origin)
	if p.ids[s] == nil {
		p.ids[s] = map[string]erp.ID{}
	}
	key := ownKey(w.Entry)
	p.ids[s][key] = id
	p.puts[[2]string{s, key}] = writeID(w.job.ID, id)
}

// suppose is what a dry run does in the place of a call: it counts, and takes
// the records for present, so that those below them are not refused.
func (p *part) suppose(rows []*wanted) {
	p.mark.Counts.Calls++
	for _, w := range rows {
		s := idScope(w.Type, w.job.Origin)
		if !w.too || p.pretend[s][ownKey(w.Entry)] == 0 {
			p.count(w)
		}
		if p.pretend[s] == nil {
			p.pretend[s] = map[string]erp.ID{}
		}
		if key := ownKey(w.Entry); p.pretend[s][key] == 0 {
			p.pretend[s][key] = supposed
		}
	}
}

// supposed is the id of a record that a real run would have made.
const supposed erp.ID = 1<<63 - 1
