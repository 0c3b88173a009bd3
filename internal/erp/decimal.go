package erp

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// maxDigits bounds a number as it is read: far beyond any contract sum, and
// small enough that no input can make arithmetic expensive.
const maxDigits = 30

// Decimal is an exact decimal number as the other side wrote it. The zero
// value is "not given", which is different from 0.
type Decimal struct {
	unscaled *big.Int // nil: not given
	scale    int      // digits right of the point, 0..maxDigits
}

// errNumber is the rule every refused number broke.
var errNumber = errors.New("must be a decimal number such as 1250.50")

// ParseDecimal reads "1250.5", "-3", "1e3" or ".5". Empty text gives a Decimal
// that is not given. Anything else, or more than 30 digits, is an error that
// names the text.
func ParseDecimal(text string) (Decimal, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Decimal{}, nil
	}
	mantissa, exponent, err := splitExponent(text)
	if err != nil {
		return Decimal{}, fmt.Errorf("%q %w", clip(text), errNumber)
	}
	digits, scale, ok := plainDigits(mantissa)
	scale -= exponent
	if !ok || len(digits)+max(0, -scale) > maxDigits || scale > maxDigits {
		return Decimal{}, fmt.Errorf("%q %w", clip(text), errNumber)
	}
	n, _ := new(big.Int).SetString(digits, 10)
	if strings.HasPrefix(mantissa, "-") {
		n.Neg(n)
	}
	if scale < 0 {
		n.Mul(n, pow10(-scale))
		scale = 0
	}
	return Decimal{unscaled: n, scale: scale}, nil
}

// splitExponent cuts "1.5e3" into "1.5" and 3. The exponent has at most two
// digits.
func splitExponent(text string) (mantissa string, exponent int, err error) {
	at := strings.IndexAny(text, "eE")
	if at < 0 {
		return text, 0, nil
	}
	digits := unsigned(text[at+1:])
	negative := strings.HasPrefix(text[at+1:], "-")
	if len(digits) < 1 || len(digits) > 2 || strings.Trim(digits, "0123456789") != "" {
		return "", 0, errNumber
	}
	for _, d := range digits {
		exponent = exponent*10 + int(d-'0')
	}
	if negative {
		exponent = -exponent
	}
	return text[:at], exponent, nil
}

// unsigned takes one sign off.
func unsigned(text string) string {
	if text != "" && (text[0] == '-' || text[0] == '+') {
		return text[1:]
	}
	return text
}

// plainDigits strips sign, point and leading zeros: "-12.50" is "1250" with
// scale 2.
func plainDigits(mantissa string) (digits string, scale int, ok bool) {
	whole, fraction, _ := strings.Cut(unsigned(mantissa), ".")
	digits = whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", 0, false
	}
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		digits = "0"
	}
	return digits, len(fraction), true
}

// Given tells whether there is a number at all.
func (d Decimal) Given() bool { return d.unscaled != nil }

// Sign is -1, 0 or 1; 0 also when no number is given.
func (d Decimal) Sign() int {
	if d.unscaled == nil {
		return 0
	}
	return d.unscaled.Sign()
}

// String is the number in full, without exponent and as many decimals as were
// written; "" when not given.
func (d Decimal) String() string {
	if d.unscaled == nil {
		return ""
	}
	return pointed(d.unscaled, d.scale)
}

// Fits tells whether the number has at most that many significant decimals.
func (d Decimal) Fits(decimals int) bool {
	if d.unscaled == nil || d.scale <= decimals {
		return true
	}
	rest := new(big.Int).Rem(d.unscaled, pow10(d.scale-decimals))
	return rest.Sign() == 0
}

// Money is the number in cents. It is an error when the number is not given,
// has more than two decimals or does not fit 64 bits: an amount is never
// rounded behind anyone's back.
func (d Decimal) Money() (Money, error) {
	if !d.Fits(moneyScale) {
		return 0, fmt.Errorf("%s has more than two decimals", d)
	}
	n, err := d.rounded(moneyScale)
	return Money(n), err
}

// Quantity is the number in ten-thousandths, rounded half up.
func (d Decimal) Quantity() (Quantity, error) {
	n, err := d.rounded(rateScale)
	return Quantity(n), err
}

// Rate is the number in ten-thousandths of the currency unit, rounded half up.
func (d Decimal) Rate() (Rate, error) {
	n, err := d.rounded(rateScale)
	return Rate(n), err
}

// rounded gives the number with that many decimals as an integer, half up.
func (d Decimal) rounded(decimals int) (int64, error) {
	if d.unscaled == nil {
		return 0, errors.New("no number is given")
	}
	n := d.unscaled
	if d.scale <= decimals {
		n = new(big.Int).Mul(n, pow10(decimals-d.scale))
	} else {
		n = halfUp(n, pow10(d.scale-decimals))
	}
	if !n.IsInt64() {
		return 0, fmt.Errorf("%s is too large", d)
	}
	return n.Int64(), nil
}

// halfUp divides and rounds to the nearest, halves away from zero.
func halfUp(n, by *big.Int) *big.Int {
	half := new(big.Int).Quo(by, big.NewInt(2))
	abs := new(big.Int).Abs(n)
	abs.Add(abs, half).Quo(abs, by)
	if n.Sign() < 0 {
		abs.Neg(abs)
	}
	return abs
}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// pointed writes an integer with the point put back.
func pointed(n *big.Int, scale int) string {
	digits := new(big.Int).Abs(n).String()
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	text := digits
	if scale > 0 {
		text = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if n.Sign() < 0 {
		text = "-" + text
	}
	return text
}

// clip keeps a hostile value from filling a message.
func clip(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "..."
	}
	return text
}
