package flow

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// Procore tells of each line by itself, perhaps without a word about the document
// (documented); an edit of one document can be dozens of events. They are gathered
// for linesFor: the first of them puts one hint for the document on the bus, the
// others the same hint, which is stored once. The document is read when the time
// is over, and linesRest later, as the clocks of two processes may differ by as
// much. Whatever was told in that time stood in Procore by then.
const (
	linesFor  = 5 * time.Second
	linesRest = 2 * time.Second
)

// gathered serves hints of lines, and of tiers below a change order. Nil: the
// event is for others to serve. The event is done with once the document's hint
// is durable.
func (w *work) gathered(ctx context.Context) *Verdict {
	e := w.event
	header := erp.HeaderOf(e.Resource)
	switch {
	case e.Source == erp.FromLines:
		if early := e.At.Sub(w.Now()); early > 0 {
			return ptr(w.later(early, "more of its lines may change", nil))
		}
		w.event.Source = erp.FromWebhook
		return nil
	case header != "" && !w.Direct:
		return ptr(w.acked("not needed: " + e.Resource + " are sent by ERP requests in this connection"))
	case header != "" && e.Parent == 0:
		return ptr(w.acked("not needed: it does not name the document that the line stands on"))
	case header != "":
		return ptr(w.gather(ctx, header, e.Parent))
	case w.Direct && erp.LowerTier(e.Resource) && (e.Source == erp.FromWebhook || e.Source == erp.FromSweep):
		return ptr(w.gather(ctx, e.Resource, e.ResourceID))
	}
	return nil
}

// gather puts the document's hint on the bus.
func (w *work) gather(ctx context.Context, resource string, id erp.ID) Verdict {
	e, now := w.event, w.Now()
	from := e.Received.Truncate(linesFor)
	hint := erp.Event{
		ID:         fmt.Sprintf("lines-%s-%s-%d", strings.ToLower(resource), id, from.Unix()),
		Connection: w.Connection, Company: e.Company, Project: e.Project, Resource: resource, ResourceID: id, Action: "update",
		At: from.Add(linesFor + linesRest), Received: now, Source: erp.FromLines,
	}
	if err := w.Bus.Publish(ctx, hint); err != nil {
		return w.journalAway(err)
	}
	return w.acked("its document is read once its lines stay as they are")
}
