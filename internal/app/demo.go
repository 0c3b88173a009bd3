package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
	"github.com/procpac/procpac/internal/receiver"
)

// DemoOptions say how to run the demo.
type DemoOptions struct {
	Exit    bool   // stop when all is settled
	DataDir string // empty: a temporary one, removed at the end
	Listen  string // webhooks; empty: a free port
	Version string
	Steps   func(format string, args ...any) // told each step as it happens; may be nil
	Log     zerolog.Logger
}

// DemoResult is what the demo did, counted from the simulators' own books and
// the journal.
type DemoResult struct {
	OK        bool              `json:"ok"`
	Seconds   Hundredths        `json:"seconds"`
	Events    DemoEvents        `json:"events"`
	Jobpac    map[string]int    `json:"jobpac"`
	Effects   map[string]int    `json:"effects"`
	Imports   map[string]int    `json:"imports"` // records brought from Jobpac, by object
	Latency   DemoLatency       `json:"approval_to_jobpac_ms"`
	API       string            `json:"api"`
	Rows      []DemoRow         `json:"-"`
	Unmet     []string          `json:"unmet,omitempty"` // what did not come out as expected
	Simulator map[string]string `json:"-"`               // addresses
}

// Hundredths is a number of hundredths, written with two decimals.
type Hundredths int64

// MarshalJSON writes 180 as 1.80.
func (h Hundredths) MarshalJSON() ([]byte, error) {
	return []byte(fmt.Sprintf("%d.%02d", h/100, h%100)), nil
}

// DemoEvents counts webhooks.
type DemoEvents struct {
	Delivered  int64 `json:"delivered"`
	Stored     int64 `json:"stored"`
	Duplicates int64 `json:"duplicates"`
}

// DemoLatency is the time from an approval to the finished document in Jobpac.
type DemoLatency struct {
	P50 int64 `json:"p50"`
	Max int64 `json:"max"`
}

// DemoRow is one line of the closing table.
type DemoRow struct {
	Procore   string
	Jobpac    string
	State     string
	Reason    string
	LatencyMS int64
}

// demoLimit bounds the wait for each round of documents.
const demoLimit = time.Minute

// Demo runs the whole system on this machine. settled is called with the
// result; with Exit it then stops, otherwise it serves until ctx ends. The
// error is nil also when the result is not as expected: DemoResult.OK says so.
func Demo(ctx context.Context, o DemoOptions, settled func(DemoResult)) (result DemoResult, err error) {
	d := &demo{DemoOptions: o, started: time.Now()}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := d.open(ctx); err != nil {
		return result, err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- d.process.run(ctx) }()
	defer func() { stop(); err = errors.Join(err, <-ended) }()
	w := newWatch(d)
	go w.run(ctx)
	defer func() { stop(); <-w.ended }()
	if result, err = d.play(ctx, w); err != nil {
		return result, err
	}
	settled(result)
	if !o.Exit {
		<-ctx.Done()
	}
	return result, nil
}

// demo is one running Demo.
type demo struct {
	DemoOptions
	started  time.Time
	house    *house
	process  *process
	stored   atomic.Int64
	repeats  atomic.Int64
	before   DemoEvents     // webhooks of the imports
	imported map[string]int // by object
	closing  []func() error
}

func (d *demo) close() error {
	var errs []error
	for _, f := range slices.Backward(d.closing) {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

func (d *demo) say(format string, args ...any) {
	if d.Steps != nil {
		d.Steps("%7.3f s  %s", time.Since(d.started).Seconds(), fmt.Sprintf(format, args...))
	}
}

// open starts the simulators and the whole system, and hooks them together.
func (d *demo) open(ctx context.Context) error {
	if err := d.directory(); err != nil {
		return err
	}
	d.house = &house{listen: "127.0.0.1:0", addresses: map[string]string{}}
	d.closing = append(d.closing, d.house.close)
	if err := d.house.open("both", seedFile{Procore: demoCompany(), Jobpac: jobpacsim.DemoSeed()}, faultsFile{}); err != nil {
		return err
	}
	settings := d.house.procore.Settings()
	settings.Duplicates = 2
	if err := d.house.procore.SetSettings(settings); err != nil {
		return err
	}
	d.process = &process{ServeOptions: ServeOptions{
		Config: d.config(), Roles: Roles(), Log: d.Log, Version: d.Version, Observe: d.count,
	}, started: d.started}
	d.closing = append(d.closing, d.process.close)
	if err := d.process.open(ctx); err != nil {
		return err
	}
	d.say("procpac takes webhooks at http://%s/hooks/procore/demo, journal in %s", address(d.process.webhooks), d.DataDir)
	d.say("Procore simulator at %s, Jobpac simulator at %s", d.house.addresses["procore"], d.house.addresses["jobpac"])
	return d.setUp(ctx)
}

func (d *demo) directory() error {
	if d.DataDir != "" {
		return nil
	}
	dir, err := os.MkdirTemp("", "procpac-demo-")
	if err != nil {
		return setup(err, "no temporary directory can be made: %v; name one with --data", err)
	}
	d.DataDir = dir
	d.closing = append(d.closing, func() error { return os.RemoveAll(dir) })
	return nil
}

// demoToken is the Authorization value of the demo's hook.
const demoToken = "Bearer demo-webhook-token"

// config is the demo's configuration: the simulators' company, no limits, and
// a Jobpac that is known to refuse a second order of one number.
func (d *demo) config() *config.Config {
	cfg := config.Default()
	cfg.Listen, cfg.Operator.Listen, cfg.DataDir = d.Listen, "127.0.0.1:0", d.DataDir
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	seed := jobpacsim.DemoSeed()
	c := config.DefaultConnection("demo")
	c.Procore.LoginURL, c.Procore.APIURL = d.house.addresses["procore"], d.house.addresses["procore"]
	c.Procore.CompanyID = fmt.Sprint(procoresim.DemoCompanyID)
	c.Procore.ClientID, c.Procore.ClientSecret = procoresim.DefaultClientID, procoresim.DefaultClientSecret
	c.Procore.WebhookTokens = []config.Secret{demoToken}
	c.Jobpac.AuthURL, c.Jobpac.RequestURL = d.house.addresses["jobpac"], d.house.addresses["jobpac"]
	app, user := seed.Applications[0], seed.Users[0]
	c.Jobpac.Environment, c.Jobpac.Application, c.Jobpac.Version = app.Environment, app.Name, app.Version
	c.Jobpac.EncryptionKey, c.Jobpac.User, c.Jobpac.Password = config.Secret(app.Key), user.Name, config.Secret(user.Password)
	c.Jobpac.WorkID, c.Jobpac.UniqueDocumentNumber = "01", "verified"
	c.Jobpac.RequestsPerSecond = 0
	c.Sync = config.Sync{} // the demo imports when it says so
	cfg.Connections = []config.Connection{c}
	return cfg
}

func (d *demo) count(_, outcome string) {
	switch outcome {
	case receiver.Stored:
		d.stored.Add(1)
	case receiver.Repeat:
		d.repeats.Add(1)
	}
}

// play approves the documents in rounds, as in life: a change order can be sent
// once its commitment is synced, an invoice once both are.
func (d *demo) play(ctx context.Context, w *watch) (DemoResult, error) {
	rounds := [][]document{
		{
			{id: procoresim.DemoSubcontractID, kind: journal.KindCommitment, code: "SC-0001", want: journal.Done},
			{id: procoresim.DemoPurchaseID, kind: journal.KindCommitment, code: "PO-0001", want: journal.Done},
			{id: procoresim.DemoRefusedID, kind: journal.KindCommitment, code: "SC-0002", want: journal.Rejected},
		},
		{
			{id: procoresim.DemoSubChangeID, kind: journal.KindChangeOrder, code: "V00001", want: journal.Done},
			{id: procoresim.DemoBuyChangeID, kind: journal.KindChangeOrder, code: "", want: journal.Done},
		},
		{{id: procoresim.DemoInvoiceID, kind: journal.KindRequisition, want: journal.Done}},
	}
	if err := d.imports(ctx); err != nil {
		return DemoResult{}, err
	}
	var all []document
	for _, round := range rounds {
		for i := range round {
			if err := d.approve(&round[i], w); err != nil {
				return DemoResult{}, err
			}
		}
		all = append(all, round...)
		if err := d.await(ctx, w, round); err != nil {
			return DemoResult{}, err
		}
	}
	if err := d.costs(ctx); err != nil {
		return DemoResult{}, err
	}
	return d.result(ctx, w, all)
}

// document is one approval of the demo.
type document struct {
	id       int64
	kind     string
	code     string
	want     journal.State
	approved time.Time
}

func (d document) key() journal.Key {
	return journal.Key{Connection: "demo", Effect: fmt.Sprintf("%s-%d", d.kind, d.id)}
}

// approve does what the accounting approver does.
func (d *demo) approve(doc *document, w *watch) error {
	doc.approved = time.Now()
	w.expect(*doc)
	request, err := d.send(*doc)
	if err != nil {
		return fmt.Errorf("approve %s %d in the Procore simulator: %w", kindWords(doc.kind), doc.id, err)
	}
	d.say("approved in Procore: %s %d, number for Jobpac %q, ERP request %d", kindWords(doc.kind), doc.id, doc.code, request)
	return nil
}

// send exports a document, and gives the ERP request.
func (d *demo) send(doc document) (request int64, err error) {
	switch doc.kind {
	case journal.KindChangeOrder:
		request, _, err = d.house.procore.ExportChangeOrder(doc.id, doc.code)
	case journal.KindRequisition:
		request, _, err = d.house.procore.ExportRequisitions(procoresim.Export{ID: doc.id, Code: doc.code})
	default:
		request, _, err = d.house.procore.ExportCommitment(doc.id, doc.code)
	}
	return request, err
}

// await waits until every document is settled and every webhook delivered.
func (d *demo) await(ctx context.Context, w *watch, round []document) error {
	ctx, cancel := context.WithTimeout(ctx, demoLimit)
	defer cancel()
	for _, doc := range round {
		if err := w.settled(ctx, doc.key()); err != nil {
			return err
		}
	}
	return d.house.procore.WaitIdle(ctx)
}

// result counts what there is, and compares with what was to be.
func (d *demo) result(ctx context.Context, w *watch, docs []document) (DemoResult, error) {
	books := d.house.jobpac.Counts()
	r := DemoResult{
		Seconds: Hundredths(time.Since(d.started) / (10 * time.Millisecond)),
		Events:  DemoEvents{Delivered: d.house.procore.DeliveryCounts().Attempts, Stored: d.stored.Load(), Duplicates: d.repeats.Load()},
		Jobpac: map[string]int{
			"purchase_orders": books.PurchaseOrders, "subcontracts": books.Subcontracts, "variations": books.Variations,
			"claims": books.Claims,
		},
		Effects:   map[string]int{"done": 0, "rejected": 0, "parked": 0},
		Imports:   d.imported,
		API:       "http://" + address(d.process.operator),
		Simulator: d.house.addresses,
	}
	var took []int64
	for _, doc := range docs {
		seen := w.effect(doc.key())
		r.Effects[string(seen.effect.State)]++
		row := DemoRow{
			Procore: strings.TrimSpace(kindWords(doc.kind) + " " + seen.effect.Plan.ProcoreNo + " " + seen.effect.Plan.Title),
			Jobpac:  "-", State: string(seen.effect.State), Reason: seen.effect.Last.Reason,
		}
		if seen.effect.State == journal.Done {
			row.Jobpac, row.LatencyMS = seen.effect.Plan.Number, seen.applied.Sub(doc.approved).Milliseconds()
			took = append(took, row.LatencyMS)
		}
		r.Rows = append(r.Rows, row)
		if seen.effect.State != doc.want {
			r.Unmet = append(r.Unmet, fmt.Sprintf("%s is %s, expected %s: %s", doc.key(), seen.effect.State, doc.want, seen.effect.Last.Reason))
		}
	}
	if slices.Sort(took); len(took) > 0 {
		r.Latency = DemoLatency{P50: took[(len(took)-1)/2], Max: took[len(took)-1]}
	}
	r.Unmet = append(r.Unmet, d.miscounted(r, books, len(docs))...)
	r.OK = len(r.Unmet) == 0
	return r, ctx.Err()
}

// miscounted checks the books of both simulators against what was approved:
// every webhook came twice, every document stands once with all its lines, and
// every request was closed once.
func (d *demo) miscounted(r DemoResult, books jobpacsim.Counts, documents int) []string {
	var unmet []string
	check := func(what string, have, want int) {
		if have != want {
			unmet = append(unmet, fmt.Sprintf("%s: %d, expected %d", what, have, want))
		}
	}
	check("webhooks of approvals delivered", int(r.Events.Delivered-d.before.Delivered), 2*documents)
	check("webhooks of approvals stored", int(r.Events.Stored-d.before.Stored), documents)
	check("webhooks of approvals repeated", int(r.Events.Duplicates-d.before.Duplicates), documents)
	check("companies in Procore", d.house.procore.Counts()["vendors"], 6)
	check("job costs in Procore", d.house.procore.Counts()["job_costs"], 40)
	check("purchase orders", books.PurchaseOrders, 1)
	check("purchase order items", books.PurchaseOrderItems, 3)
	check("subcontracts", books.Subcontracts, 1)
	check("subcontract items", books.SubcontractItems, 3)
	check("variations", books.Variations, 1)
	check("variation items", books.VariationItems, 1)
	check("claims", books.Claims, 1)
	check("claim lines", len(d.house.jobpac.State().ClaimLines), 2)
	for _, request := range d.house.procore.Requests() {
		if request.DetailID == 0 {
			continue
		}
		check(fmt.Sprintf("closings of ERP request %d", request.ID), request.TimesClosed, 1)
	}
	return unmet
}
