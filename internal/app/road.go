package app

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/flow"
	"github.com/procpac/procpac/internal/imports"
	"github.com/procpac/procpac/internal/jobpac"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
	"github.com/procpac/procpac/internal/procore"
	"github.com/procpac/procpac/internal/redisstore"
	"github.com/procpac/procpac/internal/translate"
)

// The adapters serve what the road asks for.
var (
	_ flow.Procore    = (*procore.Client)(nil)
	_ flow.Ledger     = (*jobpac.Client)(nil)
	_ flow.Journal    = (*natsbus.Journal)(nil)
	_ flow.Bus        = (*natsbus.Bus)(nil)
	_ flow.Importer   = (*imports.Runner)(nil)
	_ flow.Documents  = (*procore.Client)(nil)
	_ flow.Invoices   = (*jobpac.Client)(nil)
	_ flow.Remover    = (*procore.Client)(nil)
	_ imports.Jobpac  = (*jobpac.Client)(nil)
	_ imports.Procore = (*procore.Client)(nil)
	_ flow.Claims     = (*redisstore.Local)(nil)
	_ flow.Claims     = (*redisstore.Shared)(nil)
)

// line is one connection at work: its road and the clients it goes through.
type line struct {
	*clients
	road    *flow.Road
	imports *imports.Runner
}

// newLine builds a connection's road over its clients.
func newLine(c *clients, w config.Worker, runner *imports.Runner, parts flow.Parts) *line {
	parts.Procore, parts.Ledger, parts.Imports, parts.Remover, parts.Documents, parts.Invoices, parts.Log = c.procore, c.jobpac, runner, c.procore, c.procore, c.jobpac, c.log
	return &line{clients: c, road: flow.NewRoad(settings(c.config, w, c.zone), parts), imports: runner}
}

// settings turns a connection's configuration into the road's.
func settings(c config.Connection, w config.Worker, zone *time.Location) flow.Settings {
	return flow.Settings{
		Connection: c.Name, Direct: c.Intake != "erp", Observe: c.Mode == "observe", Rules: rules(c, zone), Unique: uniqueness(c.Jobpac),
		Quiet: c.Jobpac.QuietPeriod.Std(), SendWindow: w.SendWindow.Std(), SendLimit: w.SendLimit.Std(),
		Lease: w.Lease.Std(), EventTimeout: w.EventTimeout.Std(), GoLive: goLive(c),
		ApproveOrders: c.Orders.Approve == "yes", CompleteVoided: c.Voided == "complete", VaryRevised: c.Revised == "vary",
	}
}

// goLive is the moment before which nothing is created; zero: no such limit.
func goLive(c config.Connection) time.Time {
	at, _ := time.Parse(time.RFC3339, c.GoLive) // checked when it was loaded
	return at
}

func rules(c config.Connection, zone *time.Location) translate.Rules {
	m := c.Mapping
	return translate.Rules{
		WorkID: c.Jobpac.WorkID, CreditorWorkID: c.Jobpac.CreditorWorkID, Currency: c.Jobpac.Currency,
		OrderNumber: translate.OrderNumber{Subcontract: m.OrderNumber.Subcontract, PurchaseOrder: m.OrderNumber.PurchaseOrder, Width: m.OrderNumber.Width},
		Variation:   translate.VariationNumber{CommitmentType: m.Variation.CommitmentType, HeadContractType: m.Variation.HeadContractType, Number: m.Variation.Number, Width: m.Variation.Width},
		GST:         translate.GST{Default: m.GST.Default, ByTaxCode: m.GST.ByProcoreTaxCode},
		Units:       m.Units, CostTypes: m.CostTypes,
		Retention:       translate.Retention{Default: m.Retention.DefaultPercent, On: m.Retention.On},
		ScheduleOfRates: m.ScheduleOfRates, Zone: zone, StatusLetters: c.Jobpac.StatusLetters,
		Invoice: invoiceRules(c.Invoices),
	}
}

func invoiceRules(i config.Invoices) translate.InvoiceRules {
	return translate.InvoiceRules{
		Portal: i.Portal, Tax: i.Tax, Rates: i.Rates, ApprovalStatus: i.Approval.Status, ApprovalUser: i.Approval.User,
	}
}

// uniqueness answers per kind of record: unique_keys first, then
// unique_document_number.
func uniqueness(j config.Jobpac) func(erp.Kind) flow.Uniqueness {
	names := map[erp.Kind]string{
		erp.KindOrder: "order", erp.KindSubcontract: "order", erp.KindOrderItem: "item", erp.KindSubcontractItem: "item",
		erp.KindVariation: "variation", erp.KindVariationItem: "variation_item",
		erp.KindClaim: "claim", erp.KindClaimItem: "claim", erp.KindInvoice: "invoice", erp.KindInvoicePost: "invoice",
	}
	return func(kind erp.Kind) flow.Uniqueness {
		if value, ok := j.UniqueKeys[names[kind]]; ok {
			return flow.Uniqueness(value)
		}
		return flow.Uniqueness(j.UniqueDocumentNumber)
	}
}

// afterStep is how long a step that is under way may go on past event_timeout:
// its send, the look-ups around it and the journal.
const afterStep = 90 * time.Second

// grace is how long work may go on after a stop before it is told to let go.
const grace = 20 * time.Second

// work runs a connection's workers until ctx ends.
func (l *line) work(ctx context.Context, bus *natsbus.Bus, w config.Worker) error {
	return bus.Run(ctx, natsbus.RunOptions{
		Connection: l.name, Workers: w.Concurrency, AckWait: w.AckWait.Std(),
		EventTimeout: w.EventTimeout.Std() + w.SendLimit.Std() + afterStep, Grace: grace,
	}, func(ctx context.Context, e erp.Event) natsbus.Verdict {
		v := verdict(l.road.Process(ctx, e))
		l.road.Points.Reach(failpoint.BeforeAck)
		return v
	})
}

// verdict says the road's words in the bus's. The road has logged the error.
func verdict(v flow.Verdict) natsbus.Verdict {
	settle := map[flow.Settle]natsbus.Settle{flow.Ack: natsbus.Done, flow.Later: natsbus.Later, flow.GiveBack: natsbus.GiveBack}
	return natsbus.Verdict{Settle: settle[v.Settle], After: v.After, Pause: v.Pause}
}

// parts is what all roads of this process share.
func parts(bus *natsbus.Bus, claims flow.Claims, owner string, alone bool, log zerolog.Logger) flow.Parts {
	return flow.Parts{
		Journal: bus.Journal(), Claims: claims, Bus: bus, Log: log, Now: time.Now, Owner: owner, Alone: alone,
		Token:  func() string { return ulid.Make().String() },
		Jitter: func(d time.Duration) time.Duration { return 1 + rand.N(max(d, 1)) },
	}
}

// history adapts the bus's journal to what an operator asks of it.
type history struct{ *natsbus.Journal }

// label of the effect kinds, for people.
func kindWords(kind string) string {
	switch kind {
	case journal.KindCommitment:
		return "commitment"
	case journal.KindChangeOrder:
		return "change order"
	case journal.KindRequisition:
		return "invoice"
	case journal.KindPrimeChange:
		return "prime contract change order"
	}
	return "ERP request"
}
