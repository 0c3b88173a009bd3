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
	At         time.Time
	Received   time.Time
	Source     string // webhook, replay or wake
	Actor      string // who replayed it; empty for webhooks
	Body       []byte
}

// The sources of an event.
const (
	FromWebhook = "webhook"
	FromReplay  = "replay"
	FromWake    = "wake"
)
