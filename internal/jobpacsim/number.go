package jobpacsim

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// number is a decimal held as a whole count of ten-thousandths, so that sums
// and comparisons are exact. Products and quotients go through math/big.
type number int64

const (
	unit         number = 10_000 // 1.0000
	cent         number = 100    // 0.01
	numberPlaces        = 4
	wholeDigits         = 11 // digits before the point; row 8 of the assumptions
)

// parseNumber reads a plain decimal: an optional minus, 1 to 11 digits, and
// at most places digits after a point. Zeros beyond places are let pass.
func parseNumber(text string, places int) (number, error) {
	body, negative := strings.CutPrefix(text, "-")
	whole, part, pointed := strings.Cut(body, ".")
	if !allDigits(whole) || (pointed && !allDigits(part)) {
		return 0, refusal("must be a plain number such as -1234.50")
	}
	whole = strings.TrimLeft(whole, "0")
	part = strings.TrimRight(part, "0")
	if len(part) > places {
		return 0, refusal(fmt.Sprintf("may have at most %d decimals", places))
	}
	if len(whole) > wholeDigits {
		return 0, refusal(fmt.Sprintf("may have at most %d digits before the point", wholeDigits))
	}
	n := digitsValue(whole + part + strings.Repeat("0", numberPlaces-len(part)))
	if negative {
		n = -n
	}
	return n, nil
}

// stored reads a number that was checked when it came in; blank counts as zero.
func stored(text string) number {
	n, err := parseNumber(text, numberPlaces)
	if err != nil {
		return 0
	}
	return n
}

func digitsValue(digits string) number {
	var n number
	for i := range len(digits) {
		n = n*10 + number(digits[i]-'0')
	}
	return n
}

func allDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// format writes n with exactly places decimals (0 to 4); n has no more.
func (n number) format(places int) string {
	b := make([]byte, 0, 24)
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, int64(n/unit), 10)
	if places > 0 {
		point := len(b)
		b = strconv.AppendInt(b, int64(unit+n%unit), 10) // a one, then four digits
		b[point] = '.'
		b = b[:point+1+places]
	}
	return string(b)
}

// times multiplies two numbers and rounds the product half up (away from zero)
// to whole cents.
func (n number) times(m number) (number, error) {
	product := new(big.Int).Mul(big.NewInt(int64(n)), big.NewInt(int64(m)))
	cents := roundedQuotient(product, big.NewInt(int64(unit)*int64(cent)))
	return fitted(cents.Mul(cents, big.NewInt(int64(cent))))
}

// over divides n by m and rounds half up (away from zero) to four decimals; m is not zero.
func (n number) over(m number) (number, error) {
	scaled := new(big.Int).Mul(big.NewInt(int64(n)), big.NewInt(int64(unit)))
	return fitted(roundedQuotient(scaled, big.NewInt(int64(m))))
}

func roundedQuotient(a, b *big.Int) *big.Int {
	negative := a.Sign()*b.Sign() < 0
	a, b = new(big.Int).Abs(a), new(big.Int).Abs(b)
	a.Add(a.Lsh(a, 1), b) // (2a+b) / 2b rounds half up
	a.Quo(a, new(big.Int).Lsh(b, 1))
	if negative {
		a.Neg(a)
	}
	return a
}

func fitted(n *big.Int) (number, error) {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(wholeDigits+numberPlaces), nil)
	if n.CmpAbs(limit) >= 0 {
		return 0, refusal(fmt.Sprintf("quantity, rate and value do not fit: the result has more than %d digits before the point", wholeDigits))
	}
	return number(n.Int64()), nil
}

func (n number) abs() number { return max(n, -n) }
