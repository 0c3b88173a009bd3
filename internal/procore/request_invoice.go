package procore

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
)

// wireRequisition is a subcontractor invoice of create_requisitions
// (documented). Its detail may stand here, around all of them or in the
// envelope: the current description shows none, an older one says there is one.
type wireRequisition struct {
	ID             recordID       `json:"procore_requisition_id"`
	Detail         recordID       `json:"request_detail_id"`
	Contract       recordID       `json:"contract_id"`
	ContractOrigin word           `json:"contract_origin_id"`
	JobOrigin      word           `json:"job_origin_id"`
	Number         word           `json:"invoice_number"`
	Code           word           `json:"code"`
	Method         word           `json:"accounting_method"`
	BillingDate    day            `json:"billing_date"`
	PaymentDue     day            `json:"formatted_payment_due"`
	CreatedAt      moment         `json:"created_at"`
	Accounting     day            `json:"accounting_date"`
	Answers        answers        `json:"erp_custom_fields"`
	Lines          []wireClaimRow `json:"line_items"`
}

// wireClaimRow is a line of a subcontractor invoice (documented).
type wireClaimRow struct {
	ID                recordID `json:"procore_requisition_item_id"`
	Type              word     `json:"requisition_item_type"`
	Description       prose    `json:"description"`
	Amount            decimal  `json:"amount"`
	Quantity          decimal  `json:"qty"`
	UnitCost          decimal  `json:"unit_cost"`
	UOM               word     `json:"uom"`
	CostCode          recordID `json:"cost_code_id"`
	CostCodeOrigin    word     `json:"cost_code_origin_id"`
	CostTypeOrigin    word     `json:"line_item_type_origin_id"`
	ItemOrigin        word     `json:"commitment_item_origin_id"`
	ChangeOrigin      word     `json:"change_order_line_item_origin_id"`
	Scheduled         decimal  `json:"scheduled_total_amount"`
	Retained          decimal  `json:"retainage_this_period"`
	RetainedWork      decimal  `json:"retainage_work_completed_this_period"`
	RetainedMaterials decimal  `json:"retainage_materials_presently_stored"`
	ReleasedWork      decimal  `json:"released_work_completed_this_period"`
	ReleasedMaterials decimal  `json:"released_materials_presently_stored"` // assumed, by the other's name
	TaxCodeOrigin     word     `json:"tax_code_origin_id"`
}

// readInvoices fills r from the content of create_requisitions.
func readInvoices(data jsontext.Value, r *erp.Request) error {
	var w struct {
		Requisitions []wireRequisition `json:"requisitions"`
		Additional   struct {
			Accounting day `json:"accounting_date"`
		} `json:"additional_data"`
	}
	if err := content(data, &w); err != nil {
		return err
	}
	if len(w.Requisitions) == 0 {
		return errors.New("the field requisitions is missing")
	}
	for i, one := range w.Requisitions {
		invoice, err := one.noun()
		if err != nil {
			return fmt.Errorf("requisition %d: %w", i+1, err)
		}
		invoice.JobOrigin = cmp.Or(invoice.JobOrigin, r.JobOrigin)
		invoice.AccountingDate = cmp.Or(invoice.AccountingDate, string(w.Additional.Accounting))
		r.Invoices = append(r.Invoices, invoice)
	}
	return nil
}

func (w wireRequisition) noun() (erp.Requisition, error) {
	if w.ID == 0 {
		return erp.Requisition{}, errors.New("the field procore_requisition_id is missing")
	}
	invoice := erp.Requisition{
		ID: erp.ID(w.ID), DetailID: erp.ID(w.Detail), ContractID: erp.ID(w.Contract), ContractOrigin: string(w.ContractOrigin), JobOrigin: string(w.JobOrigin),
		Number: string(w.Number), Code: string(w.Code), Method: string(w.Method), BillingDate: string(w.BillingDate), PaymentDue: string(w.PaymentDue),
		CreatedAt: string(w.CreatedAt), AccountingDate: string(w.Accounting), Fields: merged(w.Answers),
	}
	for i, l := range w.Lines {
		if l.ID == 0 {
			return invoice, fmt.Errorf("the field line_items line %d procore_requisition_item_id is missing", i+1)
		}
		invoice.Lines = append(invoice.Lines, l.noun())
	}
	return invoice, nil
}

func (l wireClaimRow) noun() erp.RequisitionLine {
	retained := l.RetainedWork
	if !erp.Decimal(retained).Given() {
		retained = l.Retained
	}
	return erp.RequisitionLine{
		ID: erp.ID(l.ID), ItemType: string(l.Type), Description: string(l.Description), Amount: erp.Decimal(l.Amount), Quantity: erp.Decimal(l.Quantity),
		UnitCost: erp.Decimal(l.UnitCost), UOM: string(l.UOM), CostCode: erp.Link{ID: erp.ID(l.CostCode), Origin: string(l.CostCodeOrigin)},
		CostType: erp.Link{Origin: string(l.CostTypeOrigin)}, CommitmentItemOrigin: string(l.ItemOrigin), ChangeItemOrigin: string(l.ChangeOrigin),
		Scheduled: erp.Decimal(l.Scheduled), RetainedWork: erp.Decimal(retained), RetainedMaterials: erp.Decimal(l.RetainedMaterials),
		ReleasedWork: erp.Decimal(l.ReleasedWork), ReleasedMaterials: erp.Decimal(l.ReleasedMaterials), TaxCodeOrigin: string(l.TaxCodeOrigin),
	}
}
