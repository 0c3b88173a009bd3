package translate

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// TypedPrimeVariation is the variation number that a prime contract change order
// brings along; "" when one must be reserved in its job. It is made as those of
// change orders on subcontracts: both stand in one register.
func TypedPrimeVariation(req erp.Request, r Rules) string {
	if req.PrimeChange == nil {
		return ""
	}
	template, code := r.ready().Variation.Number, erp.Code(req.PrimeChange.Code)
	if code == "" && strings.Contains(template, "{code}") {
		return ""
	}
	return erp.Code(strings.NewReplacer("{code}", code, "{number}", req.PrimeChange.Number).Replace(template))
}

// PrimeChange says what a prime contract change order becomes in Jobpac: a head
// contract variation with its approved price, or why it cannot become one. It
// has no items: what Procore sends are amounts of the client (documented), not
// the cost of the work, which alone would change cost centres. Its lines and
// their markups are linked to numbers under the variation that Jobpac does not
// have, so that Procore shows them as synced.
func PrimeChange(req erp.Request, r Rules, facts erp.Facts, n Numbers) Result {
	s := newSheet(classPrimeChange, req, r, facts)
	if req.PrimeChange == nil {
		s.name = "Request " + req.ID.String()
		s.unreadable("it carries no prime contract change order. Send the change order to the ERP again.")
		return s.end()
	}
	c := *req.PrimeChange
	s.name = "Prime contract change order " + clip(cmp.Or(squeeze(c.Number), c.ID.String()))
	s.result.Title, s.result.ProcoreNo = title(c.Title, c.Description), c.Number
	s.result.Reference = string(erp.PrimeChangeReference(c.ID))
	s.status(c.Status)
	job, _ := s.job()
	number := s.primeNumber(n)
	s.result.Number = number
	key := erp.VariationKey{WorkID: job.WorkID, Job: job.Job, Variation: number}
	s.headVariation(c, key)
	s.primeLinks(c, key)
	return s.end()
}

func (s *sheet) primeNumber(n Numbers) string {
	typed := TypedPrimeVariation(s.req, s.rules)
	s.number("code", "variation number", typed, s.rules.Variation.Width)
	return cmp.Or(typed, erp.Code(n.Variation), placeholderVariation)
}

// headVariation makes the variation. It was approved on the day the approver
// gave for Jobpac, else on that of Procore, else when it was reviewed.
func (s *sheet) headVariation(c erp.PrimeChange, key erp.VariationKey) {
	heading := s.text("title", s.rules.Widths.Description, "", title(c.Title, c.Description, s.name), "")
	posted, approved, reviewed := s.date("posting date", strings.TrimSpace(c.Fields[PostingField])), s.date("approval date", c.ApprovedOn), s.date("review date", c.ReviewedAt)
	s.result.Total = s.primeTotal(c.Lines)
	s.add(erp.Variation{
		VariationKey: key, Description: heading.sent, Type: s.headContractType(c), Reason: s.reasonCode(c.Fields),
		Submitted: s.date("creation date", c.CreatedAt), Approved: cmp.Or(posted, approved, reviewed),
		ApprovedSum: s.result.Total, Reference: erp.PrimeChangeReference(c.ID),
	}, heading)
}

func (s *sheet) headContractType(c erp.PrimeChange) string {
	return s.variationType(c.Fields, s.rules.Variation.HeadContractType, "mapping.variation.head_contract_type", "prime contract change orders")
}

// primeTotal adds the lines up. They include their markups (documented), and no
// tax (assumed).
func (s *sheet) primeTotal(lines []erp.PrimeChangeLine) erp.Money {
	if len(lines) == 0 {
		s.refuse("LINES", "", "it has no lines, so its amount is not known. Add a line in Procore and send it again.")
	}
	amounts := make([]erp.Money, 0, len(lines))
	for i, l := range lines {
		amount, err := l.Amount.Money()
		if err != nil {
			s.refuseLine("AMOUNT", line{Line: erp.Line{Description: l.Description}, number: i + 1}, "its amount %q is missing, not in whole cents or too large for Jobpac. Correct it in Procore and send it again.", clip(l.Amount.String()))
		}
		amounts = append(amounts, amount)
	}
	sum, err := erp.Sum(amounts...)
	if err != nil {
		s.refuse("TOTAL", "total", "its lines add up to more than can be kept. Correct the amounts in Procore and send it again.")
	}
	return sum
}

// primeLinks joins the change order, its lines and their markups to numbers
// under the variation: the lines first.
func (s *sheet) primeLinks(c erp.PrimeChange, key erp.VariationKey) {
	s.header(erp.ItemChangeOrder, c.ID, key.Origin(), key.Variation)
	next := 0
	link := func(itemType string, id erp.ID) {
		next++
		s.result.Links = append(s.result.Links, erp.ExternalItem{Type: itemType, ID: id, Origin: key.ItemOrigin(next)})
	}
	for _, l := range c.Lines {
		link(erp.ItemLine, l.ID)
	}
	for _, l := range c.Lines {
		for _, m := range l.Markups {
			link(erp.ItemMarkup, m)
		}
	}
}

// PrimeVariationTaken is the refusal of a variation number that is somebody
// else's.
func PrimeVariationTaken(key erp.VariationKey, have erp.Row) erp.Problem {
	return erp.Problem{Rule: "PV-NUMBER-TAKEN", Where: "code", Message: fmt.Sprintf(
		"Variation number %s of job %s is already used in Jobpac by %s. Give this prime contract change order another code when you accept it, and send it again.",
		key.Variation, key.Job, whose(have))}
}
