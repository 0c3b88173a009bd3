package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// approvals looks for approved documents that no effect covers.
func (w *walk) approvals(ctx context.Context) error {
	for a, err := range w.Procore.Approved(ctx, w.report.Since) {
		if errors.Is(err, erp.ErrNotShown) && ctx.Err() == nil {
			w.warn("Procore does not show all approvals (%s; %v), so what was approved there is not compared. Check the permitted projects of the service account.", fault.Said(err), err)
			continue
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return fmt.Errorf("approvals: %w", err)
		}
		if err := w.approval(ctx, a); err != nil {
			return fmt.Errorf("approval %s: %w", procoreName(a.Kind, a.ID.String(), a.Number), err)
		}
		w.report.Approvals++
		w.progress("approvals", w.report.Approvals, false)
	}
	w.progress("approvals", w.report.Approvals, true)
	return ctx.Err()
}

// approval compares one approved document with its effect, and with Jobpac
// where it is linked but the journal does not say that it stands.
func (w *walk) approval(ctx context.Context, a erp.Approval) error {
	b, covered := w.known.effects[journal.NewKey("", a.Kind, a.ID).Effect]
	switch {
	case covered && b.stands:
		w.settled(a, b)
		return nil
	case covered && b.owed:
		return nil // looked for with the effect
	case a.Origin != "":
		return w.linked(ctx, a, b, covered)
	case covered && (!b.effect.State.Terminal() || b.effect.State == journal.Abandoned):
		return nil // at work, parked, or given up by a person: told with the effect
	case a.Before(w.GoLive):
		w.note(a, b, BeforeGoLive, wordsBeforeGoLive(a, w.GoLive))
	default:
		w.note(a, b, Unsent, wordsUnsent(a, b, covered))
	}
	return nil
}

// settled compares a document that stands: its link, and whether Procore still
// says what was sent.
func (w *walk) settled(a erp.Approval, b brief) {
	if b.origin != "" && a.Origin != b.origin {
		w.note(a, b, Unlinked, wordsUnlinked(a, b))
	}
	sent, ok := erp.ParseMoney(b.effect.Plan.Total)
	sent += w.known.revised[b.effect.Effect]
	now, err := a.Total.Money()
	if ok && a.Total.Given() && err == nil && sent != now {
		w.note(a, b, Differs, wordsChangedInProcore(a, now, sent)).JobpacTotal = sent.String()
	}
}

// linked looks in Jobpac for a document that Procore says is there.
func (w *walk) linked(ctx context.Context, a erp.Approval, b brief, covered bool) error {
	at, parsed, err := w.follow(ctx, a)
	switch {
	case err != nil || !parsed:
		return err
	case at.unread:
		return nil
	case !at.there:
		f := w.note(a, b, Missing, wordsLinkedMissing(a, at.number))
		f.Number, f.JobpacTotal = at.number, "0.00"
	case at.ours && (!covered || b.effect.State.Terminal()):
		w.note(a, b, Unlinked, wordsUnknownToJournal(a, at.number)).Number = at.number
	}
	return nil
}

// place is where a link leads to.
type place struct {
	number string
	there  bool
	ours   bool // it carries our reference
	unread bool // Jobpac did not show it: there is a warning
}

// follow reads what an origin id of ours names. parsed false: it is none of
// ours, another program or a person set it.
func (w *walk) follow(ctx context.Context, a erp.Approval) (at place, parsed bool, err error) {
	if a.Kind == erp.ApprovedCommitment {
		key, err := erp.ParseOrderKey(a.Origin)
		if err != nil {
			return at, false, nil
		}
		at, err = w.followOrder(ctx, a, key, 0, erp.CommitmentReference(a.ID))
		return at, true, err
	}
	key, err := erp.ParseVariationKey(a.Origin)
	if err != nil {
		return at, false, nil
	}
	at, err = w.followVariation(ctx, a, key)
	if err != nil || at.there || at.unread || number(key.Variation) == 0 {
		return at, true, err
	}
	// The link of a change order on a purchase order has three parts too: the
	// order and its first item.
	at, err = w.followOrder(ctx, a, erp.OrderKey{WorkID: key.WorkID, Order: key.Job}, number(key.Variation), erp.CommitmentReference(a.Contract))
	return at, true, err
}

// followOrder looks for an order, or for one item of it.
func (w *walk) followOrder(ctx context.Context, a erp.Approval, key erp.OrderKey, item int, ref erp.Reference) (place, error) {
	at := place{number: key.Order}
	book, ok, err := w.orders(ctx, procoreName(a.Kind, a.ID.String(), a.Number), key)
	at.unread = !ok
	for _, doc := range book.Documents {
		at.there = at.there || item == 0
		at.ours = at.ours || referenceOf(doc.Header) == string(ref)
		for _, row := range doc.Items {
			at.there = at.there || itemOf(row) == item
		}
	}
	return at, err
}

func (w *walk) followVariation(ctx context.Context, a erp.Approval, key erp.VariationKey) (place, error) {
	at := place{number: key.Variation}
	book, ok, err := w.variations(ctx, procoreName(a.Kind, a.ID.String(), a.Number), key)
	at.unread = !ok
	for _, doc := range book.Documents {
		at.there = true
		at.ours = at.ours || referenceOf(doc.Header) == string(erp.ChangeOrderReference(a.ID))
	}
	return at, err
}

// note adds a finding about an approval and its effect, if it has one. The
// pointer is good until the next finding.
func (w *walk) note(a erp.Approval, b brief, kind, words string) *Finding {
	f := Finding{
		Kind: kind, Connection: w.Connection, Procore: procoreName(a.Kind, a.ID.String(), a.Number), Title: a.Title,
		ProcoreTotal: a.Total.String(), Words: words, Serious: serious(kind),
	}
	if b.effect.Effect != "" {
		f.Effect, f.Number = b.effect.Key.String(), b.effect.Plan.Number
	}
	w.report.Findings = append(w.report.Findings, f)
	return &w.report.Findings[len(w.report.Findings)-1]
}
