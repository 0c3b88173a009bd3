package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// chain is a document that stands in Jobpac with its revisions: the further
// changes that were entered, or begun, after it, oldest first. Each is an effect
// of its own, so that the document's stays as it was entered.
type chain struct {
	doc       journal.Effect
	revisions []journal.Effect
}

// chain loads the revisions of a document.
func (w *work) chain(ctx context.Context, doc journal.Effect) (chain, error) {
	c := chain{doc: doc}
	for {
		e, err := w.Journal.Load(ctx, doc.Key.Revision(len(c.revisions)+1))
		if err != nil || e.State == journal.None {
			return c, err
		}
		c.revisions = append(c.revisions, e)
	}
}

// standing lists the document and those of its revisions that stand.
func (c chain) standing() []journal.Effect {
	all := []journal.Effect{c.doc}
	for _, e := range c.revisions {
		if e.Stands {
			all = append(all, e)
		}
	}
	return all
}

// content is the fingerprint of what stands.
func (c chain) content() string {
	all := c.standing()
	return all[len(all)-1].Plan.Fingerprint
}

// open is the revision that was begun and does not stand, if there is one.
func (c chain) open() (journal.Effect, bool) {
	if len(c.revisions) == 0 {
		return journal.Effect{}, false
	}
	last := c.revisions[len(c.revisions)-1]
	return last, !last.Stands && last.Last.Rule != ruleUnlinked
}

// next is the key of the revision that a change of now belongs to.
func (c chain) next() journal.Key {
	n := len(c.revisions)
	if _, open := c.open(); !open {
		n++
	}
	return c.doc.Key.Revision(n)
}

// served tells whether a later state of the document was worked on than that of
// the second.
func (c chain) served(second erp.ID) bool {
	return slices.ContainsFunc(append(c.revisions, c.doc), func(e journal.Effect) bool { return erp.ID(e.Request) > second })
}

// revised acts on a document that stands and has other content by now. With
// Settings.VaryRevised the difference becomes a revision, else a person is told.
// nil: it is no such document.
func (w *work) revised(ctx context.Context) *Verdict {
	kind := w.effect.Kind()
	if w.Observe || kind != journal.KindCommitment && kind != journal.KindChangeOrder {
		return nil
	}
	if err := w.load(ctx); err != nil {
		return ptr(w.journalAway(err))
	}
	if !w.effect.Stands || w.effect.ByRequest() || w.clock() != nil {
		return nil
	}
	c, err := w.chain(ctx, w.effect)
	if err != nil {
		return ptr(w.journalAway(err))
	}
	last, open := c.open()
	half := open && len(last.Steps) > 0 && !last.State.Terminal() // goes on whatever the setting is now
	same, vary := w.content == c.content(), (w.VaryRevised || half) && w.mayRevise()
	switch {
	case len(c.revisions) == 0 && (same || !vary):
		return nil
	case c.served(w.req.ID):
		return ptr(w.acked("a later state of it was served"))
	case half && w.content != last.Plan.Fingerprint && w.mayRevise():
		return ptr(w.finish(ctx, c, last))
	case same:
		return ptr(w.asItStands(ctx, c))
	case !vary:
		return ptr(w.parkChanged(ctx, ""))
	}
	return ptr(w.revise(ctx, c))
}

// mayRevise tells whether the document was entered by us and nothing else about
// it waits for a person.
func (w *work) mayRevise() bool {
	e := w.effect
	told := e.State == journal.Parked && e.Last.Rule == ruleChanged
	return weEntered(e) && (e.State == journal.Done || told) && len(e.Doubts()) == 0
}

// asItStands ends what was asked for otherwise in between: a revision that was
// planned only, and a notice about the content.
func (w *work) asItStands(ctx context.Context, c chain) Verdict {
	if last, open := c.open(); open {
		if v := w.dropRevision(ctx, last); v != nil {
			return *v
		}
	}
	if w.effect.State == journal.Parked && w.effect.Last.Rule == ruleChanged || w.event.Source == erp.FromReplay {
		return w.reconfirm(ctx)
	}
	return w.acked("already in Jobpac with the same content")
}

// dropRevision ends a revision that is not wanted any more. Of one that was refused
// half way a person is told. nil: there is nothing to be told.
func (w *work) dropRevision(ctx context.Context, revision journal.Effect) *Verdict {
	of := &work{Road: w.Road, event: w.event, req: w.req, effect: revision}
	switch refused := revision.State == journal.Rejected || revision.State == journal.Dead; {
	case refused && len(revision.Steps) > 0:
		return ptr(of.park(ctx, ruleWithdrawn, wordsRevisionWithdrawn(revision)))
	case revision.State.Terminal() || len(revision.Steps) > 0:
		return nil
	}
	of.ride(journal.Move{To: journal.Superseded, Reason: "the document was changed back in Procore"})
	if err := of.flush(ctx); err != nil {
		return ptr(w.journalAway(err))
	}
	return nil
}

// parkChanged tells a person of other content, once. why says why it cannot be
// brought as a revision.
func (w *work) parkChanged(ctx context.Context, why string) Verdict {
	words := wordsChanged(w.effect)
	if why != "" {
		words += " It is not brought as a further change by itself: " + why + "."
	}
	if told := w.effect.State == journal.Parked && w.effect.Last.Reason == words; told {
		return w.acked("parked")
	}
	return w.park(ctx, ruleChanged, words)
}

// revise brings the difference as a revision. The document is read once more,
// now that nobody else works on it: an older reading would bring it back to what
// it was.
func (w *work) revise(ctx context.Context, c chain) Verdict {
	d := w.req.Direct
	now, err := w.Documents.Document(ctx, d.Resource, d.Project, d.ID)
	switch {
	case err != nil && fault.IsSystem(err):
		return w.systemDown(ctx, err)
	case err != nil:
		return w.untilTomorrow(err)
	case now.Gone() || !now.Direct.Approved() || contentFingerprint(now) != w.content:
		return w.later(soon, "it was changed in Procore while it was read", nil)
	}
	lines, why := w.difference(c)
	if len(lines) == 0 {
		return w.parkChanged(ctx, or(why, "its amounts are the same"))
	}
	one := w.beside()
	one.takeRevision(c, lines)
	v := one.run(ctx)
	if told := w.effect.State == journal.Parked; told && one.effect.State == journal.Done {
		return w.reconfirm(ctx) // nothing is left of it for a person
	}
	return v
}

// finish goes on with a revision that is half way, as it was planned, though the
// document was changed again: that comes after it, as another one.
func (w *work) finish(ctx context.Context, c chain, last journal.Effect) Verdict {
	one := w.beside()
	one.takePlanned(c, last)
	v := one.run(ctx)
	if v.Settle == Ack && one.effect.State.Settled() && one.effect.State != journal.Parked {
		return w.later(soon, one.effect.String()+" is "+string(one.effect.State)+", the next change comes after it", nil)
	}
	return v
}

// beside is the work on a revision under the claim of its document.
func (w *work) beside() *work {
	return &work{Road: w.Road, event: w.event, req: w.req, started: w.started, aggregate: w.aggregate, token: w.token, content: w.content}
}

// takePlanned makes it the work on a revision as it was planned.
func (w *work) takePlanned(c chain, revision journal.Effect) {
	plan := revision.Plan
	w.takeRevision(c, nil)
	w.planned, w.content = &plan, plan.Fingerprint
}

// takeRevisionOf is take for a decision on a revision: that of the newest, which
// was not unlinked.
func (w *work) takeRevisionOf(ctx context.Context, key journal.Key) error {
	of, _, ok := key.Revised()
	if !ok || of != w.effect.Key || w.req.Direct == nil {
		return nil
	}
	doc, err := w.Journal.Load(ctx, of)
	if err != nil {
		return err
	}
	c, err := w.chain(ctx, doc)
	if err != nil || c.next() != key {
		return err
	}
	w.content = contentFingerprint(w.req)
	retried := w.event.Decision.Do == erp.Retry // what is linked by a person is what Procore has now
	if last, open := c.open(); open && retried && len(last.Steps) > 0 && w.content != last.Plan.Fingerprint {
		w.takePlanned(c, last)
		return nil
	}
	lines, _ := w.difference(c)
	w.takeRevision(c, lines)
	return nil
}

// keepRevised keeps a document from being entered anew over its revisions: they
// bring what it is now. If all of it stands, it is confirmed as it was entered;
// else a person is asked. nil: it has none.
func (w *work) keepRevised(ctx context.Context) *Verdict {
	if w.effect.State == journal.None {
		return nil
	}
	c, err := w.chain(ctx, w.effect)
	if err != nil {
		return ptr(w.journalAway(err))
	}
	whole := len(w.effect.Plan.Steps) > 0 && w.sentWhole() && len(w.effect.Doubts()) == 0
	switch standing := c.standing()[1:]; {
	case len(standing) == 0:
		return nil
	case w.adoptAs != "":
		return ptr(w.refuseDecision(ctx, wordsRevised(w.effect, standing)))
	case !whole:
		return ptr(w.park(ctx, ruleRevised, wordsRevised(w.effect, standing)))
	}
	w.ride(journal.Move{To: journal.Claimed})
	w.ride(journal.Move{To: journal.Applied})
	return ptr(w.confirm(ctx))
}

// revisionLines are the origin ids of the lines that revisions of a commitment
// opened, by line.
func (c chain) revisionLines() map[erp.ID]string {
	lines := map[erp.ID]string{}
	for _, e := range c.standing()[1:] {
		for _, l := range linesOf(e.Plan.Links) {
			lines[erp.ID(l.ID)] = l.Origin
		}
	}
	return lines
}

// revisionsStanding looks for the revisions of a document that is to be unlinked.
// Those of a commitment are lines of its order, or variations, which stay with an
// order that is complete; on one that is gone they would count beside the order that
// is entered anew.
func (w *work) revisionsStanding(ctx context.Context, u erp.Unlink, c chain, ended bool) (standing, error) {
	for _, e := range c.revisions {
		withOrder := u.Kind == journal.KindCommitment && (ended || len(written(e, erp.KindVariation)) == 0)
		if withOrder || len(e.Steps) == 0 {
			continue
		}
		found, err := w.lookUnlinked(ctx, erp.Unlink{Kind: journal.KindChangeOrder, Type: u.Type, ID: u.ID}, e)
		if err != nil || found.stands != "" {
			return found, err
		}
	}
	return standing{}, nil
}

// doubtful is the first of the chain of which it is not known whether Jobpac has
// all of it.
func (c chain) doubtful() (journal.Effect, bool) {
	for _, e := range append([]journal.Effect{c.doc}, c.revisions...) {
		if len(e.Doubts()) > 0 {
			return e, true
		}
	}
	return journal.Effect{}, false
}

func wordsRevisionWithdrawn(e journal.Effect) string {
	return fmt.Sprintf("%s stands in Jobpac as %s in part, for the rest was refused, and the document was changed back in Procore. Jobpac cannot delete it by itself: clear it up there, then abandon this one.",
		or(e.Plan.Title, "A further change"), e.Plan.Number)
}

func wordsRevised(e journal.Effect, revisions []journal.Effect) string {
	var numbers []string
	for _, r := range revisions {
		if !slices.Contains(numbers, r.Plan.Number) {
			numbers = append(numbers, r.Plan.Number)
		}
	}
	return fmt.Sprintf("%s was changed in Jobpac by %d further change(s) (%s), so it is not entered anew over them. Check it in Jobpac; if it is right there, abandon this one.",
		or(e.Plan.Number, "The document"), len(revisions), strings.Join(numbers, ", "))
}
