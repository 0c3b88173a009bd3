package jobpac

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// partCalls is about how many calls are made for one part. A part that has few
// rows by then, or none, is still a part.
const partCalls = 32

// Read reads the next part of a listing: at most 2,000 rows, of the WorkID asked
// only; without one, of the connection's. What Part.Next holds can be used by
// another process, after any time. It is small, and belongs to the same
// listing, WorkID, job and creditor.
//
// Every row that stands in Jobpac for the whole reading is given exactly once,
// however Jobpac cuts its answers, as far as that can be known (see the
// package's comment). A row that changes meanwhile may come again, in its new
// state. Columns that Jobpac does not show are absent; amounts are decimal
// text, dates yyyy-mm-dd, times RFC 3339 in UTC.
//
// Since and Until count for creditors, cost centres, ledger and payables; the
// other listings show no time of change and are read in full.
//
// A Permanent fault says that the mark is not one of this reading, that Jobpac
// refuses, or that a list may be cut where nothing narrower can be asked:
// nothing is ever left out in silence. A Transient one may be tried again with
// the same mark. It holds nothing between calls and is safe for concurrent use.
func (c *Client) Read(ctx context.Context, r erp.Reading) (erp.Part, error) {
	w, err := c.newWalk(r)
	if err != nil {
		return erp.Part{}, err
	}
	var part erp.Part
	for !w.done && w.calls < partCalls {
		before := w.at.clone()
		rows, err := w.step(ctx)
		if err != nil && len(part.Rows) == 0 {
			return erp.Part{}, err
		}
		if err != nil || len(part.Rows)+len(rows) > partRows && len(part.Rows) > 0 {
			part.Next = before.mark() // what is left out comes first next time
			return part, nil
		}
		part.Rows = append(part.Rows, rows...)
		if w.full(len(part.Rows)) {
			break
		}
	}
	if !w.done {
		part.Next = w.at.mark()
	}
	return part, nil
}

// full tells whether another answer as long as the last one would be too much.
func (w *walk) full(rows int) bool { return rows > 0 && rows+w.stepped > partRows }

// newWalk begins where the mark says.
func (c *Client) newWalk(r erp.Reading) (*walk, error) {
	src, ok := sourceOf(r.Listing)
	if !ok {
		return nil, fault.New(fault.Permanent, "jobpac read", fmt.Errorf("there is no listing %q", r.Listing))
	}
	if r.Listing == erp.ListCreditors {
		r.WorkID = firstGiven(r.WorkID, c.config.CreditorWorkID)
	}
	r.WorkID = firstGiven(r.WorkID, c.config.WorkID)
	if !slices.Contains(slices.Concat(src.op.required, src.op.optional), "Creditor") {
		r.Creditor = ""
	}
	if r.Listing == erp.ListPayables && r.Creditor == "" {
		return nil, fault.New(fault.Permanent, src.op.title(), errors.New("payables are listed for one creditor: name it"))
	}
	at, err := readMark(r.After, readingOf(r), src)
	if err != nil {
		return nil, err
	}
	w := &walk{c: c, r: r, src: src, at: at}
	w.begin()
	return w, nil
}

// begin sets the job of a new walk.
func (w *walk) begin() {
	switch {
	case w.r.Listing == erp.ListJobs, w.src.byJob && w.r.Job != "":
		w.at.Job = w.r.Job
	case w.src.byJob && w.at.Jobs == nil:
		w.at.Jobs = &jobQueue{}
	}
}
