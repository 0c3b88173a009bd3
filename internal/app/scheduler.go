package app

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// scheduleEvery is how often a process looks which imports are due.
const scheduleEvery = 15 * time.Second

// scheduleOn puts the imports that are due on the bus until ctx ends. Which they
// are, the journal's registers say, and the id of the hint says for which turn:
// of several processes that look at once one is heard.
func (p *process) scheduleOn(ctx context.Context) error {
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		timer.Reset(scheduleEvery)
		for _, c := range p.clients {
			if err := p.schedule(ctx, c, time.Now()); err != nil && ctx.Err() == nil {
				p.Log.Warn().Err(err).Str("connection", c.name).Msg("the imports that are due could not be put on the road; trying again")
			}
		}
	}
}

// schedule puts what is due for one connection on the bus, as one import in the
// order in which the objects depend on each other. One that only observes writes
// nothing to Procore, so nothing is imported by itself.
func (p *process) schedule(ctx context.Context, c *clients, now time.Time) error {
	if observes(c) {
		return nil
	}
	order, turn, err := p.due(ctx, c, now)
	if err != nil || len(order.Objects) == 0 {
		return err
	}
	return p.bus.Publish(ctx, importEvent(c, fmt.Sprintf("import-%s-%d", objectsOf(order), turn), order, erp.FromSchedule, "", now))
}

// due lists what has not been imported for its interval, and counts the turns of
// the shortest of these intervals.
func (p *process) due(ctx context.Context, c *clients, now time.Time) (order erp.ImportOrder, turn int64, err error) {
	shortest := time.Duration(0)
	for _, object := range erp.Objects() {
		every := interval(c.config.Sync, object)
		if every <= 0 {
			continue
		}
		reg, _, err := p.bus.Journal().LoadRegister(ctx, c.name, journal.ImportRegister(object))
		if err != nil {
			return order, 0, err
		}
		if reg.Import != nil && now.Before(reg.Import.Started.Add(every+stagger(c.name, object, every))) {
			continue
		}
		order.Objects = append(order.Objects, object)
		if shortest == 0 || every < shortest {
			shortest = every
		}
	}
	return order, now.UnixNano() / int64(max(shortest, 1)), nil
}

// observes tells whether a connection writes nothing to either side.
func observes(c *clients) bool { return c.config.Mode == "observe" }

// stagger moves an import by up to a twentieth of its interval, by connection
// and object, so that not all begin at the same moment.
func stagger(connection string, object erp.Object, every time.Duration) time.Duration {
	return time.Duration(hashOf(connection+" "+string(object)) % int64(every/20+1))
}

// interval is the configured time between two imports of an object. Tax codes
// come with the cost types.
func interval(c config.Sync, object erp.Object) time.Duration {
	return map[erp.Object]config.Duration{
		erp.Jobs: c.Jobs, erp.Creditors: c.Creditors, erp.CostCodes: c.CostCodes, erp.CostTypes: c.CostTypes, erp.GSTCodes: c.CostTypes,
		erp.Budgets: c.Budgets, erp.JobCosts: c.JobCosts, erp.HeadContracts: c.HeadContracts,
	}[object].Std()
}

// importEvent is the hint that an import is wanted. Its resource id, which names
// the effect, follows from the hint's id.
func importEvent(c *clients, id string, order erp.ImportOrder, source, actor string, now time.Time) erp.Event {
	return erp.Event{
		ID: id, Connection: c.name, Resource: erp.ResourceImports, ResourceID: erp.ID(hashOf(c.name + " " + id)), Action: "import",
		Company: c.company, At: now, Received: now, Source: source, Actor: actor, Import: &order,
	}
}

// objectsOf names the objects of an order in one word.
func objectsOf(order erp.ImportOrder) string {
	names := make([]string, len(order.Objects))
	for i, object := range order.Objects {
		names[i] = string(object)
	}
	return strings.Join(names, "+")
}

// hashOf is a positive number that follows from a text.
func hashOf(text string) int64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return int64(h.Sum64()>>1) | 1
}
