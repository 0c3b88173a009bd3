package procoresim

import "maps"

func taxCodeColumns() *columns {
	return columnsOf(named(formText, "code description"), named(formNumber, "rate1"), named(formBool, "archived default_tax_code"))
}

// shelved is the writing of a kind that lives on a shelf: check first, then store.
func (s *Sim) shelved(h *shelf, c *columns, owner int64, check func(id int64, g given) error) func(int64, given) (int64, outcome, error) {
	return func(id int64, g given) (int64, outcome, error) {
		if err := check(id, g); err != nil {
			return 0, unchanged, err
		}
		it := h.get(id)
		if it == nil {
			return h.add(item{owner: owner, values: c.merge("", g)}), createdRow, nil
		}
		values := c.merge(it.values, g)
		did := change(true, values != it.values)
		it.values = values
		return id, did, nil
	}
}

func (s *Sim) taxCodeSync(k *call) syncKind {
	return syncKind{
		item: itemTaxCode, columns: s.columns.taxCodes, keeps: originNames(),
		holds: func(id int64) bool { return s.data.taxCodes.owned(k.company, id) != nil },
		write: s.shelved(s.data.taxCodes, s.columns.taxCodes, k.company, func(id int64, g given) error { return g.required(id == 0, "code") }),
		show:  s.showTaxCode,
		tell:  func(int64, outcome) {},
	}
}

func (s *Sim) syncTaxCodes(k *call) (reply, error) {
	if err := k.companyInBody(); err != nil {
		return reply{}, err
	}
	return s.sync(k, s.taxCodeSync(k))
}

// listTaxCodes is GET of the company's tax codes, at most 100 a page (documented).
func (s *Sim) listTaxCodes(k *call) (reply, error) {
	if err := k.ownCompany(); err != nil {
		return reply{}, err
	}
	return listOf(k, s.data.taxCodes.ids(k.company), limits{usual: min(s.settings.DefaultPerPage, 100), most: 100}, s.showTaxCode)
}

func (s *Sim) showTaxCode(id int64) any {
	it := s.data.taxCodes.get(id)
	o := s.columns.taxCodes.show(it.values, true, obj{})
	maps.Copy(o, obj{"id": id, "archived": s.columns.taxCodes.get(it.values, "archived") == "true"})
	return s.showLink(itemTaxCode, id, o)
}
