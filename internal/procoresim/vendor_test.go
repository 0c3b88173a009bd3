package procoresim

import (
	"fmt"
	"net/http"
	"testing"
)

func TestVendorColumns(t *testing.T) {
	w := newWorld(t)
	row := obj{
		"name": "Steel & Co", "abbreviated_name": "STEEL", "trade_name": "Steel", "address": "1 Forge Street", "city": "Newcastle", "state_code": "NSW",
		"zip": "2300", "country_code": "AU", "business_phone": "02 4900 0000", "mobile_phone": "0400 000 000", "fax_number": "02 4900 0001",
		"email_address": "office@example.com", "website": "https://example.com", "is_active": false, "notes": "n", "license_number": "L1",
		"vendor_group_id": 4, "prequalified": true, "authorized_bidder": false, "union_member": false, "labor_union": "none",
		"trade_ids": []int{1, 2}, "bidding": obj{"affirmative_action": true}, "business_register_attributes": obj{"type": "ABN", "identifier": "51824753556"},
		"origin_id": "01|STEEL", "origin_code": "STEEL", "origin_data": `{"work_id":"01"}`,
	}
	a := w.syncVendors(row).split(1, 0)
	a.has(
		"entities.0.name", "Steel & Co", "entities.0.city", "Newcastle", "entities.0.is_active", "false", "entities.0.vendor_group_id", "4",
		"entities.0.trade_ids", "[1,2]", "entities.0.prequalified", "true", "entities.0.origin_code", "STEEL",
		"entities.0.origin_data", `{\"work_id\":\"01\"}`, "entities.0.synced_to_erp", "true",
		"entities.0.business_register.identifier", "51824753556", "entities.0.business_register.type", "ABN",
		"entities.0.business_register_attributes", "absent", "entities.0.website", "https://example.com")
	w.shows(kindVendors, "01|STEEL", "zip", "2300", "country_code", "AU", "is_active", "false", "notes", "n")

	w.syncVendors(obj{"origin_id": "01|STEEL", "city": nil, "is_active": true}).split(1, 0).
		has("entities.0.city", "null", "entities.0.is_active", "true", "entities.0.zip", "2300")
}

func TestVendorRefusals(t *testing.T) {
	w := newWorld(t)
	for field, row := range map[string]obj{
		"name":            {"name": " "},
		"country_code":    {"name": "x", "country_code": "Australia"},
		"state_code":      {"name": "x", "state_code": "New South Wales"},
		"is_active":       {"name": "x", "is_active": "Y"},
		"vendor_group_id": {"name": "x", "vendor_group_id": "many"},
		"trade":           {"name": "x", "trade": "steel"},
	} {
		w.syncVendors(row).split(0, 1).
			contains(fmt.Sprintf("%q:[", field))
	}
	w.syncVendors(obj{"name": "x", "country_code": "au"}).split(0, 1)
}

// TestVendorNamesNeedNotBeUnique: no page says that they must.
func TestVendorNamesNeedNotBeUnique(t *testing.T) {
	w := newWorld(t)
	w.syncVendors(obj{"name": "Acme Concrete", "origin_id": "01|ACME99"}).split(1, 0)
}

func TestBusinessRegistrationConflict(t *testing.T) {
	number := func(identifier string) obj { return obj{"type": "ABN", "identifier": identifier} }
	w := newWorld(t)
	w.syncVendors(obj{"id": 7001, "business_register_attributes": number("111")}).split(1, 0)

	w.sync(vendorsPath+"/sync", []obj{{"id": 7003, "city": "Perth"}, {"id": 7002, "business_register_attributes": number("111")}}).
		is(http.StatusConflict).
		contains("111")
	if r := w.record(kindVendors, "01|CARP03"); r.Fields["city"] != "" {
		t.Error("a row of the refused call was kept")
	}
	w.syncVendors(obj{"id": 7001, "business_register_attributes": number("111"), "city": "Perth"}).split(1, 0)

	w.set(func(s *Settings) { s.RegisterConflict = "row" })
	w.syncVendors(obj{"id": 7003, "city": "Perth"}, obj{"id": 7002, "business_register_attributes": number("111")}).split(1, 1).
		contains("business_register_attributes")

	w.syncVendors(obj{"id": 7001, "business_register_attributes": number("222")}).split(1, 0)
	w.syncVendors(obj{"id": 7002, "business_register_attributes": number("111")}).split(1, 0)

	w = newWorld(t, func(s *Settings) { s.RegisterConflict = "none" })
	w.syncVendors(obj{"id": 7001, "business_register_attributes": number("1")}, obj{"id": 7002, "business_register_attributes": number("1")}).split(2, 0)
}

func TestVendorList(t *testing.T) {
	w := newWorld(t)
	w.syncVendors(obj{"name": "Free"}, obj{"id": 7002, "is_active": false})
	list := ofCompany(vendorsPath)
	a := w.get(list).is(http.StatusOK).has("#", "7", "0.id", "7001", "0.origin_id", "01|ACME01", "6.origin_id", "null")
	if a.header.Get("Total") != "7" || a.header.Get("Per-Page") != "100" {
		t.Errorf("headers %v", a.header)
	}
	w.get(list+"&per_page=3&page=3").has("#", "1", "0.name", "Free")
	w.get(list+"&view=compact").has("0.name", "Acme Concrete", "0.origin_id", "absent")
	for query, want := range map[string]string{
		"filters[origin_id]=01|BOND02":          "1",
		"filters[id][]=7001&filters[id][]=7003": "2",
		"filters[synced]=false":                 "1",
		"filters[is_active]=false":              "1",
		"filters[is_active]=true":               "6",
	} {
		w.get(list+"&"+query).is(http.StatusOK).has("#", want)
	}
	w.get(vendorsPath).is(http.StatusBadRequest)
	w.get(vendorsPath + "?company_id=5").is(http.StatusForbidden)
}

// TestLinkedVendorIsLockedAgainstUsers: sync goes on working.
func TestLinkedVendorIsLockedAgainstUsers(t *testing.T) {
	w := newWorld(t)
	body := obj{"company_id": DemoCompanyID, "vendor": obj{"name": "Edited"}}
	w.rest(http.MethodPatch, vendorsPath+"/7001", body).is(http.StatusUnprocessableEntity).
		contains("locked")
	w.syncVendors(obj{"id": 7001, "name": "Synced"}).split(1, 0)

	free := w.syncVendors(obj{"name": "Free"}).made()
	path := fmt.Sprintf("%s/%d", vendorsPath, free)
	w.rest(http.MethodPatch, path, body).is(http.StatusOK).
		has("name", "Edited", "id", fmt.Sprint(free))
	w.rest(http.MethodPatch, path, obj{"vendor": obj{"name": ""}}).is(http.StatusUnprocessableEntity)
	w.rest(http.MethodPatch, path, obj{"name": "x"}).is(http.StatusBadRequest)
	w.rest(http.MethodPatch, vendorsPath+"/5", body).is(http.StatusNotFound)
	w.rest(http.MethodPatch, vendorsPath+"/x", body).is(http.StatusNotFound)
}

func TestSeedOfVendorFields(t *testing.T) {
	w := newWorld(t)
	w.control(http.MethodPost, "/sim/seed", obj{"vendors": []obj{{"name": "Seeded", "origin_id": "01|S", "fields": obj{"city": "Perth", "is_active": false}}}}).
		is(http.StatusOK)
	w.shows(kindVendors, "01|S", "city", "Perth", "is_active", "false")
	w.control(http.MethodGet, "/sim/state", nil).has("vendors.6.fields.city", "Perth", "vendors.0.fields", "absent")
	w.control(http.MethodPost, "/sim/seed", obj{"vendors": []obj{{"name": "Odd", "fields": obj{"towne": "Perth"}}}}).
		is(http.StatusUnprocessableEntity).
		contains("towne")
	if n := w.count(kindVendors); n != 7 {
		t.Errorf("%d vendors: the refused one was kept", n)
	}
}
