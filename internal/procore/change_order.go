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
)

// wireChangeOrder is a commitment change order in an ERP request (documented),
// or a change order package of the show call (seen).
type wireChangeOrder struct {
	ID           recordID     `json:"id"`
	Contract     recordID     `json:"contract_id"`
	Type         word         `json:"type"`   // the show call; see ofPrime
	Number       word         `json:"number"` // text, or a number (documented)
	Code         word         `json:"origin_code"`
	Title        prose        `json:"title"`
	Description  prose        `json:"description"`
	Status       word         `json:"status"`
	GrandTotal   decimal      `json:"grand_total"`
	Currency     wireCurrency `json:"currency_configuration"`
	CurrencyCode word         `json:"currency_iso_code"`
	CreatedAt    moment       `json:"created_at"`
	UpdatedAt    moment       `json:"updated_at"`
	DueDate      moment       `json:"due_date"` // a moment in the documented example
	ReviewedAt   moment       `json:"reviewed_at"`
	Answers      answers      `json:"erp_custom_fields"`
	Lines        []wireLine   `json:"line_items"` // the show call; a request has change_order_items
}

func (w wireChangeOrder) noun(lines []erp.Line, fields map[string]string) *erp.ChangeOrder {
	return &erp.ChangeOrder{
		ID: erp.ID(w.ID), ContractID: erp.ID(w.Contract), Number: string(w.Number), Code: string(w.Code),
		Title: string(w.Title), Description: string(w.Description), Status: string(w.Status),
		Total: erp.Decimal(w.GrandTotal), Currency: string(cmp.Or(w.Currency.Code, w.CurrencyCode)),
		CreatedAt: string(w.CreatedAt), UpdatedAt: string(w.UpdatedAt), DueDate: string(w.DueDate), ReviewedAt: string(w.ReviewedAt),
		Fields: fields, Lines: lines, Prime: ofPrime(w.Type),
	}
}

// ofPrime tells whether a change order package is of a prime contract (seen).
func ofPrime(kind word) bool { return strings.EqualFold(string(kind), "PrimeContractChangeOrder") }

// wireChangeOrderRequest is the content of create_commitment_change_order
// (documented). The contract comes along, with lines of zero for cost codes
// that are new on it.
type wireChangeOrderRequest struct {
	Commitment  *wireCommitment  `json:"commitment"`
	Items       []wireLine       `json:"commitment_items"`
	ChangeOrder *wireChangeOrder `json:"change_order"`
	ChangeItems []wireLine       `json:"change_order_items"`
	Answers     answers          `json:"erp_custom_fields"`
	Additional  answers          `json:"additional_data"`
}

// readChangeOrder fills r from the content of create_commitment_change_order.
// The approver's answers that stand beside the documents are the change
// order's.
func readChangeOrder(data jsontext.Value, r *erp.Request) error {
	var w wireChangeOrderRequest
	if err := content(data, &w); err != nil {
		return err
	}
	commitment, err := wireCommitmentRequest{Commitment: w.Commitment, Items: w.Items}.noun()
	if err != nil {
		return err
	}
	if w.ChangeOrder == nil || w.ChangeOrder.ID == 0 {
		return errors.New("the field change_order id is missing")
	}
	lines, err := lineNouns("change_order_items", w.ChangeItems)
	if err != nil {
		return err
	}
	r.Commitment = commitment
	r.ChangeOrder = w.ChangeOrder.noun(lines, merged(w.Additional, w.Answers, w.ChangeOrder.Answers))
	r.JobOrigin = cmp.Or(r.JobOrigin, commitment.Project.Origin)
	return nil
}

// ChangeOrder shows a change order package with its lines, as the resource
// itself is now. With more than one tier it has none, they stand below it. They
// do not name contract lines. A
// record that is not there or not visible is Permanent.
func (c *Client) ChangeOrder(ctx context.Context, project, id erp.ID) (erp.ChangeOrder, error) {
	k := c.get(pathChangeOrder, id, url.Values{"project_id": {project.String()}})
	return fetch(ctx, c, k, func(a answer) (erp.ChangeOrder, error) {
		return decodePackage(a.body, id)
	})
}

// decodePackage reads the answer of the show call.
func decodePackage(body []byte, id erp.ID) (erp.ChangeOrder, error) {
	var w wireChangeOrder
	if err := json.Unmarshal(body, &w); err != nil {
		return erp.ChangeOrder{}, errors.New(explain(err))
	}
	if erp.ID(w.ID) != id {
		return erp.ChangeOrder{}, fmt.Errorf("it shows change order %d instead of %s", w.ID, id)
	}
	lines, err := packageLines(w.Lines)
	if err != nil {
		return erp.ChangeOrder{}, err
	}
	return *w.noun(lines, nil), nil
}
