package erp_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
)

func item() erp.OrderItem {
	return erp.OrderItem{
		OrderKey: erp.OrderKey{WorkID: "01", Order: "P9"}, Item: 2,
		Centre:      erp.CostCentreKey{JobKey: erp.JobKey{WorkID: "01", Job: "4711"}, CostCode: "03-100", CostType: "M"},
		Description: "Reo bars", Quantity: 25_000, Unit: "T", Rate: 12_000_000, Value: 300_000, TaxCode: "G",
	}
}

func TestRecordsNameKindAndKey(t *testing.T) {
	order := erp.OrderKey{WorkID: "01", Order: "P9"}
	variation := erp.VariationKey{WorkID: "01", Job: "4711", Variation: "V1"}
	for _, c := range []struct {
		rec  erp.Record
		kind erp.Kind
		key  string
	}{
		{erp.Order{OrderKey: order}, erp.KindOrder, "01|P9"},
		{item(), erp.KindOrderItem, "01|P9|2"},
		{erp.Subcontract{OrderKey: order}, erp.KindSubcontract, "01|P9"},
		{erp.SubcontractItem{OrderKey: order, Item: 7}, erp.KindSubcontractItem, "01|P9|7"},
		{erp.Variation{VariationKey: variation}, erp.KindVariation, "01|4711|V1"},
		{erp.VariationItem{VariationKey: variation, Item: 1}, erp.KindVariationItem, "01|4711|V1|1"},
	} {
		if c.rec.Kind() != c.kind || c.rec.Key() != c.key {
			t.Errorf("%T is %s %s, want %s %s", c.rec, c.rec.Kind(), c.rec.Key(), c.kind, c.key)
		}
	}
}

func TestFieldsAreFixedInOrderAndLeaveOutWhatIsEmpty(t *testing.T) {
	i := item()
	i.Unit, i.TaxCode = "", ""
	want := []erp.Field{
		{Name: erp.ColWorkID, Type: erp.TypeCode, Value: "01"},
		{Name: erp.ColOrder, Type: erp.TypeCode, Value: "P9"},
		{Name: erp.ColItem, Type: erp.TypeNumber, Value: "2"},
		{Name: erp.ColCostingWork, Type: erp.TypeCode, Value: "01"},
		{Name: erp.ColJob, Type: erp.TypeCode, Value: "4711"},
		{Name: erp.ColCostCode, Type: erp.TypeCode, Value: "03-100"},
		{Name: erp.ColCostType, Type: erp.TypeCode, Value: "M"},
		{Name: erp.ColDescription, Type: erp.TypeText, Value: "Reo bars"},
		{Name: erp.ColQuantity, Type: erp.TypeNumber, Value: "2.5000"},
		{Name: erp.ColRate, Type: erp.TypeNumber, Value: "1200.0000"},
		{Name: erp.ColValue, Type: erp.TypeNumber, Value: "3000.00"},
	}
	if diff := cmp.Diff(want, i.Fields()); diff != "" {
		t.Error(diff)
	}
}

func TestVariationItemWithoutContractLineNamesNoOrderItem(t *testing.T) {
	i := erp.VariationItem{Order: erp.OrderKey{WorkID: "01", Order: "S1"}}
	for _, f := range i.Fields() {
		if f.Name == erp.ColOrderItem {
			t.Errorf("a new cost centre was sent with order item %q", f.Value)
		}
	}
	i.OrderItem = 3
	found := false
	for _, f := range i.Fields() {
		found = found || (f.Name == erp.ColOrderItem && f.Value == "3")
	}
	if !found {
		t.Error("order item 3 is not among the fields")
	}
}

func TestDifferences(t *testing.T) {
	same := map[erp.Name]string{
		erp.ColWorkID: "01 ", erp.ColOrder: "p9", erp.ColItem: "0002", erp.ColDescription: " Reo   bars ", erp.ColQuantity: "2.5",
		erp.ColRate: "1200", erp.ColValue: "3000", erp.ColTaxCode: "g",
	}
	for name, c := range map[string]struct {
		change map[erp.Name]string
		drop   []erp.Name
		want   []erp.Difference
	}{
		"padded and reformatted": {},
		"other text":             {change: map[erp.Name]string{erp.ColDescription: "Reo Bars"}, want: []erp.Difference{{Name: erp.ColDescription, Want: "Reo bars", Have: "Reo Bars"}}},
		"a cent off":             {change: map[erp.Name]string{erp.ColValue: "3000.01"}, want: []erp.Difference{{Name: erp.ColValue, Want: "3000.00", Have: "3000.01"}}},
		"number unreadable":      {change: map[erp.Name]string{erp.ColValue: "many"}, want: []erp.Difference{{Name: erp.ColValue, Want: "3000.00", Have: "many"}}},
		"number blank":           {change: map[erp.Name]string{erp.ColRate: ""}, want: []erp.Difference{{Name: erp.ColRate, Want: "1200.0000", Have: ""}}},
		"column absent":          {drop: []erp.Name{erp.ColTaxCode, erp.ColDescription}},
		"value from its product": {drop: []erp.Name{erp.ColValue}},
		"product a cent off":     {drop: []erp.Name{erp.ColValue}, change: map[erp.Name]string{erp.ColRate: "1200.0040"}, want: []erp.Difference{{Name: erp.ColRate, Want: "1200.0000", Have: "1200.0040"}, {Name: erp.ColValue, Want: "3000.00", Have: "3000.01"}}},
		"no value and no rate":   {drop: []erp.Name{erp.ColValue, erp.ColRate}},
		"unknown columns":        {change: map[erp.Name]string{"other": "x"}},
	} {
		row := erp.Row{Kind: erp.KindOrderItem, Values: map[erp.Name]string{}}
		for k, v := range same {
			row.Values[k] = v
		}
		for k, v := range c.change {
			row.Values[k] = v
		}
		for _, k := range c.drop {
			delete(row.Values, k)
		}
		if diff := cmp.Diff(c.want, erp.Differences(item(), row)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestDatesCompareByDay(t *testing.T) {
	want := erp.Order{Date: "2026-03-01", Reference: "PCC1"}
	for have, differs := range map[string]bool{"2026-03-01": false, "2026-03-01T00:00:00Z": false, " 2026-03-01 ": false, "2026-03-02": true, "": true} {
		row := erp.Row{Values: map[erp.Name]string{erp.ColDate: have}}
		if got := len(erp.Differences(want, row)) > 0; got != differs {
			t.Errorf("%q: differs %v, want %v", have, got, differs)
		}
	}
	if got := (erp.Row{}).Get(erp.ColDate); got != "" {
		t.Errorf("an absent column reads %q", got)
	}
}
