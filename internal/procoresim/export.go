package procoresim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ExportCommitment plays the accounting approver: it exports a commitment to the ERP under the code typed for it, which makes a new ERP
// request and a new request detail every time, and raises the webhook event. What Procore's screens would refuse is refused with the rule.
func (s *Sim) ExportCommitment(id int64, code string) (requestID, detailID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.data.commitments.get(id)
	if !known || c.DeletedAt != nil {
		return 0, 0, notFound("commitment", id)
	}
	key := externalKey{c.itemType(), c.ID}
	if err := s.checkExport(key, c.lastDetail); err != nil {
		return 0, 0, err
	}
	if err := s.checkSendable(c); err != nil {
		return 0, 0, err
	}
	if code, err = s.exportCode("commitments", c.ProjectID, code, c.Number); err != nil {
		return 0, 0, err
	}
	c.Code = code
	requestID, c.lastDetail, err = s.makeRequest(s.companyOfProject(c.ProjectID), "create_commitment", key, s.commitmentExport(c), true)
	return requestID, c.lastDetail, err
}

// ExportChangeOrder is ExportCommitment for a change order. Lines on a code the contract does not have get a contract line of zero first
// (documented by example).
func (s *Sim) ExportChangeOrder(id int64, code string) (requestID, detailID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, known := s.data.changes.get(id)
	if !known {
		return 0, 0, notFound("change order", id)
	}
	key := externalKey{itemChangeOrder, o.ID}
	if err := s.checkExport(key, o.lastDetail); err != nil {
		return 0, 0, err
	}
	if err := s.checkChangeSendable(o); err != nil {
		return 0, 0, err
	}
	if code, err = s.exportCode("commitment_change_orders", o.ProjectID, code, o.Number); err != nil {
		return 0, 0, err
	}
	o.Code = code
	c, _ := s.data.commitments.get(o.CommitmentID)
	if err := s.tieLines(o, c); err != nil {
		return 0, 0, err
	}
	requestID, o.lastDetail, err = s.makeRequest(s.companyOfProject(o.ProjectID), "create_commitment_change_order", key, s.changeExport(o, c), true)
	return requestID, o.lastDetail, err
}

func (s *Sim) prefilled(code, number string) string {
	if code == "" && s.settings.PrefillCode {
		return number
	}
	return code
}

// checkExport refuses a second export while one is under way or done, if so switched.
func (s *Sim) checkExport(key externalKey, detail int64) error {
	if !s.settings.RefuseReexport {
		return nil
	}
	if d, known := s.data.details.get(detail); known && !d.closed() {
		return conflict("the record is already on its way to the ERP")
	}
	if s.externalOf(key.itemType, key.itemID).OriginID != "" {
		return conflict("the record is synced with the ERP; unlink it first")
	}
	return nil
}

// checkSendable is what a commitment needs to be sent: approved, a linked vendor, a line (documented).
func (s *Sim) checkSendable(c *Commitment) error {
	switch {
	case !s.settings.ExportChecks:
		return nil
	case c.Status != "Approved":
		return invalid("status", fmt.Sprintf("is %q; only an Approved commitment can be exported", c.Status))
	case s.externalOf(itemVendor, c.VendorID).OriginID == "":
		return invalid("vendor_id", "is not linked to the ERP")
	case len(c.Lines) == 0:
		return invalid("line_items", "has no line; a commitment needs one to be exported")
	}
	return nil
}

// checkChangeSendable wants the change order approved and its commitment synced (documented).
func (s *Sim) checkChangeSendable(o *ChangeOrder) error {
	c, _ := s.data.commitments.get(o.CommitmentID)
	switch {
	case !s.settings.ExportChecks:
		return nil
	case o.class() != "approved":
		return invalid("status", fmt.Sprintf("is %q; only an approved change order can be exported", o.Status))
	case s.externalOf(c.itemType(), c.ID).OriginID == "":
		return invalid("contract_id", fmt.Sprintf("commitment %d is not synced with the ERP yet", c.ID))
	}
	return nil
}

// tieLines gives every change order line its contract line: one of the same code and type, or a new one of zero.
func (s *Sim) tieLines(o *ChangeOrder, c *Commitment) error {
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.CommitmentLineID != 0 {
			continue
		}
		for _, cl := range c.Lines {
			if cl.CostCodeID == l.CostCodeID && cl.LineItemTypeID == l.LineItemTypeID {
				l.CommitmentLineID = cl.ID
			}
		}
		if l.CommitmentLineID == 0 {
			zero := []Line{{Position: len(c.Lines) + 1, Description: l.Description, Amount: "0.0", ExtendedType: "manual", UOM: l.UOM,
				CostCodeID: l.CostCodeID, LineItemTypeID: l.LineItemTypeID}}
			if err := s.settleLines(zero, lineOwner{project: c.ProjectID, commitment: c.ID}); err != nil {
				return err
			}
			c.Lines, l.CommitmentLineID = append(c.Lines, zero...), zero[0].ID
		}
	}
	return nil
}

// commitmentExport is the request_data of create_commitment.
func (s *Sim) commitmentExport(c *Commitment) obj {
	return obj{
		"job_id": textOrNull(s.externalOf(itemProject, c.ProjectID).OriginID), "company_id": s.companyOfProject(c.ProjectID),
		"commitment": s.exportedCommitment(c), "commitment_items": s.exportedLines(c),
		"additional_data": obj{"accounting_date": textOrNull(c.AccountingDate)},
	}
}

// exportedCommitment is the header of 4.2 with what only an ERP request adds.
func (s *Sim) exportedCommitment(c *Commitment) obj {
	o := s.renderCommitment(c, false, s.settings.DecimalsAsNumbers)
	o["type"], o["code"], o["erp_custom_fields"] = c.Type, textOrNull(c.Code), objectOrEmpty(c.ERPCustomFields)
	o["created_at"], o["updated_at"] = s.erpStamp(c.CreatedAt), s.erpStamp(c.UpdatedAt)
	return o
}

func (s *Sim) exportedLines(c *Commitment) []obj {
	return rendered(pointers(c.Lines), func(l *Line) obj { return s.exportedLine(l, c.ID) })
}

func (s *Sim) exportedLine(l *Line, holder int64) obj {
	numbers := s.settings.DecimalsAsNumbers
	o := s.renderLine(l, holder, numbers)
	o["tax_amount"], o["tax_code"] = l.TaxAmount.wire(numbers), nil
	return o
}

// changeExport is the request_data of create_commitment_change_order; note the other key of the job.
func (s *Sim) changeExport(o *ChangeOrder, c *Commitment) obj {
	items := rendered(pointers(o.Lines), func(l *Line) obj {
		row := s.exportedLine(l, o.PotentialID)
		row["commitment_line_item_id"] = idOrNull(l.CommitmentLineID)
		return row
	})
	return obj{
		"job_origin_id": textOrNull(s.externalOf(itemProject, o.ProjectID).OriginID), "company_id": s.companyOfProject(o.ProjectID),
		"commitment": s.exportedCommitment(c), "commitment_items": s.exportedLines(c),
		"change_order": s.exportedChange(o), "change_order_items": items,
		"additional_data": obj{"accounting_date": textOrNull(o.AccountingDate)},
	}
}

func (s *Sim) exportedChange(o *ChangeOrder) obj {
	row := s.changeBasics(o)
	row["id"], row["origin_id"], row["origin_code"] = o.ID, textOrNull(s.externalOf(itemChangeOrder, o.ID).OriginID), textOrNull(o.Code)
	row["grand_total"] = o.total().wire(s.settings.DecimalsAsNumbers)
	row["schedule_impact_amount"] = o.ScheduleImpact.wire(s.settings.DecimalsAsNumbers)
	row["erp_custom_fields"], row["type"] = objectOrEmpty(o.ERPCustomFields), "CommitmentContractChangeOrder"
	row["created_at"], row["updated_at"] = s.erpStamp(o.CreatedAt), s.erpStamp(o.UpdatedAt)
	if _, err := strconv.ParseInt(o.Number, 10, 64); err == nil && s.settings.NumberAsNumber && !strings.HasPrefix(o.Number, "+") {
		row["number"] = jsonNumber(o.Number)
	}
	return row
}

// erpStamp prints a time in the zone of the settings: inside ERP requests offsets other than Z were seen.
func (s *Sim) erpStamp(t time.Time) string {
	if s.settings.ERPTimeOffsetMin == 0 {
		return stamp(t)
	}
	return t.In(time.FixedZone("", s.settings.ERPTimeOffsetMin*60)).Format(time.RFC3339)
}

// erpState says where a record stands on its way to the ERP: empty, exporting, failed, synced, or stuck when only one of origin id and
// closing was done.
func (s *Sim) erpState(key externalKey, detail int64) string {
	linked := s.externalOf(key.itemType, key.itemID).OriginID != ""
	d, exported := s.data.details.get(detail)
	switch {
	case !exported && linked:
		return "synced"
	case !exported:
		return ""
	case !d.closed():
		return "exporting"
	case d.status != "success":
		return "failed"
	case linked:
		return "synced"
	}
	return "stuck"
}
