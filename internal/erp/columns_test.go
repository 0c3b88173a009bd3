package erp_test

import (
	"slices"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

// TestEveryColumnOfAFullRecord names the columns of each kind, in their order:
// a column that is lost or renamed would reach Jobpac unnoticed.
func TestEveryColumnOfAFullRecord(t *testing.T) {
	job := erp.JobKey{WorkID: "01", Job: "4711"}
	order := erp.OrderKey{WorkID: "01", Order: "S1"}
	creditor := erp.CreditorKey{WorkID: "02", Creditor: "BRICKW"}
	variation := erp.VariationKey{WorkID: "01", Job: "4711", Variation: "V1"}
	centre := erp.CostCentreKey{JobKey: job, CostCode: "03-100", CostType: "S"}
	const day = "2026-05-01"
	for _, c := range []struct {
		rec  erp.Record
		want []string
	}{
		{
			erp.Order{OrderKey: order, Job: job, Creditor: creditor, Description: "d", Date: day, Delivery: day, Requisition: "r", Reference: "PCC1"},
			[]string{
				"work_id=01", "order=S1", "costing_work_id=01", "job=4711", "creditor=BRICKW", "description=d", "date=" + day,
				"delivery_date=" + day, "requisition_number=r", "reference=PCC1",
			},
		},
		{
			erp.Subcontract{
				OrderKey: order, Job: job, Creditor: creditor, Description: "d", Method: "L", Retention: "5", RetentionOn: "C", Sum: 10050,
				Acceptance: day, Start: day, Completion: day, Sent: day, Received: day, Reference: "PCC1",
			},
			[]string{
				"work_id=01", "order=S1", "costing_work_id=01", "job=4711", "creditor_work_id=02", "creditor=BRICKW", "description=d",
				"schedule_of_rates_or_lump_sum=L", "retention_percentage=5", "retention_based_on=C", "contract_sum=100.50",
				"acceptance_date=" + day, "start_date=" + day, "completion_date=" + day, "agreement_sent_date=" + day,
				"agreement_received_date=" + day, "reference=PCC1",
			},
		},
		{
			erp.SubcontractItem{OrderKey: order, Item: 3, Centre: centre, Description: "d", Quantity: erp.One, Unit: "M3", Rate: 1_005_000, Value: 10050},
			[]string{
				"work_id=01", "order=S1", "item=3", "costing_work_id=01", "job=4711", "cost_code=03-100", "cost_type=S", "description=d",
				"quantity=1.0000", "unit_of_measure=M3", "rate=100.5000", "value=100.50",
			},
		},
		{
			erp.Variation{VariationKey: variation, Description: "d", Type: "1", Reason: "SITE", Submitted: day, Approved: day, ApprovedSum: -5, Reference: "PCO1"},
			[]string{
				"work_id=01", "job=4711", "variation=V1", "description=d", "variation_type=1", "reason=SITE", "submitted_date=" + day,
				"approval_date=" + day, "approved_price=-0.05", "reference=PCO1",
			},
		},
		{
			erp.VariationItem{
				VariationKey: variation, Item: 2, Order: order, OrderItem: 7, Centre: centre, Description: "d", Quantity: erp.One, Unit: "M3",
				Rate: 1_005_000, Value: 10050, Approved: day, Reference: "PCO1",
			},
			[]string{
				"work_id=01", "job=4711", "variation=V1", "item=2", "order=S1", "order_item=7", "cost_code=03-100", "cost_type=S",
				"description=d", "quantity=1.0000", "unit_of_measure=M3", "rate=100.5000", "value=100.50", "approval_date=" + day, "reference=PCO1",
			},
		},
	} {
		var got []string
		for _, f := range c.rec.Fields() {
			got = append(got, string(f.Name)+"="+f.Value)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.rec.Kind(), got, c.want)
		}
	}
}

func TestNumbersThatAreNotGiven(t *testing.T) {
	want := rawRecord{{Name: erp.ColRate, Type: erp.TypeNumber, Value: " "}}
	for have, differs := range map[string]bool{"": false, "  ": false, "0": true} {
		row := erp.Row{Values: map[erp.Name]string{erp.ColRate: have}}
		if got := len(erp.Differences(want, row)) > 0; got != differs {
			t.Errorf("nothing against %q: differs %v", have, got)
		}
	}
}

func TestAProductTooLargeIsNoValue(t *testing.T) {
	row := erp.Row{Values: map[erp.Name]string{erp.ColQuantity: "900000000000000", erp.ColRate: "900000000000000"}}
	if got := erp.Differences(rawRecord{{Name: erp.ColValue, Type: erp.TypeNumber, Value: "1.00"}}, row); len(got) != 0 {
		t.Errorf("a product that cannot be worked out counts as shown: %v", got)
	}
}

// rawRecord is a record of any columns.
type rawRecord []erp.Field

func (rawRecord) Kind() erp.Kind        { return "raw" }
func (rawRecord) Key() string           { return "raw" }
func (r rawRecord) Fields() []erp.Field { return r }

func TestVariationKeysAreReadBack(t *testing.T) {
	if k, err := erp.ParseVariationKey("01|4711| v1 "); err != nil || k != (erp.VariationKey{WorkID: "01", Job: "4711", Variation: "V1"}) {
		t.Errorf("variation %+v, %v", k, err)
	}
	for _, bad := range []string{"01|4711", "01|4711|V1|1", "01||V1"} {
		if k, err := erp.ParseVariationKey(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, k)
		}
	}
}
