package erp

import "time"

// Event is one hint that something happened in Procore. It carries identity
// only; whoever handles it reads the present state. Body is the delivery as it
// came, kept for the record.
type Event struct {
	ID         string // Procore's ulid or id, else a hash of the body: protects against repeats, nothing more
	Connection string
	Resource   string // "ERP Requests"
	ResourceID ID
	Action     string // create, update, delete, or v4's reason
	Company    ID     // 0: not named
	Project    ID     // 0: not named
	User       ID     // 0: not named
	Parent     ID     // of a line: the document it stands on, where Procore names it; 0: not named
	At         time.Time
	Received   time.Time
	Source     string // webhook, replay, wake, sweep, person or schedule
	Actor      string // who replayed or decided; empty for webhooks
	Body       []byte
	Decision   *Decision    // with FromPerson
	Import     *ImportOrder // with FromPerson and FromSchedule
}

// ResourceRequests is Procore's name for ERP requests.
const ResourceRequests = "ERP Requests"

// Decision is a person's word on an effect that rests.
type Decision struct {
	Effect string // commitment-4101
	Seq    uint64 // of the effect's last record when the person looked: what moved on since is not decided upon
	Do     Verb
	Number string // Adopt: the number in Jobpac of the order or variation; of a purchase order's change order, its first item
	Reason string // why, in the person's words
}

// Verb is what a person decided.
type Verb string

// The decisions.
const (
	Adopt   Verb = "adopt"   // it stands in Jobpac under that number: link it
	Retry   Verb = "retry"   // it is not in Jobpac: send what is missing
	Abandon Verb = "abandon" // nothing more is to be done
)

// The sources of an event. FromLines is a hint of our own that lines of a document
// were changed: its At is from when the document may be read.
const (
	FromWebhook  = "webhook"
	FromReplay   = "replay"
	FromWake     = "wake"
	FromSweep    = "sweep"
	FromPerson   = "person"
	FromSchedule = "schedule"
	FromLines    = "lines"
)
