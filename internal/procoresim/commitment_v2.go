package procoresim

import (
	"maps"
	"strconv"
)

// listContracts is GET …/commitment_contracts of v2: both kinds, text ids, a data envelope.
func (s *Sim) listContracts(k *call) (reply, error) {
	rows, err := s.matchingCommitments(k, kindAny)
	if err != nil {
		return reply{}, err
	}
	return listV2(k, rows, s.renderContract)
}

// showContract is GET …/commitment_contracts/{id} of v2.
func (s *Sim) showContract(k *call) (reply, error) {
	c, err := s.visibleCommitment(k, kindAny, 0)
	if err != nil {
		return reply{}, err
	}
	return ok(obj{"data": s.renderContract(c)})
}

// listContractLines is GET …/commitment_contracts/{id}/line_items of v2.
func (s *Sim) listContractLines(k *call) (reply, error) {
	c, err := s.visibleCommitment(k, kindAny, 0)
	if err != nil {
		return reply{}, err
	}
	return listV2(k, pointers(c.Lines), s.renderLineV2)
}

// renderContract is the v2 object. Procore leaves its response undocumented; these are the fields of the v2 create call, with text ids
// (assumed). origin_data is never shown (seen).
func (s *Sim) renderContract(c *Commitment) obj {
	o := obj{
		"id": idText(c.ID), "type": c.Type, "project_id": idText(c.ProjectID), "number": c.Number, "title": c.Title,
		"description": textOrNull(c.Description), "status": c.Status, "executed": c.Executed, "private": c.Private,
		"accounting_method": c.AccountingMethod, "retainage_percent": c.RetainagePercent.wire(false), "vendor_id": idText(c.VendorID),
		"grand_total": c.total().wire(false), "currency_configuration": currency(c.CurrencyISOCode),
		"signature_required": false, "created_at": stamp(c.CreatedAt), "updated_at": stamp(c.UpdatedAt), "deleted_at": stampOrNull(c.DeletedAt),
	}
	maps.Copy(o, c.dates())
	maps.Copy(o, c.kindFields())
	if s.settings.V2OriginID {
		o["origin_id"] = textOrNull(s.externalOf(c.itemType(), c.ID).OriginID)
	}
	return o
}

// renderLineV2 is a contract or change order line of v2.
func (s *Sim) renderLineV2(l *Line) obj {
	o := obj{
		"id": idText(l.ID), "position": l.Position, "prime_line_item_id": nil, "description": textOrNull(l.Description), "uom": textOrNull(l.UOM),
		"quantity": l.Quantity.wire(false), "unit_cost": l.UnitCost.wire(false), "amount": l.Amount.wire(false), "extended_type": l.ExtendedType,
		"wbs_code_id": nil, "wbs_code": nil, "tax_code_id": idText(l.TaxCodeID),
	}
	if wbs, known := s.renderWBS(l.CostCodeID, l.LineItemTypeID).(obj); known {
		wbs["id"] = strconv.FormatInt(wbs["id"].(int64), 10)
		o["wbs_code"], o["wbs_code_id"] = wbs, wbs["id"]
	}
	return o
}
