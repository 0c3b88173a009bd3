package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// Journal keeps the histories of all effects in the JOURNAL stream. Each append
// names the sequence that must stand on its subject, and the server checks it:
// of several writers on one effect exactly one wins. Get one from Bus.Journal;
// it is safe for concurrent use.
//
// Reads may come from a replica of the cluster that lags a little. That costs a
// lost append at most, because the append is what decides.
type Journal struct {
	bus *Bus
	now func() time.Time
}

// Journal is the journal of this bus.
func (b *Bus) Journal() *Journal { return &Journal{bus: b, now: time.Now} }

// ErrBroken is a history with a record missing or unreadable. It cannot be
// trusted: only a person, or a copy, can help.
var ErrBroken = journal.ErrBroken

// Stored is one record as it lies in the journal.
type Stored struct {
	Seq    uint64
	At     time.Time // when the server stored it
	Record journal.Record
}

// Load folds the history of an effect; one that nobody planned is empty, and
// costs one round trip. Errors: ErrBroken (Permanent); an illegal move
// (journal.ErrIllegal); else Transient and of the system.
func (j *Journal) Load(ctx context.Context, key journal.Key) (journal.Effect, error) {
	effect := journal.Effect{Key: key}
	err := j.each(ctx, key, func(s Stored) error { return effect.Apply(s.Record, s.Seq) })
	if err != nil {
		return journal.Effect{Key: key}, fmt.Errorf("load %s: %w", key, err)
	}
	return effect, nil
}

// History lists the records of an effect, oldest first. Errors as of Load.
func (j *Journal) History(ctx context.Context, key journal.Key) ([]Stored, error) {
	var all []Stored
	err := j.each(ctx, key, func(s Stored) error {
		all = append(all, s)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", key, err)
	}
	return all, nil
}

// each visits the records of an effect in order and checks that none is missing.
func (j *Journal) each(ctx context.Context, key journal.Key, visit func(Stored) error) error {
	subject, err := effectSubject(key)
	if err != nil {
		return err
	}
	var before uint64
	var wrong error // what is wrong with the history, as against with the reading
	err = eachOf(ctx, j.bus.nc, streamJournal, subject, func(m stored) error {
		record, err := chained(m, before)
		if err == nil {
			err = visit(Stored{Seq: m.seq, At: m.at, Record: record})
		}
		before, wrong = m.seq, err
		return err
	})
	switch {
	case errors.Is(err, errGarbled):
		return broken(before+1, err)
	case wrong == nil && err != nil:
		return away("read the journal", err)
	}
	return wrong
}

// chained reads a record and checks that it follows the sequence before.
func chained(m stored, before uint64) (journal.Record, error) {
	if err := follows(m, before); err != nil {
		return journal.Record{}, err
	}
	return decodeRecord(m.seq, m.data)
}

// follows checks that a record was appended to the sequence before.
func follows(m stored, before uint64) error {
	named := m.header.Get(jetstream.ExpectedLastSubjSeqHeader)
	if seq, err := strconv.ParseUint(named, 10, 64); err != nil || seq != before {
		return broken(m.seq, fmt.Errorf("it follows sequence %q, but sequence %d stands before it", named, before))
	}
	return nil
}

// decodeRecord reads a record of this version.
func decodeRecord(seq uint64, data []byte) (r journal.Record, err error) {
	if err := json.Unmarshal(data, &r); err != nil {
		return r, broken(seq, err)
	}
	if r.V != journal.Version {
		return r, broken(seq, fmt.Errorf("it has version %d, this build reads %d", r.V, journal.Version))
	}
	return r, nil
}

// broken is ErrBroken at a sequence.
func broken(seq uint64, err error) error {
	return fault.New(fault.Permanent, "read the journal", fmt.Errorf("%w at sequence %d: %w", ErrBroken, seq, err))
}

// Append adds a record if the effect's last sequence is after (0: nothing is
// there), and gives the record's own. Nil: on disk. journal.ErrMoved: another
// append came first; load and decide anew. Any other error is Transient and of
// the system, and the append may or may not have happened: load. A record that
// can never be stored is Permanent. A record without a version gets this
// build's.
func (j *Journal) Append(ctx context.Context, key journal.Key, r journal.Record, after uint64) (seq uint64, err error) {
	subject, err := effectSubject(key)
	if err != nil {
		return 0, err
	}
	if r.V == 0 {
		r.V = journal.Version
	}
	data, err := json.Marshal(r)
	if err != nil {
		return 0, fault.New(fault.Permanent, "append to "+key.String(), err)
	}
	return j.append(ctx, key.String(), &slip{subject: subject, after: after, data: data})
}

// append does what Append and SaveRegister share.
func (j *Journal) append(ctx context.Context, what string, s *slip) (uint64, error) {
	out := j.bus.journal.do(ctx, s)
	switch {
	case out.err != nil:
		return 0, fmt.Errorf("%s: %w", what, out.err)
	case out.taken:
		return 0, fmt.Errorf("%s after sequence %d: %w", what, s.after, journal.ErrMoved)
	}
	return out.seq, nil
}

// register is the stored form of a register.
type register struct {
	V        int              `json:"v"`
	At       time.Time        `json:"at"`
	Register journal.Register `json:"register"`
}

// LoadRegister gives a register as it was saved last, and the sequence to save
// the next one after; one that nobody saved is empty with sequence 0. Errors as
// of Load.
func (j *Journal) LoadRegister(ctx context.Context, connection, name string) (journal.Register, uint64, error) {
	empty := journal.Register{Name: name}
	m, found, err := lastOf(ctx, j.bus.nc, streamJournal, registerSubject(connection, name))
	if errors.Is(err, errGarbled) {
		return empty, 0, fmt.Errorf("register %s: %w", name, broken(0, err))
	}
	if err != nil {
		return empty, 0, away("load register "+name, err)
	}
	if !found {
		return empty, 0, nil
	}
	saved, err := decodeRegister(m.seq, m.data)
	if err != nil {
		return empty, 0, fmt.Errorf("register %s: %w", name, err)
	}
	if saved.Name != name {
		return empty, 0, broken(m.seq, fmt.Errorf("register %q stands where %q should", saved.Name, name))
	}
	return saved, m.seq, nil
}

// decodeRegister reads a register of this version.
func decodeRegister(seq uint64, data []byte) (journal.Register, error) {
	var r register
	if err := json.Unmarshal(data, &r); err != nil {
		return r.Register, broken(seq, err)
	}
	if r.V != journal.Version {
		return r.Register, broken(seq, fmt.Errorf("it has version %d, this build reads %d", r.V, journal.Version))
	}
	return r.Register, nil
}

// SaveRegister saves a whole register if its last sequence is after. Errors as
// of Append.
func (j *Journal) SaveRegister(ctx context.Context, connection string, reg journal.Register, after uint64) error {
	data, err := json.Marshal(register{V: journal.Version, At: j.now().UTC(), Register: reg})
	if err != nil {
		return fault.New(fault.Permanent, "save register "+reg.Name, err)
	}
	_, err = j.append(ctx, "register "+reg.Name, &slip{subject: registerSubject(connection, reg.Name), after: after, data: data})
	return err
}
