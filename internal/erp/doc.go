// Package erp holds the nouns of both sides: what a commitment and a change
// order are in Procore, what an order, a subcontract and a variation are in
// Jobpac, and the money in them. It knows no wire format, no storage and no
// other package of ours.
//
// # Money
//
// Amounts are integer cents (Money), quantities and rates integer
// ten-thousandths (Quantity, Rate). A Decimal is an exact number as it was
// read; turning it into one of the three is explicit, and says whether digits
// were dropped. Rounding is half up, away from zero at the half. No binary
// fraction exists in this package, and a test keeps it so.
//
// # Reading back
//
// What we want in Jobpac is a Record: a typed noun that lists its Fields in
// our words. What Jobpac shows us is a Row: the same words, only those that
// the answer carried. Differences compares the two: an absent column is no
// difference.
//
// All values are plain data: copy them freely, share them only unchanged.
package erp
