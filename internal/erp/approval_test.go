package erp_test

import (
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

func TestApprovalBefore(t *testing.T) {
	live := time.Date(2026, 12, 1, 0, 0, 0, 0, time.FixedZone("", 11*3600))
	for name, c := range map[string]struct {
		approval erp.Approval
		want     bool
	}{
		"reviewed before, edited after": {erp.Approval{ApprovedAt: "2026-11-30T12:59:59Z", UpdatedAt: "2026-12-09T00:00:00Z"}, true},
		"reviewed at that very moment":  {erp.Approval{ApprovedAt: "2026-11-30T13:00:00Z"}, false},
		"last changed before":           {erp.Approval{UpdatedAt: "2026-11-30T12:00:00Z"}, true},
		"last changed after":            {erp.Approval{UpdatedAt: "2026-12-02T12:00:00Z"}, false},
		"only a day":                    {erp.Approval{ApprovedAt: "2026-11-29"}, true},
		"no time at all":                {erp.Approval{}, false},
		"no time that can be read":      {erp.Approval{ApprovedAt: "soon"}, false},
	} {
		if got := c.approval.Before(live); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRowValue(t *testing.T) {
	row := func(pairs ...string) erp.Row {
		r := erp.Row{Values: map[erp.Name]string{}}
		for i := 0; i < len(pairs); i += 2 {
			r.Values[erp.Name(pairs[i])] = pairs[i+1]
		}
		return r
	}
	for name, c := range map[string]struct {
		row  erp.Row
		want erp.Money
		ok   bool
	}{
		"value":                   {row("value", "1250.50"), 1250_50, true},
		"value goes first":        {row("value", "10.00", "quantity", "3", "rate", "4"), 10_00, true},
		"product":                 {row("quantity", "2.5000", "rate", "200.0000"), 500_00, true},
		"product rounded half up": {row("quantity", "3", "rate", "33.3333"), 100_00, true},
		"negative":                {row("value", "-4.20"), -4_20, true},
		"nothing":                 {row("description", "x"), 0, false},
		"empty":                   {row("value", ""), 0, false},
		"no number":               {row("value", "ten"), 0, false},
		"parts of a cent":         {row("value", "1.005"), 0, false},
	} {
		if got, ok := c.row.Value(); got != c.want || ok != c.ok {
			t.Errorf("%s: %v %v", name, got, ok)
		}
	}
}
