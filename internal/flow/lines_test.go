package flow

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// lineChanged is a webhook of a line of the bench's purchase order.
func (b *bench) lineChanged(n erp.ID) erp.Event {
	return erp.Event{
		ID: fmt.Sprint("line-", n), Connection: "acme", Company: 9, Project: 6, Resource: erp.ResourcePurchaseLines, ResourceID: n, Parent: 4101,
		Action: "update", Source: erp.FromWebhook, Received: b.clock.Now(),
	}
}

// hints are what the bus holds of documents to be read, served when they are due.
func (b *bench) serveHints() (served int) {
	for id, e := range b.post.sent {
		if e.Source != erp.FromLines {
			continue
		}
		v := b.Process(b.Context(), e)
		if v.Settle == Later {
			b.clock.Advance(v.After)
			v = b.Process(b.Context(), e)
		}
		if v.Settle != Ack {
			b.Errorf("%s: %+v", id, v)
		}
		delete(b.post.sent, id)
		served++
	}
	return served
}

func TestManyLineEventsAreOneReading(t *testing.T) {
	b, s := directBench(t)
	for n := range erp.ID(40) {
		if v := b.Process(b.Context(), b.lineChanged(n)); v.Settle != Ack {
			t.Fatalf("%+v", v)
		}
		b.clock.Advance(100 * time.Millisecond)
	}
	if len(s.reads) != 0 || len(b.post.sent) != 1 {
		t.Fatalf("read %v, %d hints", s.reads, len(b.post.sent))
	}
	if b.serveHints(); len(s.reads) != 1 || s.reads[0] != erp.ResourcePurchaseOrders+" 4101" {
		t.Errorf("read %v", s.reads)
	}
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
	b.Process(b.Context(), b.lineChanged(41)) // later: the document is read again, and it is as it was
	if b.serveHints() != 1 || len(s.reads) != 2 || len(b.jobpac.sent) != 3 {
		t.Errorf("read %v, sent %v", s.reads, b.jobpac.sent)
	}
}

func TestADocumentIsNotReadBeforeItsLinesHaveSettled(t *testing.T) {
	b, s := directBench(t)
	first := b.lineChanged(1)
	b.Process(b.Context(), first)
	for _, hint := range b.post.sent {
		v := b.Process(b.Context(), hint)
		if v.Settle != Later || v.After < linesRest || v.After > linesFor+linesRest || len(s.reads) != 0 {
			t.Fatalf("%+v, read %v", v, s.reads)
		}
		b.clock.Advance(v.After - time.Millisecond)
		if v := b.Process(b.Context(), hint); v.Settle != Later || v.After != time.Millisecond {
			t.Errorf("%+v", v)
		}
	}
	second := b.lineChanged(2)
	second.Received = first.Received.Truncate(linesFor).Add(linesFor - time.Nanosecond) // served late
	b.Process(b.Context(), second)
	if len(b.post.sent) != 1 {
		t.Errorf("%d hints", len(b.post.sent))
	}
	third := second
	third.Received = second.Received.Add(time.Nanosecond)
	b.Process(b.Context(), third)
	if len(b.post.sent) != 2 {
		t.Errorf("%d hints after the time was over", len(b.post.sent))
	}
}

// The line's event goes only once the hint is durable; told again, it makes none.
func TestALineEventIsNotLostInACrash(t *testing.T) {
	b, s := directBench(t)
	b.post.fail = fault.New(fault.Transient, "store", errors.New("no bus")).OfSystem()
	if v := b.Process(b.Context(), b.lineChanged(1)); v.Settle != Later || v.Pause == 0 {
		t.Fatalf("%+v", v)
	}
	b.post.fail = nil
	e := b.lineChanged(1)
	for range 3 { // the ack was lost
		b.Process(b.Context(), e)
		b.restart()
		b.Settings.Direct, b.Documents = true, s
	}
	if b.serveHints() != 1 || len(s.reads) != 1 {
		t.Errorf("read %v", s.reads)
	}
	b.want(journal.KindCommitment, 4101, journal.Done, 3)
}

func TestWhatOfLinesIsNotNeeded(t *testing.T) {
	for name, c := range map[string]func(b *bench, e *erp.Event){
		"no parent":      func(_ *bench, e *erp.Event) { e.Parent = 0 },
		"ERP intake":     func(b *bench, _ *erp.Event) { b.Settings.Direct = false },
		"other lines":    func(_ *bench, e *erp.Event) { e.Resource = "Prime Contract Line Items" },
		"tier, ERP only": func(b *bench, e *erp.Event) { b.Settings.Direct, e.Resource = false, erp.ResourcePotentialChanges },
	} {
		t.Run(name, func(t *testing.T) {
			b, s := directBench(t)
			e := b.lineChanged(1)
			c(b, &e)
			if v := b.Process(b.Context(), e); v.Settle != Ack || len(b.post.sent)+len(s.reads) != 0 {
				t.Errorf("%+v, %d hints, read %v", v, len(b.post.sent), s.reads)
			}
		})
	}
}

// A line of a potential change order leads to its header, and that to the package.
func TestLinesOfLowerTiers(t *testing.T) {
	b, s := directBench(t)
	for _, resource := range []string{erp.ResourcePotentialLines, erp.ResourcePotentialChanges, "potential change orders"} {
		e := b.lineChanged(4101)
		e.Resource = resource
		b.Process(b.Context(), e)
	}
	s.documents[4101] = erp.Request{Direct: &erp.Direct{Resource: erp.ResourcePotentialChanges, ID: 4101}} // part of no package
	if n := b.serveHints(); n != 1 || len(s.reads) != 1 || s.reads[0] != "Potential Change Orders 4101" || len(b.jobpac.sent) != 0 {
		t.Errorf("%d hints, read %v", n, s.reads)
	}
}

// A lower tier that cannot be read has no effect of its own: its id is not that of
// a change order.
func TestALowerTierThatCannotBeRead(t *testing.T) {
	b, s := directBench(t)
	e := b.lineChanged(7701)
	e.Resource, e.Source = erp.ResourcePotentialChanges, erp.FromReplay
	s.err = fault.New(fault.Transient, "show", errors.New("500"))
	if v := b.Process(b.Context(), e); v.Settle != Later || v.After == 0 || b.effect(journal.KindChangeOrder, 7701).Records != 0 {
		t.Errorf("%+v", v)
	}
	b.clock.Advance(25 * time.Hour)
	if v := b.Process(b.Context(), e); v.Settle != Ack || v.Err == nil {
		t.Errorf("%+v", v)
	}
	s.err = fault.New(fault.Transient, "show", errors.New("401")).OfSystem()
	if v := b.Process(b.Context(), e); v.Settle != Later || v.Pause == 0 {
		t.Errorf("%+v", v)
	}
}
