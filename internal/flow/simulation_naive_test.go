package flow

import (
	"context"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/translate"
)

// The naive protocols: what one writes first. They run over the very same
// queue, claims store, Jobpac and faults as the road, and must fail there.

// protocol handles one event.
type protocol func(ctx context.Context, h *hand, e erp.Event) Verdict

// naiveProtocols are those of the study, by name.
func naiveProtocols() map[string]protocol {
	return map[string]protocol{
		"P1 mark, then create":                 markThenCreate,
		"P2 create, then mark":                 createThenMark,
		"P3 lock with expiry, create, mark":    func(ctx context.Context, h *hand, e erp.Event) Verdict { return locked(ctx, h, e, false) },
		"P4 lock, look up, create, mark":       func(ctx context.Context, h *hand, e erp.Event) Verdict { return locked(ctx, h, e, true) },
		"P4 without the lock: look up, create": lookThenCreate,
	}
}

const markFor = 24 * time.Hour

func naiveLater(err error) Verdict {
	return Verdict{Settle: Later, After: max(15*time.Second, fault.After(err)), Reason: err.Error(), Err: err}
}

// commitmentOf reads the request, as every protocol does first.
func (h *hand) commitmentOf(ctx context.Context, e erp.Event) (erp.Request, string, error) {
	h.Reach(failpoint.Taken)
	req, err := procorePort{h}.Request(ctx, e.ResourceID)
	if err != nil {
		return req, "", err
	}
	h.Reach(failpoint.Read)
	return req, req.Commitment.ID.String(), nil
}

// create writes every record of a commitment; with look it asks first whether
// it is there.
func (h *hand) create(ctx context.Context, req erp.Request, look bool) error {
	result := translate.Commitment(req, simRules, goodFacts())
	for _, rec := range result.Records {
		if look {
			found, err := h.standsAlready(ctx, req, rec)
			if err != nil {
				return err
			}
			h.Reach(failpoint.Looked)
			if found {
				continue
			}
		}
		h.Reach(failpoint.BeforeSend)
		if err := (jobpacPort{h}).Write(ctx, erp.Write{Record: rec}); err != nil {
			return err
		}
		h.Reach(failpoint.Sent)
	}
	return nil
}

// standsAlready looks a record up by its natural key.
func (h *hand) standsAlready(ctx context.Context, req erp.Request, rec erp.Record) (bool, error) {
	book, err := jobpacPort{h}.Orders(ctx, translate.CommitmentKey(req, simRules))
	if err != nil {
		return false, err
	}
	w := work{book: book}
	_, found := w.find(rec)
	return found, nil
}

// finish tells Procore.
func (h *hand) finish(ctx context.Context, req erp.Request) Verdict {
	if err := (procorePort{h}).Close(ctx, req.DetailID, erp.Success, []string{"done"}); err != nil {
		return naiveLater(err)
	}
	h.Reach(failpoint.Closed)
	return Verdict{Settle: Ack, Reason: "done"}
}

// markThenCreate: the mark says done before it is. A failure takes it back.
func markThenCreate(ctx context.Context, h *hand, e erp.Event) Verdict {
	req, id, err := h.commitmentOf(ctx, e)
	if err != nil {
		return naiveLater(err)
	}
	fresh, err := claimsPort{h}.Take(ctx, "mark", id, h.name, markFor)
	if err != nil {
		return naiveLater(err)
	}
	if !fresh {
		return Verdict{Settle: Ack, Reason: "marked"}
	}
	h.Reach(failpoint.Claimed)
	if err := h.create(ctx, req, false); err != nil {
		_ = claimsPort{h}.Free(ctx, "mark", id, h.name)
		return naiveLater(err)
	}
	return h.finish(ctx, req)
}

// createThenMark: the mark says done after it is.
func createThenMark(ctx context.Context, h *hand, e erp.Event) Verdict {
	return h.unlessMarked(ctx, e, func(req erp.Request, id string) Verdict {
		return h.createAndMark(ctx, req, id, false)
	})
}

// unlessMarked goes on with what is not marked yet.
func (h *hand) unlessMarked(ctx context.Context, e erp.Event, next func(erp.Request, string) Verdict) Verdict {
	req, id, err := h.commitmentOf(ctx, e)
	if err != nil {
		return naiveLater(err)
	}
	marked, err := claimsPort{h}.Has(ctx, "mark "+id)
	if err != nil {
		return naiveLater(err)
	}
	if marked {
		return Verdict{Settle: Ack, Reason: "marked"}
	}
	return next(req, id)
}

// createAndMark creates, then marks, then tells Procore.
func (h *hand) createAndMark(ctx context.Context, req erp.Request, id string, look bool) Verdict {
	if err := h.create(ctx, req, look); err != nil {
		return naiveLater(err)
	}
	if _, err := (claimsPort{h}).Take(ctx, "mark", id, h.name, markFor); err != nil {
		return naiveLater(err)
	}
	h.Reach(failpoint.DoneWritten)
	return h.finish(ctx, req)
}

// locked holds a lock that expires around all of it.
func locked(ctx context.Context, h *hand, e erp.Event, look bool) Verdict {
	return h.unlessMarked(ctx, e, func(req erp.Request, id string) Verdict {
		held, err := claimsPort{h}.Take(ctx, "lock", id, h.name, 90*time.Second)
		if err != nil {
			return naiveLater(err)
		}
		if !held {
			return Verdict{Settle: Later, After: time.Second, Reason: "locked"}
		}
		defer func() { _ = claimsPort{h}.Free(ctx, "lock", id, h.name) }()
		h.Reach(failpoint.Claimed)
		if marked, err := (claimsPort{h}).Has(ctx, "mark "+id); err != nil || marked {
			return Verdict{Settle: Later, After: time.Second, Reason: "marked meanwhile"}
		}
		return h.createAndMark(ctx, req, id, look)
	})
}

// lookThenCreate has neither lock nor mark.
func lookThenCreate(ctx context.Context, h *hand, e erp.Event) Verdict {
	req, _, err := h.commitmentOf(ctx, e)
	if err != nil {
		return naiveLater(err)
	}
	if err := h.create(ctx, req, true); err != nil {
		return naiveLater(err)
	}
	return h.finish(ctx, req)
}
