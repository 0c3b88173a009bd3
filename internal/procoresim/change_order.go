package procoresim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ChangeOrder is a commitment change order. Its id is that of the package, the top tier, which is the one the ERP tool knows. The ids of
// the tiers below and of the newer resource are filled in.
type ChangeOrder struct {
	ID                 int64           `json:"id"`
	CommitmentID       int64           `json:"contract_id"`
	ProjectID          int64           `json:"project_id"` // that of the commitment
	Number             string          `json:"number"`
	Title              string          `json:"title"`
	Description        string          `json:"description"`
	Status             string          `json:"status"` // lower case; empty: draft
	Executed           bool            `json:"executed"`
	Private            bool            `json:"private"`
	Revision           int             `json:"revision"`
	DueDate            string          `json:"due_date"`
	InvoicedDate       string          `json:"invoiced_date"`
	PaidDate           string          `json:"paid_date"`
	SignedDate         string          `json:"signed_change_order_received_date"`
	ScheduleImpact     Decimal         `json:"schedule_impact_amount"`
	Reason             string          `json:"reason"`
	Reference          string          `json:"reference"`
	CustomFields       json.RawMessage `json:"custom_fields,omitempty"`
	ERPCustomFields    json.RawMessage `json:"erp_custom_fields,omitempty"`
	AccountingDate     string          `json:"accounting_date"`
	Code               string          `json:"code"`                // the code typed at the last export
	OriginID           string          `json:"origin_id,omitempty"` // read on adding
	Lines              []Line          `json:"line_items"`
	ERPState           string          `json:"erp_state,omitempty"` // in snapshots only
	ReviewedAt         *time.Time      `json:"reviewed_at,omitempty"`
	CreatedAt          time.Time       `json:"created_at"`
	UpdatedAt          time.Time       `json:"updated_at"`
	PotentialID        int64           `json:"potential_change_order_id"`
	RequestID          int64           `json:"change_order_request_id"`
	CommitmentChangeID int64           `json:"commitment_change_order_id"`

	lastDetail int64
}

func changeStatuses() []string {
	return []string{"draft", "pricing", "not_pricing", "pending", "revised", "proceeding", "not_proceeding", "pending_billable", "no_charge",
		"approved", "rejected", "void"}
}

func (o *ChangeOrder) total() Decimal { return totalOf(o.Lines) }

// class says under which sum of the contract the change order counts.
func (o *ChangeOrder) class() string {
	switch strings.ToLower(o.Status) {
	case "approved", "draft":
		return strings.ToLower(o.Status)
	case "rejected", "void", "no_charge":
		return "none"
	}
	return "pending"
}

// AddChangeOrder stores a change order of an existing commitment and raises the create events of its tiers.
func (s *Sim) AddChangeOrder(o ChangeOrder) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addChangeOrder(o)
}

func (s *Sim) addChangeOrder(o ChangeOrder) (int64, error) {
	o.Lines = slices.Clone(o.Lines)
	if err := s.checkChangeOrder(&o); err != nil {
		return 0, err
	}
	id, err := s.claimChangeID(o.ID)
	if err != nil {
		return 0, err
	}
	now := s.clock.Now()
	o.ID, o.CreatedAt, o.UpdatedAt = id, orNow(o.CreatedAt, now), orNow(o.UpdatedAt, now)
	o.PotentialID, o.RequestID, o.CommitmentChangeID = s.nextID(idPotential), s.nextID(idCOR), s.nextID(idCommitmentCCO)
	if err := s.settleLines(o.Lines, lineOwner{project: o.ProjectID, change: id}); err != nil {
		return 0, err
	}
	if err := s.link(s.companyOfProject(o.ProjectID), itemChangeOrder, id, o.OriginID); err != nil {
		s.forgetLines(o.Lines, nil)
		return 0, err
	}
	o.OriginID = ""
	s.data.changes.put(id, &o)
	s.data.changesOf[o.CommitmentID] = append(s.data.changesOf[o.CommitmentID], id)
	s.raiseChange(&o, "create", s.byApprover)
	return id, nil
}

// checkChangeOrder fills defaults, ties the change order to its contract and refuses what the forms would.
func (s *Sim) checkChangeOrder(o *ChangeOrder) error {
	c, known := s.data.commitments.get(o.CommitmentID)
	if !known {
		return invalid("contract_id", fmt.Sprintf("names no commitment: %d", o.CommitmentID))
	}
	o.ProjectID = c.ProjectID
	if o.Status == "" {
		o.Status = "draft"
	}
	if !contains(changeStatuses(), strings.ToLower(o.Status)) {
		return invalid("status", fmt.Sprintf("is %q; use one of %v", o.Status, changeStatuses()))
	}
	if o.class() == "approved" && o.ReviewedAt == nil {
		now := s.clock.Now()
		o.ReviewedAt = &now
	}
	for _, l := range o.Lines {
		if l.CommitmentLineID != 0 && s.data.lines[l.CommitmentLineID].commitment != o.CommitmentID {
			return invalid("commitment_line_item_id", fmt.Sprintf("%d is no line of commitment %d", l.CommitmentLineID, o.CommitmentID))
		}
	}
	p, _ := s.data.projects.get(o.ProjectID)
	return s.checkLines(o.Lines, p)
}

// EditChangeOrder is EditCommitment for a change order.
func (s *Sim) EditChangeOrder(id int64, patch json.RawMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, known := s.data.changes.get(id)
	if !known {
		return notFound("change order", id)
	}
	before := o.Lines
	if err := s.patchChangeOrder(o, patch); err != nil {
		return err
	}
	s.raiseLines("Potential Change Order", o.PotentialID, o.ProjectID, before, o.Lines)
	if !s.settings.LinesAlone || !linesOnly(patch) {
		s.raiseChange(o, "update", s.byApprover)
	}
	return nil
}

func (s *Sim) patchChangeOrder(o *ChangeOrder, patch json.RawMessage) error {
	next := *o
	next.Lines = nil
	if err := json.Unmarshal(patch, &next); err != nil {
		return badRequest("body", "cannot be read: "+err.Error())
	}
	lines, err := patchedLines(o.Lines, patch)
	if err != nil {
		return err
	}
	next.ID, next.CommitmentID, next.Lines = o.ID, o.CommitmentID, lines
	next.PotentialID, next.RequestID, next.CommitmentChangeID = o.PotentialID, o.RequestID, o.CommitmentChangeID
	if err := s.checkChangeOrder(&next); err != nil {
		return err
	}
	if err := s.settleLines(next.Lines, lineOwner{project: o.ProjectID, change: o.ID}); err != nil {
		return err
	}
	if err := s.relink(o.ProjectID, externalKey{itemChangeOrder, o.ID}, patch); err != nil {
		return err
	}
	s.forgetLines(o.Lines, next.Lines)
	next.UpdatedAt, next.OriginID = s.clock.Now(), ""
	*o = next
	return nil
}

// tiers is the number of change order tiers of a project.
func (s *Sim) tiers(project int64) int {
	if p, known := s.data.projects.get(project); known && p.Tiers != 0 {
		return p.Tiers
	}
	return s.settings.Tiers
}

// raiseChange raises one event for each tier that exists; that a single tier raises both is inferred.
func (s *Sim) raiseChange(o *ChangeOrder, what string, by func(resource, what string, id, project int64) event) {
	s.raise(by("Change Order Packages", what, o.ID, o.ProjectID))
	s.raise(by("Potential Change Orders", what, o.PotentialID, o.ProjectID))
	if s.tiers(o.ProjectID) == 3 {
		s.raise(by("Change Order Requests", what, o.RequestID, o.ProjectID))
	}
}
