package flow

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

var (
	silence    = zerolog.Nop()
	errNoReply = errors.New("no answer in time")
)

// simJournal is the shared journal: compare-and-set, and every record that is
// stored must be a legal move.
type simJournal struct {
	*world
	seq       uint64
	effects   map[journal.Key]journal.Effect
	registers map[string]simRegister
	intents   map[string][]*intent    // by owner and step
	dones     map[journal.Key][]int64 // the requests with which an effect was done
}

type simRegister struct {
	journal.Register
	seq uint64
}

// intent is leave to send once.
type intent struct {
	notAfter time.Time
	used     bool
}

func newSimJournal(w *world) *simJournal {
	return &simJournal{
		world: w, effects: map[journal.Key]journal.Effect{}, registers: map[string]simRegister{}, intents: map[string][]*intent{},
		dones: map[journal.Key][]int64{},
	}
}

// store appends under the world's lock, or fails with ErrMoved.
func (j *simJournal) store(key journal.Key, r journal.Record, after uint64) (uint64, error) {
	e := j.effects[key]
	if e.Key = key; e.Seq != after {
		return 0, journal.ErrMoved
	}
	e = e.Clone()
	if err := e.Apply(r, j.seq+1); err != nil {
		if !j.forget {
			j.failLocked("illegal history: %v", err)
		}
		e.Seq, e.State = j.seq+1, r.Moves[len(r.Moves)-1].To
	}
	j.seq++
	j.effects[key] = e
	for _, m := range r.Moves {
		if m.To == journal.Intent {
			j.intents[r.Owner+" "+m.Step] = append(j.intents[r.Owner+" "+m.Step], &intent{notAfter: m.NotAfter})
		}
		if m.To == journal.Done {
			j.dones[key] = append(j.dones[key], r.Request)
		}
		j.tell("%s: %s is %s %s %s", r.Owner, key.Effect, m.To, m.Step, m.Rule)
	}
	return j.seq, nil
}

// spend uses up the newest intent of that owner and step, and objects to a
// send that has none, or comes after its time without the worker having stood
// still.
func (j *simJournal) spend(h *hand, step string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := j.intents[h.owner+" "+step]
	at := slices.IndexFunc(list, func(i *intent) bool { return !i.used })
	if at < 0 {
		j.failLocked("%s sends %s without an intent of its own", h.name, step)
		return
	}
	found := list[at]
	for _, i := range list[at:] {
		if i.used {
			continue
		}
		found = i
	}
	found.used = true
	if now := time.Now(); now.After(found.notAfter) && !h.stalled {
		j.failLocked("%s sends %s %s after its time", h.name, step, now.Sub(found.notAfter))
	}
	if h.checked.After(found.notAfter) {
		j.failLocked("%s looked at the clock after the time of %s, and sends it", h.name, step)
	}
}

// journalPort is the journal as one hand reaches it.
type journalPort struct{ *hand }

func away(op string, err error) error { return fault.New(fault.Transient, op, err).OfSystem() }

func (j journalPort) Load(ctx context.Context, key journal.Key) (journal.Effect, error) {
	r := j.roll("load")
	if err := j.call(ctx, time.Millisecond, 4*time.Millisecond, r); err != nil || chance(r, j.unkept/2) {
		return journal.Effect{Key: key}, away("load", errors.Join(errNoReply, err))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	e := j.journal.effects[key].Clone()
	e.Key = key
	if j.forget {
		forgetSteps(&e)
	}
	return e, nil
}

// forgetSteps takes out of an effect what a road without intents would not
// know.
func forgetSteps(e *journal.Effect) {
	e.Steps = nil
	switch e.State {
	case journal.Intent, journal.Committed, journal.UnknownOut, journal.Claimed:
		e.State, e.WakeAt, e.Until = journal.Planned, time.Time{}, time.Time{}
	}
}

func (j journalPort) Append(ctx context.Context, key journal.Key, rec journal.Record, after uint64) (uint64, error) {
	rec.Moves = slices.Clone(rec.Moves)
	return j.keep(ctx, "append", func() (uint64, error) { return j.journal.store(key, rec, after) })
}

// keep stores something under the lock, or fails: not stored, stored without
// an answer, or stored later without an answer.
func (j journalPort) keep(ctx context.Context, what string, store func() (uint64, error)) (uint64, error) {
	r := j.roll(what)
	if err := j.call(ctx, time.Millisecond, 5*time.Millisecond, r); err != nil {
		return 0, away(what, err)
	}
	if !chance(r, j.unkept) {
		return j.kept(ctx, r.IntN(2), store)
	}
	j.count("append failed")
	switch r.IntN(3) {
	case 0:
	case 1:
		_, _ = j.kept(ctx, 0, store)
	default:
		time.AfterFunc(between(r, time.Second, 20*time.Second), func() {
			j.mu.Lock()
			defer j.mu.Unlock()
			_, _ = store()
		})
	}
	err := j.call(ctx, 2*time.Second, 15*time.Second, r)
	return 0, away(what, errors.Join(errNoReply, err))
}

// kept stores at once and answers after a moment.
func (j journalPort) kept(ctx context.Context, ms int, store func() (uint64, error)) (uint64, error) {
	j.mu.Lock()
	seq, err := store()
	j.mu.Unlock()
	_ = j.rest(ctx, time.Duration(ms)*time.Millisecond)
	j.alive()
	return seq, err
}

func (j journalPort) LoadRegister(ctx context.Context, connection, name string) (journal.Register, uint64, error) {
	r := j.roll("load register")
	if err := j.call(ctx, time.Millisecond, 4*time.Millisecond, r); err != nil || chance(r, j.unkept/2) {
		return journal.Register{}, 0, away("load register", errors.Join(errNoReply, err))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	reg := j.journal.registers[connection+" "+name]
	reg.Numbers, reg.Waiters = slices.Clone(reg.Numbers), slices.Clone(reg.Waiters)
	return reg.Register, reg.seq, nil
}

func (j journalPort) SaveRegister(ctx context.Context, connection string, reg journal.Register, after uint64) error {
	reg.Numbers, reg.Waiters = slices.Clone(reg.Numbers), slices.Clone(reg.Waiters)
	_, err := j.keep(ctx, "save register", func() (uint64, error) {
		name := connection + " " + reg.Name
		if j.journal.registers[name].seq != after {
			return 0, journal.ErrMoved
		}
		j.journal.seq++
		j.journal.registers[name] = simRegister{reg, j.journal.seq}
		return j.journal.seq, nil
	})
	return err
}
