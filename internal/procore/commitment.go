package procore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// wireCommitment is a purchase order or work order contract, as an ERP request
// and as the v1.0 show call give it (documented; the show call seen).
type wireCommitment struct {
	ID               recordID     `json:"id"`
	Type             word         `json:"type"`
	Code             word         `json:"code"`
	Number           word         `json:"number"`
	Title            prose        `json:"title"`
	Description      prose        `json:"description"`
	Status           word         `json:"status"`
	AccountingMethod word         `json:"accounting_method"`
	Retainage        decimal      `json:"retainage_percent"`
	GrandTotal       decimal      `json:"grand_total"`
	Currency         wireCurrency `json:"currency_configuration"`
	CurrencyCode     word         `json:"currency_iso_code"`
	Vendor           wireLink     `json:"vendor"`
	Project          wireLink     `json:"project"`
	Origin           word         `json:"origin_id"`
	CreatedAt        moment       `json:"created_at"`
	UpdatedAt        moment       `json:"updated_at"`
	ContractDate     day          `json:"contract_date"`
	ExecutionDate    day          `json:"execution_date"`
	IssuedOn         day          `json:"issued_on_date"`
	SignedReceived   day          `json:"signed_contract_received_date"`
	DeliveryDate     day          `json:"delivery_date"`
	Start            day          `json:"contract_start_date"`
	EstimatedEnd     day          `json:"contract_estimated_completion_date"`
	Answers          answers      `json:"erp_custom_fields"`
	Lines            []wireLine   `json:"line_items"` // the show call; a request has commitment_items
}

type wireCurrency struct {
	Code word `json:"currency_iso_code"`
}

// wireLink is a record that a commitment or a line names. A vendor has its name
// in company (documented).
type wireLink struct {
	ID       recordID `json:"id"`
	Origin   word     `json:"origin_id"`
	Name     prose    `json:"name"`
	Company  prose    `json:"company"`
	Code     word     `json:"code"`
	FullCode word     `json:"full_code"`
}

func (l wireLink) noun() erp.Link {
	return erp.Link{
		ID: erp.ID(l.ID), Origin: string(l.Origin),
		Name: string(cmp.Or(l.Name, l.Company)), Code: string(cmp.Or(l.FullCode, l.Code)),
	}
}

// wireLine is a line of a schedule of values or of a change order.
type wireLine struct {
	ID             recordID `json:"id"`
	Position       rank     `json:"position"`
	Description    prose    `json:"description"`
	Amount         decimal  `json:"amount"`
	Extended       decimal  `json:"extended_amount"` // taken only where a record has no amount
	Quantity       decimal  `json:"quantity"`
	UnitCost       decimal  `json:"unit_cost"`
	UOM            word     `json:"uom"`
	ExtendedType   word     `json:"extended_type"`
	CostCode       wireLink `json:"cost_code"`
	CostType       wireLink `json:"line_item_type"`
	TaxCode        taxCode  `json:"tax_code"`
	Origin         word     `json:"origin_id"`
	CommitmentLine recordID `json:"commitment_line_item_id"`
}

func (l wireLine) noun() erp.Line {
	return erp.Line{
		ID: erp.ID(l.ID), Position: int(l.Position), Description: string(l.Description),
		Amount: erp.Decimal(l.Amount), Quantity: erp.Decimal(l.Quantity), UnitCost: erp.Decimal(l.UnitCost),
		UOM: string(l.UOM), Calculated: strings.EqualFold(string(l.ExtendedType), "calculated"),
		CostCode: l.CostCode.noun(), CostType: l.CostType.noun(), TaxCode: string(l.TaxCode),
		Origin: string(l.Origin), CommitmentLine: erp.ID(l.CommitmentLine),
	}
}

// taxCode is a tax code as text, or an object with a code. The documented
// examples show only null, so both forms are assumed.
type taxCode string

// UnmarshalJSON reads either form.
func (t *taxCode) UnmarshalJSON(b []byte) error {
	if jsontext.Value(b).Kind() != '{' {
		return (*word)(t).UnmarshalJSON(b)
	}
	var held struct {
		Code word `json:"code"`
	}
	err := json.Unmarshal(b, &held)
	*t = taxCode(held.Code)
	return err
}

// lineNouns sorts lines by position. A line without an id is an error: it could
// never be linked.
func lineNouns(field string, wired []wireLine) ([]erp.Line, error) {
	lines := make([]erp.Line, len(wired))
	for i, w := range wired {
		if w.ID == 0 {
			return nil, fmt.Errorf("the field %s line %d id is missing", field, i+1)
		}
		lines[i] = w.noun()
	}
	return ordered(lines), nil
}

// noun is the commitment with lines read elsewhere.
func (w wireCommitment) noun(lines []erp.Line, fields map[string]string) *erp.Commitment {
	return &erp.Commitment{
		ID: erp.ID(w.ID), Type: contractType(w.Type), Code: string(w.Code), Number: string(w.Number),
		Title: string(w.Title), Description: string(w.Description), Status: string(w.Status),
		AccountingMethod: strings.ToLower(string(w.AccountingMethod)),
		Retainage:        erp.Decimal(w.Retainage), Total: erp.Decimal(w.GrandTotal),
		Currency: string(cmp.Or(w.Currency.Code, w.CurrencyCode)),
		Vendor:   w.Vendor.noun(), Project: w.Project.noun(), Origin: string(w.Origin),
		CreatedAt: string(w.CreatedAt), UpdatedAt: string(w.UpdatedAt), ContractDate: string(w.ContractDate), ExecutionDate: string(w.ExecutionDate),
		IssuedOn: string(w.IssuedOn), SignedReceived: string(w.SignedReceived), DeliveryDate: string(w.DeliveryDate),
		Start: string(w.Start), EstimatedEnd: string(w.EstimatedEnd), Fields: fields, Lines: lines,
	}
}

// contractType folds the spellings of the two types; any other stays as it is.
func contractType(given word) erp.CommitmentType {
	switch strings.ToLower(strings.ReplaceAll(string(given), "_", "")) {
	case "purchaseordercontract":
		return erp.PurchaseOrderContract
	case "workordercontract":
		return erp.WorkOrderContract
	}
	return erp.CommitmentType(given)
}

// wireCommitmentRequest is the content of create_commitment (documented).
type wireCommitmentRequest struct {
	Commitment *wireCommitment `json:"commitment"`
	Items      []wireLine      `json:"commitment_items"`
	Answers    answers         `json:"erp_custom_fields"`
	Additional answers         `json:"additional_data"`
}

// noun is the commitment of a request, with the approver's answers.
func (w wireCommitmentRequest) noun() (*erp.Commitment, error) {
	if w.Commitment == nil || w.Commitment.ID == 0 {
		return nil, errors.New("the field commitment id is missing")
	}
	lines, err := lineNouns("commitment_items", w.Items)
	if err != nil {
		return nil, err
	}
	return w.Commitment.noun(lines, merged(w.Additional, w.Answers, w.Commitment.Answers)), nil
}

// readCommitment fills r from the content of create_commitment.
func readCommitment(data jsontext.Value, r *erp.Request) error {
	var w wireCommitmentRequest
	if err := content(data, &w); err != nil {
		return err
	}
	commitment, err := w.noun()
	if err != nil {
		return err
	}
	r.Commitment = commitment
	r.JobOrigin = cmp.Or(r.JobOrigin, commitment.Project.Origin)
	return nil
}

// Commitment shows a commitment of one type with its lines, as the resource
// itself is now. Code and Fields are empty: they belong to ERP requests. A
// record that is not there or not visible is Permanent.
func (c *Client) Commitment(ctx context.Context, kind erp.CommitmentType, project, id erp.ID) (erp.Commitment, error) {
	path := pathWorkOrder
	switch kind {
	case erp.PurchaseOrderContract:
		path = pathPurchaseOrder
	case erp.WorkOrderContract:
	default:
		return erp.Commitment{}, fault.New(fault.Permanent, "procore show commitment "+id.String(),
			fmt.Errorf("%q is neither a purchase order nor a work order contract", clip(string(kind), 40)))
	}
	k := c.get(path, id, url.Values{"project_id": {project.String()}})
	return fetch(ctx, c, k, func(a answer) (erp.Commitment, error) {
		return decodeCommitment(a.body, kind, id)
	})
}

// decodeCommitment reads the answer of the show call.
func decodeCommitment(body []byte, kind erp.CommitmentType, id erp.ID) (erp.Commitment, error) {
	var w wireCommitment
	if err := json.Unmarshal(body, &w); err != nil {
		return erp.Commitment{}, errors.New(explain(err))
	}
	if erp.ID(w.ID) != id {
		return erp.Commitment{}, fmt.Errorf("it shows commitment %d instead of %s", w.ID, id)
	}
	lines, err := lineNouns("line_items", w.Lines)
	if err != nil {
		return erp.Commitment{}, err
	}
	w.Type = word(kind)
	return *w.noun(lines, nil), nil
}
