package jobpacsim_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/jobpacsim"
)

// spoilt makes one bad row of a kind in a village and gives the rows it is made of.
func spoilt(t *testing.T, kind string) (*bench, jobpacsim.BadRow, []map[string]string) {
	t.Helper()
	b, _ := generate(t, village())
	bad, err := b.sim.Spoil(jobpacsim.Spoiling{Count: 1, Kinds: []string{kind}, Seed: 5})
	if err != nil || len(bad) != 1 || bad[0].Kind != kind {
		t.Fatalf("%v %v", bad, err)
	}
	var rows []map[string]string
	for _, key := range bad[0].Keys {
		for _, r := range everyRow(b, bad[0].Book) {
			if carries(r, key) {
				rows = append(rows, r)
			}
		}
	}
	if len(rows) != len(bad[0].Keys) {
		t.Fatalf("keys %v find %v", bad[0].Keys, rows)
	}
	return b, bad[0], rows
}

func carries(r map[string]string, key row) bool {
	for name, value := range key {
		if r[name] != value {
			return false
		}
	}
	return len(key) > 0
}

// everyRow lists a book through the vendor's API.
func everyRow(b *bench, book string) []map[string]string {
	b.t.Helper()
	switch book {
	case "jobs":
		return b.must(b.get("JobListing", params{}))
	case "creditors":
		return b.must(b.get("CreditorListing", params{}))
	case "cost_centres":
		return b.must(b.get("CostCentreListing", params{}))
	case "gst_codes":
		return b.must(b.get("GSTCodeListing", params{"WorkId": "01"}))
	case "ledger":
		return b.must(b.get("GeneralLedgerDetailsByTimeListing", params{"CostingWorkId": "01", "StartLastUpdatedTimestamp": "2020-01-01"}))
	default:
		var rows []map[string]string
		for _, job := range b.must(b.get("JobListing", params{})) {
			rows = append(rows, b.must(b.get("ClaimCodeListing", params{"WorkId": "01", "Job": job["Job"]}))...)
		}
		return rows
	}
}

// What each kind of bad row looks like in its listing.
func TestBadRows(t *testing.T) {
	for kind, want := range map[string]struct {
		book string
		rows []map[string]string
	}{
		jobpacsim.BadNoCostType:       {"cost_centres", []map[string]string{{"CostType": "", "HeadingLevel": "", "OriginalBudgetValue": "1000.00"}}},
		jobpacsim.BadAmount:           {"cost_centres", []map[string]string{{"CostType": "M", "HeadingLevel": "", "OriginalBudgetValue": "12.5OO,00"}}},
		jobpacsim.BadHeadingAndCentre: {"cost_centres", []map[string]string{{"CostType": "", "HeadingLevel": "1"}, {"CostType": "M", "HeadingLevel": ""}}},
		jobpacsim.BadThirdTier:        {"cost_centres", []map[string]string{{"CostType": "", "HeadingLevel": "2"}}},
		jobpacsim.BadNoSection:        {"cost_centres", []map[string]string{{"CostType": "M", "CostCode": "99-Z00"}}},
		jobpacsim.BadTwoKinds:         {"cost_centres", []map[string]string{{"CostType": "", "HeadingLevel": "1"}, {"CostType": "M", "HeadingLevel": ""}}},
		jobpacsim.BadEmptyName:        {"creditors", []map[string]string{{"Name": "", "Status": "A"}}},
		jobpacsim.BadLongJob:          {"jobs", []map[string]string{{"Job": "TOOLZ00", "Active": "Y"}}},
		jobpacsim.BadContractSum:      {"jobs", []map[string]string{{"OriginalContractSum": "1 MILLION"}}},
		jobpacsim.BadGSTRate:          {"gst_codes", []map[string]string{{"TaxPercentage": "TEN"}}},
		jobpacsim.BadLedgerAmount:     {"ledger", []map[string]string{{"Amount": "12,5O"}}},
		jobpacsim.BadClaimValue:       {"claim_codes", []map[string]string{{"Value": "LUMP SUM"}}},
	} {
		t.Run(kind, func(t *testing.T) {
			_, bad, rows := spoilt(t, kind)
			if bad.Book != want.book || len(rows) != len(want.rows) {
				t.Fatalf("%+v, rows %v", bad, rows)
			}
			for i := range rows {
				columns(t, rows[i], want.rows[i])
			}
		})
	}
}

func TestBadKindsAreAllMade(t *testing.T) {
	b, _ := generate(t, village())
	bad, err := b.sim.Spoil(jobpacsim.Spoiling{Count: len(jobpacsim.BadKinds())})
	if err != nil {
		t.Fatal(err)
	}
	for i, kind := range jobpacsim.BadKinds() {
		if bad[i].Kind != kind {
			t.Errorf("row %d is %s, want %s", i, bad[i].Kind, kind)
		}
	}
}

// A code of two kinds is on two jobs, one that is both on one; no good row has them.
func TestBadCodesAreTheirOwn(t *testing.T) {
	b, _ := generate(t, village())
	good := map[string]bool{}
	for _, r := range everyRow(b, "cost_centres") {
		good[r["CostCode"]] = true
	}
	bad, err := b.sim.Spoil(jobpacsim.Spoiling{Count: 250})
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, r := range bad {
		if r.Book != "cost_centres" {
			continue
		}
		code := r.Keys[0]["CostCode"]
		if good[code] || codes[code] || len(code) > 8 {
			t.Errorf("%+v: the code is used", r)
		}
		codes[code] = true
		jobs := map[string]bool{}
		for _, key := range r.Keys {
			jobs[key["Job"]] = true
			if key["CostCode"] != code {
				t.Errorf("%+v", r)
			}
		}
		if (r.Kind == jobpacsim.BadTwoKinds) != (len(jobs) == 2) {
			t.Errorf("%s is on %d jobs", r.Kind, len(jobs))
		}
		for job := range jobs {
			if job == "2006" || job == "2007" {
				t.Errorf("%s is on closed job %s", r.Kind, job)
			}
		}
	}
	if len(codes) < 100 {
		t.Errorf("%d bad codes", len(codes))
	}
}

// Bad rows change no good one and no sum, and carry the time they were made.
func TestBadRowsLeaveTheRestAlone(t *testing.T) {
	b, _ := generate(t, village())
	p := params{"WorkId": "01", "StartJob": "2001", "FinishJob": "2007"}
	before := b.must(b.get("CostCentreDetailListing", p))
	bad, err := b.sim.Spoil(jobpacsim.Spoiling{Count: 100, Seed: 9})
	if err != nil {
		t.Fatal(err)
	}
	after := slices.DeleteFunc(b.must(b.get("CostCentreDetailListing", p)), func(r map[string]string) bool { return strings.Contains(r["CostCode"], "Z") })
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("good cost centres differ: %s", diff)
	}
	made := b.must(b.get("CostCentreListing", params{"StartLastUpdateTimestamp": "2026-11-22T10:00:00Z"}))
	made = slices.DeleteFunc(made, func(r map[string]string) bool { return !strings.Contains(r["CostCode"], "Z") }) // the demo's are of now too
	want := 0
	for _, r := range bad {
		if r.Book == "cost_centres" {
			want += len(r.Keys)
		}
	}
	if len(made) != want {
		t.Errorf("%d cost centres of now, want %d", len(made), want)
	}
}

func TestSpoilIsRepeatable(t *testing.T) {
	first, _ := generate(t, village())
	second, _ := generate(t, village())
	make := func(b *bench, seed uint64) []jobpacsim.BadRow {
		bad, err := b.sim.Spoil(jobpacsim.Spoiling{Count: 30, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return bad
	}
	if diff := cmp.Diff(make(first, 1), make(second, 1)); diff != "" {
		t.Error(diff)
	}
	keys := map[string]bool{}
	for _, r := range append(make(first, 2), make(first, 2)...) { // again: other keys
		for _, key := range r.Keys {
			text, err := json.Marshal(key) // keys of maps come sorted
			if err != nil {
				t.Fatal(err)
			}
			if r.Book != "ledger" && keys[r.Book+string(text)] {
				t.Errorf("%s twice: %v", r.Kind, key)
			}
			keys[r.Book+string(text)] = true
		}
	}
}

func TestSpoilByHTTP(t *testing.T) {
	b := newBench(t)
	type answer struct {
		Bad []jobpacsim.BadRow `json:"bad"`
	}
	bad := managed[answer](b, "POST", "spoil", `{"count":11}`).Bad
	kinds := map[string]bool{}
	for _, r := range bad {
		kinds[r.Kind] = true
	}
	// the demo has one job, so none is of two kinds
	if len(bad) != 11 || len(kinds) != 11 || kinds[jobpacsim.BadTwoKinds] {
		t.Errorf("%v", slices.Sorted(maps.Keys(kinds)))
	}
	if rows := b.must(b.get("JobListing", params{})); len(rows) != 3 { // one too long, one with a bad sum
		t.Errorf("%d jobs", len(rows))
	}
	for body, words := range map[string]string{
		`{"count":-1}`:                          "count is -1",
		`{"count":2590}`:                        "0 to 2589",
		`{"count":1,"kinds":["rotten"]}`:        "rotten",
		`{"count":1,"work_id":"09"}`:            "no open job",
		`{"count":1,"kinds":["two_kinds"]}`:     "two open jobs",
		`{"count":1,"colour":"red"}`:            "colour",
		`{"count":1,"work_id":"01","seed":"x"}`: "body",
	} {
		if a := b.manage("POST", "spoil", body); a.status != http.StatusBadRequest || !strings.Contains(a.text, words) {
			t.Errorf("%s: %d %s", body, a.status, a.text)
		}
	}
	managed[map[string]bool](b, "POST", "reset", "")
	b.token = b.login()
	if rows := b.must(b.get("JobListing", params{})); len(rows) != 1 {
		t.Errorf("after the reset %d jobs", len(rows))
	}
	if _, err := b.sim.Spoil(jobpacsim.Spoiling{Count: 2600, Kinds: []string{jobpacsim.BadEmptyName}}); err != nil {
		t.Errorf("after the reset: %v", err)
	}
}
