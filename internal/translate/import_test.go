package translate_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

func TestSubJobsAreRefused(t *testing.T) {
	p := translate.SubJob("sub job 1001-A of job 1001")
	if p.Rule != "IM-SUB-JOB" || p.Where != "sub job 1001-A of job 1001" || !strings.HasPrefix(p.Message, "Sub job 1001-A of job 1001: ") {
		t.Errorf("%+v", p)
	}
	soundImport(t, imported{problems: []erp.Problem{p}})
}

func TestACodeThatTheListHasNotSeenWaits(t *testing.T) {
	r := translate.ImportRules{WorkID: "01"}
	row := centreRow("1001", "03-100", "S", "Footings")
	e, problems, _ := translate.ProjectCode(row, translate.NewCodeList(r), r)
	if len(problems) != 1 || problems[0].Rule != "IM-NO-COST-CODE" || !strings.Contains(problems[0].Message, "next import") || e.Type != "" {
		t.Errorf("%+v %v", e, problems)
	}
	soundImport(t, imported{problems: problems})
}

func TestRowsMayComeAfterTheListWasAsked(t *testing.T) {
	r := translate.ImportRules{WorkID: "01"}
	list := listOf(r, []erp.Row{centreRow("1001", "03-100", "S", "Footings")})
	if entries, problems, _ := list.Codes(); len(entries) != 0 || len(problems) != 1 {
		t.Fatalf("%v %v", entries, problems)
	}
	list.Add(headingRow("1001", "03", "Concrete"))
	entries, problems, _ := list.Codes()
	if len(entries) != 2 || len(problems) != 0 {
		t.Errorf("%v %v", entries, problems)
	}
}

func TestOneNoteForAllDoubleNames(t *testing.T) {
	r := translate.ImportRules{WorkID: "01"}
	list := listOf(r, []erp.Row{headingRow("1001", "03", "Concrete")})
	for i := range 15 {
		list.Add(centreRow("1001", fmt.Sprintf("03-%d", 100+i), "S", "One name"))
		list.Add(centreRow("1002", fmt.Sprintf("03-%d", 100+i), "S", "Another"))
	}
	_, _, notes := list.Codes()
	if len(notes) != 1 || !strings.Contains(notes[0], "15 cost codes") || !strings.Contains(notes[0], "03-109 and 5 more") {
		t.Errorf("%q", notes)
	}
}

// TestTheListGrowsWithItsCodesAlone: a hundred times the jobs with the same
// codes, and with long texts of their own, leave nothing behind.
func TestTheListGrowsWithItsCodesAlone(t *testing.T) {
	list := translate.NewCodeList(translate.ImportRules{WorkID: "01"})
	fill := func(first, jobs int) {
		for j := range jobs {
			job := fmt.Sprintf("J%05d", first+j)
			words := strings.Repeat(job+" ", 200)
			list.Add(headingRow(job, "03", words))
			for c := range 20 {
				list.Add(centreRow(job, fmt.Sprintf("03-%03d", c), "S", words))
			}
		}
	}
	held := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	fill(0, 10)
	few, _, _ := list.Codes()
	before := held()
	fill(10, 1000)
	if after := held(); after > before+200_000 {
		t.Errorf("the list grew by %d bytes with the rows of its jobs", after-before)
	}
	many, _, _ := list.Codes()
	if diff := cmp.Diff(few, many); diff != "" || len(many) != 21 {
		t.Errorf("%d codes, and more jobs changed them: %s", len(many), diff)
	}
}

// TestTheListIsTheSameInAnyOrderOfJobs: which job Jobpac shows first decides
// nothing.
func TestTheListIsTheSameInAnyOrderOfJobs(t *testing.T) {
	r := translate.ImportRules{WorkID: "01"}
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 40 {
		jobs := randomJobs(random)
		want := allOf(listOf(r, slices.Concat(jobs...)))
		for range 5 {
			random.Shuffle(len(jobs), func(i, k int) { jobs[i], jobs[k] = jobs[k], jobs[i] })
			for _, rows := range jobs {
				random.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
			}
			got := allOf(listOf(r, slices.Concat(jobs...)))
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(imported{})); diff != "" {
				t.Fatalf("round %d: %s", round, diff)
			}
		}
		soundImport(t, want)
		parentsFirst(t, want.entries)
		accounted(t, want, jobs)
	}
}

// randomJobs makes jobs whose codes clash in all ways.
func randomJobs(random *rand.Rand) [][]erp.Row {
	jobs := make([][]erp.Row, 3)
	codes := []string{"01", "01-1", "01-10", "02-000", "02-100", "02-150", "3", "30-1", "", "ü"}
	for j := range jobs {
		job := fmt.Sprint(1001 + j)
		for range 8 {
			code, name := codes[random.IntN(len(codes))], fmt.Sprint("Name ", random.IntN(2))
			if random.IntN(3) == 0 {
				row := headingRow(job, code, name)
				row.Values[erp.ColHeadingLevel] = []string{"0", "0", "1", "x", "2"}[random.IntN(5)]
				jobs[j] = append(jobs[j], row)
				continue
			}
			jobs[j] = append(jobs[j], centreRow(job, code, []string{"M", "S", ""}[random.IntN(3)], name))
		}
	}
	return jobs
}

func allOf(list *translate.CodeList) imported {
	var all imported
	all.entries, all.problems, all.notes = list.Codes()
	types, _, _ := list.Types()
	all.entries = append(all.entries, types...)
	return all
}

func parentsFirst(t *testing.T, entries []erp.Entry) {
	t.Helper()
	there := map[string]bool{}
	for _, e := range entries {
		for _, ref := range e.Refs {
			if ref.Type == e.Type && !there[ref.Origin] {
				t.Errorf("%s comes before %s", e.Label, ref.Origin)
			}
		}
		there[e.Origin] = true
	}
}

// accounted: every code that Jobpac shows is brought, or a problem names it.
func accounted(t *testing.T, got imported, jobs [][]erp.Row) {
	t.Helper()
	told := map[string]bool{}
	for _, e := range got.entries {
		told[e.Code] = told[e.Code] || e.Type == erp.EntryStandardCode
	}
	for _, p := range got.problems {
		told[strings.Fields(strings.TrimPrefix(p.Where, "cost code "))[0]] = true
	}
	for _, row := range slices.Concat(jobs...) {
		if code := erp.Code(row.Get(erp.ColCostCode)); code != "" && !told[code] {
			t.Errorf("code %q is neither brought nor refused", code)
		}
	}
}

func centreRow(job, code, kind, name string) erp.Row {
	return asRow(map[erp.Name]string{
		erp.ColCostingWork: "01", erp.ColJob: job, erp.ColCostCode: code, erp.ColCostType: kind, erp.ColDescription: name,
	})
}

func headingRow(job, code, name string) erp.Row {
	row := centreRow(job, code, "", name)
	row.Values[erp.ColHeadingLevel] = "0"
	return row
}

func TestHeadings(t *testing.T) {
	for _, c := range []struct {
		level, kind string
		want        bool
	}{
		{"", "S", false}, {"0", "S", false}, {"00", "S", false}, {"1", "S", true}, {"0", "", true}, {"1", "", true}, {"2", "", true},
		{"", "", false}, {" ", "", false}, {"x", "S", true}, {"x", "", true}, {"-1", "S", true},
	} {
		row := centreRow("1001", "03", c.kind, "")
		row.Values[erp.ColHeadingLevel] = c.level
		if got := translate.Heading(row); got != c.want {
			t.Errorf("level %q, type %q: heading %v", c.level, c.kind, got)
		}
	}
}

func TestStatesAndCountries(t *testing.T) {
	for _, c := range []struct{ state, country, wantState, wantCountry string }{
		{"NSW", "", "NSW", "AU"}, {"n.s.w.", "australia", "NSW", "AU"}, {"ACT", "AU", "ACT", "AU"}, {"Victoria", "AUS", "VIC", "AU"},
		{"QLD", "Aust.", "QLD", "AU"}, {"South Australia", "", "SA", "AU"}, {"WA", "", "WA", "AU"}, {"TAS", "", "TAS", "AU"},
		{"Northern Territory", "", "NT", "AU"}, {"", "", "", "AU"}, {"", "New Zealand", "", "NZ"}, {"WA", "USA", "", "US"}, {"", "UK", "", "GB"},
		{"", "jp", "", "JP"}, {"", "PNG", "", "PG"}, {"", "Fiji", "", "FJ"}, {"", "Singapore", "", "SG"}, {"", "China", "", "CN"},
		{"", "Hong Kong", "", "HK"}, {"", "India", "", "IN"}, {"", "Germany", "", "DE"}, {"", "Italy", "", "IT"}, {"", "Elsewhere", "", ""}, {"", "4U", "", ""},
	} {
		row := asRow(map[erp.Name]string{erp.ColCreditor: "A", erp.ColName: "A", erp.ColState: c.state, erp.ColCountry: c.country})
		e, problems, _ := translate.Vendor(row, 0, translate.ImportRules{WorkID: "01"})
		got := fieldsOf(e)
		if len(problems) != 0 || got["state_code"] != c.wantState || got["country_code"] != c.wantCountry {
			t.Errorf("%q in %q is %q in %q %v", c.state, c.country, got["state_code"], got["country_code"], problems)
		}
	}
}

func fieldsOf(e erp.Entry) map[string]string {
	fields := map[string]string{}
	for _, f := range e.Fields {
		fields[f.Name] = f.Value
	}
	return fields
}

func TestLinkedAndNewDifferOnlyWithTheERPTool(t *testing.T) {
	row := asRow(map[erp.Name]string{erp.ColCreditor: "A", erp.ColName: "A", erp.ColABN: "51824753556", erp.ColJob: "1", erp.ColContractSum: "5"})
	direct, tool := translate.ImportRules{WorkID: "01"}, translate.ImportRules{WorkID: "01", Staged: true}
	for name, call := range map[string]func(erp.Row, erp.ID, translate.ImportRules) (erp.Entry, []erp.Problem, []string){
		"vendor": translate.Vendor, "project": translate.Project,
	} {
		first, _, _ := call(row, 0, direct)
		second, _, _ := call(row, 5, direct)
		if translate.Fingerprint(first) != translate.Fingerprint(second) || second.ID != 5 {
			t.Errorf("%s: without the tool a second run would send it again", name)
		}
		first, _, _ = call(row, 0, tool)
		second, _, _ = call(row, 5, tool)
		if first.Type != erp.EntryStaged || second.Type == erp.EntryStaged || first.Origin != second.Origin {
			t.Errorf("%s: %s then %s", name, first.Type, second.Type)
		}
	}
}

func TestTheGivenRowsAreNotChanged(t *testing.T) {
	for _, c := range importCases(t) {
		before := maps.Clone(c.in.Row)
		rows := make([]map[erp.Name]string, 0, len(c.in.Rows))
		for _, row := range c.in.Rows {
			rows = append(rows, maps.Clone(row))
		}
		translated(t, c.in, c.rules)
		if diff := cmp.Diff(before, c.in.Row) + cmp.Diff(rows, append([]map[erp.Name]string{}, c.in.Rows...)); diff != "" {
			t.Errorf("%s: %s", c.path, diff)
		}
	}
}

func TestContractLinesDoNotDependOnTheirOrder(t *testing.T) {
	job := asRow(map[erp.Name]string{erp.ColJob: "1001", erp.ColContractSum: "30"})
	line := func(section, code string) erp.Row {
		return asRow(map[erp.Name]string{erp.ColSection: section, erp.ColClaimCode: code, erp.ColValue: "10"})
	}
	rows := []erp.Row{line("B", "1"), line("A", "2"), line("A", "1")}
	r := translate.ImportRules{WorkID: "01", Staged: true}
	first, problems, notes := translate.HeadContract(job, rows, r)
	slices.Reverse(rows)
	second, _, _ := translate.HeadContract(job, rows, r)
	if translate.Fingerprint(first) != translate.Fingerprint(second) || len(first.Children) != 3 || len(problems)+len(notes) > 0 {
		t.Errorf("%d lines %v %v", len(first.Children), problems, notes)
	}
	if first.Children[0].Origin != "01|1001|HC|A|1" || first.Children[2].Origin != "01|1001|HC|B|1" {
		t.Errorf("lines %v", first.Children)
	}
}
