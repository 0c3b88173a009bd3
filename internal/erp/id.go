package erp

import (
	"fmt"
	"strconv"
	"strings"
)

// ID is a Procore record's id: a positive 64-bit integer, written by Procore
// as a number or as text. 0 is "none".
type ID int64

// ParseID reads an id. Empty text is 0; anything but digits within 63 bits is
// an error that names it.
func ParseID(text string) (ID, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strings.HasPrefix(text, "+") {
		return 0, fmt.Errorf("id %q must be digits that fit 63 bits", clip(text))
	}
	return ID(n), nil
}

// String is the id in digits.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// Reference is how one of our documents is found again in Jobpac: PC, a letter
// for the Procore type and the Procore id (PCC4101). It stands in the
// connection's reference field.
type Reference string

// The reference of a commitment and of a change order.
func CommitmentReference(id ID) Reference  { return Reference("PCC" + id.String()) }
func ChangeOrderReference(id ID) Reference { return Reference("PCO" + id.String()) }
