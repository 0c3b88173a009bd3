package flow

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/jobpac"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procore"
	"github.com/procpac/procpac/internal/procoresim"
)

// tierWorld is a road between the two simulators, over HTTP. Its bus and journal
// are those of the bench.
type tierWorld struct {
	*bench
	procore *procoresim.Sim
	books   *jobpacsim.Sim
	changes map[string]procoresim.ChangeOrder // by what they are on
	events  int
}

func newTierWorld(t *testing.T, tiers int) *tierWorld {
	settings := procoresim.DefaultSettings()
	settings.Tiers = 4 - tiers // the project's own number counts
	sim := procoresim.New(procoresim.Config{Settings: &settings})
	t.Cleanup(sim.Close)
	company := procoresim.DemoSeed()
	company.Projects[0].Tiers = tiers
	for _, seed := range []procoresim.Seed{company, procoresim.DemoDocuments()} {
		if err := sim.Seed(seed); err != nil {
			t.Fatal(err)
		}
	}
	books, err := jobpacsim.New(jobpacsim.Config{Seed: jobpacsim.DemoSeed()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(books.Close)
	w := &tierWorld{bench: newBench(t), procore: sim, books: books, changes: map[string]procoresim.ChangeOrder{}}
	w.connect()
	w.changes["subcontract"], _ = sim.ChangeOrder(procoresim.DemoSubChangeID)
	w.changes["purchase order"], _ = sim.ChangeOrder(procoresim.DemoBuyChangeID)
	return w
}

// connect puts the two clients into the road.
func (w *tierWorld) connect() {
	left := httptest.NewServer(w.procore.Handler())
	right := httptest.NewServer(w.books.Handler())
	w.Cleanup(left.Close)
	w.Cleanup(right.Close)
	from, err := procore.New(procore.Config{
		LoginURL: left.URL, APIURL: left.URL, CompanyID: procoresim.DemoCompanyID,
		ClientID: procoresim.DefaultClientID, ClientSecret: func() string { return procoresim.DefaultClientSecret },
	})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(from.Stop)
	seed := jobpacsim.DemoSeed()
	app, user := seed.Applications[0], seed.Users[0]
	to, err := jobpac.New(jobpac.Config{
		AuthURL: right.URL, RequestURL: right.URL, Environment: app.Environment, Application: app.Name, Version: app.Version, Key: app.Key,
		User: user.Name, Password: user.Password, WorkID: "01", ReferenceField: "UserDefinedField1", Timeout: 10 * time.Second,
	})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = to.Close(context.WithoutCancel(w.Context())) })
	w.Settings.Direct, w.Settings.Rules.Variation.Number, w.Settings.Rules.CreditorWorkID = true, "V{number}", "01"
	w.Parts.Procore, w.Parts.Documents, w.Parts.Ledger, w.Parts.Now = from, from, to, time.Now
}

// told serves a webhook, and what it put on the bus once that is due.
func (w *tierWorld) told(resource string, id int64) {
	w.Helper()
	w.events++
	w.serve(erp.Event{
		ID: fmt.Sprint("ev-", w.events), Connection: "acme", Company: procoresim.DemoCompanyID, Project: procoresim.DemoProjectID, Resource: resource,
		ResourceID: erp.ID(id), Action: "update", Source: erp.FromWebhook, Received: time.Now(),
	})
	for len(w.post.sent) > 0 {
		for id, hint := range w.post.sent {
			delete(w.post.sent, id)
			if hint.Source == erp.FromLines {
				hint.At = time.Now().Add(-time.Second) // it has waited
			}
			w.serve(hint)
		}
	}
}

func (w *tierWorld) serve(e erp.Event) {
	w.Helper()
	if v := w.Process(w.Context(), e); v.Settle != Ack && v.State != journal.Waiting {
		w.Errorf("%s %s: %+v", e.Resource, e.ResourceID, v)
	}
}

// entered checks that each change order stands once, with all of its lines.
func (w *tierWorld) entered() {
	w.Helper()
	for on, change := range w.changes {
		e := w.effect(journal.KindChangeOrder, erp.ID(change.ID))
		if e.State != journal.Done || *e.Plan.Source != (journal.Source{Resource: erp.ResourceChangePackages, Project: procoresim.DemoProjectID, ID: change.ID}) {
			w.Errorf("on the %s: %s (%s), %+v", on, e.State, e.Last.Reason, e.Plan.Source)
		}
		for kind, tier := range map[string]int64{"potential": change.PotentialID, "request": change.RequestID} {
			if other := w.effect(journal.KindChangeOrder, erp.ID(tier)); other.Records != 0 {
				w.Errorf("the %s change order has an effect of its own: %s", kind, other.State)
			}
		}
	}
	for _, id := range []erp.ID{procoresim.DemoSubcontractID, procoresim.DemoPurchaseID} {
		if e := w.effect(journal.KindCommitment, id); e.State != journal.Done {
			w.Errorf("commitment %s: %s (%s)", id, e.State, e.Last.Reason)
		}
	}
	sub, buy := len(w.changes["subcontract"].Lines), len(w.changes["purchase order"].Lines)
	for book, want := range map[string]int{"variations": 1, "variation_items": sub, "subcontracts": 1, "subcontract_items": 3, "purchase_orders": 1, "purchase_order_items": 2 + buy} {
		if rows, err := w.books.Rows(book, nil); err != nil || len(rows) != want {
			w.Errorf("%d %s, want %d: %v", len(rows), book, want, err)
		}
	}
}

// orders are all orders of three things.
func orders(of []string) [][]string {
	if len(of) < 2 {
		return [][]string{of}
	}
	var all [][]string
	for i, first := range of {
		for _, rest := range orders(slices.Concat(of[:i], of[i+1:])) {
			all = append(all, append([]string{first}, rest...))
		}
	}
	return all
}

// TestTiers enters change orders of a project with one, two and three tiers, told
// of by the events of their tiers, of all in any order or of one alone, before
// their contract and after it, and all of that again.
func TestTiers(t *testing.T) {
	for tiers := 1; tiers <= 3; tiers++ {
		resources := []string{erp.ResourceChangePackages, erp.ResourcePotentialChanges}
		ways := [][]string{{erp.ResourceChangePackages}, {erp.ResourcePotentialChanges}}
		if tiers == 3 {
			resources = append(resources, erp.ResourceChangeRequests)
			ways = append(ways, []string{erp.ResourceChangeRequests})
		}
		for _, way := range append(ways, orders(resources)...) {
			for _, contractFirst := range []bool{true, false} {
				t.Run(fmt.Sprint(tiers, way, contractFirst), func(t *testing.T) {
					w := newTierWorld(t, tiers)
					if contractFirst {
						w.contracts()
					}
					w.tell(way)
					w.contracts()
					w.tell(way)
					w.tell(slices.Concat(way, way))
					w.entered()
				})
			}
		}
	}
}

func (w *tierWorld) contracts() {
	w.Helper()
	w.told(erp.ResourceWorkOrders, procoresim.DemoSubcontractID)
	w.told(erp.ResourcePurchaseOrders, procoresim.DemoPurchaseID)
}

// tell serves events of tiers, in that order.
func (w *tierWorld) tell(way []string) {
	w.Helper()
	for _, resource := range way {
		for _, o := range w.changes {
			w.told(resource, map[string]int64{
				erp.ResourceChangePackages: o.ID, erp.ResourcePotentialChanges: o.PotentialID, erp.ResourceChangeRequests: o.RequestID,
			}[resource])
		}
	}
}
