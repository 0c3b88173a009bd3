package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
)

// stormBooks are Jobpac's books as lines of text by document: what an
// accountant would compare. Numbers that are free to choose (items that follow
// an order's own, variations without a typed number) are checked apart and
// written as a star.
type stormBooks map[string][]string

func (b stormBooks) put(reference string, words ...any) {
	b[reference] = append(b[reference], strings.TrimSpace(fmt.Sprintln(words...)))
}

// sorted gives the lines of a document in an order of their own.
func (b stormBooks) sorted(reference string) string {
	lines := slices.Sorted(slices.Values(b[reference]))
	return strings.Join(lines, "\n")
}

// reference is what a document carries in Jobpac.
func (d *stormDocument) reference() string {
	if d.kind == changeOrder {
		return "PCO" + itoa(d.id)
	}
	return "PCC" + itoa(d.id)
}

// expect writes what must stand for a paper.
func (d *stormDocument) expect(p stormPaper) string {
	b := stormBooks{}
	switch {
	case d.kind == commitment && d.sub:
		b.put(d.reference(), "subcontract", d.number, stormCreditors[d.vendor], p.title, money(p.total()), "5.00")
		d.expectItems(b, p, "item", d.number, "")
	case d.kind == commitment:
		b.put(d.reference(), "order", d.number, stormCreditors[d.vendor], p.title, d.number)
		d.expectItems(b, p, "item", d.number, "")
	case d.sub:
		number := d.number
		if number == "" {
			number = "*"
		}
		b.put(d.reference(), "variation", number, "1", p.title, money(p.total()))
		d.expectItems(b, p, "variation item", d.of.number, "")
	default:
		d.expectItems(b, p, "item", d.of.number, fmt.Sprintf("CO %d: ", d.id))
	}
	return b.sorted(d.reference())
}

func (d *stormDocument) expectItems(b stormBooks, p stormPaper, what, order, prefix string) {
	for i, l := range p.lines {
		at, unit, costType := strconv.Itoa(i+1), "", "M"
		if prefix != "" {
			at = "*"
		}
		if l.quantity > 0 {
			unit = "M2"
		}
		if d.sub {
			costType = "S"
		}
		b.put(d.reference(), what, order, at, l.code, costType, fmt.Sprintf("%sPart %d", prefix, i+1),
			fmt.Sprintf("%d.0000 x %s00", max(l.quantity, 1), money(l.rate)), unit, money(l.cents()))
	}
}

// readBooks writes down what stands in Jobpac, and checks the numbers that are
// free to choose: none twice, none left out.
func readBooks(t *testing.T, have jobpacsim.Books) stormBooks {
	t.Helper()
	b := stormBooks{}
	orders, variations := map[string]string{}, map[string]string{}
	for _, r := range have.PurchaseOrders {
		orders[r["Order"]] = r["UserDefinedField1"]
		b.put(r["UserDefinedField1"], "order", r["Order"], r["Creditor"], r["Description"], r["RequisitionNumber"])
	}
	for _, r := range have.Subcontracts {
		orders[r["Order"]] = r["UserDefinedField1"]
		b.put(r["UserDefinedField1"], "subcontract", r["Order"], r["Creditor"], r["Description"], r["AcceptedContractSum"], r["CurrentRetentionPercentage"])
	}
	for _, r := range have.Variations {
		variations[r["Variation"]] = r["SiteReference"]
		b.put(r["SiteReference"], "variation", freeVariation(r["Variation"]), r["Type"], r["Description"], r["ApprovedPrice"])
	}
	for _, r := range have.PurchaseOrderItems {
		reference, at := orders[r["Order"]], r["OrderItem"]
		if of, ok := strings.CutPrefix(r["Description"], "CO "); ok {
			id, _, _ := strings.Cut(of, ":")
			reference, at = "PCO"+id, "*"
		}
		b.put(reference, "item", r["Order"], at, r["CostCode"], r["CostType"], r["Description"],
			r["QuantityOrdered"]+" x "+r["ForeignCurrencyGrossUnitRate"], r["UnitOfMeasure"], r["ForeignCurrencyGrossValue"])
	}
	for _, r := range have.SubcontractItems {
		b.put(orders[r["Order"]], "item", r["Order"], r["ItemNumber"], r["CostCode"], r["CostType"], r["Description"],
			r["OriginalBudgetQuantity"]+" x "+r["ForeignCurrencyRate"], r["UnitOfMeasure"], r["ForeignCurrencyOriginalContractValue"])
	}
	for _, r := range have.VariationItems {
		if r["SubcontractReference"] != variations[r["Variation"]] {
			t.Errorf("an item of %s stands on the variation of %s", r["SubcontractReference"], variations[r["Variation"]])
		}
		b.put(variations[r["Variation"]], "variation item", r["Order"], r["VariationItem"], r["CostCode"], r["CostType"], r["Description"],
			r["Quantity"]+" x "+r["Rate"], r["UnitOfMeasure"], r["SubcontractPriceApproved"])
	}
	noGaps(t, have)
	return b
}

// freeVariation hides a number of Jobpac's own series.
func freeVariation(number string) string {
	if strings.HasPrefix(number, "V") {
		return "*"
	}
	return number
}

// noGaps checks that the items of every purchase order, and the variations
// without a typed number, are numbered 1, 2, 3 and so on.
func noGaps(t *testing.T, have jobpacsim.Books) {
	t.Helper()
	series := map[string][]int{}
	for _, r := range have.PurchaseOrderItems {
		series[r["Order"]] = append(series[r["Order"]], number(t, r["OrderItem"]))
	}
	for _, r := range have.Variations {
		if freeVariation(r["Variation"]) == "*" {
			series["variations"] = append(series["variations"], number(t, r["Variation"][1:]))
		}
	}
	for _, of := range slices.Sorted(maps.Keys(series)) {
		slices.Sort(series[of])
		for i, n := range series[of] {
			if n != i+1 {
				t.Errorf("%s is numbered %v", of, series[of])
				break
			}
		}
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Errorf("%q is no number", text)
	}
	return n
}

// stormCount sums up how the documents ended.
type stormCount struct{ documents, done, parked, halfway, lost, doubled int }

// compareBooks holds Jobpac's books and Procore's answers against the reference
// model: for every document there must be an order of its requests that one
// person could have served them in, with exactly these books and these answers.
// A document whose content changed while a send was in doubt may be parked half
// way instead; nothing of it may stand twice.
func (s *storm) compareBooks() (c stormCount) {
	s.t.Helper()
	have := readBooks(s.t, s.jobpac.State().Books)
	answers := map[int64]string{}
	for _, r := range s.procore.Requests() {
		answers[r.ID] = r.Status
	}
	for _, d := range s.documents {
		c.documents++
		end, explained := d.explain(have.sorted(d.reference()), answers)
		switch {
		case explained && end.parked:
			c.parked++
		case explained:
			c.done++
		case d.fate == fateRacing && d.halfway(have[d.reference()], answers):
			c.halfway++
		default:
			s.blame(d, have, answers, &c)
		}
		delete(have, d.reference())
	}
	for reference := range have {
		c.doubled++
		s.t.Errorf("Jobpac holds what nobody approved, under %q:\n%s", reference, have.sorted(reference))
	}
	return c
}

// blame says what is wrong with a document that no order of its requests
// explains.
func (s *storm) blame(d *stormDocument, have stormBooks, answers map[int64]string, c *stormCount) {
	s.t.Helper()
	lines, most := len(have[d.reference()]), 1+len(d.papers[0].lines)
	switch {
	case lines == 0:
		c.lost++
	case lines > most:
		c.doubled++
	}
	told := ""
	for _, r := range d.requests {
		told += fmt.Sprintf(" request %d (phase %d, paper %d) %s;", r.id, r.phase, r.paper, answers[r.id])
	}
	s.t.Errorf("%s %d, %s:%s\nJobpac has\n%s\nexpected\n%s", d.kind, d.id, d.fate, told, have.sorted(d.reference()), d.expect(d.papers[0]))
}

// explain finds an end of the reference model with these books and answers.
func (d *stormDocument) explain(books string, answers map[int64]string) (stormReference, bool) {
	for _, end := range d.ends() {
		same := books == d.expect(*end.standing)
		for _, r := range d.requests {
			same = same && end.answers[r.id] == answers[r.id]
		}
		if same {
			return end, true
		}
	}
	return stormReference{}, false
}

// halfway tells whether the document may be parked like this: no request was
// told of a success, and every line is one of a paper's, at most once by place.
func (d *stormDocument) halfway(lines []string, answers map[int64]string) bool {
	allowed := map[string]int{} // line to place
	for _, p := range d.papers {
		for place, line := range strings.Split(d.expect(p), "\n") {
			allowed[line] = place + 1
		}
	}
	places := map[int]bool{}
	for _, line := range lines {
		place := allowed[line]
		if place == 0 || places[place] {
			return false
		}
		places[place] = true
	}
	return !slices.ContainsFunc(d.requests, func(r stormRequest) bool { return answers[r.id] != "failed" })
}
