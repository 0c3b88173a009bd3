package jobpac

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/procpac/procpac/internal/erp"
)

func listings() []erp.Listing {
	return []erp.Listing{
		erp.ListJobs, erp.ListCreditors, erp.ListCentres, erp.ListCentreCosts, erp.ListLedger, erp.ListPayables, erp.ListClaimCodes, erp.ListGSTCodes,
	}
}

// Every column that we read is in the table of facts with its source, and no
// other.
func TestColumnsAreTheFacts(t *testing.T) {
	file, err := os.ReadFile("../../api/jobpac/import_columns.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, line := range strings.Split(strings.TrimSpace(string(file)), "\n")[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) != 4 || !slices.Contains([]string{"documented", "inferred", "assumed"}, cells[3]) {
			t.Errorf("%q", line)
		}
		want = append(want, strings.Join(cells[:3], " "))
	}
	var got []string
	for _, l := range listings() {
		src, _ := sourceOf(l)
		for _, c := range src.shown {
			for _, name := range c.read {
				got = append(got, strings.Join([]string{strings.TrimPrefix(src.op.path, "/"), name, string(c.name)}, " "))
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What a range or a set asks for is a parameter of the listing.
func TestAxesAreParameters(t *testing.T) {
	for _, l := range listings() {
		src, _ := sourceOf(l)
		known := slices.Concat(src.op.required, src.op.optional)
		asked := []string{src.work}
		if src.byJob {
			asked = append(asked, "Job")
		}
		if src.changed != "" {
			asked = append(asked, "Start"+src.changed, "Finish"+src.changed)
		}
		for _, x := range src.axes {
			asked = append(asked, x.start, x.finish, x.equal)
		}
		for _, name := range asked {
			if name != "" && !slices.Contains(known, name) {
				t.Errorf("%s: %s is not among %v", l, name, known)
			}
		}
	}
}

func readOne(t *testing.T, r erp.Reading, path, body string) []erp.Row {
	t.Helper()
	fake := newServer(t)
	fake.on(path, says(200, `{"data":[`+body+`]}`))
	part, err := newTestClient(t, fake, func(c *Config) { c.CreditorWorkID = "09" }).Read(t.Context(), r)
	if err != nil || part.Next != "" {
		t.Fatalf("next %q, %v", part.Next, err)
	}
	return part.Rows
}

func TestRowsInOurWords(t *testing.T) {
	for name, test := range map[string]struct {
		r          erp.Reading
		path, body string
		want       []erp.Row
	}{
		"job": {
			erp.Reading{Listing: erp.ListJobs}, "/JobListing",
			`{"WorkId":"01 ","Job":"1001  ","Description":"Harbour Street  ","Active":true,"AllowCostUpdates":"n","FinanciallyComplete":"","OriginalContractSum":1250000.50,
			  "StartDate":"20260301","TargettedExpectedCompletionDate":"0001-01-01","PracticalContractCompletionDate":"2027-02-28T00:00:00+11:00","TelephoneNumber":null,"PhoneNumber":"02 9"},
			 {"WorkId":"02","Job":"1001","Description":"another company's"}`,
			[]erp.Row{{Kind: KindJob, Values: map[erp.Name]string{
				erp.ColWorkID: "01", erp.ColJob: "1001", erp.ColDescription: "Harbour Street", erp.ColActive: "Y", erp.ColCostsAllowed: "N", erp.ColContractSum: "1250000.50",
				erp.ColStart: "2026-03-01", erp.ColCompletion: "2027-02-28", erp.ColPhone: "02 9",
			}}},
		},
		"creditor": {
			erp.Reading{Listing: erp.ListCreditors}, "/CreditorListing",
			`{"CreditorWorkId":"09","Creditor":"BRICKW","Name":"Brick","StopPayments":false,"LastUpdateTimestamp":"2026-03-01-10.20.30.123456","Fax":""},
			 {"CreditorWorkId":"01","Creditor":"BRICKW"}`,
			[]erp.Row{{Kind: KindCreditor, Values: map[erp.Name]string{
				erp.ColCreditorWork: "09", erp.ColCreditor: "BRICKW", erp.ColName: "Brick", erp.ColStopPayments: "N", erp.ColChanged: "2026-03-01T10:20:30.123456Z", erp.ColFax: "",
			}}},
		},
		"centre and heading": {
			erp.Reading{Listing: erp.ListCentres, WorkID: "01", Job: "1001"}, "/CostCentreListing",
			`{"CostingWorkId":"01","Job":"1001","CostCode":"02-000","CostType":"","HeadingLevel":"0"},{"CostingWorkId":"01","Job":"1001","CostCode":"02-100","CostType":"S","HeadingLevel":0,"Rate":"12.5000"},
			 {"CostingWorkId":"01","Job":"1002","CostCode":"02-100","CostType":"S"}`,
			[]erp.Row{
				{Kind: KindCentre, Values: map[erp.Name]string{erp.ColCostingWork: "01", erp.ColJob: "1001", erp.ColCostCode: "02-000", erp.ColCostType: "", erp.ColHeadingLevel: "0"}},
				{Kind: KindCentre, Values: map[erp.Name]string{erp.ColCostingWork: "01", erp.ColJob: "1001", erp.ColCostCode: "02-100", erp.ColCostType: "S", erp.ColHeadingLevel: "", erp.ColBudgetRate: "12.5000"}},
			},
		},
		"payable": {
			erp.Reading{Listing: erp.ListPayables, Creditor: "BRICKW"}, "/AccountsPayableTransactionListing",
			`{"WorkId":"01","Creditor":"BRICKW","Transaction":"INV 7","Dissection":2,"InvoiceDate":"2026-03-01","ForeignCurrencyInvoiceAmount":"-10.00"},
			 {"WorkId":"01","Creditor":"OTHER","Transaction":"INV 7"}`,
			[]erp.Row{{Kind: KindPayable, Values: map[erp.Name]string{
				erp.ColWorkID: "01", erp.ColCreditor: "BRICKW", erp.ColTransaction: "INV 7", erp.ColItem: "2", erp.ColDate: "2026-03-01", erp.ColAmount: "-10.00",
			}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, readOne(t, test.r, test.path, test.body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDatesAndTimes(t *testing.T) {
	for value, want := range map[string]string{
		"2026-03-01": "2026-03-01", "20260301": "2026-03-01", "2026-03-01T23:30:00+11:00": "2026-03-01", "2026-03-01-10.20.30.5": "2026-03-01",
		"": "", "0": "", "0001-01-01": "", "00000000": "", "1 March": "1 March",
	} {
		if got := dateText(value); got != want {
			t.Errorf("date %q: %q, want %q", value, got, want)
		}
	}
	for value, want := range map[string]string{
		"2026-03-01T10:00:00.120+11:00": "2026-02-28T23:00:00.12Z", "2026-03-01 10:00:00": "2026-03-01T10:00:00Z", "yesterday": "yesterday", "": "",
	} {
		if got := asStamp.bring(value); got != want {
			t.Errorf("time %q: %q, want %q", value, got, want)
		}
	}
	for value, want := range map[string]string{
		"2026-03-01T10:00:59Z": "2026-03-01T10:01:00Z", "2026-03-01T10:00:00.999Z": "2026-03-01T10:00:01.000Z", "2026-03-01-10.20.30.123456": "2026-03-01-10.20.30.123457",
		"2026-02-28": "2026-03-01", "2026-03-01 10:00:00.1": "2026-03-01 10:00:00.2", "never": "never",
	} {
		if got := nextStamp(value); got != want {
			t.Errorf("after %q: %q, want %q", value, got, want)
		}
	}
}

func TestTheTimeBeforeAnother(t *testing.T) {
	for value, want := range map[string]string{
		"2026-03-01T10:00:00Z": "2026-03-01T09:59:59.999999Z", "2026-03-01T10:00:00.123Z": "2026-03-01T10:00:00.122999Z",
		"2026-03-01-10.20.30.123456": "2026-03-01-10.20.30.123455", "2026-03-01": "2026-02-28", "never": "never",
	} {
		if got := stampBefore(value); got != want {
			t.Errorf("before %q: %q, want %q", value, got, want)
		}
	}
}

func TestOrdersOfCodes(t *testing.T) {
	letters := strings.Split(ebcdic, "")
	if !slices.IsSortedFunc(letters, func(a, b string) int { return strings.Compare(inTestedEBCDIC(a), inTestedEBCDIC(b)) }) {
		t.Error("the table is not in the order of the code page")
	}
	for _, test := range []struct {
		o    order
		want string
	}{
		{byASCII, "1 10 9 A A- A1 Ä"}, {byEBCDIC, "A A- A1 1 10 9 Ä"}, {byNumber, "1 9 10 A A- A1 Ä"},
	} {
		codes := strings.Fields("Ä 9 A1 10 A- 1 A")
		slices.SortFunc(codes, test.o.compare)
		if got := strings.Join(codes, " "); got != test.want {
			t.Errorf("%d: %s, want %s", test.o, got, test.want)
		}
	}
}

// inTestedEBCDIC is inEBCDIC for the characters that it knows; others stand
// where they are told to.
func inTestedEBCDIC(c string) string {
	others := map[string]byte{
		" ": 0x40, "<": 0x4C, "|": 0x4F, "!": 0x5A, "$": 0x5B, ")": 0x5D, ";": 0x5E, "_": 0x6D, ">": 0x6E, "?": 0x6F, "`": 0x79, ":": 0x7A, "@": 0x7C, "=": 0x7E,
		"~": 0xA1, "^": 0xB0, "[": 0xBA, "]": 0xBB, "{": 0xC0, "}": 0xD0, `\`: 0xE0,
	}
	if at, ok := others[c]; ok {
		return string([]byte{at})
	}
	switch b := c[0]; {
	case b >= 'a' && b <= 'i':
		return string([]byte{0x81 + b - 'a'})
	case b >= 'j' && b <= 'r':
		return string([]byte{0x91 + b - 'j'})
	case b >= 's' && b <= 'z':
		return string([]byte{0xA2 + b - 's'})
	}
	return inEBCDIC(c)
}

func TestSinceAndUntil(t *testing.T) {
	b := newBooks(t)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var rows []row
	for i := range 10 {
		stamp := at.Add(time.Duration(i-5) * time.Second).Format(time.RFC3339)
		rows = append(rows, row{"CreditorWorkId": "01", "Creditor": string(rune('A' + i)), "LastUpdateTimestamp": stamp})
	}
	b.put("/CreditorListing", rows, "Creditor")
	for _, open := range []bool{false, true} {
		b.openStart, b.openEnd = open, open
		r := erp.Reading{Listing: erp.ListCreditors, Since: at, Until: at.Add(2 * time.Second)}
		got, _, _ := readAll(t, b, r, false)
		if list := strings.Join(names(got, erp.ColCreditor), ""); list != "F|G|" {
			t.Errorf("open %v: %s, want the second Since and no Until", open, list)
		}
	}
	if !strings.Contains(strings.Join(b.asked, " "), "StartLastUpdateTimestamp=2026-03-01T11%3A59%3A59.000Z") {
		t.Errorf("%v", b.asked)
	}
}
