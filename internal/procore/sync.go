package procore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// slowRows is how few rows a call may have to be halved because it took too long:
// below that it is not their number.
const slowRows = 250

// hopeless is how many pieces of a call may be refused as a whole until all of
// a piece counts as refused: it bounds the calls that look for a bad row.
const hopeless = 32

// Sync writes the rows of one batch, all of one type, and tells of each what
// became of it, in their order. A row that Procore refuses, and one that can
// never be sent, is told by Refused, in Procore's words or ours and free of
// secrets; it keeps no other row out. Refs must be resolved: what is sent are
// the fields, the origin id where the type has one, and the id where it is
// known.
//
// An error is about the call as a whole, and says nothing about single rows:
//
//   - Transient: it may be sent again. Where Procore leaves a row unmentioned,
//     or another write to the project is under way (409), it is this.
//   - Permanent: Procore refused it whole and nothing of it was taken, or the
//     type is not written at all.
//   - Ambiguous: only with new budget lines and new prime contracts. They may
//     have been made. See below.
//
// All other calls are updates when they are repeated (documented). Budget lines
// have no origin id: a row without an id makes a new line each time. A new prime
// contract likewise. So give them the id that Known shows, and after an
// Ambiguous error read Known again before they are sent again.
//
// A batch that Procore finds too long (413) is halved as often as needed, one of
// more than 250 rows that takes too long (408, or our own limit) likewise. Prime
// contracts are written one by one: the contract itself, then its lines; what is
// refused of the lines is told with the contract.
func (c *Client) Sync(ctx context.Context, b erp.EntryBatch) ([]erp.Synced, error) {
	if b.Type == erp.EntryPrime {
		return c.syncPrimes(ctx, b)
	}
	r, ok := roads(b.Type)
	if !ok {
		return nil, fault.New(fault.Permanent, "procore sync "+string(b.Type), errors.New("records of this type are not written"))
	}
	return c.syncAlong(ctx, r, b, 0)
}

// syncAlong sends a batch along a road. record is the record in the path, if
// any.
func (c *Client) syncAlong(ctx context.Context, r road, b erp.EntryBatch, record erp.ID) ([]erp.Synced, error) {
	op := "procore sync " + string(b.Type)
	if err := r.lacks(b); err != nil {
		return nil, fault.New(fault.Permanent, op, err)
	}
	s := &sending{Client: c, road: r, batch: b, record: record, out: make([]erp.Synced, len(b.Rows))}
	if err := s.send(ctx, s.encoded()); err != nil {
		if s.taken && s.risky && fault.Of(err) != fault.Ambiguous {
			err = fault.New(fault.Ambiguous, op, err).Saying("A part of the rows was written before the rest failed: " + fault.Said(err))
		}
		return nil, err
	}
	return s.out, nil
}

// sending is one batch on its way.
type sending struct {
	*Client
	road    road
	batch   erp.EntryBatch
	record  erp.ID
	out     []erp.Synced
	risky   bool // a row of it makes a new record with each call
	taken   bool // a piece was taken
	refused int  // pieces refused as a whole
}

// encoded writes the rows. One that cannot be written is refused here.
func (s *sending) encoded() []sentRow {
	rows := make([]sentRow, 0, len(s.batch.Rows))
	for i, e := range s.batch.Rows {
		s.out[i].ID = e.ID
		if e.Type != s.batch.Type {
			s.out[i].Refused = fmt.Sprintf("a %s cannot be sent among rows of type %s", e.Type, s.batch.Type)
			continue
		}
		row, err := encodeRow(s.road, e)
		if err != nil {
			s.out[i].Refused = "It cannot be sent: " + err.Error()
			continue
		}
		s.risky = s.risky || s.road.doubles && e.ID == 0
		rows = append(rows, sentRow{at: i, entry: e, json: row})
	}
	return rows
}

// send makes one call for rows, or two for its halves.
func (s *sending) send(ctx context.Context, rows []sentRow) error {
	if len(rows) == 0 {
		return nil
	}
	synced, err := s.call(ctx, rows)
	switch {
	case err == nil:
		s.taken = true
		for i, row := range rows {
			s.out[row.at] = synced[i]
		}
		return nil
	case tooLong(err), len(rows) > slowRows && tooSlow(ctx, err):
		return s.halved(ctx, rows, err)
	case s.taken && fault.Of(err) == fault.Permanent:
		s.refused++
		return s.halved(ctx, rows, err)
	}
	return err
}

// halved sends both halves of rows. A row that is refused by itself is refused;
// so are all of a piece where the bound is reached.
func (s *sending) halved(ctx context.Context, rows []sentRow, err error) error {
	if len(rows) == 1 || s.refused > hopeless {
		for _, row := range rows {
			s.out[row.at].Refused = fault.Said(err)
		}
		return nil
	}
	middle := len(rows) / 2
	if err := s.send(ctx, rows[:middle]); err != nil {
		return err
	}
	return s.send(ctx, rows[middle:])
}

// tooLong tells whether a shorter call may be taken: Procore finds it too long,
// or its answer is longer than what we read.
func tooLong(err error) bool {
	var refused *StatusError
	if errors.As(err, &refused) {
		return refused.Status == http.StatusRequestEntityTooLarge
	}
	return errors.Is(err, errTooLarge) && fault.Of(err) == fault.Permanent
}

// tooSlow tells whether a call that may be repeated took longer than Procore
// (408) or we allow.
func tooSlow(ctx context.Context, err error) bool {
	if fault.Of(err) != fault.Transient || ctx.Err() != nil {
		return false
	}
	var refused *StatusError
	if errors.As(err, &refused) {
		return refused.Status == http.StatusRequestTimeout
	}
	var late net.Error
	return errors.As(err, &late) && late.Timeout() && !fault.IsSystem(err)
}

// call makes one call for rows and joins its answer with them.
func (s *sending) call(ctx context.Context, rows []sentRow) ([]erp.Synced, error) {
	k := s.road.call(s.Client, s.batch, s.record)
	for _, row := range rows {
		k.risky = k.risky || s.road.doubles && row.entry.ID == 0
	}
	var err error
	if k.body, err = s.road.body(s.Client, s.batch, rows); err != nil {
		return nil, fault.New(fault.Permanent, k.op(), err)
	}
	return fetch(ctx, s.Client, k, func(a answer) ([]erp.Synced, error) {
		return decodeSync(s.road, rows, a.body, s.service.secret(), a.token)
	})
}
