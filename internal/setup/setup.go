package setup

import (
	"encoding/json"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// Trigger asks for one kind of event of a resource. Event is create, update or
// delete.
type Trigger struct{ Resource, Event string }

// Hook is a webhook subscription as Procore shows it.
type Hook struct {
	ID        erp.ID
	Project   erp.ID // 0: of the company
	Namespace string
	URL       string
	Header    string // Authorization, masked but for its end; may be empty
	Disabled  bool
	Changed   time.Time // zero where Procore does not say
	Old       bool      // of Procore's v1.0 API
	Format    string    // of the payload, as the API that lists it words it; empty: not shown
	Triggers  []Trigger // read of hooks that are ours
}

// Fields is what is set on a hook; what is empty is left alone.
type Fields struct {
	Namespace, URL, Header string
	Active                 bool
}

// Project is a project that hooks can be made for.
type Project struct {
	ID   erp.ID
	Name string
}

// Want is what a connection needs in Procore.
type Want struct {
	Connection string
	URL        string   // of the webhooks, whole
	Namespace  string   // marks our hooks
	Tokens     []string // whole Authorization values: current, then next
	ERP        bool     // events of Procore's ERP Integrations tool
	Direct     bool     // events of the documents themselves
	Metadata   []byte   // of the ERP connection, JSON; used with ERP
	// RewriteToken and RewriteMetadata write again what seems right, or is not
	// shown.
	RewriteToken, RewriteMetadata bool
}

// Scope is the company or one project: its hooks, and the triggers we want
// there.
type Scope struct {
	Project  Project // zero: the company
	Hooks    []Hook
	Triggers []Trigger
}

// Connector is what is known of the ERP connection.
type Connector struct {
	Shown      bool   // Procore shows it
	Metadata   []byte // JSON; nil: not shown
	Remembered string // fingerprint of what we wrote last; may be empty
}

// Have is what is there.
type Have struct {
	Scopes []Scope
	Silent []string  // resources of lines and lower tiers that Procore does not offer
	ERP    Connector // looked at when Want.ERP
}

// Action is what a step does.
type Action string

// The actions.
const (
	CreateHook       Action = "create_hook"
	RepairHook       Action = "repair_hook"
	AddTrigger       Action = "add_trigger"
	CreateConnection Action = "create_erp_connection"
	UpdateMetadata   Action = "update_metadata"
)

// Step is one change. Words tell a person what it does and why. Metadata is
// what would be written, for whoever has to load it by hand.
type Step struct {
	Do       Action          `json:"do"`
	Words    string          `json:"words"`
	Metadata json.RawMessage `json:"metadata,omitempty"`

	hook    Hook // ID 0: the one that a step before made for this project
	fields  Fields
	trigger Trigger
	seen    seen // what the hook carried, in a rotation
}

// Plan is what has to be done, in order, and what a person should know.
type Plan struct {
	Steps []Step   `json:"steps"`
	Notes []string `json:"notes"`
}

// CompanyTriggers are those of a company's hook that the ERP tool needs:
// requests are only ever created (documented).
func companyTriggers() []Trigger { return []Trigger{{"ERP Requests", "create"}} }

// documentTriggers are those that direct intake cannot do without. They are
// resources of a project (seen).
func documentTriggers() []Trigger {
	return triggers([]string{"Purchase Order Contracts", "Work Order Contracts", "Change Order Packages"}, "create", "update")
}

// lineTriggers are those of lines, which may change without a word about their
// document, and of the tiers below a change order. A company was seen that does
// not offer all of them.
func lineTriggers() []Trigger {
	lines := []string{"Purchase Order Contract Line Items", "Work Order Contract Line Items", "Potential Change Order Line Items"}
	return append(triggers([]string{"Potential Change Orders", "Change Order Requests"}, "create", "update"), triggers(lines, "create", "update", "delete")...)
}

func triggers(resources []string, events ...string) []Trigger {
	var all []Trigger
	for _, resource := range resources {
		for _, event := range events {
			all = append(all, Trigger{resource, event})
		}
	}
	return all
}
