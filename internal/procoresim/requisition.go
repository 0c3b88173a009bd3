package procoresim

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Requisition is a subcontractor invoice of a commitment. IDs of 0 are filled in; dates are yyyy-mm-dd.
type Requisition struct {
	ID              int64             `json:"id"`
	CommitmentID    int64             `json:"commitment_id"`
	ProjectID       int64             `json:"project_id"` // that of the commitment
	Number          int               `json:"number"`     // 0: the next of the commitment
	InvoiceNumber   string            `json:"invoice_number"`
	Status          string            `json:"status"` // lower case; empty: draft
	BillingDate     string            `json:"billing_date"`
	PaymentDue      string            `json:"formatted_payment_due"`
	CustomFields    json.RawMessage   `json:"custom_fields,omitempty"`
	ERPCustomFields json.RawMessage   `json:"erp_custom_fields,omitempty"` // the approver's answers
	AccountingDate  string            `json:"accounting_date"`             // the approver's answer
	Code            string            `json:"code"`                        // the code typed at the last export
	OriginID        string            `json:"origin_id,omitempty"`         // in snapshots only
	Items           []RequisitionItem `json:"items"`
	ERPState        string            `json:"erp_state,omitempty"` // in snapshots only: exporting, failed, stuck, synced
	CreatedAt       time.Time         `json:"created_at"`
	UpdatedAt       time.Time         `json:"updated_at"`

	lastDetail int64
}

// The kinds of requisition item.
const (
	ContractItem       = "contract_item"        // of a line of the commitment
	ContractDetailItem = "contract_detail_item" // of a part of such a line
	ChangeOrderItem    = "change_order_item"    // of a line of one of its change orders
)

// RequisitionItem is what is claimed of one line. Amounts are of this period and without tax; empty is nought.
type RequisitionItem struct {
	ID                int64   `json:"id"`
	Type              string  `json:"item_type"` // empty: by where the line stands
	LineID            int64   `json:"line_item_id"`
	Amount            Decimal `json:"work_completed_this_period"`
	Quantity          Decimal `json:"work_completed_this_period_quantity"`
	UnitCost          Decimal `json:"scheduled_unit_price"`
	Stored            Decimal `json:"materials_presently_stored"`
	RetainedWork      Decimal `json:"work_completed_retainage_retained_this_period"`
	RetainedMaterials Decimal `json:"materials_stored_retainage_retained_this_period"`
	ReleasedWork      Decimal `json:"work_completed_retainage_released_this_period"`
	ReleasedMaterials Decimal `json:"materials_stored_retainage_released_this_period"`
	TaxCodeID         int64   `json:"tax_code_id,omitempty"`
	OriginID          string  `json:"origin_id,omitempty"` // in snapshots only
}

func requisitionStatuses() []string {
	return []string{"draft", "under_review", "revise_and_resubmit", "approved", "approved_as_noted", "pending_owner_approval"}
}

// sendable: the statuses in which an invoice can be sent to the ERP (documented).
func (r *Requisition) sendable() bool { return contains(requisitionStatuses()[3:], r.Status) }

// itemType is the type of the item's external data.
func (i RequisitionItem) itemType() string {
	switch i.Type {
	case ContractDetailItem:
		return itemRequisitionDetail
	case ChangeOrderItem:
		return itemRequisitionChange
	}
	return itemRequisitionLine
}

// billings is the type as an ERP request writes it (documented for contract items, the others by its pattern).
func (i RequisitionItem) billings() string {
	switch i.Type {
	case ContractDetailItem:
		return "Billings::ContractDetailItem"
	case ChangeOrderItem:
		return "Billings::ChangeOrderItem"
	}
	return "Billings::ContractItem"
}

// AddRequisition stores an invoice of an existing commitment. No webhook tells of it: there is no such resource (documented).
func (s *Sim) AddRequisition(r Requisition) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addRequisition(r)
}

func (s *Sim) addRequisition(r Requisition) (int64, error) {
	r.Items = slices.Clone(r.Items)
	if err := s.checkRequisition(&r); err != nil {
		return 0, err
	}
	id, err := claimID(s, idRequisition, r.ID, s.data.requisitions)
	if err != nil {
		return 0, err
	}
	now := s.clock.Now()
	r.ID, r.OriginID, r.CreatedAt, r.UpdatedAt = id, "", orNow(r.CreatedAt, now), orNow(r.UpdatedAt, now)
	s.settleItems(&r)
	s.data.requisitions.put(id, &r)
	return id, nil
}

// checkRequisition fills defaults and refuses what Procore's forms would.
func (s *Sim) checkRequisition(r *Requisition) error {
	c, known := s.data.commitments.get(r.CommitmentID)
	if !known {
		return invalid("commitment_id", fmt.Sprintf("names no commitment: %d", r.CommitmentID))
	}
	r.ProjectID = c.ProjectID
	if r.Status == "" {
		r.Status = "draft"
	}
	if !contains(requisitionStatuses(), r.Status) {
		return invalid("status", fmt.Sprintf("is %q; use one of %v", r.Status, requisitionStatuses()))
	}
	if r.Number == 0 {
		r.Number = 1 + len(s.data.requisitions.where(func(o *Requisition) bool { return o.CommitmentID == r.CommitmentID && o.ID != r.ID }))
	}
	for i := range r.Items {
		if err := s.checkItem(&r.Items[i], c); err != nil {
			return err
		}
	}
	return nil
}

// checkItem ties an item to a line of the commitment or of one of its change orders.
func (s *Sim) checkItem(i *RequisitionItem, c *Commitment) error {
	for _, d := range []Decimal{i.Amount, i.Quantity, i.UnitCost, i.Stored, i.RetainedWork, i.RetainedMaterials, i.ReleasedWork, i.ReleasedMaterials} {
		if !plainDecimal(string(d)) {
			return invalid("items", fmt.Sprintf("%q is not a decimal number", d))
		}
	}
	owner := s.data.lines[i.LineID]
	o, changed := s.data.changes.get(owner.change)
	switch {
	case changed && o.CommitmentID == c.ID && (i.Type == "" || i.Type == ChangeOrderItem):
		i.Type = ChangeOrderItem
	case owner.commitment == c.ID && (i.Type == ContractItem || i.Type == ContractDetailItem):
	case owner.commitment == c.ID && i.Type == "":
		i.Type = ContractItem
	default:
		return invalid("line_item_id", fmt.Sprintf("%d is no line of commitment %d or of its change orders that fits item type %q", i.LineID, c.ID, i.Type))
	}
	return nil
}

// settleItems gives new items their ids and notes where they stand.
func (s *Sim) settleItems(r *Requisition) {
	for i := range r.Items {
		if r.Items[i].ID == 0 {
			r.Items[i].ID = s.nextID(idRequisitionItem)
		}
		s.data.requisitionItems[externalKey{r.Items[i].itemType(), r.Items[i].ID}] = r.ID
	}
}

// EditRequisition is EditCommitment for an invoice; items are replaced as a whole.
func (s *Sim) EditRequisition(id int64, patch json.RawMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, known := s.data.requisitions.get(id)
	if !known {
		return notFound("requisition", id)
	}
	next := *r
	next.Items = slices.Clone(r.Items)
	if err := json.Unmarshal(patch, &next); err != nil {
		return badRequest("body", "cannot be read: "+err.Error())
	}
	next.ID, next.CommitmentID, next.OriginID = r.ID, r.CommitmentID, ""
	if err := s.checkRequisition(&next); err != nil {
		return err
	}
	s.settleItems(&next)
	next.UpdatedAt = s.clock.Now()
	*r = next
	return nil
}

// Requisition returns a snapshot of one invoice; false when there is none.
func (s *Sim) Requisition(id int64) (Requisition, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return snapshotOf(s.data.requisitions, id, s.completeRequisition)
}

func (s *Sim) completeRequisition(r *Requisition) {
	key := externalKey{itemRequisition, r.ID}
	r.OriginID, r.ERPState, r.Items = s.externalOf(key.itemType, key.itemID).OriginID, s.erpState(key, r.lastDetail), slices.Clone(r.Items)
	for i := range r.Items {
		r.Items[i].OriginID = s.externalOf(r.Items[i].itemType(), r.Items[i].ID).OriginID
	}
}
