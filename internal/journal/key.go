package journal

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// Key names an effect: its connection and a name made of kind and Procore id,
// for example acme.commitment-4101.
type Key struct{ Connection, Effect string }

// The kinds of effect of this build.
const (
	KindCommitment  = "commitment"
	KindChangeOrder = "change_order"
	KindRequisition = "requisition"       // a subcontractor invoice
	KindPrimeChange = erp.KindPrimeChange // a prime contract change order
	// What was changed in a document after it was entered; its id is the
	// document's and which of its changes it is: commitment_revision-4101-1.
	KindCommitmentRevision = KindCommitment + revisionKind
	KindChangeRevision     = KindChangeOrder + revisionKind

	KindCompletion = "completion" // a commitment that was voided: its order is set complete; its id is the commitment's
	KindRequest    = "request"    // an ERP request that names no document we know
	KindImport     = "import"     // Jobpac's records brought into Procore, without a request
	KindDeletion   = "deletion"   // one row that Procore asks to delete; its id is the row's request detail
)

// Kinds lists the kinds of effect.
func Kinds() []string {
	return []string{
		KindCommitment, KindChangeOrder, KindRequisition, KindPrimeChange, KindCommitmentRevision, KindChangeRevision, KindCompletion,
		KindRequest, KindImport, KindDeletion,
	}
}

// NewKey makes the key of the effect of that kind on that Procore record.
func NewKey(connection, kind string, id erp.ID) Key {
	return Key{Connection: connection, Effect: fmt.Sprintf("%s-%d", kind, id)}
}

// String is connection.effect, as a person types it.
func (k Key) String() string { return k.Connection + "." + k.Effect }

// Kind is the kind of effect.
func (k Key) Kind() string {
	kind, _, _ := strings.Cut(k.Effect, "-")
	return kind
}

// revisionKind ends the kinds of revisions.
const revisionKind = "_revision"

// Revision is the key of the n-th further change, from 1, of the commitment or
// change order that k names.
func (k Key) Revision(n int) Key {
	_, id, _ := strings.Cut(k.Effect, "-")
	return Key{Connection: k.Connection, Effect: fmt.Sprintf("%s%s-%s-%d", k.Kind(), revisionKind, id, n)}
}

// Revised is the key of the document that a revision changes, and which of its
// changes it is; ok is false for the key of anything else.
func (k Key) Revised() (of Key, n int, ok bool) {
	kind, isRevision := strings.CutSuffix(k.Kind(), revisionKind)
	_, rest, _ := strings.Cut(k.Effect, "-")
	id, number, _ := strings.Cut(rest, "-")
	n, err := strconv.Atoi(number)
	if !isRevision || err != nil || n < 1 {
		return Key{}, 0, false
	}
	return Key{Connection: k.Connection, Effect: kind + "-" + id}, n, true
}

// ParseKey reads connection.effect.
func ParseKey(text string) (Key, error) {
	connection, effect, ok := strings.Cut(text, ".")
	kind, id, dash := strings.Cut(effect, "-")
	_, _, revision := Key{Effect: effect}.Revised()
	if revision {
		id, _, _ = strings.Cut(id, "-")
	}
	if !ok || !dash || connection == "" || kind == "" || revision != strings.HasSuffix(kind, revisionKind) || strings.Trim(id, "0123456789") != "" || id == "" {
		return Key{}, fmt.Errorf("effect %q must look like acme.commitment-4101", text)
	}
	return Key{Connection: connection, Effect: effect}, nil
}

// ErrMoved is the answer of a store when another append came first: read the
// effect again and decide anew.
var ErrMoved = errors.New("the effect moved on meanwhile")

// ErrBroken is the answer of a store for a history with a record missing or
// unreadable. It cannot be trusted: only a person, or a copy, can help.
var ErrBroken = errors.New("the journal is broken")
