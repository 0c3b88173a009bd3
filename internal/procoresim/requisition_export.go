package procoresim

import (
	"fmt"
	"strconv"
)

// Export is one invoice to send to the ERP under the code typed for it.
type Export struct {
	ID   int64  `json:"id"`
	Code string `json:"code"`
}

// ExportRequisitions plays the accounting approver: it sends invoices to the ERP in one request, as Procore does with those that are
// ticked together. Where the detail stands is a switch: beside them (the older guide), on each of them, or nowhere (the dictionary shows
// none); on each of them there is one detail for each. The details are those of the request, in the order of the invoices.
func (s *Sim) ExportRequisitions(invoices ...Export) (requestID int64, details []int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []obj
	var about []externalKey
	var company int64
	for _, one := range invoices {
		r, known := s.data.requisitions.get(one.ID)
		if !known {
			return 0, nil, notFound("requisition", one.ID)
		}
		key := externalKey{itemRequisition, r.ID}
		if err := s.checkExport(key, r.lastDetail); err != nil {
			return 0, nil, err
		}
		if err := s.checkInvoiceSendable(r); err != nil {
			return 0, nil, err
		}
		code, err := s.exportCode("requisitions", r.ProjectID, one.Code, strconv.Itoa(r.Number))
		if err != nil {
			return 0, nil, err
		}
		r.Code, company = code, s.companyOfProject(r.ProjectID)
		rows, about = append(rows, s.invoiceExport(r)), append(about, key)
	}
	if len(rows) == 0 {
		return 0, nil, invalid("requisitions", "is empty")
	}
	requestID, details, err = s.makeInvoiceRequest(company, rows, about)
	for i, detail := range details {
		r, _ := s.data.requisitions.get(about[i].itemID)
		r.lastDetail = detail
	}
	return requestID, details, err
}

// makeInvoiceRequest files the request with the details where the switch wants them.
func (s *Sim) makeInvoiceRequest(company int64, rows []obj, about []externalKey) (int64, []int64, error) {
	data := obj{"requisitions": rows, "company_id": company, "additional_data": obj{}}
	if s.settings.InvoiceDetail == "each" {
		id, err := s.makeRowsRequest(company, "create_requisitions", data, rows, about)
		r, _ := s.data.requests.get(id)
		return id, r.rows, err
	}
	id, detail, err := s.makeRequest(company, "create_requisitions", about[0], data, s.settings.InvoiceDetail == "request")
	details := make([]int64, len(rows))
	for i := range details {
		details[i] = detail
	}
	return id, details, err
}

// checkInvoiceSendable is what an invoice needs to be sent: an approved status and a commitment that is synced (documented).
func (s *Sim) checkInvoiceSendable(r *Requisition) error {
	c, _ := s.data.commitments.get(r.CommitmentID)
	switch {
	case !s.settings.ExportChecks:
		return nil
	case !r.sendable():
		return invalid("status", fmt.Sprintf("is %q; only an approved invoice can be exported", r.Status))
	case s.externalOf(c.itemType(), c.ID).OriginID == "":
		return invalid("commitment_id", fmt.Sprintf("commitment %d is not synced with the ERP yet", c.ID))
	case len(r.Items) == 0:
		return invalid("items", "has no line")
	}
	return nil
}

// invoiceExport is one invoice of create_requisitions (documented).
func (s *Sim) invoiceExport(r *Requisition) obj {
	c, _ := s.data.commitments.get(r.CommitmentID)
	items := rendered(pointers(r.Items), func(i *RequisitionItem) obj { return s.invoiceLine(i, r, c) })
	return obj{
		"procore_requisition_id": r.ID, "accounting_method": c.AccountingMethod, "billing_date": textOrNull(r.BillingDate), "code": textOrNull(r.Code),
		"contract_id": c.ID, "contract_origin_id": textOrNull(s.externalOf(c.itemType(), c.ID).OriginID), "invoice_number": textOrNull(r.InvoiceNumber),
		"job_origin_id":         textOrNull(s.externalOf(itemProject, r.ProjectID).OriginID),
		"formatted_payment_due": textOrNull(r.PaymentDue), "accounting_date": textOrNull(r.AccountingDate),
		"custom_fields": objectOrEmpty(r.CustomFields), "erp_custom_fields": objectOrEmpty(r.ERPCustomFields),
		"created_at": s.erpStamp(r.CreatedAt), "line_items": items,
	}
}

// invoiceLine is an item of it: the sums of this period, and the origin ids of what it claims of.
func (s *Sim) invoiceLine(i *RequisitionItem, r *Requisition, c *Commitment) obj {
	numbers := s.settings.DecimalsAsNumbers
	l := s.lineByID(i.LineID)
	job := s.externalOf(itemProject, r.ProjectID).OriginID
	row := obj{
		"procore_requisition_item_id": i.ID, "requisition_item_type": i.billings(), "accounting_method": c.AccountingMethod, "description": l.Description,
		"amount": sum(i.Amount, i.Stored).wire(numbers), "qty": i.Quantity.wire(numbers), "unit_cost": i.UnitCost.wire(numbers), "uom": l.UOM,
		"cost_code_id": l.CostCodeID, "cost_code_origin_id": textOrNull(s.externalOf(itemCostCode, l.CostCodeID).OriginID), "job_origin_id": textOrNull(job),
		"line_item_type_origin_id":         textOrNull(s.externalOf(itemCostType, l.LineItemTypeID).OriginID),
		"commitment_item_origin_id":        nil,
		"change_order_line_item_origin_id": nil, "scheduled_total_amount": l.Amount.wire(numbers),
		"retainage_this_period":                 sum(i.RetainedWork, i.RetainedMaterials).wire(numbers),
		"retainage_work_completed_this_period":  orZero(i.RetainedWork).wire(numbers),
		"retainage_materials_presently_stored":  orZero(i.RetainedMaterials).wire(numbers),
		"retainage_materials_previously_stored": Decimal("0.0").wire(numbers),
		"released_work_completed_this_period":   orZero(i.ReleasedWork).wire(numbers),
		"released_materials_presently_stored":   orZero(i.ReleasedMaterials).wire(numbers),
		"tax_code_origin_id":                    textOrNull(s.externalOf(itemTaxCode, i.TaxCodeID).OriginID),
	}
	origin := textOrNull(s.externalOf(itemLine, i.LineID).OriginID)
	if i.Type == ChangeOrderItem {
		row["change_order_line_item_origin_id"] = origin
	} else {
		row["commitment_item_origin_id"] = origin
	}
	return row
}

// lineByID is a line of a commitment or a change order; empty when there is none.
func (s *Sim) lineByID(id int64) Line {
	owner := s.data.lines[id]
	var lines []Line
	if c, known := s.data.commitments.get(owner.commitment); known {
		lines = c.Lines
	} else if o, known := s.data.changes.get(owner.change); known {
		lines = o.Lines
	}
	for _, l := range lines {
		if l.ID == id {
			return l
		}
	}
	return Line{}
}

func orZero(d Decimal) Decimal {
	if d == "" {
		return "0.0"
	}
	return d
}
