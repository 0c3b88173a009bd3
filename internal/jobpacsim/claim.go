package jobpacsim

// The states of a claim import, in ImportStatus.
const (
	importStaged  = "S"
	importRefused = "E"
)

// moduleClaims is the module of the book of periods in which claims post.
const moduleClaims = "SC"

func (w *writer) createClaimHeader() (*record, error) {
	work, order, invoice := w.given["CostingWorkId"], w.given["Order"], w.given["Invoice"]
	if err := firstOf(
		w.knownWorkID("CostingWorkId", work), w.notNegative("Retention"), w.notNegative("RetentionRelease"),
		w.freeClaim(work, order, invoice),
	); err != nil {
		return nil, err
	}
	if old := w.claimImports.find(work, order, invoice); old != nil && w.claimImports.get(old, "ImportStatus") == importRefused {
		w.forgetImport(work, order, invoice)
	}
	more := map[string]string{"RetentionGiven": "N"}
	if w.givesAny("Retention") {
		more["RetentionGiven"] = "Y"
	}
	if sub := w.subcontracts.find(work, order); sub != nil {
		for _, name := range []string{"CreditorWorkId", "Creditor", "Job"} {
			more[name] = w.subcontracts.get(sub, name)
		}
	}
	return w.claimImports.insert(w.with(more), w.now), nil
}

func (w *writer) notNegative(name string) error {
	if stored(w.given[name]) < 0 {
		return say("%s %s may not be negative.", name, w.given[name])
	}
	return nil
}

// freeClaim refuses an invoice that is staged or entered on the order.
func (w *writer) freeClaim(work, order, invoice string) error {
	if !w.settings.refusesDuplicate("claim") {
		return nil
	}
	for _, r := range w.claims.under("WorkId Order", work, order) {
		if w.claims.get(r, "Invoice") == invoice {
			return say("Invoice %q of order %q already exists as claim %s.", invoice, order, w.claims.get(r, "ClaimNumber"))
		}
	}
	old := w.claimImports.find(work, order, invoice)
	if old != nil && w.claimImports.get(old, "ImportStatus") == importStaged {
		return say("Invoice %q of order %q already exists in the claim import.", invoice, order)
	}
	return nil
}

// forgetImport takes an import away: its headers, details and errors.
func (b *books) forgetImport(work, order, invoice string) {
	for _, t := range []*table{b.claimImports, b.claimImportLines, b.claimErrors} {
		for _, r := range append([]*record(nil), t.within([]string{work, order, invoice}, "", "")...) {
			t.remove(r)
		}
	}
}

func (w *writer) createClaimDetail() (*record, error) {
	work, order, invoice := w.given["CostingWorkId"], w.given["Order"], w.given["Invoice"]
	header := w.claimImports.find(work, order, invoice)
	if header == nil || w.claimImports.get(header, "ImportStatus") != importStaged {
		return nil, say("Invoice %q of order %q is not in the claim import; create its header first.", invoice, order)
	}
	lines := w.claimImportLines.under("WorkId Order Invoice", work, order, invoice)
	if err := firstOf(w.notNegative("Amount"), w.notNegative("Tax"), w.claimTarget(), w.claimMeasure(), w.freeClaimLine(lines, invoice)); err != nil {
		return nil, err
	}
	more := map[string]string{"Line": w.itemNumber("Line", w.claimImportLines, lines), "TaxGiven": "N"}
	if w.givesAny("Tax") {
		more["TaxGiven"] = "Y"
	}
	w.claimImports.change(header, nil, w.now) // the import waits for what may follow
	return w.claimImportLines.insert(w.with(more), w.now), nil
}

// claimTarget wants an order item, or a variation with its item.
func (w *writer) claimTarget() error {
	item, variation := w.givesAny("OrderItem"), w.givesAny("Variation", "VariationItem")
	whole := w.givesAny("Variation") && w.givesAny("VariationItem")
	if item == variation || (variation && !whole) {
		return say("Give OrderItem, or Variation with VariationItem.")
	}
	return nil
}

// claimMeasure wants quantity x rate to be the amount, where both are given.
func (w *writer) claimMeasure() error {
	if !w.givesAny("Quantity") || !w.givesAny("Rate") {
		return nil
	}
	return w.matches(triple{"Quantity", "Rate", "Amount"}, stored(w.given["Quantity"]), stored(w.given["Rate"]), stored(w.given["Amount"]))
}

// freeClaimLine refuses a detail that the import has: the same item with the
// same reference. A detail has no number of the caller's.
func (w *writer) freeClaimLine(lines []*record, invoice string) error {
	if !w.settings.refusesDuplicate("claim_item") {
		return nil
	}
	for _, r := range lines {
		same := true
		for _, name := range []string{"OrderItem", "Variation", "VariationItem", "ExternalReference"} {
			same = same && w.claimImportLines.get(r, name) == w.given[name]
		}
		if same {
			return say("This detail of invoice %q already exists.", invoice)
		}
	}
	return nil
}

// notBelowClaimed refuses an item's value below what is claimed of it.
func (w *writer) notBelowClaimed(work, order, item string, value number) error {
	if claimed := w.claimedOf(work, order, claimTarget{item: item}); value < claimed {
		return say("ItemNumber %s of order %q cannot fall to %s: %s is claimed.", item, order, value.format(2), claimed.format(2))
	}
	return nil
}

// claimTarget is what a detail claims: an item, or a variation's item.
type claimTarget struct{ item, variation, variationItem string }

func (b *books) targetOf(t *table, r *record) claimTarget {
	return claimTarget{t.get(r, "OrderItem"), t.get(r, "Variation"), t.get(r, "VariationItem")}
}

// claimedOf sums what was claimed of one target.
func (b *books) claimedOf(work, order string, target claimTarget) number {
	var sum number
	for _, r := range b.claimLines.under("WorkId Order", work, order) {
		if b.targetOf(b.claimLines, r) == target {
			sum += stored(b.claimLines.get(r, "Amount"))
		}
	}
	return sum
}

// sumClaims counts what is claimed of a cost centre as invoiced, and no more as
// committed.
func (d *summing) sumClaims() {
	d.each(d.claimLines, "CostingWorkId Job", func(get func(string) string) {
		sums, amount := d.of(get("CostCode"), get("CostType")), stored(get("Amount"))
		sums.invoiced += amount
		sums.committed -= amount
	})
}
