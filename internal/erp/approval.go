package erp

import (
	"errors"
	"time"
)

// ErrNotShown is the answer for a list that Procore does not have for this
// company, or does not show to the service account (403 and 404). Other lists
// are not concerned.
var ErrNotShown = errors.New("procore does not show this list")

// DeliveryState is what became of a webhook that did not arrive.
type DeliveryState string

// The states of a delivery that did not arrive.
const (
	DeliveryFailing   DeliveryState = "failing"   // Procore still tries, or stopped without saying more
	DeliveryDiscarded DeliveryState = "discarded" // thrown away: it never comes again
)

// Delivery is a webhook of ours that Procore could not deliver.
type Delivery struct {
	ID    string // Procore's id of the delivery, may be empty
	Hook  ID
	State DeliveryState
	At    time.Time // of the last try, else of the event; zero: Procore says neither
	// Event is what the hook would have brought: id, resource, action, company,
	// project, user, time and body. Connection, source and actor are the
	// reader's to fill in.
	Event Event
	// Unreadable says why the payload names no event; then Event is empty but
	// for its body.
	Unreadable string
}

// The kinds of an Approval. They are the kinds of effect in the journal too.
const (
	ApprovedCommitment  = "commitment"
	ApprovedChangeOrder = "change_order"
)

// KindPrimeChange is the kind of a prime contract change order, as Unlink and
// the journal name it.
const KindPrimeChange = "prime_change_order"

// Approval is the head of an approved document as Procore lists it. Times are
// RFC 3339 or yyyy-mm-dd, empty when Procore does not say.
type Approval struct {
	Kind       string         // ApprovedCommitment or ApprovedChangeOrder
	Type       CommitmentType // of a commitment
	ID         ID
	Project    ID
	Contract   ID // of a change order: its commitment
	Number     string
	Title      string
	Status     string
	Total      Decimal // grand total, where given
	Origin     string  // the link into Jobpac, empty until it is set
	CreatedAt  string
	UpdatedAt  string
	ApprovedAt string // change orders only: Procore keeps none for commitments
}

// Before tells whether the document was surely approved before that moment: by
// the time of its approval, else by its last change, for nothing was approved
// after that. Without either it is not sure, and false.
func (a Approval) Before(moment time.Time) bool {
	text := a.ApprovedAt
	if text == "" {
		text = a.UpdatedAt
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.Before(moment)
		}
	}
	return false
}
