package procoresim

// costTypeColumns: the code is written as csv_import_code and shown as code (documented).
func costTypeColumns() *columns {
	return columnsOf(named(formText, "name csv_import_code"),
		oneOf("base_type", "labor", "equipment", "materials", "commitment", "owner_cost", "professional_services", "other"))
}

func (s *Sim) costTypeSync(k *call) syncKind {
	return syncKind{
		item: itemCostType, columns: s.columns.costTypes, keeps: originNames(),
		holds: func(id int64) bool { t, known := s.data.costTypes.get(id); return known && t.CompanyID == k.company },
		write: func(id int64, g given) (int64, outcome, error) { return s.writeCostType(k.company, id, g) },
		show:  s.renderCostType,
		tell:  func(id int64, did outcome) { s.raise(s.byApp(k, "Line Item Types", did.event(), id, 0)) },
	}
}

func (s *Sim) writeCostType(company, id int64, g given) (int64, outcome, error) {
	if err := g.required(id == 0, "name", "csv_import_code"); err != nil {
		return 0, unchanged, err
	}
	next := LineItemType{CompanyID: company, BaseType: "other"}
	old, known := s.data.costTypes.get(id)
	if known {
		next = *old
	}
	g.into("name", &next.Name)
	g.into("csv_import_code", &next.Code)
	g.into("base_type", &next.BaseType)
	did := change(known, known && next != *old)
	if !known {
		next.ID = freeID(s, idCostType, s.data.costTypes)
	}
	s.data.costTypes.put(next.ID, &next)
	return next.ID, did, nil
}

func (s *Sim) syncCostTypes(k *call) (reply, error) {
	if err := k.companyInBody(); err != nil {
		return reply{}, err
	}
	return s.sync(k, s.costTypeSync(k))
}

// listCostTypes is GET of the types of a company. The catalogue marks project_id as required; that it may be left out is inferred.
func (s *Sim) listCostTypes(k *call) (reply, error) {
	if err := k.ownCompany(); err != nil {
		return reply{}, err
	}
	rows := s.data.costTypes.where(func(t *LineItemType) bool { return t.CompanyID == k.company },
		in(k.filter("origin_id"), func(t *LineItemType) string { return s.externalOf(itemCostType, t.ID).OriginID }))
	return listOf(k, rows, s.v1Limits(), func(t *LineItemType) any { return s.renderCostType(t.ID) })
}
