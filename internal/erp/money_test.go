package erp_test

import (
	"errors"
	"math"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

func TestMoneyString(t *testing.T) {
	for m, want := range map[erp.Money]string{
		0: "0.00", 5: "0.05", -5: "-0.05", 125050: "1250.50", -100: "-1.00",
		math.MaxInt64: "92233720368547758.07", math.MinInt64: "-92233720368547758.08",
	} {
		if got := m.String(); got != want {
			t.Errorf("%d cents are %q, want %q", int64(m), got, want)
		}
	}
}

func TestQuantityAndRateString(t *testing.T) {
	if got := erp.One.String(); got != "1.0000" {
		t.Errorf("one is %q", got)
	}
	if got := erp.Quantity(-125_000).String(); got != "-12.5000" {
		t.Errorf("quantity is %q", got)
	}
	if got := erp.Rate(31_250).String(); got != "3.1250" {
		t.Errorf("rate is %q", got)
	}
}

func TestSum(t *testing.T) {
	for _, c := range []struct {
		amounts []erp.Money
		want    erp.Money
		tooMuch bool
	}{
		{nil, 0, false},
		{[]erp.Money{1, 2, 3}, 6, false},
		{[]erp.Money{100, -250}, -150, false},
		{[]erp.Money{math.MaxInt64, 1}, 0, true},
		{[]erp.Money{math.MinInt64, -1}, 0, true},
		{[]erp.Money{math.MaxInt64, -1, 1}, math.MaxInt64, false},
		{[]erp.Money{math.MinInt64, math.MaxInt64}, -1, false},
	} {
		got, err := erp.Sum(c.amounts...)
		if got != c.want || errors.Is(err, erp.ErrTooLarge) != c.tooMuch {
			t.Errorf("sum of %v is %d, %v; want %d, too large %v", c.amounts, got, err, c.want, c.tooMuch)
		}
	}
}

func TestTimesRoundsHalfAwayFromZero(t *testing.T) {
	for _, c := range []struct {
		quantity, rate string
		want           erp.Money
	}{
		{"3", "33.3333", 10000},    // 99.9999
		{"1", "0.005", 1},          // half a cent
		{"1", "0.0049", 0},         // less than half
		{"-1", "0.005", -1},        // away from zero
		{"1", "-0.0049", 0},        //
		{"12.345", "3.3333", 4115}, // 41.1495885
		{"0", "500", 0},
		{"0.0001", "0.0001", 0},
		{"100000", "9999.9999", 99999999000},
	} {
		q, _ := dec(t, c.quantity).Quantity()
		r, _ := dec(t, c.rate).Rate()
		got, err := q.Times(r)
		if err != nil || got != c.want {
			t.Errorf("%s x %s is %d cents, %v; want %d", c.quantity, c.rate, got, err, c.want)
		}
	}
	if _, err := erp.Quantity(math.MaxInt64).Times(math.MaxInt64); !errors.Is(err, erp.ErrTooLarge) {
		t.Errorf("too large a product: %v", err)
	}
}

func TestAsRate(t *testing.T) {
	r, err := erp.Money(-12345).AsRate()
	if err != nil || r != -1234500 {
		t.Errorf("rate %d, %v", r, err)
	}
	if back, err := erp.One.Times(r); err != nil || back != -12345 {
		t.Errorf("one at the rate is %d, %v", back, err)
	}
	if _, err := erp.Money(math.MaxInt64).AsRate(); !errors.Is(err, erp.ErrTooLarge) {
		t.Errorf("too large a rate: %v", err)
	}
}
