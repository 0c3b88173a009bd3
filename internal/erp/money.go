package erp

import (
	"errors"
	"math/big"
)

const (
	moneyScale = 2 // cents
	rateScale  = 4 // ten-thousandths
)

// ErrTooLarge is a sum or product beyond 64 bits: no contract has one, so it
// is a fault of the data.
var ErrTooLarge = errors.New("the amount is too large")

// Money is an amount in cents of the connection's currency.
type Money int64

// String is the amount with two decimals: "1250.50".
func (m Money) String() string { return pointed(big.NewInt(int64(m)), moneyScale) }

// Plus adds, or fails with ErrTooLarge.
func (m Money) Plus(other Money) (Money, error) {
	sum := m + other
	if (other > 0 && sum < m) || (other < 0 && sum > m) {
		return 0, ErrTooLarge
	}
	return sum, nil
}

// Sum adds amounts, or fails with ErrTooLarge.
func Sum(amounts ...Money) (Money, error) {
	var total Money
	for _, amount := range amounts {
		var err error
		if total, err = total.Plus(amount); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// AsRate is the amount as a rate per one.
func (m Money) AsRate() (Rate, error) {
	n := new(big.Int).Mul(big.NewInt(int64(m)), pow10(rateScale-moneyScale))
	if !n.IsInt64() {
		return 0, ErrTooLarge
	}
	return Rate(n.Int64()), nil
}

// Quantity is a measure in ten-thousandths of its unit.
type Quantity int64

// One is the quantity 1.
const One Quantity = 10_000

// String is the quantity with four decimals: "12.5000".
func (q Quantity) String() string { return pointed(big.NewInt(int64(q)), rateScale) }

// Times is quantity x rate in cents, rounded half up, or ErrTooLarge.
func (q Quantity) Times(r Rate) (Money, error) {
	product := new(big.Int).Mul(big.NewInt(int64(q)), big.NewInt(int64(r)))
	cents := halfUp(product, pow10(2*rateScale-moneyScale))
	if !cents.IsInt64() {
		return 0, ErrTooLarge
	}
	return Money(cents.Int64()), nil
}

// Rate is a price per unit in ten-thousandths of the currency unit.
type Rate int64

// String is the rate with four decimals: "3.1250".
func (r Rate) String() string { return pointed(big.NewInt(int64(r)), rateScale) }
