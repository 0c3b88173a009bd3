package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// ledger is a Jobpac in memory that goes wrong on order. Time is virtual.
type ledger struct {
	mu        sync.Mutex // guards rows: a late commit comes when it comes
	rows      []kept
	accepts   []erp.Kind // kinds of which a second one of a key is accepted
	overwrite bool       // a second one is accepted and nothing is added
	stale     time.Duration
	takes     time.Duration
	hides     bool // the reference
	sends     int
	onWrite   func(n int, r erp.Record, do func() error) error // of the n-th send; nil: do
	lookUp    error
}

// kept is one row and since when it stands.
type kept struct {
	record erp.Record
	at     time.Time
}

func (l *ledger) Write(ctx context.Context, w erp.Write) error {
	l.sends++
	if err := wait(ctx, max(l.takes, 1)); err != nil {
		return err
	}
	do := func() error { return l.put(w.Record) }
	if l.onWrite != nil {
		return l.onWrite(l.sends, w.Record, do)
	}
	return do()
}

// put does the work, whether or not anybody hears of it.
func (l *ledger) put(r erp.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := slices.ContainsFunc(l.rows, func(k kept) bool { return k.record.Kind() == r.Kind() && k.record.Key() == r.Key() })
	if taken && !slices.Contains(l.accepts, r.Kind()) {
		return fault.New(fault.Permanent, "write", errors.New("it exists"))
	}
	if !taken || !l.overwrite {
		l.rows = append(l.rows, kept{r, time.Now()})
	}
	return nil
}

// book is what is shown of the records whose key begins so.
func (l *ledger) book(kinds []erp.Kind, key string) (b erp.Book, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lookUp != nil {
		return b, l.lookUp
	}
	for _, k := range l.rows {
		if !slices.Contains(kinds, k.record.Kind()) || !strings.HasPrefix(k.record.Key()+"|", key+"|") || time.Since(k.at) < l.stale {
			continue
		}
		row := erp.Row{Kind: k.record.Kind(), Values: map[erp.Name]string{}}
		for _, f := range k.record.Fields() {
			row.Values[f.Name] = f.Value
		}
		if l.hides {
			delete(row.Values, erp.ColReference)
		}
		if _, isItem := row.Values[erp.ColItem]; isItem && len(b.Documents) > 0 {
			b.Documents[0].Items = append(b.Documents[0].Items, row)
		} else if !isItem {
			b.Documents = append(b.Documents, erp.Document{Header: row})
		}
	}
	return b, nil
}

func (l *ledger) Orders(_ context.Context, key erp.OrderKey) (erp.Book, error) {
	return l.book([]erp.Kind{erp.KindOrder, erp.KindOrderItem, erp.KindSubcontract, erp.KindSubcontractItem}, key.Origin())
}

func (l *ledger) Variations(_ context.Context, key erp.VariationKey) (erp.Book, error) {
	return l.book([]erp.Kind{erp.KindVariation, erp.KindVariationItem}, key.Origin())
}

func plan() Plan {
	job := erp.JobKey{WorkID: "01", Job: "1001"}
	return Plan{
		Connection: "acme", Environment: "TEST", WorkID: "01", Job: job, Creditor: erp.CreditorKey{WorkID: "01", Creditor: "BOND02"},
		Centre: erp.CostCentreKey{JobKey: job, CostCode: "02-200", CostType: "S"}, VariationType: "1", OrderWidth: 10, VariationWidth: 6,
	}
}

// prove runs a contract check in virtual time.
func prove(t *testing.T, l *ledger, after func(r Record, err error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		after(Contract{Ledger: l, Plan: plan()}.Run(t.Context()))
	})
}

func everyKind() []erp.Kind {
	return []erp.Kind{erp.KindOrder, erp.KindOrderItem, erp.KindSubcontract, erp.KindSubcontractItem, erp.KindVariation, erp.KindVariationItem}
}

func ambiguous() error { return fault.New(fault.Ambiguous, "write", errors.New("no answer")) }

// values are the verdicts in the order of Records.
func (r Record) summary() string {
	var words []string
	for _, name := range Records() {
		words = append(words, r.Unique[name])
	}
	return strings.Join(words, " ")
}

func TestContractVerdicts(t *testing.T) {
	const v, no, un = Verified, No, Unknown
	join := func(values ...string) string { return strings.Join(values, " ") }
	for name, c := range map[string]struct {
		ledger *ledger
		want   string
		check  func(t *testing.T, r Record)
	}{
		"strict": {&ledger{}, join(v, v, v, v), func(t *testing.T, r Record) {
			if !r.AtOnce || r.LookUpMS != 0 || r.CommitMS != 0 || r.Reference != "shown" || len(r.Numbers) != 3 {
				t.Errorf("%+v", r)
			}
		}},
		"accepts a purchase order":  {&ledger{accepts: []erp.Kind{erp.KindOrder}}, join(no, v, v, v), nil},
		"accepts a subcontract":     {&ledger{accepts: []erp.Kind{erp.KindSubcontract}}, join(no, v, v, v), nil},
		"accepts order items":       {&ledger{accepts: []erp.Kind{erp.KindOrderItem}}, join(v, no, v, v), nil},
		"accepts subcontract items": {&ledger{accepts: []erp.Kind{erp.KindSubcontractItem}}, join(v, no, v, v), nil},
		"accepts variations":        {&ledger{accepts: []erp.Kind{erp.KindVariation}}, join(v, v, no, v), nil},
		"accepts variation items":   {&ledger{accepts: []erp.Kind{erp.KindVariationItem}}, join(v, v, v, no), nil},
		"overwrites":                {&ledger{accepts: []erp.Kind{erp.KindOrder, erp.KindSubcontract}, overwrite: true}, join(no, v, v, v), nil},
		"hides the reference": {&ledger{hides: true}, join(v, v, v, v), func(t *testing.T, r Record) {
			if r.Reference != "hidden" {
				t.Errorf("reference %s", r.Reference)
			}
		}},
		"slow": {&ledger{takes: 20 * time.Second}, join(v, v, v, v), func(t *testing.T, r Record) {
			if r.AnswerMS != 20_000 || !r.AtOnce {
				t.Errorf("%+v", r)
			}
		}},
		"stale": {&ledger{stale: 45*time.Second + 500*time.Millisecond}, join(v, v, v, v), func(t *testing.T, r Record) {
			if r.AtOnce || r.LookUpMS < 45_000 || r.LookUpMS > 47_000 || r.CommitMS != 0 {
				t.Errorf("%+v", r)
			}
		}},
		"stale and accepting": {&ledger{stale: 30 * time.Second, accepts: everyKind()}, join(no, no, no, no), nil},
		"never shown": {&ledger{stale: time.Hour}, join(v, v, v, v), func(t *testing.T, r Record) {
			if r.AtOnce || r.LookUpMS != -1 {
				t.Errorf("%+v", r)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			prove(t, c.ledger, func(r Record, err error) {
				if err != nil || r.summary() != c.want {
					t.Fatalf("%s, want %s, %v: %+v", r.summary(), c.want, err, r)
				}
				if c.check != nil {
					c.check(t, r)
				}
			})
		})
	}
}

// A write without an answer that is committed later is waited for before it is
// repeated, or the repeat would prove nothing.
func TestLateCommitIsWaitedFor(t *testing.T) {
	l := &ledger{}
	late := make(chan struct{})
	l.onWrite = func(n int, _ erp.Record, do func() error) error {
		if n > 1 {
			return do()
		}
		time.AfterFunc(50*time.Second, func() { defer close(late); _ = do() }) // nobody hears of it
		return ambiguous()
	}
	prove(t, l, func(r Record, err error) {
		<-late
		if err != nil || r.summary() != "verified verified verified verified" || r.CommitMS < 50_000 || r.CommitMS > 52_000 || !r.AtOnce || !r.Tried[0].Doubt {
			t.Errorf("%v: %+v", err, r)
		}
	})
}

// Only a plain refusal makes "verified".
func TestNoClearAnswerProvesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		onWrite func(n int, r erp.Record, do func() error) error
		accepts []erp.Kind
		want    string
	}{
		"every answer is cut":                   {func(_ int, _ erp.Record, do func() error) error { _ = do(); return ambiguous() }, nil, "unknown unknown unknown unknown"},
		"every answer is cut, seconds accepted": {func(_ int, _ erp.Record, do func() error) error { _ = do(); return ambiguous() }, []erp.Kind{erp.KindOrder}, "no unknown unknown unknown"},
		"refused and written all the same": {func(_ int, _ erp.Record, do func() error) error {
			_ = do()
			return fault.New(fault.Permanent, "write", errors.New("refused"))
		}, []erp.Kind{erp.KindVariation}, "verified verified no verified"},
		"everything comes late, seconds accepted": {func(_ int, _ erp.Record, do func() error) error {
			time.AfterFunc(20*time.Second, func() { _ = do() })
			return ambiguous()
		}, everyKind(), "no no no no"},
		"the first repeat is cut": {func(n int, _ erp.Record, do func() error) error {
			err := do()
			if n == 2 {
				return ambiguous()
			}
			return err
		}, nil, "verified verified verified verified"},
		"nothing is written": {func(int, erp.Record, func() error) error { return ambiguous() }, nil, "unknown unknown unknown unknown"},
		"everything is refused": {func(int, erp.Record, func() error) error {
			return fault.New(fault.Permanent, "write", nil).Saying("Job 1001 is not active.")
		}, nil, "unknown unknown unknown unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			prove(t, &ledger{onWrite: c.onWrite, accepts: c.accepts}, func(r Record, err error) {
				if err != nil || r.summary() != c.want {
					t.Errorf("%s, want %s, %v: %+v", r.summary(), c.want, err, r)
				}
				if first := r.Tried[0]; first.Doubt && first.AtOnce {
					t.Errorf("a write without an answer counts as shown at once: %+v", first)
				}
			})
		})
	}
}

func TestContractLines(t *testing.T) {
	prove(t, &ledger{}, func(r Record, err error) {
		lines := r.Lines(30 * time.Second)
		wants(t, lines, "contract look-up", OK, "at once")
		wants(t, lines, "contract documents", OK, "purchase order PCT", "variation PCT")
		if err != nil || len(lines) != 8 || lines[0].Connection != "acme" {
			t.Errorf("%v %+v", err, lines)
		}
	})
	for name, c := range map[string]struct {
		ledger *ledger
		topic  string
		level  Level
		words  []string
	}{
		"accepted": {&ledger{accepts: []erp.Kind{erp.KindOrderItem}}, "contract unique keys", Warning, []string{"item: Jobpac does not refuse", "purchase order item: a second one was accepted"}},
		"hidden":   {&ledger{hides: true}, "contract reference", Warning, []string{"reference_field"}},
		"slow":     {&ledger{takes: 16 * time.Second}, "contract answers", Warning, []string{"took 16s", "send_limit"}},
		"late":     {&ledger{stale: 9 * time.Second}, "contract look-up", Warning, []string{"up to 9s late"}},
		"never":    {&ledger{stale: time.Hour}, "contract look-up", Wrong, []string{"does not show"}},
	} {
		t.Run(name, func(t *testing.T) {
			prove(t, c.ledger, func(r Record, err error) {
				if err != nil {
					t.Fatal(err)
				}
				lines := slices.DeleteFunc(r.Lines(30*time.Second), func(l Line) bool { return l.Topic == "contract reference" && c.topic != l.Topic })
				wants(t, lines, c.topic, c.level, c.words...)
			})
		})
	}
	refuses := &ledger{onWrite: func(int, erp.Record, func() error) error {
		return fault.New(fault.Permanent, "write", nil).Saying("Job 1001 is not active.")
	}}
	prove(t, refuses, func(r Record, _ error) {
		bad := r.Lines(30 * time.Second)[0]
		if bad.Level != Wrong || !containsAll(bad.Words+bad.Do, []string{"could not be tried", "Job 1001 is not active.", "--job"}) {
			t.Errorf("%+v", bad)
		}
	})
}

// What surely was not written is written again, as long as Jobpac asks for no
// long pause; a Jobpac that cannot be used ends the check.
func TestJobpacAway(t *testing.T) {
	busy := func(pause time.Duration) error {
		return fault.New(fault.Transient, "write", errors.New("busy")).OfSystem().Wait(pause)
	}
	l := &ledger{onWrite: func(n int, _ erp.Record, do func() error) error {
		if n%2 == 1 {
			return busy(time.Second)
		}
		return do()
	}}
	prove(t, l, func(r Record, err error) {
		if err != nil || r.summary() != "verified verified verified verified" {
			t.Errorf("%v %+v", err, r)
		}
	})
	for name, c := range map[string]struct {
		ledger *ledger
		sends  int
	}{
		"busy for ever": {&ledger{onWrite: func(int, erp.Record, func() error) error { return busy(0) }}, 5},
		"a long pause":  {&ledger{onWrite: func(int, erp.Record, func() error) error { return busy(time.Hour) }}, 1},
		"busy in the middle": {&ledger{onWrite: func(n int, _ erp.Record, do func() error) error {
			if n > 1 {
				return busy(time.Hour)
			}
			return do()
		}}, 2},
		"look-ups refused": {&ledger{lookUp: errors.New("no listing")}, 0},
	} {
		prove(t, c.ledger, func(_ Record, err error) {
			if err == nil || c.ledger.sends != c.sends {
				t.Errorf("%s: %d sends, %v", name, c.ledger.sends, err)
			}
		})
	}
}

func TestNumbersAreFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		first, err := Contract{Ledger: l, Plan: plan()}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		l.rows = slices.DeleteFunc(l.rows, func(k kept) bool { return k.record.Kind() != erp.KindOrder })
		again := Contract{Ledger: l, Plan: plan(), Now: func() time.Time { return first.At }}
		second, err := again.Run(t.Context())
		if err != nil || second.Numbers[0] == first.Numbers[0] || second.summary() != "verified verified verified verified" {
			t.Errorf("%v, %v: %v", first.Numbers, second.Numbers, err)
		}
		for _, r := range l.rows {
			if o, ok := r.record.(erp.Order); ok && (len(o.OrderKey.Order) != 10 || !strings.HasPrefix(o.OrderKey.Order, "PCT") || !strings.Contains(o.Description, "may be deleted")) {
				t.Errorf("%+v", o)
			}
		}
		long := plan()
		long.Prefix = "TESTS"
		if _, err := (Contract{Ledger: l, Plan: long}).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "shorter") {
			t.Errorf("%v", err)
		}
	})
}

func TestContractEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		l := &ledger{stale: time.Hour}
		if _, err := (Contract{Ledger: l, Plan: plan()}).Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}
