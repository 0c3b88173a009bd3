package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/flow"
	"github.com/procpac/procpac/internal/journal"
)

// stormTape records every call of every worker on the journal, as the worker
// saw it end. Safe for concurrent use.
type stormTape struct {
	start time.Time
	lose  int // of 1,000 answers, how many the worker never sees; half of these calls are not made at all

	mu    sync.Mutex
	dice  *rand.Rand
	calls []stormCall
	lost  int
}

// stormCall is one call: what was asked, what the caller saw, and when. The
// value of a register is its content; that of an effect is how many records it
// has, which an append makes one more.
type stormCall struct {
	subject  string
	load     bool
	after    uint64 // append: the sequence it named
	register bool
	content  string          // register: what was loaded or saved
	records  int             // effect: how many were loaded
	seq      uint64          // loaded, or of the record appended; 0 of a saved register: not told
	outcome  stormOutcome    // of an append
	record   *journal.Record // effect: what was appended
	key      journal.Key
	from, to int64 // nanoseconds since the start; an unknown outcome never ends
}

// stormOutcome is what a caller knows of its append.
type stormOutcome int

const (
	stormStored stormOutcome = iota
	stormMoved               // another one came first
	stormUnknown
)

// String names an outcome.
func (o stormOutcome) String() string { return [...]string{"stored", "moved", "unknown"}[o] }

func newStormTape(seed uint64, lose int) *stormTape {
	return &stormTape{start: time.Now(), lose: lose, dice: rand.New(rand.NewPCG(seed, 2))}
}

// wrap puts the tape before a journal; for app.ServeOptions.Journal.
func (t *stormTape) wrap(j flow.Journal) flow.Journal { return taped{inner: j, tape: t} }

func (t *stormTape) now() int64 { return time.Since(t.start).Nanoseconds() }

func (t *stormTape) add(c stormCall) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls = append(t.calls, c)
}

// all gives the calls so far.
func (t *stormTape) all() []stormCall {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]stormCall(nil), t.calls...)
}

// losing tells whether this call's answer is to be lost, and whether the call
// is to be made before.
func (t *stormTape) losing() (lost, made bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if lost = t.dice.IntN(1000) < t.lose; lost {
		t.lost++
	}
	return lost, t.dice.IntN(2) == 0
}

// errAnswerLost is what a worker sees of an append whose answer is lost.
var errAnswerLost = errors.New("the answer of the journal was lost on purpose")

// taped is a journal behind a tape.
type taped struct {
	inner flow.Journal
	tape  *stormTape
}

// Load records what stood there. A failed load says nothing, and is left out.
func (j taped) Load(ctx context.Context, key journal.Key) (journal.Effect, error) {
	c := stormCall{subject: key.String(), load: true, from: j.tape.now(), key: key}
	e, err := j.inner.Load(ctx, key)
	if c.to = j.tape.now(); err == nil {
		c.seq, c.records = e.Seq, e.Records
		j.tape.add(c)
	}
	return e, err
}

// Append records what became of it.
func (j taped) Append(ctx context.Context, key journal.Key, r journal.Record, after uint64) (uint64, error) {
	c := stormCall{subject: key.String(), after: after, from: j.tape.now(), record: &r, key: key}
	seq, err := j.maybe(func() (uint64, error) { return j.inner.Append(ctx, key, r, after) })
	c.seq = seq
	j.end(c, err)
	return seq, err
}

// LoadRegister records what stood there.
func (j taped) LoadRegister(ctx context.Context, connection, name string) (journal.Register, uint64, error) {
	c := stormCall{subject: connection + " register " + name, load: true, register: true, from: j.tape.now()}
	reg, seq, err := j.inner.LoadRegister(ctx, connection, name)
	if c.to = j.tape.now(); err == nil {
		if c.seq = seq; seq != 0 {
			c.content = registerText(reg)
		}
		j.tape.add(c)
	}
	return reg, seq, err
}

// SaveRegister records what became of it.
func (j taped) SaveRegister(ctx context.Context, connection string, reg journal.Register, after uint64) error {
	c := stormCall{subject: connection + " register " + reg.Name, after: after, register: true, content: registerText(reg), from: j.tape.now()}
	_, err := j.maybe(func() (uint64, error) { return 0, j.inner.SaveRegister(ctx, connection, reg, after) })
	j.end(c, err)
	return err
}

// maybe makes a call, or not, and may lose its answer.
func (j taped) maybe(call func() (uint64, error)) (uint64, error) {
	lost, made := j.tape.losing()
	if !lost {
		return call()
	}
	err := fault.New(fault.Transient, "append to the journal", errAnswerLost).OfSystem()
	if made {
		if _, inner := call(); inner != nil {
			return 0, inner
		}
	}
	return 0, err
}

// end sorts the outcome of an append.
func (j taped) end(c stormCall, err error) {
	switch c.to = j.tape.now(); {
	case err == nil:
		c.outcome = stormStored
	case errors.Is(err, journal.ErrMoved):
		c.outcome = stormMoved
	default:
		c.outcome, c.to = stormUnknown, math.MaxInt64
	}
	j.tape.add(c)
}

func registerText(reg journal.Register) string {
	text, _ := json.Marshal(reg) // texts and whole numbers only, cannot fail
	return string(text)
}
