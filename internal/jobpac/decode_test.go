package jobpac

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

func TestDecode(t *testing.T) {
	body := `{"data":[
		{"OrderWorkId":"01 ","WorkId":"99","Order":"PO-77  ","OrderItem":1,"QuantityOrdered":10.0000,"ForeignCurrencyGrossValue":1250000000000000.05,
		 "Completed":true,"Description":null,"Nested":{"a":[1]},"Unknown":"x","UnitOfMeasure":"EA"},
		{"ErrorMessage":null}
	]}`
	rows, err := Decode(erp.KindOrderItem, "UserDefinedField1", []byte(body))
	want := []erp.Row{{Kind: erp.KindOrderItem, Values: map[erp.Name]string{
		erp.ColWorkID: "01", erp.ColOrder: "PO-77", erp.ColItem: "1", erp.ColQuantity: "10.0000",
		erp.ColValue: "1250000000000000.05", erp.ColComplete: "Y", erp.ColDescription: "", erp.ColUnit: "EA",
	}}}
	if diff := cmp.Diff(want, rows); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestDecodeReferenceField(t *testing.T) {
	body := []byte(`{"data":[{"UserDefinedField1":"other","UserDefinedField4":"PCC4101"}]}`)
	for field, want := range map[string]string{"UserDefinedField1": "other", "UserDefinedField4": "PCC4101", "UserDefinedField5": ""} {
		rows, err := Decode(erp.KindSubcontract, field, body)
		if err != nil || rows[0].Get(erp.ColReference) != want {
			t.Errorf("%s: %v %v, want %q", field, rows, err, want)
		}
	}
}

func TestDecodeVariationItemReadsTheApprovedSide(t *testing.T) {
	both := []byte(`{"data":[{"Quantity":"2","Rate":"3","SubcontractQuantityApproved":"4","SubcontractPriceApprovedRate":"5","SubcontractPriceApproved":"20"}]}`)
	cost := []byte(`{"data":[{"Quantity":"2","Rate":"3"}]}`)
	for _, c := range []struct {
		body                  []byte
		quantity, rate, value string
	}{{both, "4", "5", "20"}, {cost, "2", "3", ""}} {
		rows, err := Decode(erp.KindVariationItem, "UserDefinedField1", c.body)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{rows[0].Get(erp.ColQuantity), rows[0].Get(erp.ColRate), rows[0].Get(erp.ColValue)}
		if diff := cmp.Diff([]string{c.quantity, c.rate, c.value}, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestDecodeWhatWasWrittenShowsNoDifference(t *testing.T) {
	for _, record := range fullRecords() {
		_, _, params, err := Encode(erp.Write{Record: record}, "UserDefinedField2")
		if err != nil {
			t.Fatal(err)
		}
		echo := row{}
		for name := range params {
			echo[name] = params.Get(name)
		}
		rows := records(record.Kind(), "UserDefinedField2", []row{echo})
		if diff := erp.Differences(record, rows[0]); len(diff) > 0 {
			t.Errorf("%s: %v", record.Kind(), diff)
		}
	}
}

func TestDecodeRefusals(t *testing.T) {
	for body, class := range map[string]fault.Kind{
		`{"data":[{"ErrorMessage":"No."}]}`:      fault.Permanent,
		`{"data":"x","ErrorMessage":"No."}`:      fault.Permanent,
		`{"data":[{"ErrorMessage":{"code":1}}]}`: fault.Permanent,
		`{"data":[null]}`:                        fault.Transient,
		`{"data":[1]}`:                           fault.Transient,
		`{"data":"x"}`:                           fault.Transient,
		`[]`:                                     fault.Transient,
		``:                                       fault.Transient,
		`{"data":[]}}`:                           fault.Transient,
		`{"data":[` + strings.Repeat("[", 20_000) + `]}`: fault.Transient,
	} {
		rows, err := Decode(erp.KindOrder, "UserDefinedField1", []byte(body))
		if fault.Of(err) != class || rows != nil {
			t.Errorf("%.60s: %v %v, want %s", body, rows, err, class)
		}
	}
	_, err := Decode(erp.KindOrder, "UserDefinedField1", []byte(`{"data":[{"ErrorMessage":" Order\tis \u0000 closed. "}]}`))
	if fault.Said(err) != "Order is closed." {
		t.Errorf("%q", fault.Said(err))
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"data":[{"WorkId":"01","Order":1,"Complete":false,"ErrorMessage":""}]}`))
	f.Add([]byte(`{"data":{"ErrorMessage":"x"}}`))
	f.Add([]byte(`{"DATA":[{}],"errormessage":["a"]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, kind := range writtenKinds() {
			rows, err := Decode(kind, "UserDefinedField1", body)
			if err != nil && (fault.Of(err) == fault.Unknown || rows != nil) {
				t.Fatalf("%v %v", rows, err)
			}
			for _, r := range rows {
				if r.Kind != kind {
					t.Fatal(r.Kind)
				}
				for _, value := range r.Values {
					if value != strings.TrimSpace(value) {
						t.Fatalf("%q is padded", value)
					}
				}
			}
		}
	})
}
