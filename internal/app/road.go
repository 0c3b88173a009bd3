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
	"github.com/procpac/procpac/internal/jobpac"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
	"github.com/procpac/procpac/internal/procore"
	"github.com/procpac/procpac/internal/redisstore"
	"github.com/procpac/procpac/internal/translate"
)

// The adapters serve what the road asks for.
var (
	_ flow.Procore = (*procore.Client)(nil)
	_ flow.Ledger  = (*jobpac.Client)(nil)
	_ flow.Journal = (*natsbus.Journal)(nil)
	_ flow.Bus     = (*natsbus.Bus)(nil)
	_ flow.Claims  = (*redisstore.Local)(nil)
	_ flow.Claims  = (*redisstore.Redis)(nil)
)

// line is one connection at work: its road and the clients it goes through.
type line struct {
	name    string
	road    *flow.Road
	procore *procore.Client
	jobpac  *jobpac.Client
}

// newLine builds a connection's road.
func newLine(c config.Connection, w config.Worker, parts flow.Parts) (*line, error) {
	log := parts.Log.With().Str("connection", c.Name).Str("company", c.Procore.CompanyID).Logger()
	company, err := erp.ParseID(c.Procore.CompanyID)
	if err != nil {
		return nil, setup(err, "connections.%s.procore.company_id: %v", c.Name, err)
	}
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return nil, setup(err, "connections.%s.time_zone: %v", c.Name, err)
	}
	l := &line{name: c.Name}
	l.procore, err = procore.New(procore.Config{
		LoginURL: c.Procore.LoginURL, APIURL: c.Procore.APIURL, CompanyID: company,
		ClientID: c.Procore.ClientID, ClientSecret: c.Procore.ClientSecret.Reveal, Concurrency: w.Concurrency, Log: log,
	})
	if err != nil {
		return nil, setup(err, "connections.%s.%v", c.Name, err)
	}
	l.jobpac, err = jobpac.New(jobpacConfig(c, w, log))
	if err != nil {
		l.procore.Stop()
		return nil, setup(err, "connections.%s.jobpac: %v", c.Name, err)
	}
	parts.Procore, parts.Ledger, parts.Log = l.procore, l.jobpac, log
	l.road = flow.NewRoad(settings(c, w, zone), parts)
	return l, nil
}

func jobpacConfig(c config.Connection, w config.Worker, log zerolog.Logger) jobpac.Config {
	j := c.Jobpac
	return jobpac.Config{
		AuthURL: j.AuthURL, RequestURL: j.RequestURL, Environment: j.Environment, Application: j.Application, Version: j.Version,
		Key: j.EncryptionKey.Reveal(), User: j.User, Password: j.Password.Reveal(), WorkID: j.WorkID, CreditorWorkID: j.CreditorWorkID,
		ReferenceField: c.Mapping.ReferenceField, StatusLetters: j.StatusLetters,
		MaxConcurrent: j.MaxConcurrent, RequestsPerSecond: j.RequestsPerSecond, Timeout: w.SendLimit.Std(), Log: log,
	}
}

// settings turns a connection's configuration into the road's.
func settings(c config.Connection, w config.Worker, zone *time.Location) flow.Settings {
	return flow.Settings{
		Connection: c.Name, Observe: c.Mode == "observe", Rules: rules(c, zone), Unique: uniqueness(c.Jobpac),
		Quiet: c.Jobpac.QuietPeriod.Std(), SendWindow: w.SendWindow.Std(), SendLimit: w.SendLimit.Std(),
		Lease: w.Lease.Std(), EventTimeout: w.EventTimeout.Std(), GoLive: goLive(c),
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
		Variation:   translate.VariationNumber{CommitmentType: m.Variation.CommitmentType, Number: m.Variation.Number, Width: m.Variation.Width},
		GST:         translate.GST{Default: m.GST.Default, ByTaxCode: m.GST.ByProcoreTaxCode},
		Units:       m.Units, CostTypes: m.CostTypes,
		Retention:       translate.Retention{Default: m.Retention.DefaultPercent, On: m.Retention.On},
		ScheduleOfRates: m.ScheduleOfRates, Zone: zone, StatusLetters: c.Jobpac.StatusLetters,
	}
}

// uniqueness answers per kind of record: unique_keys first, then
// unique_document_number.
func uniqueness(j config.Jobpac) func(erp.Kind) flow.Uniqueness {
	names := map[erp.Kind]string{
		erp.KindOrder: "order", erp.KindSubcontract: "order", erp.KindOrderItem: "item", erp.KindSubcontractItem: "item",
		erp.KindVariation: "variation", erp.KindVariationItem: "variation_item",
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

// close ends the connection's clients.
func (l *line) close(ctx context.Context) error {
	l.procore.Stop()
	return l.jobpac.Close(ctx)
}

// parts is what all roads of this process share.
func parts(bus *natsbus.Bus, claims flow.Claims, alone bool, log zerolog.Logger) flow.Parts {
	return flow.Parts{
		Journal: bus.Journal(), Claims: claims, Bus: bus, Log: log, Now: time.Now, Owner: ulid.Make().String(), Alone: alone,
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
	}
	return "ERP request"
}
