package procoresim

import (
	"fmt"
	"maps"
	"net/http"
)

func primeColumns() *columns {
	return columnsOf(named(formText, "title number description inclusions exclusions"),
		oneOf("status", "Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated"), oneOf("accounting_method", "amount", "unit"),
		named(formNumber, "retainage_percent"), named(formBool, "executed private allow_markups"), named(formID, "vendor_id contractor_id architect_id"),
		named(formDate, `contract_date contract_start_date contract_estimated_completion_date actual_completion_date signed_contract_received_date
			execution_date issued_on_date original_substantial_completion_date`))
}

func primeLineColumns() *columns {
	return columnsOf(named(formNumber, "amount quantity unit_cost position"), named(formText, "description uom"),
		named(formID, "cost_code_id line_item_type_id wbs_code_id tax_code_id"), oneOf("extended_type", "manual", "calculated"))
}

func (s *Sim) primeSync(k *call, project int64) syncKind {
	check := func(id int64, g given) error { return s.checkPrime(k.company, id, g) }
	return syncKind{
		item: itemPrime, columns: s.columns.primes, keeps: originNames(),
		holds: func(id int64) bool { return s.data.primes.owned(project, id) != nil },
		write: s.shelved(s.data.primes, s.columns.primes, project, check),
		show:  s.showPrime,
		tell:  func(id int64, did outcome) { s.raise(s.byApp(k, "Prime Contracts", did.event(), id, project)) },
	}
}

func (s *Sim) checkPrime(company, id int64, g given) error {
	if err := g.required(id == 0, "title"); err != nil {
		return err
	}
	if v, known := s.data.vendors.get(g.id("vendor_id")); g.id("vendor_id") != 0 && (!known || v.CompanyID != company) {
		return invalid("vendor_id", fmt.Sprintf("%d does not exist", g.id("vendor_id")))
	}
	return nil
}

// createPrime is POST /prime_contract, in the singular. It makes a contract each time; a taken origin id is refused.
func (s *Sim) createPrime(k *call) (reply, error) {
	row, inBody, err := k.wrappedRow("prime_contract")
	if err != nil {
		return reply{}, err
	}
	p, err := s.project(k, inBody)
	if err != nil {
		return reply{}, err
	}
	delete(row.fields, "id")
	origin, _ := row.text("origin_id")
	if _, taken := s.data.originTaken[originKey{k.company, itemPrime, origin}]; taken && origin != "" {
		return reply{}, invalid("origin_id", origin+" is already used by another prime_contract of this company")
	}
	entity, err := s.writeOne(k, s.primeSync(k, p.ID), row)
	return reply{status: http.StatusCreated, body: entity}, err
}

// updatePrime is PATCH. A linked contract takes it only with its own origin id, which marks the write as the integration's (assumed).
func (s *Sim) updatePrime(k *call) (reply, error) {
	row, inBody, err := k.wrappedRow("prime_contract")
	if err != nil {
		return reply{}, err
	}
	id, y, err := s.primeOfPath(k, inBody)
	if err != nil {
		return reply{}, err
	}
	origin, _ := row.text("origin_id")
	if linked := s.externalOf(itemPrime, id).OriginID; linked != "" && origin != linked {
		return reply{}, invalid("base", "is synced with the ERP and locked; unlink it to make changes")
	}
	entity, err := s.writeOne(k, y, row.withID(id))
	return reply{status: http.StatusOK, body: entity}, err
}

// primeOfPath is the prime contract of the path in the project of the call.
func (s *Sim) primeOfPath(k *call, inBody wireID) (int64, syncKind, error) {
	p, err := s.project(k, inBody)
	if err != nil {
		return 0, syncKind{}, err
	}
	id, err := k.id("id")
	if err != nil {
		return 0, syncKind{}, err
	}
	y := s.primeSync(k, p.ID)
	if !y.holds(id) {
		return 0, syncKind{}, notFound("prime contract", id)
	}
	return id, y, nil
}

func (s *Sim) showOnePrime(k *call) (reply, error) {
	id, y, err := s.primeOfPath(k, 0)
	if err != nil {
		return reply{}, err
	}
	return ok(y.show(id))
}

// deletePrime removes a contract with its lines, unless it is linked.
func (s *Sim) deletePrime(k *call) (reply, error) {
	id, _, err := s.primeOfPath(k, 0)
	if err != nil {
		return reply{}, err
	}
	if s.externalOf(itemPrime, id).OriginID != "" {
		return reply{}, invalid("base", "is synced with the ERP and locked; unlink it to make changes")
	}
	for _, line := range s.data.primeLines.ids(id) {
		s.clearOrigin(externalKey{itemLine, line})
		s.data.primeLines.drop(line)
	}
	project := s.data.primes.get(id).owner
	s.data.primes.drop(id)
	s.raise(s.byApp(k, "Prime Contracts", "delete", id, project))
	return noContent()
}

func (s *Sim) listPrimes(k *call) (reply, error) {
	p, err := s.project(k, 0)
	if err != nil {
		return reply{}, err
	}
	return listOf(k, s.data.primes.ids(p.ID), s.v1Limits(), s.showPrime)
}

func (s *Sim) primeLineSync(k *call, contract int64) syncKind {
	project := s.data.primes.get(contract).owner
	check := func(id int64, g given) error { return s.checkPrimeLine(project, g) }
	return syncKind{
		item: itemLine, columns: s.columns.primeLines, keeps: originNames(),
		holds: func(id int64) bool { return s.data.primeLines.owned(contract, id) != nil },
		write: s.shelved(s.data.primeLines, s.columns.primeLines, contract, check),
		show:  s.showPrimeLine,
		tell: func(id int64, did outcome) {
			s.raise(s.byApp(k, "Prime Contract Line Items", did.event(), id, project))
		},
	}
}

// checkPrimeLine: a line may stand without a budget code; one that is named must be the project's.
func (s *Sim) checkPrimeLine(project int64, g given) error { return s.checkCentre(project, false, g) }

func (s *Sim) syncPrimeLines(k *call) (reply, error) {
	id, _, err := s.primeOfPath(k, 0)
	if err != nil {
		return reply{}, err
	}
	return s.sync(k, s.primeLineSync(k, id))
}

func (s *Sim) listPrimeLines(k *call) (reply, error) {
	id, _, err := s.primeOfPath(k, 0)
	if err != nil {
		return reply{}, err
	}
	return listOf(k, s.data.primeLines.ids(id), s.v1Limits(), s.showPrimeLine)
}

func (s *Sim) showPrime(id int64) any {
	it := s.data.primes.get(id)
	o := s.columns.primes.show(it.values, s.settings.DecimalsAsNumbers, obj{})
	total := Decimal("0.00")
	for _, line := range s.data.primeLines.ids(id) {
		total = sum(total, Decimal(s.columns.primeLines.get(s.data.primeLines.get(line).values, "amount")))
	}
	status := s.columns.primes.text(it.values, "status")
	if status == "" {
		status = "Draft"
	}
	maps.Copy(o, obj{"id": id, "status": status, "grand_total": total.wire(s.settings.DecimalsAsNumbers), "project": s.renderProject(it.owner),
		"vendor": s.renderVendor(s.columns.primes.id(it.values, "vendor_id"))})
	return s.showLink(itemPrime, id, o)
}

func (s *Sim) showPrimeLine(id int64) any {
	it := s.data.primeLines.get(id)
	o := s.columns.primeLines.show(it.values, s.settings.DecimalsAsNumbers, obj{})
	maps.Copy(o, obj{"id": id, "prime_contract_id": it.owner, "holder": obj{"id": it.owner, "holder_type": "PrimeContract"}})
	s.showCentre(o, s.data.primes.get(it.owner).owner, s.columns.primeLines, it.values)
	return s.showLink(itemLine, id, o)
}
