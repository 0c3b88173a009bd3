package procoresim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// PrimeChange is a prime contract change order. Its id comes from the range of commitment change orders, since both are change_order to the
// external data (documented).
type PrimeChange struct {
	ID              int64             `json:"id"`
	ContractID      int64             `json:"contract_id"` // of the prime contract
	ProjectID       int64             `json:"project_id"`
	Number          string            `json:"number"`
	Title           string            `json:"title"`
	Description     string            `json:"description"`
	Status          string            `json:"status"` // lower case; empty: draft
	Executed        bool              `json:"executed"`
	ApprovedOn      string            `json:"approved_on"`
	ERPCustomFields json.RawMessage   `json:"erp_custom_fields,omitempty"`
	Code            string            `json:"code"`                // the code typed at the last export
	OriginID        string            `json:"origin_id,omitempty"` // in snapshots only
	Lines           []PrimeChangeLine `json:"line_items"`
	ERPState        string            `json:"erp_state,omitempty"` // in snapshots only
	ReviewedAt      *time.Time        `json:"reviewed_at,omitempty"`
	CreatedAt       time.Time         `json:"created_at"`
	UpdatedAt       time.Time         `json:"updated_at"`

	lastDetail int64
}

// PrimeChangeLine is a line of one. Its amount is without the markups, which are added where it is sent to the ERP.
type PrimeChangeLine struct {
	Line
	Markups []Markup `json:"markup_line_items"`
}

// Markup is an amount on top of a line.
type Markup struct {
	ID       int64   `json:"id"`
	Amount   Decimal `json:"amount"`
	OriginID string  `json:"origin_id,omitempty"` // in snapshots only
}

// total is the line with its markups, as the ERP is sent it (documented).
func (l *PrimeChangeLine) total() Decimal {
	all := []Decimal{l.Amount}
	for _, m := range l.Markups {
		all = append(all, m.Amount)
	}
	return sum(all...)
}

// AddPrimeChange stores a change order of a project, with or without a prime contract, and raises no event: there is no such webhook resource
// under that name in any list (documented).
func (s *Sim) AddPrimeChange(o PrimeChange) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addPrimeChange(o)
}

func (s *Sim) addPrimeChange(o PrimeChange) (int64, error) {
	o.Lines = slices.Clone(o.Lines)
	if err := s.checkPrimeChange(&o); err != nil {
		return 0, err
	}
	id, err := s.claimChangeID(o.ID)
	if err != nil {
		return 0, err
	}
	now := s.clock.Now()
	o.ID, o.OriginID, o.CreatedAt, o.UpdatedAt = id, "", orNow(o.CreatedAt, now), orNow(o.UpdatedAt, now)
	s.settlePrimeLines(&o)
	s.data.primeChanges.put(id, &o)
	return id, nil
}

// claimChangeID is claimID for change orders of both kinds, which share a range.
func (s *Sim) claimChangeID(wanted int64) (int64, error) {
	known := func(id int64) bool { return s.data.changes.rows[id] != nil || s.data.primeChanges.rows[id] != nil }
	switch {
	case wanted == 0:
		for wanted = s.nextID(idChange); known(wanted); wanted = s.nextID(idChange) {
			continue
		}
	case known(wanted):
		return 0, invalid("id", "is taken by another change order")
	}
	return wanted, nil
}

func (s *Sim) checkPrimeChange(o *PrimeChange) error {
	p, known := s.data.projects.get(o.ProjectID)
	if !known {
		return invalid("project_id", fmt.Sprintf("names no project: %d", o.ProjectID))
	}
	if o.ContractID != 0 && s.data.primes.owned(o.ProjectID, o.ContractID) == nil {
		return invalid("contract_id", fmt.Sprintf("names no prime contract of the project: %d", o.ContractID))
	}
	if o.Status == "" {
		o.Status = "draft"
	}
	if !contains(changeStatuses(), strings.ToLower(o.Status)) {
		return invalid("status", fmt.Sprintf("is %q; use one of %v", o.Status, changeStatuses()))
	}
	if strings.EqualFold(o.Status, "approved") && o.ReviewedAt == nil {
		now := s.clock.Now()
		o.ReviewedAt = &now
	}
	for i := range o.Lines {
		for _, m := range o.Lines[i].Markups {
			if !plainDecimal(string(m.Amount)) {
				return invalid("markup_line_items", fmt.Sprintf("%q is not a decimal number", m.Amount))
			}
		}
		if err := s.checkLine(&o.Lines[i].Line, p); err != nil {
			return err
		}
	}
	return nil
}

// settlePrimeLines gives new lines and markups their ids and notes where they stand.
func (s *Sim) settlePrimeLines(o *PrimeChange) {
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.ID == 0 {
			l.ID = s.freeLineID()
		}
		s.data.lines[l.ID] = lineOwner{project: o.ProjectID, primeChange: o.ID}
		l.Markups = slices.Clone(l.Markups)
		for m := range l.Markups {
			if l.Markups[m].ID == 0 {
				l.Markups[m].ID = s.nextID(idMarkup)
			}
			s.data.markups[l.Markups[m].ID] = o.ID
		}
	}
}

// EditPrimeChange is EditCommitment for a prime contract change order; lines are replaced as a whole.
func (s *Sim) EditPrimeChange(id int64, patch json.RawMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, known := s.data.primeChanges.get(id)
	if !known {
		return notFound("prime contract change order", id)
	}
	next := *o
	next.Lines = slices.Clone(o.Lines)
	if err := json.Unmarshal(patch, &next); err != nil {
		return badRequest("body", "cannot be read: "+err.Error())
	}
	next.ID, next.ProjectID, next.ContractID, next.OriginID = o.ID, o.ProjectID, o.ContractID, ""
	if err := s.checkPrimeChange(&next); err != nil {
		return err
	}
	s.settlePrimeLines(&next)
	next.UpdatedAt = s.clock.Now()
	*o = next
	return nil
}

// ExportPrimeChange plays the accounting approver for a prime contract change order.
func (s *Sim) ExportPrimeChange(id int64, code string) (requestID, detailID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, known := s.data.primeChanges.get(id)
	if !known {
		return 0, 0, notFound("prime contract change order", id)
	}
	key := externalKey{itemChangeOrder, o.ID}
	if err := s.checkExport(key, o.lastDetail); err != nil {
		return 0, 0, err
	}
	if s.settings.ExportChecks && !strings.EqualFold(o.Status, "approved") {
		return 0, 0, invalid("status", fmt.Sprintf("is %q; only an approved change order can be exported", o.Status))
	}
	if code, err = s.exportCode("prime_contract_change_orders", o.ProjectID, code, o.Number); err != nil {
		return 0, 0, err
	}
	o.Code = code
	requestID, o.lastDetail, err = s.makeRequest(s.companyOfProject(o.ProjectID), "create_prime_contract_change_order", key, s.primeChangeExport(o), true)
	return requestID, o.lastDetail, err
}

// primeChangeExport is the request_data of create_prime_contract_change_order.
func (s *Sim) primeChangeExport(o *PrimeChange) obj {
	numbers := s.settings.DecimalsAsNumbers
	lines := rendered(pointers(o.Lines), func(l *PrimeChangeLine) obj {
		row := s.exportedLine(&l.Line, o.ID)
		row["amount"], row["extended_amount"] = l.total().wire(numbers), l.Amount.wire(numbers)
		row["markup_line_items"] = rendered(pointers(l.Markups), func(m *Markup) obj { return obj{"id": m.ID, "amount": m.Amount.wire(numbers)} })
		return row
	})
	return obj{
		"company_id":     s.companyOfProject(o.ProjectID),
		"project":        obj{"id": o.ProjectID, "origin_id": textOrNull(s.externalOf(itemProject, o.ProjectID).OriginID)},
		"prime_contract": s.primeOf(o), "prime_contract_items": []obj{},
		"prime_contract_change_order": obj{
			"id": o.ID, "contract_id": idOrNull(o.ContractID), "number": o.Number, "origin_code": textOrNull(o.Code), "title": o.Title,
			"description": textOrNull(o.Description), "status": o.Status, "executed": o.Executed, "reviewed_at": stampOrNull(o.ReviewedAt),
			"approved_on": textOrNull(o.ApprovedOn), "created_at": s.erpStamp(o.CreatedAt), "erp_custom_fields": objectOrEmpty(o.ERPCustomFields),
		},
		"prime_contract_change_order_items": lines,
	}
}

func (s *Sim) primeOf(o *PrimeChange) obj {
	return obj{"id": idOrNull(o.ContractID), "origin_id": textOrNull(s.externalOf(itemPrime, o.ContractID).OriginID)}
}

// PrimeChange returns a snapshot of one prime contract change order; false when there is none.
func (s *Sim) PrimeChange(id int64) (PrimeChange, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return snapshotOf(s.data.primeChanges, id, s.completePrimeChange)
}

func (s *Sim) completePrimeChange(o *PrimeChange) {
	key := externalKey{itemChangeOrder, o.ID}
	o.OriginID, o.ERPState, o.Lines = s.externalOf(key.itemType, key.itemID).OriginID, s.erpState(key, o.lastDetail), slices.Clone(o.Lines)
	for i := range o.Lines {
		l := &o.Lines[i]
		l.OriginID, l.Markups = s.externalOf(itemLine, l.ID).OriginID, slices.Clone(l.Markups)
		for m := range l.Markups {
			l.Markups[m].OriginID = s.externalOf(itemMarkup, l.Markups[m].ID).OriginID
		}
	}
}
