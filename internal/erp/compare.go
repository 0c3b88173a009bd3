package erp

import (
	"math/big"
	"strings"
)

// sameNumber compares two decimals by value; an unreadable or absent number
// equals only itself.
func sameNumber(want, have string) bool {
	w, errW := ParseDecimal(want)
	h, errH := ParseDecimal(have)
	if errW != nil || errH != nil || w.Given() != h.Given() {
		return strings.TrimSpace(want) == strings.TrimSpace(have)
	}
	if !w.Given() {
		return true
	}
	scale := max(w.scale, h.scale)
	return mulPow(w, scale).Cmp(mulPow(h, scale)) == 0
}

// mulPow is the number as an integer of that many decimals.
func mulPow(d Decimal, scale int) *big.Int {
	return new(big.Int).Mul(d.unscaled, pow10(scale-d.scale))
}

// day cuts a date or a timestamp to its yyyy-mm-dd.
func day(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > len("2006-01-02") {
		return text[:len("2006-01-02")]
	}
	return text
}

// squeeze trims text and makes every run of blanks one, as padded columns do.
func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }
