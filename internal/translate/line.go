package translate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// line is a Procore line with what it means in Jobpac.
type line struct {
	erp.Line
	number   int // from 1, by position, then by id
	centre   erp.CostCentreKey
	measured measure
	amount   erp.Money
	valued   bool // amount holds
	unit     string
	tax      string
}

func (l line) where() string { return fmt.Sprintf("line %d", l.number) }

// lines checks all lines, in the order of their positions and ids.
func (s *sheet) lines(given []erp.Line, job erp.JobKey, jobOK bool) []line {
	s.result.Lines = len(given)
	if len(given) == 0 {
		s.refuse("LINES", "", "it has no lines, and Jobpac keeps an order by its lines. Add at least one line with a cost code in Procore and send it again.")
	}
	sorted := slices.Clone(given)
	slices.SortStableFunc(sorted, func(a, b erp.Line) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	lines := make([]line, 0, len(sorted))
	for i, g := range sorted {
		lines = append(lines, s.line(line{Line: g, number: i + 1}, job, jobOK))
	}
	return lines
}

func (s *sheet) line(l line, job erp.JobKey, jobOK bool) line {
	l.centre = s.centre(l, job, jobOK)
	l.amount, l.valued = s.amount(l)
	if l.valued {
		l.measured = measured(l.Line, l.amount)
	}
	if l.unit = s.unit(l); l.measured.whole {
		l.unit = "" // one whole is no cubic metre
	}
	l.tax = s.taxCode(l)
	return l
}

// centre checks cost code and cost type: first the links, then what the job
// has. Without a usable job only the links can be checked.
func (s *sheet) centre(l line, job erp.JobKey, jobOK bool) erp.CostCentreKey {
	if l.Placed != nil {
		if jobOK && s.facts.Job != nil {
			s.openCentre(l, l.Placed.Centre)
		}
		return l.Placed.Centre
	}
	code := s.costCode(l, job, jobOK)
	costType := s.costType(l)
	key := erp.CostCentreKey{JobKey: job, CostCode: code, CostType: costType}
	if jobOK && s.facts.Job != nil && code != "" && costType != "" {
		s.openCentre(l, key)
	}
	return key
}

// costCode is the linked cost code, "" when it was refused.
func (s *sheet) costCode(l line, job erp.JobKey, jobOK bool) string {
	origin := l.CostCode.Origin
	if strings.TrimSpace(origin) == "" {
		s.refuseLine("LINE-COST-CODE", l, "%s is not synced with Jobpac. Choose a cost code of the ERP list in Procore and send it again.", called("cost code", l.CostCode))
		return ""
	}
	if !jobOK && strings.Contains(origin, "|") {
		return "" // a project cost code cannot be read without its job
	}
	code, err := erp.ParseCostCode(origin, job)
	if err != nil || !fits(code, s.rules.Widths.CostCode) {
		s.refuseLine("LINE-COST-CODE", l, "the link %q of %s is no cost code of this job with at most %d characters. Choose a cost code of the ERP list in Procore and send it again.", clip(origin), called("cost code", l.CostCode), s.rules.Widths.CostCode)
		return ""
	}
	return code
}

// costType is the linked cost type, or the one the settings put in its place;
// "" when it was refused.
func (s *sheet) costType(l line) string {
	if strings.TrimSpace(l.CostType.Origin) == "" {
		s.refuseLine("LINE-COST-TYPE", l, "%s is not synced with Jobpac. Choose a cost type of the ERP list in Procore and send it again.", called("cost type", l.CostType))
		return ""
	}
	code, err := s.rules.costType(l.CostType)
	if err != nil || !fits(code, s.rules.Widths.CostType) {
		s.refuseLine("LINE-COST-TYPE", l, "%q of %s is no Jobpac cost type, which has at most %d characters. Choose another cost type in Procore, or mend the mapping of cost types.", clip(cmp.Or(code, l.CostType.Origin)), called("cost type", l.CostType), s.rules.Widths.CostType)
		return ""
	}
	return code
}

// costType reads a cost type's link and applies the mapping, by the Procore
// code first, then by the linked one.
func (r Rules) costType(link erp.Link) (string, error) {
	linked, err := erp.ParseCostType(link.Origin)
	if err != nil {
		return "", err
	}
	for _, key := range []string{link.Code, linked} {
		if mapped, ok := named(r.CostTypes, key); ok && key != "" {
			return erp.Code(mapped), nil
		}
	}
	return linked, nil
}

// called names a link as people see it in Procore.
func called(what string, link erp.Link) string {
	if name := squeeze(link.Code + " " + link.Name); name != "" {
		return what + " " + clip(name)
	}
	if link.ID == 0 {
		return "its " + what
	}
	return what + " " + link.ID.String()
}

// openCentre refuses what is no cost centre of the job, or a closed one.
func (s *sheet) openCentre(l line, key erp.CostCentreKey) {
	row, heading := s.find(key)
	name := key.CostCode + " " + key.CostType
	switch {
	case row == nil && heading:
		s.refuseLine("LINE-HEADING", l, "cost code %s is a heading on job %s in Jobpac, and costs go to the cost centres below it. Choose one of those in Procore and send it again.", key.CostCode, key.Job)
	case row == nil:
		s.refuseLine("LINE-CENTRE", l, "cost code %s with cost type %s is not a cost centre of job %s in Jobpac. Create it in Jobpac, or choose another code or type in Procore.", key.CostCode, key.CostType, key.Job)
	case row.AllowCostUpdates == erp.No:
		s.refuseLine("LINE-CLOSED", l, "cost centre %s of job %s takes no costs in Jobpac. Open it in Jobpac, or choose another in Procore.", name, key.Job)
	default:
		if meaning := s.letter("cost centre", name, row.Status); closed(meaning) {
			s.refuseLine("LINE-CLOSED", l, "cost centre %s of job %s has status %q in Jobpac, which is %s. Open it in Jobpac, or choose another in Procore.", name, key.Job, row.Status, meaning)
		}
	}
}

// find looks a cost centre up; heading tells whether its code is a heading.
func (s *sheet) find(key erp.CostCentreKey) (row *erp.CostCentre, heading bool) {
	for i, have := range s.facts.Centres {
		if erp.Code(have.Key.CostCode) != key.CostCode || erp.Code(have.Key.Job) != key.Job {
			continue
		}
		if have.Heading {
			heading = true
		} else if erp.Code(have.Key.CostType) == key.CostType {
			row = &s.facts.Centres[i]
		}
	}
	return row, heading
}

// unit is Jobpac's unit of measure, "" for none.
func (s *sheet) unit(l line) string {
	given := squeeze(l.UOM)
	if given == "" {
		return ""
	}
	unit, ok := named(s.rules.Units, given)
	if !ok {
		unit = given
	}
	unit = erp.Code(fold(unit))
	if len(unit) > s.rules.Widths.Unit || strings.Contains(unit, unknownSign) {
		s.refuseLine("LINE-UNIT", l, "unit %q does not fit Jobpac, which holds %d plain characters. Choose a shorter unit in Procore, or map it in the settings.", clip(given), s.rules.Widths.Unit)
	}
	return unit
}

// taxCode is Jobpac's tax code, "" to leave it to Jobpac.
func (s *sheet) taxCode(l line) string {
	given := squeeze(l.TaxCode)
	code, ok := named(s.rules.GST.ByTaxCode, given)
	if given == "" || !ok {
		code = s.rules.GST.Default
	}
	code = erp.Code(code)
	if len(code) > s.rules.Widths.TaxCode {
		s.refuseLine("LINE-TAX", l, "tax code %q does not fit Jobpac, which holds %d characters. Mend the mapping of tax codes.", clip(code), s.rules.Widths.TaxCode)
	}
	return code
}
