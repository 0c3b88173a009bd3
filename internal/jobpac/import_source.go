package jobpac

import (
	"context"

	"github.com/procpac/procpac/internal/erp"
)

// The kinds of the rows that Client.Read gives.
const (
	KindJob        erp.Kind = "job"
	KindCreditor   erp.Kind = "creditor"
	KindCentre     erp.Kind = "cost_centre"
	KindCentreCost erp.Kind = "cost_centre_detail"
	KindLedgerRow  erp.Kind = "ledger_row"
	KindPayable    erp.Kind = "accounts_payable_transaction"
	KindClaimCode  erp.Kind = "claim_code"
	KindGSTCode    erp.Kind = "gst_code"
)

// source is one listing: its call, what its rows show, and how a part of it is
// asked for.
type source struct {
	kind    erp.Kind
	op      operation
	work    string   // the parameter of the WorkID
	works   []string // the columns in which a row may show it
	shown   []cell
	must    []string // columns without which a row is of no use
	id      []string // columns that name a row, as far as any do
	axes    []axis   // in the order in which they are tried
	byJob   bool     // asked for one job at a time
	changed string   // the column of the last change, where a range of it can be asked; empty: Since and Until are ignored
	floor   bool     // the start of that range must be given
}

// axis is one way to ask for fewer rows.
type axis struct {
	column        string
	start, finish string // parameters of a range; empty: the axis is a set
	stamps        bool   // a range of times, or of dates
	equal         string // parameter of one value of a set
	// values are all values of a set. ok is false where they cannot be told for
	// sure: then the set proves nothing.
	values func(ctx context.Context, w *walk, rows []row) (values []string, ok bool, err error)
	when   doubt // a set costs many calls: how doubtful an answer must be for it
}

// doubt is how sure we are that an answer is cut.
type doubt int

const (
	unproved doubt = iota // it is as long as the longest one yet
	looksCut              // and a wider question gave no more, or there is none
	cutThere              // an answer of that length was cut, or it is long
)

func (x axis) isSet() bool { return x.equal != "" }

// codes is a range of codes in that column.
func codes(column string) axis {
	return axis{column: column, start: "Start" + column, finish: "Finish" + column}
}

// stamps is a range of times or dates in that column.
func stamps(column string) axis {
	x := codes(column)
	x.stamps = true
	return x
}

// flag is a set of Y and N. Rows with a blank flag make it useless: which of
// the two finds them is not public.
func flag(column string) axis {
	return axis{column: column, equal: column, values: func(_ context.Context, _ *walk, rows []row) ([]string, bool, error) {
		for _, r := range rows {
			if flagText(r[column]) == "" {
				return nil, false, nil
			}
		}
		return []string{"Y", "N"}, true, nil
	}}
}

// status is a set of letters: those that are configured, those that the rows
// show, and every single letter and digit (that a status is one is assumed).
func status(column, parameter string) axis {
	return axis{column: column, equal: parameter, when: cutThere, values: func(_ context.Context, w *walk, rows []row) ([]string, bool, error) {
		return statusLetters(w.c.letters.meaning, column, rows)
	}}
}

func statusLetters(configured map[string]string, column string, rows []row) ([]string, bool, error) {
	const single = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	var letters []string
	for _, r := range rows {
		if r[column] == "" {
			return nil, false, nil
		}
		letters = append(letters, r[column])
	}
	for letter := range configured {
		letters = append(letters, letter)
	}
	for _, letter := range single {
		letters = append(letters, string(letter))
	}
	return distinct(letters), true, nil
}

// sourceOf finds the listing.
func sourceOf(l erp.Listing) (source, bool) {
	switch l {
	case erp.ListJobs:
		return jobSource(), true
	case erp.ListCreditors:
		return creditorSource(), true
	case erp.ListCentres:
		return centreSource(), true
	case erp.ListCentreCosts:
		return centreCostSource(), true
	case erp.ListLedger:
		return ledgerSource(), true
	case erp.ListPayables:
		return payableSource(), true
	case erp.ListClaimCodes:
		return claimCodeSource(), true
	case erp.ListGSTCodes:
		return gstCodeSource(), true
	}
	return source{}, false
}
