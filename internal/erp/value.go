package erp

// Value is the amount of a row in cents: its value column, else quantity x
// rate. False: the row carries neither, or not as numbers.
func (r Row) Value() (Money, bool) {
	text, carried := r.Values[ColValue]
	if !carried {
		text, carried = product(r)
	}
	if !carried {
		return 0, false
	}
	return ParseMoney(text)
}

// ParseMoney reads a decimal text as an amount. False: it is empty, no number,
// or not in whole cents.
func ParseMoney(text string) (Money, bool) {
	d, err := ParseDecimal(text)
	if err != nil || !d.Given() {
		return 0, false
	}
	amount, err := d.Money()
	return amount, err == nil
}
