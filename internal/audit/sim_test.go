package audit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/jobpac"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procore"
	"github.com/procpac/procpac/internal/procoresim"
	"github.com/procpac/procpac/internal/sqlview"
)

// The adapters serve what an audit asks for.
var (
	_ audit.Procore  = (*procore.Client)(nil)
	_ audit.Jobpac   = (*jobpac.Client)(nil)
	_ audit.Invoices = (*jobpac.Client)(nil)
	_ audit.Effects  = sqlview.Walk{}
)

// town is both simulators over HTTP with the real clients of both, the real
// projection, and the four documents of these tests in all three.
type town struct {
	t       *testing.T
	buys    *procoresim.Sim
	books   *jobpacsim.Sim
	procore *procore.Client
	jobpac  *jobpac.Client
	view    *sqlview.View
	records uint64
}

func newTown(t *testing.T) *town {
	t.Helper()
	town := &town{t: t}
	town.openProcore()
	town.openJobpac()
	var err error
	if town.view, err = sqlview.Open(t.Context(), filepath.Join(t.TempDir(), "view.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := town.view.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, records := range [][]erp.Record{subcontract(), order(), newItems(), variation()} {
		town.write(records...)
	}
	for _, d := range []struct {
		kind string
		id   erp.ID
		plan *journal.Plan
		item string
	}{
		{journal.KindCommitment, 4101, scPlan(), erp.ItemSubcontract}, {journal.KindCommitment, 4102, poPlan(), erp.ItemPurchaseOrder},
		{journal.KindChangeOrder, 7701, coPlan(), erp.ItemChangeOrder}, {journal.KindChangeOrder, 7702, itemsPlan(), erp.ItemChangeOrder},
	} {
		town.feed(d.kind, d.id, road(d.id, d.plan)...)
		if err := town.procore.Link(t.Context(), []erp.ExternalItem{{Type: d.item, ID: d.id, Origin: d.plan.Links[0].Origin}}); err != nil {
			t.Fatal(err)
		}
	}
	return town
}

// openProcore seeds documents with the amounts of these tests.
func (w *town) openProcore() {
	w.buys = procoresim.New(procoresim.Config{Clock: procoresim.NewManualClock(began.Add(-24 * time.Hour))})
	line := func(amount, code, kind string) []procoresim.Line {
		return []procoresim.Line{{Description: "Works", Amount: procoresim.Decimal(amount), CostCode: code, CostType: kind}}
	}
	seed := procoresim.DemoSeed()
	seed.Commitments = []procoresim.Commitment{
		{ID: 4101, ProjectID: procoresim.DemoProjectID, Type: procoresim.WorkOrderContract, Number: "SC-1", Title: "Brickwork", Status: "Approved", VendorID: 7001, Lines: line("1500.00", "02-100", "S")},
		{ID: 4102, ProjectID: procoresim.DemoProjectID, Type: procoresim.PurchaseOrderContract, Number: "PO-1", Title: "Bolts", Status: "Approved", VendorID: 7002, Lines: line("100.00", "03-200", "M")},
	}
	seed.ChangeOrders = []procoresim.ChangeOrder{
		{ID: 7701, CommitmentID: 4101, Number: "001", Title: "Extra wall", Status: "approved", Lines: line("250.00", "02-100", "S")},
		{ID: 7702, CommitmentID: 4102, Number: "001", Title: "More bolts", Status: "approved", Lines: line("40.00", "03-200", "M")},
	}
	if err := w.buys.Seed(seed); err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewServer(w.buys.Handler())
	w.t.Cleanup(func() { w.buys.Close(); server.Close() })
	var err error
	w.procore, err = procore.New(procore.Config{LoginURL: server.URL, APIURL: server.URL, CompanyID: procoresim.DemoCompanyID,
		ClientID: procoresim.DefaultClientID, ClientSecret: func() string { return procoresim.DefaultClientSecret }})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(w.procore.Stop)
}

func (w *town) openJobpac() {
	settings := jobpacsim.DefaultSettings()
	settings.DuplicateNumber = jobpacsim.DuplicateAccept
	seed := jobpacsim.Seed{
		Applications: []jobpacsim.Application{{Environment: "TEST", Name: "PROCPAC", Version: "1.00", Key: "0123456789abcdef0123456789abcdef"}},
		Users:        []jobpacsim.User{{Name: "TESTUSER", Password: "not-real"}},
		Books: jobpacsim.Books{
			WorkIDs: []jobpacsim.Row{{"WorkId": "01", "Description": "Test Constructions"}},
			Jobs:    []jobpacsim.Row{{"WorkId": "01", "Job": "1001", "Description": "Harbour Street"}},
			CostCentres: []jobpacsim.Row{
				{"CostingWorkId": "01", "Job": "1001", "CostCode": "02-400", "CostType": "S", "Description": "Brickwork"},
				{"CostingWorkId": "01", "Job": "1001", "CostCode": "01-100", "CostType": "M", "Description": "Fixings"},
			},
			Creditors: []jobpacsim.Row{{"CreditorWorkId": "01", "Creditor": "BRICKW", "Name": "Brickworkers", "Currency": "AUD"}, {"CreditorWorkId": "01", "Creditor": "FASTEN", "Name": "Fasteners", "Currency": "AUD"}},
			GSTCodes:  []jobpacsim.Row{{"WorkId": "01", "GSTCode": "G", "Description": "GST 10 %", "TaxPercentage": "10.00"}},
		},
	}
	var err error
	if w.books, err = jobpacsim.New(jobpacsim.Config{Settings: &settings, Seed: seed}); err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewServer(w.books.Handler())
	w.t.Cleanup(func() { server.Close(); w.books.Close() })
	w.jobpac, err = jobpac.New(jobpac.Config{
		AuthURL: server.URL, RequestURL: server.URL, Environment: "TEST", Application: "PROCPAC", Version: "1.00", Key: seed.Applications[0].Key,
		User: "TESTUSER", Password: "not-real", WorkID: "01", ReferenceField: "UserDefinedField1", Timeout: 10 * time.Second,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.jobpac.Close(context.WithoutCancel(w.t.Context())) })
}

// write writes records to Jobpac through the real client.
func (w *town) write(records ...erp.Record) {
	w.t.Helper()
	for _, r := range records {
		if err := w.jobpac.Write(w.t.Context(), erp.Write{Record: r}); err != nil {
			w.t.Fatalf("%s %s: %v", r.Kind(), r.Key(), err)
		}
	}
}

// feed tells the projection an effect's history.
func (w *town) feed(kind string, id erp.ID, history ...journal.Record) {
	w.t.Helper()
	var b sqlview.Batch
	for _, r := range history {
		w.records++
		b.Records = append(b.Records, sqlview.Record{Seq: w.records, Key: journal.NewKey("acme", kind, id), Record: r})
	}
	if err := w.view.Feed(w.t.Context(), b); err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) auditor() *audit.Auditor {
	return audit.New(audit.Config{Connection: "acme", Procore: w.procore, Effects: w.view.Walk(), Jobpac: w.jobpac, Invoices: w.jobpac, Now: func() time.Time { return now }})
}

func (w *town) audited() audit.Report {
	w.t.Helper()
	r, err := w.auditor().Audit(w.t.Context(), audit.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// edit, remove and add are what a person does in Jobpac itself.
func (w *town) edit(book string, key, set jobpacsim.Row) {
	w.t.Helper()
	if _, err := w.books.Edit(jobpacsim.Edit{Book: book, Key: key, Set: set}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) remove(book string, key jobpacsim.Row) {
	w.t.Helper()
	if _, err := w.books.Remove(book, key); err != nil {
		w.t.Fatal(err)
	}
}

func TestSimATownInOrderIsClean(t *testing.T) {
	r := newTown(t).audited()
	if len(r.Findings) > 0 || len(r.Warnings) > 0 || r.Effects != 4 || r.Approvals != 4 || r.Documents != 4 || r.Next != "" {
		t.Errorf("%+v", r)
	}
}

// Every wrong that a person or a fault can do to the books is found, and is the
// only thing that is found.
func TestSimWhatIsWrongInTheBooks(t *testing.T) {
	sc, po, co := jobpacsim.Row{"Order": "SC-1"}, jobpacsim.Row{"Order": "PO-1"}, jobpacsim.Row{"Variation": "V00001"}
	second := func(order, item string) jobpacsim.Row { return jobpacsim.Row{"Order": order, "ItemNumber": item} }
	for name, c := range map[string]struct {
		wrong func(*town)
		want  string
	}{
		"subcontract deleted": {func(w *town) { w.remove("subcontracts", sc); w.remove("subcontract_items", sc) }, "vanished! commitment-4101 1500.00/0.00"},
		"variation deleted":   {func(w *town) { w.remove("variations", co); w.remove("variation_items", co) }, "vanished! change_order-7701 250.00/0.00"},
		"order deleted": {func(w *town) { w.remove("purchase_orders", po) },
			"vanished! change_order-7702 40.00/0.00, vanished! commitment-4102 100.00/0.00"},
		"line deleted": {func(w *town) { w.remove("subcontract_items", second("SC-1", "2")) }, "differs! commitment-4101 1500.00/1000.00"},
		"rate altered": {func(w *town) {
			w.edit("subcontract_items", second("SC-1", "1"), jobpacsim.Row{"ForeignCurrencyRate": "900.0000", "ForeignCurrencyOriginalContractValue": "900.00"})
		}, "differs! commitment-4101 1500.00/1400.00"},
		"order line altered": {func(w *town) {
			w.edit("purchase_order_items", jobpacsim.Row{"Order": "PO-1", "OrderItem": "2"}, jobpacsim.Row{"ForeignCurrencyGrossUnitRate": "11.0000", "ForeignCurrencyGrossValue": "44.00"})
		}, "differs! change_order-7702 40.00/44.00"},
		"order line added":      {func(w *town) { extra := newItems()[0].(erp.OrderItem); extra.Item = 3; w.write(extra) }, "differs! commitment-4102 100.00/140.00"},
		"variation altered":     {func(w *town) { w.edit("variation_items", co, jobpacsim.Row{"SubcontractPriceApproved": "251.00"}) }, "differs! change_order-7701 250.00/251.00"},
		"subcontract doubled":   {func(w *town) { w.write(subcontract()[0]) }, "doubled! commitment-4101 1500.00/"},
		"order line doubled":    {func(w *town) { w.write(order()[1]) }, "doubled! commitment-4102 100.00/200.00"},
		"number taken twice":    {func(w *town) { o := order()[0].(erp.Order); o.OrderKey, o.Reference = scKey, "BY HAND"; w.write(o) }, "doubled! commitment-4101 1500.00/"},
		"variation twice":       {func(w *town) { v := variation()[0].(erp.Variation); v.VariationKey.Variation = "V00002"; w.write(v) }, "doubled! change_order-7701 250.00/"},
		"reference altered":     {func(w *town) { w.edit("subcontracts", sc, jobpacsim.Row{"UserDefinedField1": "PCC9"}) }, "differs! commitment-4101 1500.00/"},
		"reference cleared":     {func(w *town) { w.edit("variations", co, jobpacsim.Row{"SiteReference": ""}) }, "differs! change_order-7701 250.00/"},
		"creditor altered":      {func(w *town) { w.edit("purchase_orders", po, jobpacsim.Row{"Creditor": "BRICKW"}) }, "differs! commitment-4102 100.00/100.00"},
		"approved, never sent":  {func(w *town) { w.approve(4110) }, "unsent  75.00/"},
		"linked, never written": {func(w *town) { w.approve(4110); w.link(4110, "01|SC-10") }, "missing!  75.00/0.00"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			c.wrong(w)
			r := w.audited()
			if got := kinds(r); got != c.want || len(r.Warnings) > 0 {
				t.Errorf("got  %s\nwant %s\n%q", got, c.want, r.Warnings)
			}
		})
	}
}

// approve adds an approved commitment that nobody exports.
func (w *town) approve(id int64) {
	w.t.Helper()
	_, err := w.buys.AddCommitment(procoresim.Commitment{ID: id, ProjectID: procoresim.DemoProjectID, Type: procoresim.WorkOrderContract, Number: fmt.Sprint("SC-", id),
		Title: "Sheds", Status: "Approved", VendorID: 7001, Lines: []procoresim.Line{{Amount: "75.00", CostCode: "02-100", CostType: "S"}}})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) link(id erp.ID, origin string) {
	w.t.Helper()
	if err := w.procore.Link(w.t.Context(), []erp.ExternalItem{{Type: erp.ItemSubcontract, ID: id, Origin: origin}}); err != nil {
		w.t.Fatal(err)
	}
}

// A Jobpac that goes away in the middle cuts the audit; the pieces find what the
// whole finds.
func TestSimAnAuditThatIsCutGoesOn(t *testing.T) {
	w := newTown(t)
	w.edit("subcontract_items", jobpacsim.Row{"Order": "SC-1", "ItemNumber": "1"}, jobpacsim.Row{"ForeignCurrencyRate": "900.0000", "ForeignCurrencyOriginalContractValue": "900.00"})
	w.edit("variation_items", jobpacsim.Row{"Variation": "V00001"}, jobpacsim.Row{"SubcontractPriceApproved": "251.00"})
	w.approve(4110)
	whole := w.audited()
	if len(whole.Findings) != 3 {
		t.Fatalf("%s", kinds(whole))
	}
	if err := w.books.SetFaults([]jobpacsim.Fault{{Operation: "/SubcontractListing", Kind: jobpacsim.FaultStatusBefore, Status: 429}}); err != nil {
		t.Fatal(err)
	}
	first, err := w.auditor().Audit(t.Context(), audit.Options{})
	if !fault.IsSystem(err) || first.Next == "" || first.Effects == 0 || first.Effects == 4 {
		t.Fatalf("%v %+v", err, first)
	}
	if err := w.books.SetFaults(nil); err != nil {
		t.Fatal(err)
	}
	if err := w.buys.SetFaults(procoresim.Fault{Path: "change_order_packages", StatusBefore: 500}); err != nil {
		t.Fatal(err)
	}
	second, err := w.auditor().Audit(t.Context(), audit.Options{After: first.Next})
	if err == nil || second.Approvals != 0 || second.Effects+first.Effects != 4 {
		t.Fatalf("%v %+v", err, second)
	}
	if err := w.buys.SetFaults(); err != nil {
		t.Fatal(err)
	}
	third, err := w.auditor().Audit(t.Context(), audit.Options{After: second.Next})
	if err != nil || third.Next != "" {
		t.Fatal(err, third.Next)
	}
	if diff := cmp.Diff(whole.Findings, slices.Concat(first.Findings, second.Findings, third.Findings)); diff != "" {
		t.Error(diff)
	}
}

// A project that is closed to us, and a company that is.
func TestSimWhatProcoreDoesNotShow(t *testing.T) {
	w := newTown(t)
	settings := w.buys.Settings()
	settings.ForbiddenProjects = []int64{procoresim.DemoProjectID}
	if err := w.buys.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
	if r := w.audited(); len(r.Findings) > 0 || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "Quay Street Apartments") {
		t.Errorf("%+v", r)
	}
	settings.DisconnectedCompanies = []int64{procoresim.DemoCompanyID}
	if err := w.buys.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
	if _, err := w.auditor().Audit(t.Context(), audit.Options{}); !fault.IsSystem(err) || errors.Is(err, erp.ErrNotShown) {
		t.Errorf("got %v", err)
	}
}
