package procoresim

// UnlinkCommitment plays a person who takes a commitment's link to the ERP away: Procore asks the integration first, by a request.
func (s *Sim) UnlinkCommitment(id int64) (requestID, detailID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.data.commitments.get(id)
	if !known {
		return 0, 0, notFound("commitment", id)
	}
	return s.askUnlink("unlink_commitment", c.ProjectID, externalKey{c.itemType(), id}, obj{
		"erp_commitment_id": id, "procore_commitment_id": id, "commitment_type": c.Type,
	}, "commitment_origin_id")
}

// UnlinkChangeOrder is UnlinkCommitment for a change order.
func (s *Sim) UnlinkChangeOrder(id int64) (requestID, detailID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, known := s.data.changes.get(id)
	if !known {
		return 0, 0, notFound("change order", id)
	}
	c, _ := s.data.commitments.get(o.CommitmentID)
	return s.askUnlink("unlink_commitment_change_order", o.ProjectID, externalKey{itemChangeOrder, id}, obj{
		"erp_commitment_id": c.ID, "erp_commitment_change_order_id": id, "procore_commitment_change_order_id": id, "commitment_type": c.Type,
		"commitment_origin_id": textOrNull(s.externalOf(c.itemType(), c.ID).OriginID),
	}, "commitment_change_order_origin_id")
}

// UnlinkPrimeChange is UnlinkCommitment for a prime contract change order.
func (s *Sim) UnlinkPrimeChange(id int64) (requestID, detailID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, known := s.data.primeChanges.get(id)
	if !known {
		return 0, 0, notFound("prime contract change order", id)
	}
	lines := rendered(pointers(o.Lines), func(l *PrimeChangeLine) obj {
		return obj{"id": l.ID, "revenue_amount": l.total().wire(true), "estimate_amount": l.Amount.wire(true)}
	})
	return s.askUnlink("unlink_prime_contract_change_order", o.ProjectID, externalKey{itemChangeOrder, id}, obj{
		"prime_contract": s.primeOf(o), "prime_contract_change_order_line_items": lines,
		"prime_contract_change_order": obj{"id": id, "origin_id": textOrNull(s.externalOf(itemChangeOrder, id).OriginID)},
	}, "prime_contract_change_order_origin_id")
}

// askUnlink files the request for a linked record; the record stays linked until the integration clears its origin id.
func (s *Sim) askUnlink(name string, project int64, key externalKey, data obj, originName string) (requestID, detailID int64, err error) {
	origin := s.externalOf(key.itemType, key.itemID).OriginID
	if origin == "" && s.settings.ExportChecks {
		return 0, 0, conflict("the record is not synced with the ERP")
	}
	data["project_id"], data["job_origin_id"], data["company_id"] = project, textOrNull(s.externalOf(itemProject, project).OriginID), s.companyOfProject(project)
	data[originName] = textOrNull(origin)
	return s.makeRequest(s.companyOfProject(project), name, key, data, true)
}

// ResetRequisition plays Procore's support: the invoice and its items lose their origin ids, and the integration is told afterwards.
func (s *Sim) ResetRequisition(id int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, known := s.data.requisitions.get(id)
	if !known {
		return 0, notFound("requisition", id)
	}
	origin := s.externalOf(itemRequisition, id).OriginID
	s.clearOrigin(externalKey{itemRequisition, id})
	for _, i := range r.Items {
		s.clearOrigin(externalKey{i.itemType(), i.ID})
	}
	r.lastDetail = 0
	requestID, _, err = s.makeRequest(s.companyOfProject(r.ProjectID), "reset_requisition", externalKey{}, obj{
		"requisition_id": id, "project_id": r.ProjectID, "requisition_origin_id": textOrNull(origin), "reset_override": false,
	}, false)
	return requestID, err
}

// ResetPrimeChange is ResetRequisition for a prime contract change order. Its content has no wrapper (documented by example).
func (s *Sim) ResetPrimeChange(id int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, known := s.data.primeChanges.get(id)
	if !known {
		return 0, notFound("prime contract change order", id)
	}
	origin := s.externalOf(itemChangeOrder, id).OriginID
	s.clearOrigin(externalKey{itemChangeOrder, id})
	for _, l := range o.Lines {
		s.clearOrigin(externalKey{itemLine, l.ID})
		for _, m := range l.Markups {
			s.clearOrigin(externalKey{itemMarkup, m.ID})
		}
	}
	o.lastDetail = 0
	requestID, _, err = s.makeRequest(s.companyOfProject(o.ProjectID), "reset_prime_contract_change_order", externalKey{}, obj{
		"prime_contract_id": idOrNull(o.ContractID), "prime_contract_change_order_id": id, "prime_contract_change_order_origin_id": textOrNull(origin),
		"job_id": textOrNull(s.externalOf(itemProject, o.ProjectID).OriginID),
	}, false)
	return requestID, err
}
