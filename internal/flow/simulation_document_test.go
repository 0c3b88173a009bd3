package flow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

var simRules = translate.Rules{
	WorkID: "01", Currency: "AUD",
	OrderNumber: translate.OrderNumber{Subcontract: "{number}", PurchaseOrder: "{number}", Width: 10},
	Variation:   translate.VariationNumber{CommitmentType: "1", Number: "{code}", Width: 6},
}

// simDocument is a commitment or a change order, with all its versions and all
// the times it is sent.
type simDocument struct {
	id       erp.ID
	of       *simDocument // a change order's commitment
	contract erp.CommitmentType
	code     string
	versions []simVersion
	sendings []sending
}

type simVersion struct {
	title string
	lines []simLine
}

type simLine struct{ nr, cents int }

// sending is one ERP request.
type sending struct {
	request erp.ID
	at      time.Duration // since the beginning
	version int
}

// invent makes a seed's documents and tells Procore of all their sendings.
func (w *world) invent() []*simDocument {
	r := w.roll("documents")
	var all []*simDocument
	for i := range 1 + r.IntN(3) {
		all = append(all, w.inventCommitment(r, i))
	}
	commitments := len(all)
	for i := range r.IntN(3) {
		if w.changes {
			all = append(all, w.inventChange(r, i, all[r.IntN(commitments)]))
		}
	}
	w.number(all)
	return all
}

func (w *world) inventCommitment(r *rand.Rand, i int) *simDocument {
	d := &simDocument{id: erp.ID(4101 + i), contract: erp.PurchaseOrderContract, code: fmt.Sprintf("PO%d", 1001+i)}
	if chance(r, 500) {
		d.contract, d.code = erp.WorkOrderContract, fmt.Sprintf("SC%d", 1001+i)
	}
	d.versions = []simVersion{{title: fmt.Sprintf("Commitment %d", d.id), lines: inventLines(r, 1+r.IntN(4))}}
	w.inventSendings(r, d, between(r, 0, 10*time.Minute))
	return d
}

// inventChange makes a change order, which may come before its commitment: in
// a few seeds two days before.
func (w *world) inventChange(r *rand.Rand, i int, of *simDocument) *simDocument {
	d := &simDocument{id: erp.ID(7701 + i), of: of, contract: of.contract}
	if d.contract == erp.WorkOrderContract && chance(r, 500) {
		d.code = fmt.Sprintf("V00%d00", i+1)
	}
	d.versions = []simVersion{{title: fmt.Sprintf("Change %d", d.id), lines: inventLines(r, 1+r.IntN(3))}}
	if w.waitFor > 48*time.Hour && chance(r, 40) {
		wait := between(r, 25*time.Hour, 48*time.Hour)
		for k := range of.sendings {
			of.sendings[k].at += wait
		}
	}
	w.inventSendings(r, d, between(r, 0, 20*time.Minute))
	return d
}

func inventLines(r *rand.Rand, n int) []simLine {
	var lines []simLine
	for k := range n {
		lines = append(lines, simLine{nr: k + 1, cents: 100 + r.IntN(1_000_000)})
	}
	return lines
}

// inventSendings sends a document once, or again and again, sometimes with
// other content.
func (w *world) inventSendings(r *rand.Rand, d *simDocument, at time.Duration) {
	d.sendings = []sending{{at: at}}
	for len(d.sendings) < 4 && chance(r, 350) {
		at += between(r, 0, 5*time.Minute)
		if chance(r, 300) {
			at += between(r, 0, 2*time.Hour)
		}
		if w.edits && chance(r, 500) {
			d.versions = append(d.versions, edited(r, d.versions[len(d.versions)-1]))
		}
		d.sendings = append(d.sendings, sending{at: at, version: len(d.versions) - 1})
	}
}

// edited changes the title, an amount, or the number of lines.
func edited(r *rand.Rand, v simVersion) simVersion {
	v.lines = slices.Clone(v.lines)
	last := len(v.lines) - 1
	switch kind := r.IntN(4); {
	case kind == 0:
		v.title += " again"
	case kind == 1 && last < 5:
		v.lines = append(v.lines, simLine{nr: last + 2, cents: 100 + r.IntN(1_000_000)})
	case kind == 2 && last > 0:
		v.lines = v.lines[:last]
	default:
		v.lines[r.IntN(last+1)].cents += 1 + r.IntN(100)
	}
	return v
}

// number gives the requests their ids, in the order of time, and puts them
// into Procore.
func (w *world) number(all []*simDocument) {
	type place struct {
		d *simDocument
		k int
	}
	var places []place
	for _, d := range all {
		for k := range d.sendings {
			places = append(places, place{d, k})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return int(a.d.sendings[a.k].at - b.d.sendings[b.k].at) })
	for i, p := range places {
		s := &p.d.sendings[p.k]
		s.request = erp.ID(i + 1)
		w.procore.requests[s.request] = p.d.request(*s)
	}
}

// hint lets Procore send its webhooks for every sending: once, or twice under
// two ids, and perhaps before the request can be read.
func (w *world) hint() {
	for _, d := range w.documents {
		for _, s := range d.sendings {
			r := w.roll(fmt.Sprint("hint ", s.request))
			w.procore.from[s.request] = w.start.Add(s.at)
			if chance(r, w.faults.procore) {
				w.procore.from[s.request] = w.start.Add(s.at + between(r, 0, time.Minute))
			}
			w.queue.publishLater(s.at, webhook(fmt.Sprintf("hook-%d-%d", d.id, s.request), s.request))
			if chance(r, w.twice) {
				w.queue.publishLater(s.at+between(r, 0, 2*time.Minute), webhook(fmt.Sprintf("twin-%d-%d", d.id, s.request), s.request))
			}
		}
	}
}

func webhook(id string, request erp.ID) erp.Event {
	return erp.Event{
		ID: id, Connection: "acme", Resource: "ERP Requests", ResourceID: request, Action: "create", Company: 9,
		Source: erp.FromWebhook,
	}
}

// key is the document's effect.
func (d *simDocument) key() journal.Key {
	if d.of != nil {
		return journal.NewKey("acme", journal.KindChangeOrder, d.id)
	}
	return journal.NewKey("acme", journal.KindCommitment, d.id)
}

// reference is ours on the document's header; a change order on a purchase
// order has no header.
func (d *simDocument) reference() string {
	if d.of != nil {
		return string(erp.ChangeOrderReference(d.id))
	}
	return string(erp.CommitmentReference(d.id))
}

func (d *simDocument) hasHeader() bool {
	return d.of == nil || d.contract == erp.WorkOrderContract
}

// text is what a line is called in Jobpac.
func (d *simDocument) text(nr int) string {
	if d.hasHeader() {
		return d.lineText(nr)
	}
	return fmt.Sprintf("CO %d: %s", d.id, d.lineText(nr))
}

func (d *simDocument) lineText(nr int) string { return fmt.Sprintf("Item %d-%d", d.id, nr) }

// request is what Procore shows of a sending.
func (d *simDocument) request(s sending) erp.Request {
	req := erp.Request{ID: s.request, DetailID: s.request + 1000, Company: 9, Name: erp.CreateCommitment, JobOrigin: "01|1001"}
	v := d.versions[s.version]
	if d.of == nil {
		req.Commitment = d.commitment(v)
		return req
	}
	req.Name, req.Commitment = erp.CreateCommitmentChangeOrder, d.of.commitment(d.of.versions[0])
	req.ChangeOrder = &erp.ChangeOrder{
		ID: d.id, ContractID: d.of.id, Number: d.id.String(), Code: d.code, Title: v.title, Status: "approved",
		ReviewedAt: "2026-11-21T00:00:00Z", Lines: d.lines(v),
	}
	for i := range req.ChangeOrder.Lines {
		req.ChangeOrder.Lines[i].CommitmentLine = req.Commitment.Lines[0].ID
	}
	return req
}

func (d *simDocument) commitment(v simVersion) *erp.Commitment {
	return &erp.Commitment{
		ID: d.id, Type: d.contract, Code: d.code, Number: "P-" + d.id.String(), Title: v.title, Status: "Approved",
		Vendor: erp.Link{ID: 5, Origin: "01|ACME01"}, Project: erp.Link{ID: 6, Origin: "01|1001"},
		CreatedAt: "2026-11-20T00:00:00Z", Lines: d.lines(v),
	}
}

func (d *simDocument) lines(v simVersion) []erp.Line {
	var lines []erp.Line
	for i, l := range v.lines {
		amount, _ := erp.ParseDecimal(erp.Money(l.cents).String())
		one, _ := erp.ParseDecimal("1")
		lines = append(lines, erp.Line{
			ID: d.id*100 + erp.ID(l.nr), Position: i + 1, Description: d.lineText(l.nr), Amount: amount, Quantity: one, UnitCost: amount,
			UOM: "ea", CostCode: erp.Link{ID: 1, Origin: "01|1001|01-100"}, CostType: erp.Link{ID: 2, Origin: "M"},
		})
	}
	return lines
}
