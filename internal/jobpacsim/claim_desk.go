package jobpacsim

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"time"
)

// progressClaim is the ClaimType of an imported claim.
const progressClaim = "P"

// processClaims looks at the staged imports whose time has come, in order.
func (s *Sim) processClaims() {
	due := s.books.dueImports(s.now().Add(-time.Duration(s.settings.ClaimImportSeconds) * time.Second))
	for _, r := range due {
		if !slices.Contains(s.books.claimImports.rows, r) {
			continue // a second header of one that was just processed
		}
		newClaimDesk(s.books, s.settings, r, s.now()).process()
	}
}

// dueImports are the staged imports that nothing was added to since.
func (b *books) dueImports(since time.Time) []*record {
	var due []*record
	t, latest := b.claimImports, since.UTC().Format(stampForm)
	for _, r := range t.rows {
		if t.get(r, "ImportStatus") == importStaged && t.get(r, "LastUpdateTimestamp") <= latest {
			due = append(due, r)
		}
	}
	slices.SortStableFunc(due, func(a, b *record) int {
		return kindTimestamp.compare(t.get(a, "LastUpdateTimestamp"), t.get(b, "LastUpdateTimestamp"))
	})
	return due
}

// claimDesk makes one import a claim, or lists what is wrong with it.
type claimDesk struct {
	*books
	settings             *Settings
	now                  time.Time
	header, sub          *record // sub: the subcontract, nil where there is none
	work, order, invoice string
	lines                []claimLine
	errors               []claimError

	gross, retention, release, tax number
}

// claimLine is a detail with what it claims.
type claimLine struct {
	row              *record
	target           claimTarget
	amount, tax      number
	code             string // of tax
	percent          number
	work, job        string // of the cost centre
	costCode, centre string
}

type claimError struct {
	target claimTarget
	words  string
}

func newClaimDesk(b *books, s *Settings, header *record, now time.Time) *claimDesk {
	d := &claimDesk{books: b, settings: s, now: now, header: header}
	d.work, d.order, d.invoice = d.of("WorkId"), d.of("Order"), d.of("Invoice")
	d.sub = b.subcontracts.find(d.work, d.order)
	for _, r := range b.claimImportLines.under("WorkId Order Invoice", d.work, d.order, d.invoice) {
		d.lines = append(d.lines, claimLine{row: r, target: b.targetOf(b.claimImportLines, r), amount: stored(b.claimImportLines.get(r, "Amount"))})
	}
	return d
}

func (d *claimDesk) of(name string) string { return d.claimImports.get(d.header, name) }

func (d *claimDesk) wrong(target claimTarget, format string, args ...any) {
	d.errors = append(d.errors, claimError{target, fmt.Sprintf(format, args...)})
}

func (d *claimDesk) process() {
	d.judge()
	if len(d.errors) == 0 {
		d.money()
	}
	if len(d.errors) > 0 {
		d.refuse()
		return
	}
	d.enter()
}

func (d *claimDesk) judge() {
	if d.sub == nil {
		d.wrong(claimTarget{}, "Agreement %s does not exist in WorkID %s.", d.order, d.work)
		return
	}
	none := claimTarget{}
	if d.subcontracts.get(d.sub, "Finalised") == "Y" {
		d.wrong(none, "Agreement %s is finalised.", d.order)
	}
	if d.subcontracts.get(d.sub, "EnableExternalSubcontractPortal") == "Y" {
		d.wrong(none, "Agreement %s takes its claims from an external portal.", d.order)
	}
	if at := d.entered(); at != "" && d.settings.refusesDuplicate("claim") {
		d.wrong(none, "Invoice %s of creditor %s is a duplicate: %s.", d.invoice, d.of("Creditor"), at)
	}
	if d.lockedPeriod(d.work, moduleClaims) {
		d.wrong(none, "Accounting period %s is locked.", d.openPeriod(d.work, moduleClaims, d.now))
	}
	if len(d.lines) == 0 && stored(d.of("RetentionRelease")) == 0 {
		d.wrong(none, "Invoice %s has no details.", d.invoice)
	}
	d.judgeLines()
}

// lockedPeriod tells whether the month of a module is being closed.
func (b *books) lockedPeriod(work, module string) bool {
	r := b.periods.find(work, module)
	return r != nil && b.periods.get(r, "Locked") == "Y"
}

// entered says where the creditor's invoice stands already.
func (d *claimDesk) entered() string {
	return d.invoiceStands(d.of("CreditorWorkId"), d.of("Creditor"), d.work, d.invoice)
}

// invoiceStands says where an invoice of a creditor stands, "" where nowhere.
func (b *books) invoiceStands(creditors, creditor, work, invoice string) string {
	for _, r := range b.claims.under("CreditorWorkId Creditor Invoice", creditors, creditor, invoice) {
		return "claim " + b.claims.get(r, "ClaimNumber") + " of agreement " + b.claims.get(r, "Order")
	}
	if len(b.payables.within([]string{work, creditor, invoice, "I"}, "", "")) > 0 {
		return "a transaction of accounts payable"
	}
	return ""
}

func (d *claimDesk) judgeLines() {
	claimed := map[claimTarget]number{}
	for i := range d.lines {
		l := &d.lines[i]
		value, ok := d.target(l)
		if !ok {
			continue
		}
		d.taxCode(l)
		claimed[l.target] += l.amount
		if before := d.claimedOf(d.work, d.order, l.target); before+claimed[l.target] > value {
			d.wrong(l.target, "Over-claim of %s: %s would be claimed of %s.", l.target.name(), (before + claimed[l.target]).format(2), value.format(2))
		}
	}
}

func (t claimTarget) name() string {
	if t.item != "" {
		return "item " + t.item
	}
	return "variation " + t.variation + " item " + t.variationItem
}

// target finds what a detail claims, its value and its cost centre.
func (d *claimDesk) target(l *claimLine) (value number, ok bool) {
	job := d.subcontracts.get(d.sub, "Job")
	t, row := d.subcontractItems, d.subcontractItems.find(d.work, d.order, l.target.item)
	column := subcontractLine().value
	if l.target.item == "" {
		t, row, column = d.variationItems, d.variationItems.find(d.work, job, l.target.variation, l.target.variationItem), variationPrices()[2].value
	}
	switch {
	case row == nil || t.get(row, "Order") != d.order:
		d.wrong(l.target, "Unknown %s on agreement %s.", l.target.name(), d.order)
		return 0, false
	case l.target.item == "" && !d.approvedVariation(job, l.target.variation, row):
		d.wrong(l.target, "Unapproved: %s.", l.target.name())
		return 0, false
	}
	l.work, l.job = d.subcontracts.get(d.sub, "CostingWorkId"), job
	l.costCode, l.centre = t.get(row, "CostCode"), t.get(row, "CostType")
	return stored(t.get(row, column)), true
}

func (d *claimDesk) approvedVariation(job, variation string, item *record) bool {
	header := d.variations.find(d.work, job, variation)
	return d.variationItems.get(item, "DateApproved") != "" || (header != nil && d.variations.get(header, "ApprovalDate") != "")
}

// taxCode reads a detail's code of GST, or the creditor's.
func (d *claimDesk) taxCode(l *claimLine) {
	l.code = d.claimImportLines.get(l.row, "TaxCode")
	if l.code == "" {
		if c := d.creditors.find(d.of("CreditorWorkId"), d.of("Creditor")); c != nil {
			l.code = d.creditors.get(c, "GSTCode")
		}
	}
	r := d.gstCodes.find(d.work, l.code)
	if r == nil {
		if l.code != "" && d.settings.CheckTaxCode {
			d.wrong(l.target, "TaxCode %s is not a GST code of WorkID %s.", l.code, d.work)
		}
		return
	}
	l.percent = stored(d.gstCodes.get(r, "TaxPercentage"))
}

// money works out retention, release and tax.
func (d *claimDesk) money() {
	for _, l := range d.lines {
		d.gross += l.amount
	}
	held := d.heldSoFar()
	d.retention, d.release = d.retained(held), stored(d.of("RetentionRelease"))
	if d.retention > d.gross {
		d.wrong(claimTarget{}, "Retention %s is more than the claim of %s.", d.retention.format(2), d.gross.format(2))
	}
	if d.release > held+d.retention {
		d.wrong(claimTarget{}, "Retention release %s is more than the %s that is held.", d.release.format(2), (held + d.retention).format(2))
	}
	d.taxes()
}

// heldSoFar is the retention held of earlier claims, less what was released.
func (d *claimDesk) heldSoFar() number {
	var held number
	for _, r := range d.claims.under("WorkId Order", d.work, d.order) {
		held += stored(d.claims.get(r, "Retention")) - stored(d.claims.get(r, "RetentionRelease"))
	}
	return held
}

// retained is the header's retention, else the order's percentage of the gross
// claim up to the order's most.
func (d *claimDesk) retained(held number) number {
	if d.of("RetentionGiven") == "Y" {
		return stored(d.of("Retention"))
	}
	most := func(name string) number { return stored(d.subcontracts.get(d.sub, name)) }
	wanted := percentOf(d.gross, most("CurrentRetentionPercentage"))
	if limit := most("MaximumRetention"); limit > 0 {
		wanted = min(wanted, max(0, limit-held))
	}
	if percent := most("MaximumRetentionPercentage"); percent > 0 {
		wanted = min(wanted, max(0, percentOf(d.orderTotal(d.work, d.order), percent)-held))
	}
	return wanted
}

// percentOf is so many percent of n in whole cents, half up.
func percentOf(n, percent number) number { return share(n, percent, 100*unit) }

// share is n x part / whole in whole cents, half up.
func share(n, part, whole number) number {
	product := new(big.Int).Mul(big.NewInt(int64(n)), big.NewInt(int64(part)))
	by := new(big.Int).Mul(big.NewInt(int64(whole)), big.NewInt(int64(cent)))
	return number(roundedQuotient(product, by).Int64()) * cent
}

// taxes works out each detail's tax; a sent one must come to the same within a
// cent for each detail. Retention is shared out by amount.
func (d *claimDesk) taxes() {
	base := d.gross
	if !d.settings.ClaimTaxOnGross {
		base = d.gross - d.retention + d.release
	}
	var want, sent number
	for i := range d.lines {
		l := &d.lines[i]
		l.tax = percentOf(share(l.amount, base, max(d.gross, cent)), l.percent)
		want += l.tax
		if d.claimImportLines.get(l.row, "TaxGiven") == "Y" {
			l.tax = stored(d.claimImportLines.get(l.row, "Tax"))
		}
		sent += l.tax
	}
	if (sent - want).abs() > number(len(d.lines))*cent {
		d.wrong(claimTarget{}, "Tax %s is not what the GST codes come to, which is %s.", sent.format(2), want.format(2))
	}
	d.tax = sent
}

// refuse lists the errors; nothing of the import counts.
func (d *claimDesk) refuse() {
	d.claimImports.change(d.header, map[string]string{"ImportStatus": importRefused}, d.now)
	for i, e := range d.errors {
		d.claimErrors.insert(map[string]string{
			"WorkId": d.work, "Agreement": d.order, "InvoiceNumber": d.invoice, "Line": strconv.Itoa(i + 1), "OrderItem": e.target.item,
			"Variation": e.target.variation, "VariationItem": e.target.variationItem, "ErrorDescription": e.words,
		}, d.now)
	}
}

// enter makes the import a claim with the order's next number.
func (d *claimDesk) enter() {
	claim := map[string]string{
		"WorkId": d.work, "Order": d.order, "ClaimType": progressClaim, "ClaimNumber": strconv.Itoa(len(d.claims.under("WorkId Order", d.work, d.order)) + 1),
		"AccountingPeriod": d.openPeriod(d.work, moduleClaims, d.now), "CostingWorkId": d.subcontracts.get(d.sub, "CostingWorkId"),
		"GrossAmount": d.gross.format(2), "Retention": d.retention.format(2), "RetentionRelease": d.release.format(2),
		"NetAmount": (d.gross - d.retention + d.release).format(2), "Tax": d.tax.format(2),
	}
	for _, name := range []string{
		"Invoice", "Revision", "InvoiceDate", "ReceivedDate", "PaymentDueDate", "ApprovalUser", "ApprovalDate", "ApprovalStatus", "CreditorWorkId", "Creditor", "Job",
	} {
		claim[name] = d.of(name)
	}
	d.claims.insert(claim, d.now)
	for i, l := range d.lines {
		d.claimLines.insert(d.entry(claim, l, i+1), d.now)
	}
	d.forgetImport(d.work, d.order, d.invoice)
}

func (d *claimDesk) entry(claim map[string]string, l claimLine, line int) map[string]string {
	row := map[string]string{
		"WorkId": d.work, "Order": d.order, "ClaimType": claim["ClaimType"], "ClaimNumber": claim["ClaimNumber"], "Line": strconv.Itoa(line),
		"Tax": l.tax.format(2), "TaxCode": l.code, "CostingWorkId": l.work, "Job": l.job, "CostCode": l.costCode, "CostType": l.centre,
	}
	for _, name := range []string{"OrderItem", "Variation", "VariationItem", "Amount", "Quantity", "Rate", "UnitOfMeasure", "ExternalReference"} {
		row[name] = d.claimImportLines.get(l.row, name)
	}
	return row
}
