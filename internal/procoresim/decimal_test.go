package procoresim

import (
	"encoding/json"
	"testing"
)

func TestDecimalReadsBothForms(t *testing.T) {
	for in, want := range map[string]Decimal{`"250.0"`: "250.0", `250.0`: "250.0", `-1`: "-1", `null`: "", `""`: "", `0.1`: "0.1"} {
		var d Decimal
		if err := json.Unmarshal([]byte(in), &d); err != nil || d != want {
			t.Errorf("%s: %q, %v", in, d, err)
		}
	}
	for _, bad := range []string{`"1,5"`, `1e5`, `"-"`, `"."`, `"1."`, `".5"`, `"5%"`, `true`} {
		var d Decimal
		if err := json.Unmarshal([]byte(bad), &d); err == nil {
			t.Errorf("%s was read as %q", bad, d)
		}
	}
}

func TestDecimalWire(t *testing.T) {
	for in, want := range map[Decimal]string{"": "null", "5.0": "5.0", "007.50": "7.50", "-00.5": "-0.5", "0": "0", "000": "0"} {
		data, err := json.Marshal(in.wire(true))
		if err != nil || string(data) != want {
			t.Errorf("%s: %s, %v", in, data, err)
		}
	}
	if got := Decimal("5.0").wire(false); got != "5.0" {
		t.Errorf("%v", got)
	}
}

func TestSumsAreExact(t *testing.T) {
	if got := sum("0.1", "0.2", "-0.30", ""); got != "0.00" {
		t.Errorf("sum %s", got)
	}
	if got := product("3", "1.335"); got != "4.01" { // 4.005, half away from zero
		t.Errorf("product %s", got)
	}
	if got := product("-3", "1.335"); got != "-4.01" {
		t.Errorf("product %s", got)
	}
}
