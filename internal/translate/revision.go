package translate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/procpac/procpac/internal/erp"
)

// Entered is a line of an entered document as Jobpac has it by now, all its
// further changes added up.
type Entered struct {
	Line        erp.ID
	Place       erp.Place
	Value       erp.Money
	Description string
}

// Revise says which change order lines bring what was entered to what the
// document's lines are now: the difference of every line whose amount changed,
// the whole of a line that is new, and the reverse of one that is gone, which
// come last. None: nothing changed in money. A non-empty why tells that it cannot
// be brought as a change, in words that follow a colon.
func Revise(now []erp.Line, entered []Entered, job erp.JobKey, r Rules) (lines []erp.Line, why string) {
	rules := r.ready()
	gone := map[erp.ID]Entered{}
	for _, e := range entered {
		gone[e.Line] = e
	}
	last := 0
	for _, l := range now {
		last = max(last, l.Position)
		was, known := gone[l.ID]
		delete(gone, l.ID)
		if !known {
			lines = append(lines, l)
			continue
		}
		if why := rules.moved(l, was.Place.Centre, job); why != "" {
			return nil, why
		}
		amount, err := l.Amount.Money()
		if !l.Amount.Given() || err != nil {
			lines = append(lines, l) // the rules say what is wrong with it
		} else if amount != was.Value {
			lines = append(lines, difference(l, was, amount-was.Value))
		}
	}
	left := slices.Collect(maps.Values(gone))
	slices.SortFunc(left, func(a, b Entered) int { return cmp.Compare(a.Line, b.Line) })
	for _, was := range left {
		if was.Value != 0 {
			lines = append(lines, difference(erp.Line{ID: was.Line, Position: last + 1, Description: was.Description}, was, -was.Value))
		}
	}
	return lines, ""
}

// difference is a line that changes an entered one by an amount.
func difference(l erp.Line, was Entered, by erp.Money) erp.Line {
	place := was.Place
	amount, _ := erp.ParseDecimal(by.String()) // money is a decimal
	return erp.Line{
		ID: l.ID, Position: l.Position, Description: l.Description, Amount: amount,
		CostCode: l.CostCode, CostType: l.CostType, TaxCode: l.TaxCode, Placed: &place,
	}
}

// moved says that a line is on another cost centre than it was entered on;
// empty: it is not, or its links cannot be read, which is for the rules to say.
func (r Rules) moved(l erp.Line, was erp.CostCentreKey, job erp.JobKey) string {
	code, errCode := erp.ParseCostCode(l.CostCode.Origin, job)
	costType, errType := r.costType(l.CostType)
	if errCode != nil || errType != nil || code == was.CostCode && costType == was.CostType {
		return ""
	}
	return fmt.Sprintf("line %q is on cost centre %s %s now and was entered on %s %s, and a line in Jobpac keeps its cost centre; set it back in Procore and enter a new line for the other cost centre",
		clip(squeeze(l.Description)), code, costType, was.CostCode, was.CostType)
}
