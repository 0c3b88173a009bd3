package erp_test

import (
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

func TestOriginsAreWrittenAsFixed(t *testing.T) {
	job := erp.JobKey{WorkID: "01", Job: "4711"}
	order := erp.OrderKey{WorkID: "01", Order: "sc-9"}
	variation := erp.VariationKey{WorkID: "01", Job: "4711", Variation: "v00001"}
	centre := erp.CostCentreKey{JobKey: job, CostCode: "03-100", CostType: "s"}
	tax, ledger := erp.TaxCodeKey{WorkID: "01", Code: "g"}, erp.LedgerKey{WorkID: "01", Job: "4711", Row: "88123"}
	contract := erp.HeadContractKey{WorkID: "01", Job: "4711"}
	for got, want := range map[string]string{
		job.Origin(): "01|4711",
		erp.CreditorKey{WorkID: "01", Creditor: " brickw "}.Origin(): "01|BRICKW",
		order.Origin():                                 "01|SC-9",
		order.ItemOrigin(12):                           "01|SC-9|12",
		variation.Origin():                             "01|4711|V00001",
		variation.ItemOrigin(3):                        "01|4711|V00001|3",
		centre.Origin():                                "01|4711|03-100|S",
		centre.CodeOrigin():                            "01|4711|03-100",
		centre.JobKey.Origin():                         "01|4711",
		erp.StandardCodeOrigin(" 03-100a "):            "03-100A",
		erp.CostTypeOrigin("s"):                        "S",
		tax.Origin():                                   "01|G",
		contract.Origin():                              "01|4711",
		contract.LineOrigin("a", "c1"):                 "01|4711|HC|A|C1",
		contract.LineOrigin("", "c|1"):                 `01|4711|HC||C\|1`,
		ledger.Origin():                                "01|4711|88123",
		ledger.LineOrigin():                            "01|4711|DC|88123|1",
		erp.JobKey{WorkID: "a|b", Job: `c\d`}.Origin(): `A\|B|C\\D`,
	} {
		if got != want {
			t.Errorf("origin %q, want %q", got, want)
		}
	}
}

func TestOriginsAreReadBack(t *testing.T) {
	if k, err := erp.ParseJobKey(" 01 | 47a "); err != nil || k != (erp.JobKey{WorkID: "01", Job: "47A"}) {
		t.Errorf("job %+v, %v", k, err)
	}
	if k, err := erp.ParseCreditorKey("01|brickw"); err != nil || k != (erp.CreditorKey{WorkID: "01", Creditor: "BRICKW"}) {
		t.Errorf("creditor %+v, %v", k, err)
	}
	if k, err := erp.ParseOrderKey(`0\|1|P\\9`); err != nil || k != (erp.OrderKey{WorkID: "0|1", Order: `P\9`}) {
		t.Errorf("order %+v, %v", k, err)
	}
	if c, err := erp.ParseCostType(" m "); err != nil || c != "M" {
		t.Errorf("cost type %q, %v", c, err)
	}
}

func TestOriginsRefused(t *testing.T) {
	for _, bad := range []string{"", "01", "01|", "|4711", "01|4711|X", "01||4711", " | "} {
		if k, err := erp.ParseJobKey(bad); err == nil {
			t.Errorf("job %q is read as %+v", bad, k)
		} else if !strings.Contains(err.Error(), "2 parts") {
			t.Errorf("job %q: %v does not name the rule", bad, err)
		}
	}
	if _, err := erp.ParseOrderKey("01|9|1"); err == nil {
		t.Error("a line's origin is no order")
	}
	if _, err := erp.ParseCreditorKey("BRICKW"); err == nil {
		t.Error("a creditor without WorkID is refused")
	}
	if _, err := erp.ParseCostType("A|B"); err == nil {
		t.Error("two parts are no cost type")
	}
}

func TestCostCodesOfBothLists(t *testing.T) {
	job := erp.JobKey{WorkID: "01", Job: "4711"}
	for origin, want := range map[string]string{
		"03-100": "03-100", " 03-100 ": "03-100", "ab": "AB", "01|4711|03-100": "03-100", "01| 4711 |x": "X",
	} {
		if got, err := erp.ParseCostCode(origin, job); err != nil || got != want {
			t.Errorf("%q is %q, %v; want %q", origin, got, err, want)
		}
	}
	for _, bad := range []string{"", " ", "01|9999|03-100", "02|4711|03-100", "4711|03-100", "01|4711|", "01|4711|03|100"} {
		if got, err := erp.ParseCostCode(bad, job); err == nil {
			t.Errorf("%q is read as %q", bad, got)
		}
	}
}

func TestIDs(t *testing.T) {
	for text, want := range map[string]erp.ID{"": 0, "0": 0, "4101": 4101, "9223372036854775807": 9223372036854775807} {
		if got, err := erp.ParseID(text); err != nil || got != want {
			t.Errorf("id %q is %d, %v", text, got, err)
		}
	}
	for _, bad := range []string{"-1", "+1", "1.0", "9223372036854775808", "x", " 1"} {
		if got, err := erp.ParseID(bad); err == nil {
			t.Errorf("id %q is read as %d", bad, got)
		}
	}
	if got := erp.CommitmentReference(4101); got != "PCC4101" {
		t.Errorf("reference %q", got)
	}
	if got := erp.ChangeOrderReference(7701); got != "PCO7701" {
		t.Errorf("reference %q", got)
	}
}

// FuzzOrigin: any two non-empty parts survive the way into Procore and back.
func FuzzOrigin(f *testing.F) {
	for _, seed := range [][2]string{{"01", "4711"}, {"a|b", `c\`}, {`\`, `|`}, {" x ", "y"}, {"", "1"}, {"é", "ß"}, {`\|`, `\\|`}, {"\xff", "1"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, work, order string) {
		key := erp.OrderKey{WorkID: work, Order: order}
		back, err := erp.ParseOrderKey(key.Origin())
		if erp.Code(work) == "" || erp.Code(order) == "" {
			if err == nil {
				t.Fatalf("an empty part was read as %+v", back)
			}
			return
		}
		want := erp.OrderKey{WorkID: erp.Code(work), Order: erp.Code(order)}
		if err != nil || back != want {
			t.Fatalf("%+v was written as %q and read as %+v (%v)", key, key.Origin(), back, err)
		}
		if back.Origin() != key.Origin() {
			t.Fatalf("%q was written again as %q", key.Origin(), back.Origin())
		}
	})
}

// TestLinesOfDifferentRecordsNeverMeet: Procore may keep all lines as one type,
// in which an origin id stands once.
func TestLinesOfDifferentRecordsNeverMeet(t *testing.T) {
	codes := []string{"1", "HC", "DC", "1001", "V1", "|", ""}
	owner := map[string]string{}
	meet := func(origin, of string) {
		if was, taken := owner[origin]; taken && was != of {
			t.Errorf("%q is the origin of %s and of %s", origin, was, of)
		}
		owner[origin] = of
	}
	for _, a := range codes {
		for _, b := range codes {
			meet(erp.OrderKey{WorkID: "01", Order: a}.ItemOrigin(1), "an order line")
			meet(erp.VariationKey{WorkID: "01", Job: a, Variation: b}.ItemOrigin(1), "a variation line")
			meet(erp.LedgerKey{WorkID: "01", Job: a, Row: b}.LineOrigin(), "a cost line")
			for _, c := range codes {
				meet(erp.HeadContractKey{WorkID: "01", Job: a}.LineOrigin(b, c), "a head contract line")
			}
		}
	}
}
