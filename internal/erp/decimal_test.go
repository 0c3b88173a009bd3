package erp_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

func dec(t *testing.T, text string) erp.Decimal {
	t.Helper()
	d, err := erp.ParseDecimal(text)
	if err != nil {
		t.Fatalf("ParseDecimal(%q): %v", text, err)
	}
	return d
}

func TestParseDecimalReads(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"   ":                   "",
		"0":                     "0",
		"1250.50":               "1250.50",
		" 12 ":                  "12",
		"-3":                    "-3",
		"+3":                    "3",
		".5":                    "0.5",
		"5.":                    "5",
		"-.05":                  "-0.05",
		"-0":                    "0",
		"1e3":                   "1000",
		"1.5E+2":                "150",
		"1.25e1":                "12.5",
		"25e-3":                 "0.025",
		"-1.10":                 "-1.10",
		"000123.40":             "123.40",
		"9007199254740993.0000": "9007199254740993.0000", // beyond what a binary fraction can hold
	} {
		if got := dec(t, text).String(); got != want {
			t.Errorf("%q reads as %q, want %q", text, got, want)
		}
	}
}

func TestParseDecimalRefuses(t *testing.T) {
	for _, text := range []string{
		"x", "1,5", "1 000", "1.2.3", "--1", "+-1", "1e", "e5", ".", "-", "1e100", "1e-99", "0x10", "NaN", "Inf", "$5", "1_0",
		strings.Repeat("9", 31), "1." + strings.Repeat("0", 31), "٣",
	} {
		d, err := erp.ParseDecimal(text)
		if err == nil {
			t.Errorf("%q is read as %s", text, d)
		} else if !strings.Contains(err.Error(), "must be a decimal number") {
			t.Errorf("%q: the error %q does not say what is wanted", text, err)
		}
	}
}

func TestParseDecimalKeepsMessagesShort(t *testing.T) {
	_, err := erp.ParseDecimal(strings.Repeat("z", 5000))
	if err == nil || len(err.Error()) > 150 {
		t.Fatalf("error of %d bytes: a hostile value must be clipped", len(err.Error()))
	}
}

func TestDecimalGivenAndSign(t *testing.T) {
	for text, want := range map[string]struct {
		given bool
		sign  int
	}{"": {false, 0}, "0": {true, 0}, "0.00": {true, 0}, "-0.01": {true, -1}, "7": {true, 1}} {
		d := dec(t, text)
		if d.Given() != want.given || d.Sign() != want.sign {
			t.Errorf("%q: given %v sign %d, want %v %d", text, d.Given(), d.Sign(), want.given, want.sign)
		}
	}
}

func TestDecimalFits(t *testing.T) {
	for _, c := range []struct {
		text     string
		decimals int
		want     bool
	}{
		{"", 2, true}, {"1.23", 2, true}, {"1.230", 2, true}, {"1.231", 2, false}, {"1e-3", 2, false},
		{"5", 0, true}, {"5.5", 0, false}, {"-0.005", 2, false}, {"0.000", 2, true},
	} {
		if got := dec(t, c.text).Fits(c.decimals); got != c.want {
			t.Errorf("%q fits %d decimals: %v, want %v", c.text, c.decimals, got, c.want)
		}
	}
}

func TestDecimalMoney(t *testing.T) {
	for text, want := range map[string]erp.Money{
		"0": 0, "1": 100, "1250.5": 125050, "-0.01": -1, "0.990": 99, "1e2": 10000,
		"92233720368547758.07": 9223372036854775807, "-92233720368547758.08": -9223372036854775808,
	} {
		got, err := dec(t, text).Money()
		if err != nil || got != want {
			t.Errorf("%q is %d cents, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0.001", "1.005", "92233720368547758.08", "1e29"} {
		if got, err := dec(t, text).Money(); err == nil {
			t.Errorf("%q became %d cents; it must be refused, not rounded", text, got)
		}
	}
}

func TestDecimalRoundsHalfAwayFromZero(t *testing.T) {
	for text, want := range map[string]int64{
		"1.00004": 10000, "1.00005": 10001, "1.000049999": 10000, "-1.00005": -10001, "-1.00004": -10000,
		"0.00005": 1, "-0.00005": -1, "2": 20000,
	} {
		q, errQ := dec(t, text).Quantity()
		r, errR := dec(t, text).Rate()
		if errQ != nil || errR != nil || int64(q) != want || int64(r) != want {
			t.Errorf("%q: quantity %d (%v), rate %d (%v); want %d", text, q, errQ, r, errR, want)
		}
	}
	for _, text := range []string{"", "922337203685478"} {
		if _, err := dec(t, text).Quantity(); text != "922337203685478" && err == nil {
			t.Errorf("%q has a quantity", text)
		}
	}
	if _, err := dec(t, "922337203685477.5808").Rate(); err == nil {
		t.Error("a rate beyond 64 bits must be refused")
	}
	if r, err := dec(t, "922337203685477.5807").Rate(); err != nil || r != 9223372036854775807 {
		t.Errorf("the largest rate: %d, %v", r, err)
	}
}

// FuzzDecimal: whatever is read is written back as the same number, and no
// conversion changes it beyond its own rounding.
func FuzzDecimal(f *testing.F) {
	for _, seed := range []string{"", "0", "-0.0", "1250.50", "1e3", "1.5e-7", "-99999999999999.995", ".5", "5.", "1e99", "x", "--", "+-5", "٣", "9e29"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := erp.ParseDecimal(text)
		if err != nil {
			return
		}
		again, err := erp.ParseDecimal(d.String())
		if err != nil || again.String() != d.String() || again.Given() != d.Given() || again.Sign() != d.Sign() {
			t.Fatalf("%q reads as %q, which reads as %q (%v)", text, d, again, err)
		}
		if !d.Given() {
			return
		}
		exact, ok := new(big.Rat).SetString(strings.TrimSpace(text))
		if !ok || exact.Cmp(rat(d.String())) != 0 {
			t.Fatalf("%q became %s", text, d)
		}
		if m, err := d.Money(); err == nil && rat(m.String()).Cmp(exact) != 0 {
			t.Fatalf("%q became the amount %s", text, m)
		}
		if q, err := d.Quantity(); err == nil {
			off := new(big.Rat).Sub(rat(q.String()), exact)
			if off.Abs(off).Cmp(big.NewRat(1, 20000)) > 0 {
				t.Fatalf("%q became the quantity %s", text, q)
			}
		}
	})
}

func rat(text string) *big.Rat {
	r, _ := new(big.Rat).SetString(text)
	return r
}
