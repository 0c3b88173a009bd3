package flow

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// simProcore shows requests from their time on, takes links, and lets a
// detail be closed for good once.
type simProcore struct {
	*world
	requests map[erp.ID]erp.Request
	from     map[erp.ID]time.Time
	links    map[erp.ID]erp.ExternalItem
	details  map[erp.ID]closing
}

type closing struct {
	outcome  erp.Outcome
	messages []string
}

func newSimProcore(w *world) *simProcore {
	return &simProcore{
		world: w, requests: map[erp.ID]erp.Request{}, from: map[erp.ID]time.Time{},
		links: map[erp.ID]erp.ExternalItem{}, details: map[erp.ID]closing{},
	}
}

// procorePort is Procore as one hand reaches it.
type procorePort struct{ *hand }

// ask is one call: it may fail before or after it did anything.
func (p procorePort) ask(ctx context.Context, what string, do func() error) error {
	r := p.roll(what)
	if err := p.call(ctx, 20*time.Millisecond, 400*time.Millisecond, r); err != nil {
		return fault.New(fault.Transient, what, err)
	}
	failed, done := chance(r, p.faults.procore), chance(r, 500)
	var err error
	if !failed || done {
		p.mu.Lock()
		err = do()
		p.mu.Unlock()
	}
	p.alive()
	if !failed {
		return err
	}
	p.count("Procore failed")
	f := fault.New(fault.Transient, what, errStatus)
	if chance(r, 500) {
		f = f.OfSystem().Wait(between(r, time.Second, time.Minute))
	}
	return f
}

func (p procorePort) Request(ctx context.Context, id erp.ID) (req erp.Request, err error) {
	err = p.ask(ctx, "show request", func() error {
		found, ok := p.world.procore.requests[id]
		if !ok || time.Now().Before(p.world.procore.from[id]) {
			return fault.New(fault.Transient, "show request", nil).Saying("not there or not visible")
		}
		req = found
		return nil
	})
	return req, err
}

func (p procorePort) Link(ctx context.Context, items []erp.ExternalItem) error {
	return p.ask(ctx, "link", func() error {
		for _, item := range items {
			p.world.procore.links[item.ID] = item
		}
		return nil
	})
}

func (p procorePort) Close(ctx context.Context, detail erp.ID, outcome erp.Outcome, messages []string) error {
	return p.ask(ctx, "close", func() error {
		office := p.world.procore
		have, closed := office.details[detail]
		if closed && have.outcome != outcome {
			p.tell("Procore refuses to close detail %d as %s: it is %s", detail, outcome, have.outcome)
			p.passed["second closing refused"]++
			return fault.New(fault.Permanent, "close", nil).Saying("status is already " + string(have.outcome))
		}
		p.believe(detail, messages)
		p.tell("Procore closes detail %d as %s: %v", detail, outcome, messages)
		office.details[detail] = closing{outcome, messages}
		return nil
	})
}

// believe holds what an approver is told against Jobpac as it is at that
// moment: "nothing stands" must be so, or it is keyed in by hand.
func (p procorePort) believe(detail erp.ID, messages []string) {
	if !strings.Contains(strings.Join(messages, " "), "Nothing of it stands") {
		return
	}
	for _, d := range p.documents {
		headers, lines := p.stands(d)
		told := slices.ContainsFunc(d.sendings, func(s sending) bool { return s.request+1000 == detail })
		if told && len(headers)+len(lines) > 0 {
			p.failLocked("%s stands in Jobpac with %d header(s) and %d line(s), and detail %d is told: %v", d.key(), len(headers), len(lines), detail, messages)
		}
	}
}
