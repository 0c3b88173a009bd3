package procoresim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// Decimal is a number as Procore prints it: text such as "250.0". Empty means null. It reads JSON strings and JSON numbers and writes a
// string. It is never converted to floating point.
type Decimal string

// UnmarshalJSON accepts a string, a number or null; anything that is not a plain decimal is an error.
func (d *Decimal) UnmarshalJSON(data []byte) error {
	text := string(bytes.Trim(data, `"`))
	if text == "null" {
		text = ""
	}
	if !plainDecimal(text) {
		return fmt.Errorf("%q is not a decimal number such as 250.0", text)
	}
	*d = Decimal(text)
	return nil
}

// plainDecimal accepts an optional sign, digits, and an optional fraction; empty counts as null.
func plainDecimal(text string) bool {
	if text == "" {
		return true
	}
	whole, fraction, dotted := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	return digits(whole) && (!dotted || digits(fraction))
}

func digits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// rat is the exact value; null is zero.
func (d Decimal) rat() *big.Rat {
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		return new(big.Rat)
	}
	return r
}

// wire is the value as it goes into JSON: null, a string, or a number.
func (d Decimal) wire(asNumber bool) any {
	switch {
	case d == "":
		return nil
	case asNumber:
		return jsonNumber(string(d))
	}
	return string(d)
}

// jsonNumber drops leading zeros, which JSON forbids.
func jsonNumber(text string) json.Number {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	text = strings.TrimLeft(text, "0")
	if text == "" || text[0] == '.' {
		text = "0" + text
	}
	return json.Number(sign + text)
}

// money rounds to cents, half away from zero.
func money(r *big.Rat) Decimal { return Decimal(r.FloatString(2)) }

func sum(parts ...Decimal) Decimal {
	total := new(big.Rat)
	for _, p := range parts {
		total.Add(total, p.rat())
	}
	return money(total)
}

func product(a, b Decimal) Decimal { return money(new(big.Rat).Mul(a.rat(), b.rat())) }
