package translate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// revisable is a line of Procore with that amount, on a cost centre of the job.
func revisable(t *testing.T, id erp.ID, code, amount string) erp.Line {
	t.Helper()
	l := erp.Line{ID: id, Position: int(id), Description: fmt.Sprintf("Line %d", id), CostCode: erp.Link{Origin: "01|1001|" + code}, CostType: erp.Link{Origin: "S"}}
	if amount != "" {
		l.Amount = must(t, amount)
	}
	return l
}

func must(t *testing.T, text string) erp.Decimal {
	t.Helper()
	d, err := erp.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestReviseBringsTheDifference(t *testing.T) {
	job := erp.JobKey{WorkID: "01", Job: "1001"}
	in := func(id erp.ID, code, value string, item int) translate.Entered {
		amount, _ := erp.ParseMoney(value)
		return translate.Entered{Line: id, Value: amount, Description: "as entered", Place: erp.Place{Centre: erp.CostCentreKey{JobKey: job, CostCode: code, CostType: "S"}, OrderItem: item}}
	}
	entered := []translate.Entered{in(1, "A", "100.00", 1), in(2, "B", "50.00", 2), in(3, "C", "0.00", 3)}
	for name, c := range map[string]struct {
		now  []erp.Line
		want string
		why  string
	}{
		"nothing":         {now: []erp.Line{revisable(t, 1, "A", "100"), revisable(t, 2, "B", "50.00")}},
		"more and less":   {now: []erp.Line{revisable(t, 1, "A", "100.01"), revisable(t, 2, "B", "49.99")}, want: "1:0.01@1 2:-0.01@2"},
		"new":             {now: []erp.Line{revisable(t, 1, "A", "100"), revisable(t, 2, "B", "50"), revisable(t, 9, "D", "7")}, want: "9:7@new"},
		"gone":            {now: []erp.Line{revisable(t, 2, "B", "50")}, want: "1:-100.00@1"},
		"below zero":      {now: []erp.Line{revisable(t, 1, "A", "-5"), revisable(t, 2, "B", "50")}, want: "1:-105.00@1"},
		"all gone":        {want: "1:-100.00@1 2:-50.00@2"},
		"without amount":  {now: []erp.Line{revisable(t, 1, "A", ""), revisable(t, 2, "B", "50")}, want: "1:@new"},
		"another centre":  {now: []erp.Line{revisable(t, 1, "B", "100"), revisable(t, 2, "B", "50")}, why: "is on cost centre B S now and was entered on A S"},
		"a link is wrong": {now: []erp.Line{revisable(t, 1, "02|9|Z", "101"), revisable(t, 2, "B", "50")}, want: "1:1.00@1"},
	} {
		lines, why := translate.Revise(c.now, entered, job, testRules())
		var got []string
		for _, l := range lines {
			where := "new"
			if l.Placed != nil {
				where = fmt.Sprint(l.Placed.OrderItem)
			}
			got = append(got, fmt.Sprintf("%d:%s@%s", l.ID, l.Amount, where))
		}
		if strings.Join(got, " ") != c.want || c.why == "" != (why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: %v, %q; want %s, %q", name, got, why, c.want, c.why)
		}
	}
}

// A closed cost centre takes no difference either, though the line's links are
// not looked at.
func TestARevisionKeepsToOpenCostCentres(t *testing.T) {
	req, contract := testChangeOrder(t)
	rules, facts := testRules(), testFacts()
	req.ChangeOrder.Revision = &erp.Revision{Of: "PCC4101", Number: 2}
	l := &req.ChangeOrder.Lines[0]
	place := erp.Place{Centre: facts.Centres[0].Key, OrderItem: 1}
	l.CostCode, l.CostType, l.Placed = erp.Link{}, erp.Link{}, &place
	req.ChangeOrder.Lines = req.ChangeOrder.Lines[:1]
	req.ChangeOrder.Total, req.ChangeOrder.Code = erp.Decimal{}, ""
	r := translate.ChangeOrder(req, rules, facts, contract, translate.Numbers{Variation: "V00001"})
	if len(r.Problems) > 0 || r.Reference != "PCC4101R2" || r.Number != "V00001" || len(r.Links) != 0 || len(r.Items) != 1 {
		t.Errorf("%+v", r)
	}
	if q := translate.Query(req, rules); len(q.CostCodes) != 1 || q.CostCodes[0] != place.Centre.CostCode {
		t.Errorf("asked for %v", q.CostCodes)
	}
	facts.Centres[0].AllowCostUpdates = erp.No
	r = translate.ChangeOrder(req, rules, facts, contract, translate.Numbers{Variation: "V00001"})
	if len(r.Problems) != 1 || r.Problems[0].Rule != "CO-LINE-CLOSED" {
		t.Errorf("%+v", r.Problems)
	}
}
