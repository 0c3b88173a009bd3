package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

// approval is one document that an accountant approved.
type approval struct {
	kind     string
	id       int64
	request  int64
	of       int64 // a change order's commitment
	purchase bool  // it is, or changes, a purchase order
}

// approvals are documents that keep coming: purchase orders and subcontracts of
// several lines, and change orders on those that stand. One goroutine adds to
// them, any may ask.
type approvals struct {
	*world
	random *rand.Rand

	mu      sync.Mutex
	all     []approval
	changed map[int64]bool // commitments that have their change order
}

func newApprovals(w *world, random *rand.Rand) *approvals {
	return &approvals{world: w, random: random, changed: map[int64]bool{}}
}

// keepComing approves a document now and then until ctx ends.
func (a *approvals) keepComing(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := a.one(); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// one approves the next document.
func (a *approvals) one() error {
	if c, ok := a.changeable(); ok && a.random.IntN(3) == 0 {
		return a.change(c)
	}
	return a.commitment()
}

// changeable is a commitment that stands, as Procore knows it, and has no change
// order yet.
func (a *approvals) changeable() (approval, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.all {
		if c.kind == commitment && !a.changed[c.id] && a.procore.OriginID(c.itemType(), c.id) != "" {
			return c, true
		}
	}
	return approval{}, false
}

// itemType is Procore's name for the commitment.
func (c approval) itemType() string {
	if c.purchase {
		return "purchase_order_contract"
	}
	return "work_order_contract"
}

// number is the order's in Jobpac.
func (c approval) number() string {
	if c.kind == changeOrder {
		return "C-" + itoa(c.of)
	}
	return "C-" + itoa(c.id)
}

// commitment approves an order of two to six lines.
func (a *approvals) commitment() error {
	id, n := int64(5001+a.count()), 2+a.random.IntN(5)
	c := approval{kind: commitment, id: id, purchase: a.random.IntN(2) == 0}
	document := subcontract(id, n)
	if c.purchase {
		document = purchase(id, n)
	}
	if _, err := a.procore.AddCommitment(document); err != nil {
		return err
	}
	return a.send(c, a.procore.ExportCommitment, c.number())
}

// change approves a change order of one or two lines. Every other variation's
// number is typed, the others are left to the job's register.
func (a *approvals) change(of approval) error {
	id, costType, code := of.id+20_000, "S", ""
	if of.purchase {
		costType = "M"
	} else if id%2 == 0 {
		code = fmt.Sprintf("W%05d", id)
	}
	if _, err := a.procore.AddChangeOrder(change(id, of.id, 1+a.random.IntN(2), costType)); err != nil {
		return err
	}
	a.mu.Lock()
	a.changed[of.id] = true
	a.mu.Unlock()
	return a.send(approval{kind: changeOrder, id: id, of: of.id, purchase: of.purchase}, a.procore.ExportChangeOrder, code)
}

// send exports a document and takes it down.
func (a *approvals) send(c approval, export func(int64, string) (int64, int64, error), code string) (err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c.request, _, err = export(c.id, code); err != nil {
		return fmt.Errorf("%s %d: %w", c.kind, c.id, err)
	}
	a.all = append(a.all, c)
	return nil
}

func (a *approvals) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.all)
}

// request is one of the requests so far, by a number from anywhere; false:
// there is none yet.
func (a *approvals) request(pick int) (int64, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.all) == 0 {
		return 0, false
	}
	return a.all[pick%len(a.all)].request, true
}

// settled waits until every document is done and its request closed, and gives
// how many are parked instead, each of which fails the test.
func (a *approvals) settled(p *program) (parked int) {
	a.t.Helper()
	for _, c := range a.all {
		var state journal.State
		a.await(effectID(c.kind, c.id)+" is settled and its request closed", func() bool {
			story, _ := p.story(c.kind, c.id)
			state = journal.State(story.Effect.State)
			r, known := a.procore.Request(c.request)
			return state == journal.Parked || state.Terminal() && known && r.TimesClosed > 0
		})
		if state == journal.Parked {
			parked++
		}
		if state != journal.Done {
			a.t.Errorf("%s is %s", effectID(c.kind, c.id), state)
		}
	}
	return parked
}

// standOnce checks that the books hold every document exactly once, with the
// right lines, and nothing else, and gives how many records are too many.
func (a *approvals) standOnce() (doubled int) {
	a.t.Helper()
	var want [6]int
	numbers := map[string]int64{}
	for _, c := range a.all {
		a.standOnceOne(c, &want)
		if c.kind == changeOrder && !c.purchase {
			number := a.variation(c.id)
			if other, taken := numbers[number]; taken || number == "" {
				a.t.Errorf("change orders %d and %d are both variation %q", c.id, other, number)
			}
			numbers[number] = c.id
			a.variesOnce(c.id, c.number(), number)
		}
	}
	n := a.jobpac.Counts()
	have := [6]int{n.PurchaseOrders, n.PurchaseOrderItems, n.Subcontracts, n.SubcontractItems, n.Variations, n.VariationItems}
	if have != want {
		a.t.Errorf("the books hold %v orders, items, subcontracts, items, variations and items; approved were %v", have, want)
	}
	for i := range have {
		doubled += max(0, have[i]-want[i])
	}
	return doubled
}

// standOnceOne checks one document, all but a variation, and adds its records
// to what is wanted.
func (a *approvals) standOnceOne(c approval, want *[6]int) {
	a.t.Helper()
	if c.kind == changeOrder {
		o, _ := a.procore.ChangeOrder(c.id)
		if !c.purchase {
			want[4], want[5] = want[4]+1, want[5]+len(o.Lines)
			return
		}
		order, _ := a.procore.Commitment(c.of)
		a.addsOnce(c.id, c.number(), len(order.Lines)+1)
		want[1] += len(o.Lines)
		return
	}
	document, _ := a.procore.Commitment(c.id)
	if !c.purchase {
		a.standsOnce(c.id, c.number())
		want[2], want[3] = want[2]+1, want[3]+len(document.Lines)
		return
	}
	var changes []int64
	if a.changed[c.id] {
		changes = append(changes, c.id+20_000)
	}
	a.standsOnce(c.id, c.number(), changes...)
	want[0], want[1] = want[0]+1, want[1]+len(document.Lines)
}

// variation is the number that a subcontract's change order got, as Procore was
// told.
func (a *approvals) variation(id int64) string {
	parts := strings.Split(a.procore.OriginID("change_order", id), "|")
	return parts[len(parts)-1]
}

// closedOnce checks that each request was closed as a success, and gives how
// many closings came a second time. Where Procore takes the same answer twice, a
// process that dies between the answer and its record has to give it again.
func (a *approvals) closedOnce(again bool) (repeated int) {
	a.t.Helper()
	for _, c := range a.all {
		r, _ := a.procore.Request(c.request)
		if r.Status != "success" || r.TimesClosed < 1 || r.TimesClosed > 1 && !again {
			a.t.Errorf("the request of %s %d: closed %d times as %q with %q", c.kind, c.id, r.TimesClosed, r.Status, r.Messages)
		}
		repeated += max(0, r.TimesClosed-1)
	}
	return repeated
}

// delivered are the ids of the webhooks that Procore got a 200 for.
func (a *approvals) delivered() ([]string, error) {
	var ids []string
	var errs []error
	for _, d := range a.procore.Deliveries() {
		if d.Status != "delivered" {
			errs = append(errs, fmt.Errorf("delivery %d is %s after %d tries", d.ID, d.Status, d.Attempts))
			continue
		}
		id, err := payloadID(d)
		ids, errs = append(ids, id), append(errs, err)
	}
	return ids, errors.Join(errs...)
}

// payloadID reads the id of a v4.0 delivery.
func payloadID(d procoresim.Delivery) (string, error) {
	var body struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(d.Payload, &body); err != nil || body.ID == "" {
		return "", fmt.Errorf("delivery %d has no id: %s %w", d.ID, d.Payload, err)
	}
	return body.ID, nil
}
