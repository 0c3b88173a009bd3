package procoresim

import (
	"fmt"
	"slices"
)

// Settings holds the switches of the simulator: everything Procore leaves open, and everything a test wants to set. The zero value is
// not useful; start from DefaultSettings. Times are in milliseconds where the name ends in MS.
type Settings struct {
	TokenSeconds  int `json:"token_seconds"`   // life of an access token; documented as 5400
	TokenMaxCalls int `json:"token_max_calls"` // a token dies after this many calls; 0: only by time

	MissingCompanyStatus  int               `json:"missing_company_status"` // answer to a call without Procore-Company-Id: 404 (seen) or 400 (documented text, status inferred)
	DisconnectedCompanies []int64           `json:"disconnected_companies"` // companies that answer 403: the app is not connected
	ForbiddenProjects     []int64           `json:"forbidden_projects"`     // projects that answer 403
	ErrorShapes           map[string]string `json:"error_shapes"`           // status as text -> body shape, see GET /sim/assumptions; not named: the usual shape of that status
	DefaultPerPage        int               `json:"default_per_page"`       // v1 lists without per_page

	HourlyLimit     int  `json:"hourly_limit"`       // calls an hour; 0: no limit, headers show a large one
	SpikeLimit      int  `json:"spike_limit"`        // calls in ten seconds; 0: no limit
	RetryAfterOn429 bool `json:"retry_after_on_429"` // the documentation says both

	EventAPIVersion         string `json:"event_api_version"`          // api_version of v2.0 payloads: v2 or v2.0, both were seen
	NullMetadata            bool   `json:"null_metadata"`              // deliver metadata: null
	OmitNullProject         bool   `json:"omit_null_project"`          // leave project_id out of company events instead of null
	LinesAlone              bool   `json:"lines_alone"`                // an edit of lines alone raises events of the lines and none of their document; not documented
	CompanyHookProjectEvent bool   `json:"company_hook_project_event"` // whether a company hook receives project events; not documented
	RequireHTTPS            bool   `json:"require_https"`              // refuse a destination that is not https, as documented; off for local receivers

	DeliveryTimeoutMS int  `json:"delivery_timeout_ms"` // time a receiver has to answer, on the wall clock; documented as 5000
	BackoffMinMS      int  `json:"backoff_min_ms"`      // first pause after a failed delivery; documented as 1 s
	BackoffMaxMS      int  `json:"backoff_max_ms"`      // longest pause; documented as 1 h
	DiscardAfterMS    int  `json:"discard_after_ms"`    // a queue failing for so long is thrown away; documented as 12 h
	Duplicates        int  `json:"duplicates"`          // how often each delivery is sent, with the same id
	SecondEventID     bool `json:"second_event_id"`     // every change raises two events with two ids and one time stamp
	ReorderWindow     int  `json:"reorder_window"`      // deliveries are sent in groups of so many, last first; below 2: in order
	ReorderHoldMS     int  `json:"reorder_hold_ms"`     // how long an incomplete group is held back

	DetailVerbs        string `json:"detail_verbs"`         // verb that closes a request detail: both, PATCH or PUT
	DetailBulkBody     string `json:"detail_bulk_body"`     // body of the bulk close: both, bare or envelope
	SecondClose        string `json:"second_close"`         // closing a closed detail: same (only with the same status), accept, refuse
	AllowRejected      bool   `json:"allow_rejected"`       // whether the status rejected may be written
	InProgressStatus   string `json:"in_progress_status"`   // spelling of the status of an open detail; not known
	RequestDetailLevel string `json:"request_detail_level"` // where request_detail_id stands: request_data, envelope, both
	InvoiceDetail      string `json:"invoice_detail"`       // where the details of sent invoices stand: request (one, where request_detail_level says), each (one on each invoice), none
	ERPRequestsListed  bool   `json:"erp_requests_listed"`  // whether the list of ERP requests exists; inferred
	ExternalDataShow   string `json:"external_data_show"`   // answer of the external data read: object or array
	DecimalsAsNumbers  bool   `json:"decimals_as_numbers"`  // amounts of ERP requests as JSON numbers instead of strings
	NumberAsNumber     bool   `json:"number_as_number"`     // change_order.number of ERP requests as a JSON number, where it is one
	ERPTimeOffsetMin   int    `json:"erp_time_offset_min"`  // zone of time stamps inside ERP requests, minutes east of UTC

	ExportChecks   bool  `json:"export_checks"`    // refuse the export Procore's screens would refuse: not approved, vendor not linked, no lines, commitment not synced
	RefuseReexport bool  `json:"refuse_reexport"`  // refuse the export of a record that is under way or synced
	PrefillCode    bool  `json:"prefill_code"`     // an export without a code takes the document's number
	Tiers          int   `json:"tiers"`            // change order tiers of projects that do not say: 1, 2 or 3
	PCOLines404    bool  `json:"pco_lines_404"`    // line items of a listed potential change order answer 404 (seen)
	V2OriginID     bool  `json:"v2_origin_id"`     // whether v2 reads show origin_id
	ApproverUserID int64 `json:"approver_user_id"` // the person behind exports and edits

	UnknownColumns         string `json:"unknown_columns"`           // a name in a sync row that is no column: row (an error of the row), ignore, call (406)
	ReverseEntities        bool   `json:"reverse_entities"`          // entities of a sync answer last first; their order is not promised
	RegisterConflict       string `json:"register_conflict"`         // a business number another vendor has: call (409, seen), row, none
	StagedLinks            string `json:"staged_links"`              // a staged record without its documented links: required (invalid) or optional
	JobCostNeedsAssignment bool   `json:"job_cost_needs_assignment"` // refuse job costs of cost types not assigned to the code
	BudgetSecondLine       string `json:"budget_second_line"`        // a budget row without id where the budget code has a line: add or refuse
	BudgetPartial          bool   `json:"budget_partial"`            // a refused budget sync keeps the rows before the refused one
}

// DefaultSettings is the simulator as the documentation describes Procore, without limits and without mischief.
func DefaultSettings() Settings {
	return Settings{
		TokenSeconds: 5400, MissingCompanyStatus: 404, ErrorShapes: map[string]string{}, DefaultPerPage: 100, RetryAfterOn429: true,
		EventAPIVersion: "v2", DeliveryTimeoutMS: 5000, BackoffMinMS: 1000, BackoffMaxMS: 3_600_000, DiscardAfterMS: 43_200_000,
		Duplicates: 1, ReorderHoldMS: 500,
		DetailVerbs: "both", DetailBulkBody: "both", SecondClose: "same", InProgressStatus: "in_progress",
		RequestDetailLevel: "request_data", InvoiceDetail: "request", ERPRequestsListed: true, ExternalDataShow: "object",
		ExportChecks: true, Tiers: 1, V2OriginID: true, ApproverUserID: 5501,
		UnknownColumns: "row", RegisterConflict: "call", StagedLinks: "required", JobCostNeedsAssignment: true, BudgetSecondLine: "add",
	}
}

// choice is a setting with a closed list of values.
type choice struct {
	name, value string
	allowed     []string
}

func (s Settings) choices() []choice {
	return []choice{
		{"event_api_version", s.EventAPIVersion, []string{"v2", "v2.0"}},
		{"detail_verbs", s.DetailVerbs, []string{"both", "PATCH", "PUT"}},
		{"detail_bulk_body", s.DetailBulkBody, []string{"both", "bare", "envelope"}},
		{"second_close", s.SecondClose, []string{"same", "accept", "refuse"}},
		{"request_detail_level", s.RequestDetailLevel, []string{"request_data", "envelope", "both"}},
		{"invoice_detail", s.InvoiceDetail, []string{"request", "each", "none"}},
		{"external_data_show", s.ExternalDataShow, []string{"object", "array"}},
		{"unknown_columns", s.UnknownColumns, []string{"row", "ignore", "call"}},
		{"register_conflict", s.RegisterConflict, []string{"call", "row", "none"}},
		{"staged_links", s.StagedLinks, []string{"required", "optional"}},
		{"budget_second_line", s.BudgetSecondLine, []string{"add", "refuse"}},
		{"tiers", fmt.Sprint(s.Tiers), []string{"1", "2", "3"}},
		{"missing_company_status", fmt.Sprint(s.MissingCompanyStatus), []string{"400", "404"}},
	}
}

// check names the first setting that cannot be used.
func (s Settings) check() error {
	for _, c := range s.choices() {
		if !slices.Contains(c.allowed, c.value) {
			return badRequest(c.name, fmt.Sprintf("is %q; use one of %v", c.value, c.allowed))
		}
	}
	for status, shape := range s.ErrorShapes {
		if !slices.Contains(shapeNames(), shape) {
			return badRequest("error_shapes", fmt.Sprintf("names %q for %s; use one of %v", shape, status, shapeNames()))
		}
	}
	return s.checkNumbers()
}

func (s Settings) checkNumbers() error {
	for name, n := range map[string]int{
		"token_seconds": s.TokenSeconds, "default_per_page": s.DefaultPerPage, "delivery_timeout_ms": s.DeliveryTimeoutMS,
		"backoff_min_ms": s.BackoffMinMS, "backoff_max_ms": s.BackoffMaxMS, "discard_after_ms": s.DiscardAfterMS,
		"duplicates": s.Duplicates,
	} {
		if n < 1 {
			return badRequest(name, fmt.Sprintf("is %d; it must be 1 or more", n))
		}
	}
	return nil
}

// Settings returns a copy of the settings in force.
func (s *Sim) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings.clone()
}

// SetSettings replaces all settings from now on. The error names the setting that cannot be used; then nothing has changed.
func (s *Sim) SetSettings(next Settings) error {
	if err := next.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = next.clone()
	s.wakeHooks()
	return nil
}

func (s Settings) clone() Settings {
	s.DisconnectedCompanies = slices.Clone(s.DisconnectedCompanies)
	s.ForbiddenProjects = slices.Clone(s.ForbiddenProjects)
	shapes := make(map[string]string, len(s.ErrorShapes))
	for k, v := range s.ErrorShapes {
		shapes[k] = v
	}
	s.ErrorShapes = shapes
	return s
}
