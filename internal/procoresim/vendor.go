package procoresim

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// Vendor is an entry of the company directory; Jobpac calls it a creditor. Fields are its further columns under Procore's names.
type Vendor struct {
	ID        int64                      `json:"id"`
	CompanyID int64                      `json:"company_id"`
	Name      string                     `json:"name"`
	OriginID  string                     `json:"origin_id,omitempty"` // "" : not linked to the ERP
	Fields    map[string]json.RawMessage `json:"fields,omitempty"`
	CreatedAt time.Time                  `json:"created_at,omitzero"`
	UpdatedAt time.Time                  `json:"updated_at,omitzero"`

	values packed
}

// register is a business registration, such as an ABN; one vendor of a company has it.
type register struct {
	company    int64
	identifier string
}

// vendorColumns are those of the documented sync call beside name.
func vendorColumns() *columns {
	return columnsOf(named(formText, `name abbreviated_name trade_name address city state_code zip country_code business_phone mobile_phone fax_number
		email_address website notes license_number labor_union`),
		named(formBool, "is_active prequalified authorized_bidder union_member non_union_prevailing_wage"),
		named(formID, "vendor_group_id parent_id primary_contact_id"),
		named(formAny, "trade_ids standard_cost_code_ids bidding business_register_attributes origin_custom_fields"))
}

func (s *Sim) addVendor(v Vendor) (int64, error) {
	company, err := s.theCompany(v.CompanyID)
	if err != nil {
		return 0, err
	}
	if v.values, err = s.ofFields(s.columns.vendors, v.Fields); err != nil {
		return 0, err
	}
	id, err := claimID(s, idVendor, v.ID, s.data.vendors)
	if err != nil {
		return 0, err
	}
	now := s.clock.Now()
	v.ID, v.CompanyID, v.Fields, v.CreatedAt, v.UpdatedAt = id, company, nil, orNow(v.CreatedAt, now), orNow(v.UpdatedAt, now)
	s.data.vendors.put(id, &v)
	s.keepRegister(&v)
	return id, s.link(company, itemVendor, id, v.OriginID)
}

// vendorSync is how rows become vendors. Names need not be unique: no page says so.
func (s *Sim) vendorSync(k *call) syncKind {
	return syncKind{
		item: itemVendor, columns: s.columns.vendors, keeps: originNames("origin_code"),
		holds: func(id int64) bool { v, known := s.data.vendors.get(id); return known && v.CompanyID == k.company },
		write: func(id int64, g given) (int64, outcome, error) { return s.writeVendor(k.company, id, g) },
		show:  func(id int64) any { v, _ := s.data.vendors.get(id); return s.showVendor(v) },
		tell: func(id int64, did outcome) {
			s.raise(s.byApp(k, "Company Vendors", did.event(), id, 0))
		},
	}
}

// event is the event type of what was done.
func (o outcome) event() string {
	if o == createdRow {
		return "create"
	}
	return "update"
}

func (s *Sim) writeVendor(company, id int64, g given) (int64, outcome, error) {
	if err := g.required(id == 0, "name"); err != nil {
		return 0, unchanged, err
	}
	if err := checkPlace(g); err != nil {
		return 0, unchanged, err
	}
	v, known := s.data.vendors.get(id)
	if holder := s.data.registers[register{company, registerOf(g)}]; holder != 0 && holder != id {
		return 0, unchanged, invalid("business_register_attributes", fmt.Sprintf("is registered for vendor %d already", holder))
	}
	now := s.clock.Now()
	if !known {
		v = &Vendor{ID: freeID(s, idVendor, s.data.vendors), CompanyID: company, CreatedAt: now}
		s.data.vendors.put(v.ID, v)
	}
	name, values := v.Name, s.columns.vendors.merge(v.values, g.without("name"))
	if g.has("name") {
		name = g.text("name")
	}
	did := change(known, name != v.Name || values != v.values)
	if did != unchanged {
		s.forgetRegister(v)
		v.Name, v.values, v.UpdatedAt = name, values, now
		s.keepRegister(v)
	}
	return v.ID, did, nil
}

// change is what a write did.
func change(known, differs bool) outcome {
	switch {
	case !known:
		return createdRow
	case differs:
		return updated
	}
	return unchanged
}

// checkPlace wants ISO 3166 codes (documented): two letters for a country, up to three letters or digits for a state.
func checkPlace(g given) error {
	country, state := g.text("country_code"), g.text("state_code")
	if country != "" && (len(country) != 2 || strings.ToUpper(country) != country) {
		return invalid("country_code", fmt.Sprintf("%q is no ISO 3166 code", country))
	}
	if len(state) > 3 || strings.ToUpper(state) != state {
		return invalid("state_code", fmt.Sprintf("%q is no ISO 3166-2 code", state))
	}
	return nil
}

// registerOf is the business number that a row carries; empty for none.
func registerOf(g given) string {
	var attributes struct {
		Identifier string `json:"identifier"`
	}
	_ = json.Unmarshal([]byte(g["business_register_attributes"]), &attributes) // absent or no object: no number
	return attributes.Identifier
}

func (s *Sim) ownRegister(v *Vendor) register {
	return register{v.CompanyID, registerOf(given{"business_register_attributes": s.columns.vendors.get(v.values, "business_register_attributes")})}
}

func (s *Sim) keepRegister(v *Vendor) {
	if r := s.ownRegister(v); r.identifier != "" && s.settings.RegisterConflict != "none" {
		s.data.registers[r] = v.ID
	}
}

func (s *Sim) forgetRegister(v *Vendor) {
	if r := s.ownRegister(v); s.data.registers[r] == v.ID {
		delete(s.data.registers, r)
	}
}

// syncVendors is PATCH /vendors/sync. A business number that another vendor has is modelled as 409 for the call (seen); a switch makes it an
// error of the row.
func (s *Sim) syncVendors(k *call) (reply, error) {
	if err := k.companyInBody(); err != nil {
		return reply{}, err
	}
	if err := s.registersFree(k); err != nil {
		return reply{}, err
	}
	return s.sync(k, s.vendorSync(k))
}

func (s *Sim) registersFree(k *call) error {
	if s.settings.RegisterConflict != "call" {
		return nil
	}
	rows, err := k.updates()
	if err != nil {
		return err
	}
	y := s.vendorSync(k)
	for _, row := range rows {
		number := registerOf(given{"business_register_attributes": string(row.fields["business_register_attributes"])})
		holder := s.data.registers[register{k.company, number}]
		if number == "" || holder == 0 {
			continue
		}
		if id, _, err := s.match(k, y, row); err == nil && id != holder {
			return conflict("business registration " + number + " belongs to another vendor")
		}
	}
	return nil
}

// updateVendor is PATCH of one vendor, which is an edit like any other: refused while the record is linked.
func (s *Sim) updateVendor(k *call) (reply, error) {
	return s.updateLocked(k, "vendor", s.vendorSync(k))
}

// updateLocked is a single update of a record that a link locks (documented).
func (s *Sim) updateLocked(k *call, key string, y syncKind) (reply, error) {
	id, err := k.id("id")
	if err != nil {
		return reply{}, err
	}
	if !y.holds(id) {
		return reply{}, notFound(key, id)
	}
	row, _, err := k.wrappedRow(key)
	if err != nil {
		return reply{}, err
	}
	if s.externalOf(y.item, id).OriginID != "" {
		return reply{}, invalid("base", "is synced with the ERP and locked; unlink it to make changes")
	}
	entity, err := s.writeOne(k, y, row.withID(id))
	return reply{status: 200, body: entity}, err
}

// listVendors is GET of the vendors of a company. That inactive ones are listed is assumed.
func (s *Sim) listVendors(k *call) (reply, error) {
	if err := k.ownCompany(); err != nil {
		return reply{}, err
	}
	rows := s.data.vendors.where(func(v *Vendor) bool { return v.CompanyID == k.company },
		in(k.filter("id"), func(v *Vendor) string { return strconv.FormatInt(v.ID, 10) }),
		in(k.filter("origin_id"), func(v *Vendor) string { return s.externalOf(itemVendor, v.ID).OriginID }),
		in(k.filter("is_active"), func(v *Vendor) string { return strconv.FormatBool(s.activeVendor(v)) }),
		in(k.filter("synced"), func(v *Vendor) string { return strconv.FormatBool(s.externalOf(itemVendor, v.ID).OriginID != "") }))
	if k.query.Get("view") == "compact" {
		return listOf(k, rows, s.v1Limits(), func(v *Vendor) any { return obj{"id": v.ID, "name": v.Name} })
	}
	return listOf(k, rows, s.v1Limits(), func(v *Vendor) any { return s.showVendor(v) })
}

func (s *Sim) activeVendor(v *Vendor) bool {
	return s.columns.vendors.get(v.values, "is_active") != "false"
}

func (s *Sim) showVendor(v *Vendor) obj {
	o := s.columns.vendors.show(v.values, false, obj{})
	delete(o, "business_register_attributes")
	o["business_register"] = s.showRegister(v)
	maps.Copy(o, obj{
		"id": v.ID, "name": v.Name, "company": v.Name, "is_active": s.activeVendor(v), "created_at": stamp(v.CreatedAt), "updated_at": stamp(v.UpdatedAt),
	})
	return s.showLink(itemVendor, v.ID, o)
}

// showLink adds what every linked record shows.
func (s *Sim) showLink(itemType string, id int64, o obj) obj {
	x := s.externalOf(itemType, id)
	o["origin_id"], o["origin_code"], o["origin_data"] = textOrNull(x.OriginID), textOrNull(x.OriginCode), textOrNull(x.OriginData)
	o["synced_to_erp"], o["synced"] = x.OriginID != "", x.OriginID != ""
	return o
}

func (s *Sim) showRegister(v *Vendor) any {
	raw := s.columns.vendors.get(v.values, "business_register_attributes")
	var attributes struct {
		Type       string `json:"type"`
		Identifier string `json:"identifier"`
	}
	if json.Unmarshal([]byte(raw), &attributes) != nil {
		return nil
	}
	return obj{"type": attributes.Type, "identifier": attributes.Identifier, "verified_at": nil, "verification_status": "unverified"}
}
