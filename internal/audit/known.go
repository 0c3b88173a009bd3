package audit

import (
	"context"
	"fmt"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// known is what is remembered of all effects, whatever the cursor: which Procore
// record has one, and which items of an order belong to a change order.
type known struct {
	effects map[string]brief        // by the name of the effect: commitment-4101
	items   map[string]map[int]bool // order -> item numbers that change orders wrote
	revised map[string]erp.Money    // by the name of the effect: what its revisions added
}

// brief is what is kept of one effect.
type brief struct {
	effect journal.Effect // without steps, links and notes
	origin string         // the link of the document itself
	stands bool           // see stands and owes
	owed   bool
}

func newKnown() known {
	return known{effects: map[string]brief{}, items: map[string]map[int]bool{}, revised: map[string]erp.Money{}}
}

// learn reads all effects once, which costs no call to either side.
func (w *walk) learn(ctx context.Context) error {
	for e, err := range w.Effects.Effects(ctx, w.Connection, "") {
		if err != nil {
			return fmt.Errorf("effects: %w", err)
		}
		w.known.take(e)
	}
	return ctx.Err()
}

func (k known) take(e journal.Effect) {
	b := brief{stands: stands(e), owed: owes(e)}
	if len(e.Plan.Links) > 0 {
		b.origin = e.Plan.Links[0].Origin
	}
	of, _, revision := e.Revised()
	if revision || e.Kind() == journal.KindChangeOrder {
		k.takeItems(e)
	}
	if total, ok := erp.ParseMoney(e.Plan.Total); revision && ok && e.Stands {
		k.revised[of.Effect] += total
	}
	e.Plan.Steps, e.Plan.Notes, e.Plan.Full, e.Plan.Problems, e.Plan.Links = nil, nil, nil, nil, nil
	e.Steps, e.Closed = nil, nil
	b.effect = e
	k.effects[e.Effect] = b
}

// takeItems remembers the order items that a change order or a revision wrote or may have
// written, of every plan it ever had.
func (k known) takeItems(e journal.Effect) {
	for id := range e.Steps {
		kind, key, _ := strings.Cut(id, " ")
		if erp.Kind(kind) != erp.KindOrderItem {
			continue
		}
		head, item := itemKey(key)
		if k.items[head] == nil {
			k.items[head] = map[int]bool{}
		}
		k.items[head][item] = true
	}
}
