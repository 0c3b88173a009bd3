package procoresim

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// The two kinds of commitment.
const (
	WorkOrderContract     = "WorkOrderContract"     // a subcontract
	PurchaseOrderContract = "PurchaseOrderContract" // a purchase order
)

// Commitment is a contract with its schedule of values. IDs of 0 are filled in; dates are yyyy-mm-dd.
type Commitment struct {
	ID                          int64           `json:"id"`
	ProjectID                   int64           `json:"project_id"`
	Type                        string          `json:"type"`
	Number                      string          `json:"number"`
	Title                       string          `json:"title"`
	Description                 string          `json:"description"`
	Status                      string          `json:"status"` // empty: Draft
	Executed                    bool            `json:"executed"`
	Private                     bool            `json:"private"`
	AccountingMethod            string          `json:"accounting_method"` // amount (default) or unit
	RetainagePercent            Decimal         `json:"retainage_percent"`
	VendorID                    int64           `json:"vendor_id"`
	ContractDate                string          `json:"contract_date"`
	ExecutionDate               string          `json:"execution_date"`
	IssuedOnDate                string          `json:"issued_on_date"`
	LetterOfIntentDate          string          `json:"letter_of_intent_date"`
	ApprovalLetterDate          string          `json:"approval_letter_date"`
	ReturnedDate                string          `json:"returned_date"`
	SignedContractReceivedDate  string          `json:"signed_contract_received_date"`
	DeliveryDate                string          `json:"delivery_date"`
	BillToAddress               string          `json:"bill_to_address"`
	ShipToAddress               string          `json:"ship_to_address"`
	ShipVia                     string          `json:"ship_via"`
	PaymentTerms                string          `json:"payment_terms"`
	ContractStartDate           string          `json:"contract_start_date"`
	ContractEstimatedCompletion string          `json:"contract_estimated_completion_date"`
	ActualCompletionDate        string          `json:"actual_completion_date"`
	Inclusions                  string          `json:"inclusions"`
	Exclusions                  string          `json:"exclusions"`
	CurrencyISOCode             string          `json:"currency_iso_code"`
	CustomFields                json.RawMessage `json:"custom_fields,omitempty"`
	ERPCustomFields             json.RawMessage `json:"erp_custom_fields,omitempty"` // the approver's answers
	AccountingDate              string          `json:"accounting_date"`             // the approver's answer
	Code                        string          `json:"code"`                        // the code typed at the last export
	OriginID                    string          `json:"origin_id,omitempty"`         // read on adding; later see ExternalData
	Lines                       []Line          `json:"line_items"`
	ERPState                    string          `json:"erp_state,omitempty"` // in snapshots only: exporting, failed, stuck, synced
	CreatedAt                   time.Time       `json:"created_at"`
	UpdatedAt                   time.Time       `json:"updated_at"`
	DeletedAt                   *time.Time      `json:"deleted_at,omitempty"`

	lastDetail int64
}

// Line is a line of a commitment or of a change order. CostCode and CostType are read on adding, as codes, where the ids are 0. An empty
// Amount becomes quantity x unit cost.
type Line struct {
	ID               int64   `json:"id"`
	Position         int     `json:"position"`
	Description      string  `json:"description"`
	Amount           Decimal `json:"amount"`
	Quantity         Decimal `json:"quantity"`
	UnitCost         Decimal `json:"unit_cost"`
	UOM              string  `json:"uom"`
	ExtendedType     string  `json:"extended_type"` // manual or calculated; empty: by what is filled in
	TaxCodeID        int64   `json:"tax_code_id,omitempty"`
	TaxAmount        Decimal `json:"tax_amount"`
	CostCodeID       int64   `json:"cost_code_id"`
	LineItemTypeID   int64   `json:"line_item_type_id"`
	CostCode         string  `json:"cost_code,omitempty"`
	CostType         string  `json:"line_item_type,omitempty"`
	CommitmentLineID int64   `json:"commitment_line_item_id,omitempty"` // change order lines only
	OriginID         string  `json:"origin_id,omitempty"`               // read on adding
}

// lineOwner says where a line stands. All but project and one other are 0.
type lineOwner struct{ project, commitment, change, primeChange int64 }

func (c *Commitment) itemType() string {
	if c.Type == PurchaseOrderContract {
		return itemPurchaseOrder
	}
	return itemWorkOrder
}

// resource is the webhook resource name of the kind.
func (c *Commitment) resource() string { return c.oneOf() + "s" }

// oneOf is the name of one document of the kind.
func (c *Commitment) oneOf() string {
	if c.Type == PurchaseOrderContract {
		return "Purchase Order Contract"
	}
	return "Work Order Contract"
}

// statuses are the documented values of the kind, in their capitals.
func (c *Commitment) statuses() []string {
	if c.Type == PurchaseOrderContract {
		return []string{"Draft", "Processing", "Submitted", "Partially Received", "Received", "Approved", "Closed"}
	}
	return []string{"Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated", "Void"}
}

func (c *Commitment) total() Decimal { return totalOf(c.Lines) }

func totalOf(lines []Line) Decimal {
	amounts := make([]Decimal, len(lines))
	for i, l := range lines {
		amounts[i] = l.Amount
	}
	return sum(amounts...)
}

// AddCommitment stores a commitment and raises its create event. The error names the field that cannot be used.
func (s *Sim) AddCommitment(c Commitment) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addCommitment(c)
}

func (s *Sim) addCommitment(c Commitment) (int64, error) {
	c.Lines = slices.Clone(c.Lines)
	if err := s.checkCommitment(&c); err != nil {
		return 0, err
	}
	id, err := claimID(s, idCommitment, c.ID, s.data.commitments)
	if err != nil {
		return 0, err
	}
	c.ID = id
	now := s.clock.Now()
	c.CreatedAt, c.UpdatedAt = orNow(c.CreatedAt, now), orNow(c.UpdatedAt, now)
	if err := s.settleLines(c.Lines, lineOwner{project: c.ProjectID, commitment: id}); err != nil {
		return 0, err
	}
	if err := s.link(s.companyOfProject(c.ProjectID), c.itemType(), id, c.OriginID); err != nil {
		s.forgetLines(c.Lines, nil)
		return 0, err
	}
	c.OriginID = ""
	s.data.commitments.put(id, &c)
	s.raise(s.byApprover(c.resource(), "create", id, c.ProjectID))
	return id, nil
}

func orNow(t, now time.Time) time.Time {
	if t.IsZero() {
		return now
	}
	return t
}

// checkCommitment fills defaults and refuses what Procore's own forms would.
func (s *Sim) checkCommitment(c *Commitment) error {
	p, known := s.data.projects.get(c.ProjectID)
	if !known {
		return invalid("project_id", fmt.Sprintf("names no project: %d", c.ProjectID))
	}
	if c.Type != WorkOrderContract && c.Type != PurchaseOrderContract {
		return invalid("type", fmt.Sprintf("is %q; use %s or %s", c.Type, WorkOrderContract, PurchaseOrderContract))
	}
	if c.Status == "" {
		c.Status = "Draft"
	}
	if !contains(c.statuses(), c.Status) {
		return invalid("status", fmt.Sprintf("is %q; use one of %v", c.Status, c.statuses()))
	}
	if _, known := s.data.vendors.get(c.VendorID); c.VendorID != 0 && !known {
		return invalid("vendor_id", fmt.Sprintf("names no vendor: %d", c.VendorID))
	}
	if c.AccountingMethod == "" {
		c.AccountingMethod = "amount"
	}
	if !plainDecimal(string(c.RetainagePercent)) {
		return invalid("retainage_percent", fmt.Sprintf("%q is not a decimal number", c.RetainagePercent))
	}
	return s.checkLines(c.Lines, p)
}

// checkLines resolves codes, computes amounts and numbers the lines.
func (s *Sim) checkLines(lines []Line, p *Project) error {
	for i := range lines {
		if err := s.checkLine(&lines[i], p); err != nil {
			return err
		}
		if lines[i].Position == 0 {
			lines[i].Position = i + 1
		}
	}
	return nil
}

func (s *Sim) checkLine(l *Line, p *Project) (err error) {
	for _, d := range []Decimal{l.Amount, l.Quantity, l.UnitCost, l.TaxAmount} {
		if !plainDecimal(string(d)) {
			return invalid("line_items", fmt.Sprintf("%q is not a decimal number", d))
		}
	}
	if l.CostCodeID == 0 && l.CostCode != "" {
		if l.CostCodeID, err = s.findCostCode(p.ID, l.CostCode); err != nil {
			return err
		}
	}
	if l.LineItemTypeID == 0 && l.CostType != "" {
		if l.LineItemTypeID, err = s.findCostType(p.CompanyID, l.CostType); err != nil {
			return err
		}
	}
	l.CostCode, l.CostType = "", ""
	l.fillAmount()
	return nil
}

func (l *Line) fillAmount() {
	if l.ExtendedType == "" {
		l.ExtendedType = "manual"
		if l.Amount == "" && l.Quantity != "" && l.UnitCost != "" {
			l.ExtendedType = "calculated"
		}
	}
	if l.ExtendedType == "calculated" {
		l.Amount = product(l.Quantity, l.UnitCost)
	}
	if l.Amount == "" {
		l.Amount = "0.0"
	}
}

// settleLines gives new lines their ids, notes where they stand and links those that say so. A line of another document stops it before
// anything has changed.
func (s *Sim) settleLines(lines []Line, owner lineOwner) error {
	for _, l := range lines {
		if held, taken := s.data.lines[l.ID]; taken && held != owner {
			return invalid("line_items", fmt.Sprintf("id %d stands on another document", l.ID))
		}
	}
	for i := range lines {
		if lines[i].ID == 0 {
			lines[i].ID = s.freeLineID()
		}
		s.data.lines[lines[i].ID] = owner
		if err := s.link(s.companyOfProject(owner.project), itemLine, lines[i].ID, lines[i].OriginID); err != nil {
			return err
		}
		lines[i].OriginID = ""
	}
	return nil
}

func (s *Sim) freeLineID() int64 {
	id := s.nextID(idLine)
	for _, taken := s.data.lines[id]; taken; _, taken = s.data.lines[id] {
		id = s.nextID(idLine)
	}
	return id
}
