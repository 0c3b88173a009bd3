package journal

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
)

func TestAnImportMarkComesBackAsItWasSaved(t *testing.T) {
	at := time.Date(2026, 12, 1, 8, 30, 0, 0, time.UTC)
	want := Register{Name: ImportRegister(erp.JobCosts), Import: &ImportMark{
		Run: "r2", Started: at, Ended: at.Add(time.Hour), Since: at.Add(-time.Hour), Hold: at, HoldAll: true,
		Place:    ImportPlace{Phase: "costs", Job: "01|J1", Next: "n"},
		Counts:   ImportCounts{Read: 6, New: 1, Changed: 2, Unchanged: 3, Refused: 4, Calls: 5},
		Refusals: []ImportProblem{{Rule: "IM-AMOUNT", Where: "J1", Message: "m"}}, Notes: []string{"n"},
		Writer: ImportWriter{Cache: "c", Run: "r2"}, Last: &ImportLast{Run: "r1", From: at, Ended: at},
	}}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Register
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOtherRegistersSayNothingOfImports(t *testing.T) {
	data, err := json.Marshal(Register{Name: "order 01|PO1"})
	if err != nil || string(data) != `{"name":"order 01|PO1"}` {
		t.Errorf("%s, %v", data, err)
	}
}

func TestImportRegisterNames(t *testing.T) {
	if got := ImportRegister(erp.GSTCodes); got != "import gst-codes" {
		t.Error(got)
	}
	if got := ImportJobRegister(erp.JobCosts, "01|J1"); got != "import job-costs 01|J1" {
		t.Error(got)
	}
}
