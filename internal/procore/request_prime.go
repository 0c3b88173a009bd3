package procore

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
)

// wirePrimeChange is a prime contract change order of an ERP request
// (documented).
type wirePrimeChange struct {
	ID          recordID `json:"id"`
	Contract    recordID `json:"contract_id"`
	Number      word     `json:"number"`
	Code        word     `json:"origin_code"`
	Title       prose    `json:"title"`
	Description prose    `json:"description"`
	Status      word     `json:"status"`
	ReviewedAt  moment   `json:"reviewed_at"`
	ApprovedOn  day      `json:"approved_on"`
	CreatedAt   moment   `json:"created_at"`
	Answers     answers  `json:"erp_custom_fields"`
}

// wirePrimeLine is one of its lines. The amount holds its markups (documented).
type wirePrimeLine struct {
	ID          recordID    `json:"id"`
	Description prose       `json:"description"`
	Amount      decimal     `json:"amount"`
	Extended    decimal     `json:"extended_amount"` // taken where there is no amount
	Tax         decimal     `json:"tax_amount"`
	CostCode    wireLink    `json:"cost_code"`
	CostType    wireLink    `json:"line_item_type"`
	Markups     []wireNamed `json:"markup_line_items"`
}

// readPrimeChange fills r from the content of create_prime_contract_change_order.
func readPrimeChange(data jsontext.Value, r *erp.Request) error {
	var w struct {
		Project wireNamed        `json:"project"`
		Prime   wireNamed        `json:"prime_contract"`
		Change  *wirePrimeChange `json:"prime_contract_change_order"`
		Lines   []wirePrimeLine  `json:"prime_contract_change_order_items"`
		Answers answers          `json:"erp_custom_fields"`
	}
	if err := content(data, &w); err != nil {
		return err
	}
	if w.Change == nil || w.Change.ID == 0 {
		return errors.New("the field prime_contract_change_order id is missing")
	}
	c := &erp.PrimeChange{
		ID: erp.ID(w.Change.ID), ContractID: erp.ID(cmp.Or(w.Change.Contract, recordID(w.Prime.id()))), Number: string(w.Change.Number), Code: string(w.Change.Code),
		Title: string(w.Change.Title), Description: string(w.Change.Description), Status: string(w.Change.Status), ReviewedAt: string(w.Change.ReviewedAt),
		ApprovedOn: string(w.Change.ApprovedOn), CreatedAt: string(w.Change.CreatedAt), Fields: merged(w.Answers, w.Change.Answers),
	}
	for i, l := range w.Lines {
		if l.ID == 0 {
			return fmt.Errorf("the field prime_contract_change_order_items line %d id is missing", i+1)
		}
		c.Lines = append(c.Lines, l.noun())
	}
	r.PrimeChange, r.JobOrigin = c, cmp.Or(r.JobOrigin, string(w.Project.Origin))
	return nil
}

func (l wirePrimeLine) noun() erp.PrimeChangeLine {
	line := erp.PrimeChangeLine{
		ID: erp.ID(l.ID), Description: string(l.Description), Amount: erp.Decimal(l.Amount), Tax: erp.Decimal(l.Tax),
		CostCode: l.CostCode.noun(), CostType: l.CostType.noun(),
	}
	if !line.Amount.Given() {
		line.Amount = erp.Decimal(l.Extended)
	}
	for _, m := range l.Markups {
		line.Markups = append(line.Markups, m.id())
	}
	return line
}
