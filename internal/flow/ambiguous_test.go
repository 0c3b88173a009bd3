package flow

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// slowBooks is a Jobpac whose commits land late, and whose look-ups do not show
// what is younger than stale.
type slowBooks struct {
	*bench
	late  []lateWrite
	stale time.Duration
	since map[string]time.Time // when a row came to be, by kind and key
}

type lateWrite struct {
	at    time.Time
	write erp.Write
}

// slow puts slow books between the road and the bench's.
func (b *bench) slow(stale time.Duration) *slowBooks {
	s := &slowBooks{bench: b, stale: stale, since: map[string]time.Time{}}
	b.Road.Ledger = s
	return s
}

// land commits what is due.
func (s *slowBooks) land() {
	var rest []lateWrite
	for _, l := range s.late {
		if l.at.After(s.clock.Now()) {
			rest = append(rest, l)
			continue
		}
		if s.jobpac.put(l.write) == nil {
			s.since[stepID(l.write.Record)] = l.at
		}
	}
	s.late = rest
}

func (s *slowBooks) Facts(ctx context.Context, q erp.FactsQuery) (erp.Facts, error) {
	return s.jobpac.Facts(ctx, q)
}

func (s *slowBooks) Write(ctx context.Context, w erp.Write) error {
	s.land()
	err := s.jobpac.Write(ctx, w)
	if _, known := s.since[stepID(w.Record)]; !known {
		s.since[stepID(w.Record)] = s.clock.Now()
	}
	return err
}

func (s *slowBooks) Orders(ctx context.Context, key erp.OrderKey) (erp.Book, error) {
	s.land()
	book, err := s.jobpac.Orders(ctx, key)
	return s.shown(book, key.Origin()), err
}

func (s *slowBooks) Variations(ctx context.Context, key erp.VariationKey) (erp.Book, error) {
	s.land()
	return s.jobpac.Variations(ctx, key)
}

// shown leaves out what is too young to be seen.
func (s *slowBooks) shown(book erp.Book, under string) erp.Book {
	young := func(r erp.Row) bool {
		id := string(r.Kind) + " " + under
		if item := r.Get(erp.ColItem); item != "" {
			id += "|" + item
		}
		at, known := s.since[id]
		return known && s.clock.Now().Sub(at) < s.stale
	}
	var seen erp.Book
	for _, doc := range book.Documents {
		if young(doc.Header) {
			continue
		}
		var items []erp.Row
		for _, item := range doc.Items {
			if !young(item) {
				items = append(items, item)
			}
		}
		seen.Documents = append(seen.Documents, erp.Document{Header: doc.Header, Items: items})
	}
	return seen
}

// One write goes wrong in every way that leaves its outcome open, with the
// default quiet period of ten minutes: the order stands once, or is parked
// where nobody can know.
func TestAmbiguousJobpac(t *testing.T) {
	ambiguous := fault.New(fault.Ambiguous, "write", errCut)
	for name, c := range map[string]struct {
		late, stale time.Duration
		done        bool // committed at once, the answer lost
		doubles     bool // Jobpac takes a second record of one key
		unique      Uniqueness
		last        journal.State
	}{
		"answer lost":                                   {done: true, unique: Unproven, last: journal.Done},
		"answer lost, doubles taken":                    {done: true, doubles: true, unique: NotUnique, last: journal.Done},
		"5 s late":                                      {late: 5 * time.Second, unique: Unproven, last: journal.Done},
		"5 s late, doubles taken":                       {late: 5 * time.Second, doubles: true, unique: NotUnique, last: journal.Done},
		"5 min late":                                    {late: 5 * time.Minute, unique: Unproven, last: journal.Done},
		"5 min late, doubles taken":                     {late: 5 * time.Minute, doubles: true, unique: NotUnique, last: journal.Done},
		"30 min late, doubles taken":                    {late: 30 * time.Minute, doubles: true, unique: NotUnique, last: journal.Done},
		"30 min late, doubles refused":                  {late: 30 * time.Minute, unique: Verified, last: journal.Done},
		"3 h late, doubles taken":                       {late: 3 * time.Hour, doubles: true, unique: NotUnique, last: journal.Parked},
		"3 h late, doubles refused":                     {late: 3 * time.Hour, unique: Verified, last: journal.Done},
		"seen after 2 min":                              {stale: 2 * time.Minute, done: true, unique: Unproven, last: journal.Done},
		"seen after 2 min, doubles taken":               {stale: 2 * time.Minute, done: true, doubles: true, unique: NotUnique, last: journal.Done},
		"seen after 2 min, 5 min late, doubles refused": {stale: 2 * time.Minute, late: 5 * time.Minute, unique: Verified, last: journal.Done},
	} {
		for nth := range 3 {
			t.Run(fmt.Sprintf("%s/write %d", name, nth+1), func(t *testing.T) {
				b := newBench(t)
				b.unique, b.jobpac.doubles = c.unique, c.doubles
				slow := b.slow(0)
				b.order(1, 2)
				b.jobpac.outcome = func(w erp.Write, n int) (bool, error) {
					if n != nth+1 {
						return true, nil
					}
					slow.stale = c.stale
					if c.late > 0 {
						slow.late = append(slow.late, lateWrite{b.clock.Now().Add(c.late), w})
					}
					return c.done, ambiguous
				}
				b.untilSettled(1, 60)
				b.clock.Advance(4 * time.Hour)
				slow.land()
				e := b.effect(journal.KindCommitment, 4101)
				if e.State != c.last {
					t.Errorf("%s (%s), want %s", e.State, e.Last.Reason, c.last)
				}
				if orders, items := b.jobpac.count(erp.KindOrder), b.jobpac.count(erp.KindOrderItem); orders > 1 || items > 2 || c.last == journal.Done && (orders != 1 || items != 2) {
					t.Errorf("%d orders with %d items: %v", orders, items, b.jobpac.sent)
				}
			})
		}
	}
}

// A look-up that lags behind the writes of a whole document is no reason to
// send any of it again, nor to ask for a person.
func TestALookUpThatLagsBehindOurOwnWrites(t *testing.T) {
	b := newBench(t)
	b.slow(2 * time.Minute)
	b.order(1, 3)
	b.untilSettled(1, 60)
	b.want(journal.KindCommitment, 4101, journal.Done, 4, erp.Success)
	if len(b.jobpac.sent) != 4 {
		t.Fatalf("sent %v", b.jobpac.sent)
	}
}

// A half-written order to which a person added a line of theirs under one of
// our numbers is parked: the line is not overwritten and not counted as ours.
func TestAHalfWrittenOrderWithAForeignLine(t *testing.T) {
	b := newBench(t)
	b.order(1, 3)
	b.jobpac.outcome = func(_ erp.Write, nth int) (bool, error) {
		if nth == 3 {
			return false, fault.New(fault.Ambiguous, "write", errCut)
		}
		return true, nil
	}
	b.deliver(1)
	foreign := map[erp.Name]string{}
	for name, value := range b.jobpac.rows[1].values {
		foreign[name] = value
	}
	foreign[erp.ColItem], foreign[erp.ColDescription], foreign[erp.ColValue], foreign[erp.ColRate] = "2", "Crane hire", "9.99", "9.99"
	b.jobpac.rows = append(b.jobpac.rows, row{erp.KindOrderItem, "01|PO1001|2", foreign})
	b.untilSettled(1, 20)
	e := b.effect(journal.KindCommitment, 4101)
	if e.State != journal.Parked || e.Last.Rule != ruleDiffers || b.jobpac.rows[2].values[erp.ColDescription] != "Crane hire" || len(b.jobpac.sent) != 3 {
		t.Fatalf("%s %s: %s; sent %v", e.State, e.Last.Rule, e.Last.Reason, b.jobpac.sent)
	}
}

// Nor is it one for a change order that comes right after its commitment.
func TestAChangeOrderOnAnOrderThatIsNotShownYet(t *testing.T) {
	b := newBench(t)
	slow := b.slow(0)
	c := b.order(1, 2)
	b.deliver(1)
	slow.stale = 2 * time.Minute
	b.change(2, *c, 1)
	if v := b.deliver(2); v.Settle != Later || b.effect(journal.KindChangeOrder, 7701).State != journal.None {
		t.Fatalf("%+v", v)
	}
	b.untilSettled(2, 30)
	b.want(journal.KindChangeOrder, 7701, journal.Done, 4, erp.Success)
}
