package procoresim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// documentedColumns are the names that Procore's pages and catalogue give for the rows of each sync call, written down a second time, so that a
// misspelt column does not go unnoticed.
func documentedColumns() map[string][]string {
	lists := map[string]string{
		"vendors": `name abbreviated_name trade_name address city state_code zip country_code business_phone mobile_phone fax_number
			email_address website is_active notes license_number vendor_group_id parent_id primary_contact_id prequalified
			authorized_bidder union_member labor_union trade_ids standard_cost_code_ids bidding business_register_attributes
			origin_custom_fields`,
		"projects": `name project_number accounting_project_number active address city state_code zip country_code description
			start_date completion_date total_value time_zone phone office_id department_ids project_stage_id project_type_id
			project_template_id enable_copy_of_standard_cost_codes`,
		"standard codes": `code name parent_id parent_origin_id`,
		"cost types":     `name csv_import_code base_type`,
		"cost codes":     `position code name parent_id standard_cost_code_id`,
		"job costs": `original_estimate original_estimate_units approved_estimate_changes approved_estimate_unit_changes estimate
			estimate_units original_commitment approved_commitment_changes revised_commitment commitment_invoiced committed_costs
			job_to_date_cost job_to_date_units job_to_date_dollars_paid month_to_date_cost month_to_date_units
			month_to_date_dollars_paid open_balance paid_amount percentage_complete`,
		"tax codes": `code description rate1 archived default_tax_code`,
		"direct costs": `direct_cost_type direct_cost_date vendor_id employee_id invoice_number description status received_date
			payment_date terms`,
		"direct lines": `direct_cost_id amount wbs_code_id cost_code_id line_item_type_id description extended_type quantity unit_cost
			uom tax_code_id`,
		"primes": `title number status vendor_id accounting_method retainage_percent description executed private inclusions exclusions
			contract_start_date contract_estimated_completion_date actual_completion_date signed_contract_received_date`,
		"budget lines": `wbs_code_id original_budget_amount uom quantity unit_cost calculation_strategy`,
		"staged vendor": `name abbreviated_name address city zip state_code country_code business_phone mobile_phone fax_number
			email_address website is_active notes license_number vendor_group_id labor_union union_member prequalified
			authorized_bidder non_union_prevailing_wage vendor_type_origin_id`,
		"staged project": `name project_number accounting_project_number address city state_code zip country_code phone description
			public_notes estimated_start_date estimated_completion_date estimated_value flag square_feet store_number
			warranty_start_date warranty_end_date office_id parent_job_id program_id project_type_id project_owner_type_id
			project_bid_type_id project_region_id department_ids image_id template from_project_template_id customer_origin_id`,
		"staged sub_job": `project_origin_id project_id name code`,
		"staged prime_contract": `project_origin_id project_id title number status description accounting_method retainage_percent executed
			private inclusions exclusions allow_markups contract_start_date contract_estimated_completion_date
			actual_completion_date signed_contract_received_date`,
		"staged purchase_order_contract": `project_origin_id vendor_origin_id project_id vendor_id title number status description
			executed private retainage_percent show_line_items_to_non_admins`,
		"staged commitment_change_order": `project_origin_id commitment_origin_id project_id commitment_id title description number`,
		"staged line_item": `cost_code_origin_id line_item_type_origin_id cost_code_id line_item_type_id commitment_line_item_origin_id
			tax_code_origin_id amount description position quantity unit_cost uom`,
	}
	out := map[string][]string{}
	for kind, names := range lists {
		out[kind] = strings.Fields(names)
	}
	return out
}

// columnsByKind are the simulator's.
func columnsByKind() map[string]*columns {
	book := newColumnBook()
	out := map[string]*columns{
		"vendors": book.vendors, "projects": book.projects, "standard codes": book.standardCodes, "cost codes": book.costCodes,
		"cost types": book.costTypes, "job costs": book.jobCosts, "tax codes": book.taxCodes, "direct costs": book.directCosts,
		"direct lines": book.directLines, "primes": book.primes, "budget lines": book.budgetLines,
	}
	for itemType, c := range book.staged {
		out["staged "+itemType] = c
	}
	return out
}

func TestDocumentedColumnsAreKnown(t *testing.T) {
	ours := columnsByKind()
	for kind, names := range documentedColumns() {
		c := ours[kind]
		if c == nil {
			t.Errorf("%s: no columns", kind)
			continue
		}
		for _, name := range names {
			if _, known := c.index[name]; !known {
				t.Errorf("%s: the documented column %s is unknown", kind, name)
			}
		}
	}
	for kind := range ours {
		if _, known := documentedColumns()[kind]; !known && kind != "staged work_order_contract" {
			t.Errorf("%s: no documented list", kind)
		}
	}
}

// sampleOf is a value that a column takes, and one that it refuses; no bad one where all texts and dates are taken.
func sampleOf(c column) (good json.RawMessage, bad string) {
	switch c.form {
	case formNumber:
		return json.RawMessage(`"12.50"`), `"many"`
	case formBool:
		return json.RawMessage(`true`), `"Y"`
	case formID:
		return json.RawMessage(`17`), `"some"`
	case formDate:
		return json.RawMessage(`"2026-07-01"`), `20260701`
	case formAny:
		return json.RawMessage(`[1,2]`), ""
	}
	if c.allowed != nil {
		return quoted(c.allowed[len(c.allowed)-1]), `"none of them"`
	}
	return quoted("some text"), `5`
}

// special are columns whose values must point at something or have a form of their own; they have tests of their own.
func special() []string {
	return []string{"country_code", "state_code", "time_zone", "parent_id", "parent_origin_id", "standard_cost_code_id", "vendor_id", "active",
		"business_register_attributes"}
}

// TestEveryColumnIsKept: what is sent is shown again and stands in the record; what is refused leaves it as it was.
func TestEveryColumnIsKept(t *testing.T) {
	for kind, c := range map[string]kindOfCall{
		"vendors":      {path: vendorsPath + "/sync", kind: kindVendors},
		"projects":     {path: projectsPath + "/sync", kind: kindProjects},
		"tax codes":    {path: taxCodesPath + "/sync", kind: kindTaxCodes},
		"cost codes":   {path: ofProject(codesPath + "/sync"), kind: kindCostCodes},
		"direct costs": {path: costsPath("/sync"), kind: kindDirectCosts},
		"job costs":    {path: jobCostsPath + "/sync", kind: kindJobCosts},
	} {
		w := newWorld(t)
		w.assign(centre(demoCode, demoTypeM))
		row := obj{"name": "N", "code": "C", "direct_cost_type": "invoice", "origin_id": "o"}
		origin := "o"
		if kind == "job costs" {
			row, origin = centre(demoCode, demoTypeM), "01|1001|01-100|M"
		}
		w.set(func(s *Settings) { s.UnknownColumns = "ignore" })
		w.sync(c.path, []obj{row}, obj{"job_origin_id": demoOrigin}).is(http.StatusOK).split(1, 0)
		for _, col := range columnsByKind()[kind].list {
			if !slices.Contains(special(), col.name) {
				w.keepsColumn(c, origin, row, col)
			}
		}
	}
}

func (w *world) keepsColumn(c kindOfCall, origin string, row obj, col column) {
	w.t.Helper()
	good, bad := sampleOf(col)
	want, _ := plainText(string(good))
	if want == "" {
		want = string(good)
	}
	send := func(value any) answer {
		one := obj{}
		for name, v := range row {
			one[name] = v
		}
		one[col.name] = value
		return w.sync(c.path, []obj{one}, obj{"job_origin_id": demoOrigin}).is(http.StatusOK)
	}
	send(good).split(1, 0)
	w.shows(c.kind, origin, col.name, want)
	if bad != "" {
		send(json.RawMessage(bad)).split(0, 1).contains(fmt.Sprintf("%q:[", col.name))
		w.shows(c.kind, origin, col.name, want)
	}
	if _, needed := row[col.name]; !needed {
		send(nil).split(1, 0)
		w.shows(c.kind, origin, col.name, "")
	}
}

// TestEveryStagedColumnIsKept is the same for the data of staged records.
func TestEveryStagedColumnIsKept(t *testing.T) {
	w := newWorld(t)
	parent := w.stagedID(stagedPrime())
	for itemType, c := range stagedColumns() {
		for _, col := range c.list {
			if slices.Contains([]string{"country_code", "state_code"}, col.name) {
				continue
			}
			good, bad := sampleOf(col)
			row := obj{"item_type": itemType, "origin_id": itemType + "-o", "data": obj{col.name: good}}
			if itemType == itemLine {
				row["parent_id"] = parent
			}
			a := w.stage(row).split(1, 0)
			shown, _ := plainText(string(good))
			if got := a.text("entities.0.data." + col.name); got != shown && got != string(good) {
				t.Errorf("%s: %s is shown as %s", itemType, col.name, got)
			}
			if bad != "" {
				row["data"] = obj{col.name: json.RawMessage(bad)}
				w.stage(row).split(0, 1).contains(fmt.Sprintf("%q:[", col.name))
			}
		}
	}
}

// TestMetadataGatesEveryEntity: staging, importing and refreshing follow the entity of the metadata, one by one.
func TestMetadataGatesEveryEntity(t *testing.T) {
	for _, tt := range []struct {
		entity, itemType string
		data             obj
		refresh          string
	}{
		{"vendors", itemVendor, obj{"name": "x"}, RefreshVendors},
		{"jobs", itemProject, obj{"name": "x"}, RefreshJobs},
		{"prime_contracts", itemPrime, obj{"title": "x", "project_id": DemoProjectID}, RefreshPrimeContracts},
		{"commitments", itemWorkOrder, obj{"project_id": DemoProjectID, "vendor_id": 7001}, RefreshCommitments},
		{"commitment_change_orders", itemCommitmentChange, obj{"project_id": DemoProjectID, "commitment_id": 5}, RefreshChangeOrders},
		{"sub_jobs", itemSubJob, obj{"project_id": DemoProjectID}, ""},
		{"standard_cost_codes", "", nil, RefreshCostCodes},
	} {
		on, off := newWorld(t), newWorld(t)
		on.connect(map[string]obj{tt.entity: switchedOn("staged_records")})
		off.connect(map[string]obj{"requisitions": {}})
		if tt.itemType != "" {
			row := obj{"item_type": tt.itemType, "origin_id": "o", "data": tt.data}
			on.stage(row).split(1, 0).has("entities.0.status", "staged")
			off.stage(row).split(0, 1).contains("the metadata does not enable")
		}
		if tt.refresh == "" {
			continue
		}
		if _, err := on.sim.Refresh(0, tt.refresh); err != nil {
			t.Errorf("%s: %v", tt.entity, err)
		}
		_, err := off.sim.Refresh(0, tt.refresh)
		refusedBy(t, err, "the metadata does not enable "+tt.entity)
	}
}

// TestMetadataGatesTheOtherActions: budget, single job, reset and links need their entity too.
func TestMetadataGatesTheOtherActions(t *testing.T) {
	w := newWorld(t)
	w.connect(map[string]obj{"requisitions": {}})
	for entity, act := range map[string]func() error{
		"budgets": func() error { _, err := w.sim.ImportBudget(DemoProjectID); return err },
		"jobs":    func() error { _, err := w.sim.SyncSingleJob(DemoProjectID); return err },
		"vendors": func() error { _, _, err := w.sim.LinkAllVendors(0); return err },
	} {
		refusedBy(t, act(), "the metadata does not enable "+entity)
	}
	_, err := w.sim.ResetJob(DemoProjectID)
	refusedBy(t, err, "jobs")
	_, err = w.sim.AskDeleteCostCodes(demoCode)
	refusedBy(t, err, "jobs")
	if n := len(w.sim.Requests()); n != 0 {
		t.Errorf("%d requests of what is switched off", n)
	}
}

// TestBusinessNumberIsFreedWithItsVendor: merging away and changing a number lets another vendor have it.
func TestBusinessNumberIsFreedWithItsVendor(t *testing.T) {
	number := obj{"type": "ABN", "identifier": "333"}
	w := newWorld(t)
	w.syncVendors(obj{"id": 7002, "business_register_attributes": number}).split(1, 0)
	w.sync(vendorsPath+"/sync", []obj{{"id": 7003, "business_register_attributes": number}}).is(http.StatusConflict)
	w.sync(vendorsPath+"/sync", []obj{{"name": "New", "business_register_attributes": number}}).is(http.StatusConflict)
	if _, err := w.sim.MergeVendors(7001, 7002); err != nil {
		t.Fatal(err)
	}
	w.syncVendors(obj{"id": 7003, "business_register_attributes": number}).split(1, 0)
	w.syncVendors(obj{"id": 7003, "business_register_attributes": nil}).split(1, 0).
		has("entities.0.business_register", "null")
	w.syncVendors(obj{"id": 7004, "business_register_attributes": number}).split(1, 0).
		has("entities.0.business_register.identifier", "333", "entities.0.business_register.verification_status", "unverified")
}

// TestSeededBusinessNumber: a seed's number is known as one that was synced.
func TestSeededBusinessNumber(t *testing.T) {
	w := newWorld(t)
	fields := map[string]json.RawMessage{"business_register_attributes": json.RawMessage(`{"type":"ABN","identifier":"444"}`)}
	if err := w.sim.Seed(Seed{Vendors: []Vendor{{Name: "Seeded", Fields: fields}}}); err != nil {
		t.Fatal(err)
	}
	w.sync(vendorsPath+"/sync", []obj{{"id": 7001, "business_register_attributes": obj{"type": "ABN", "identifier": "444"}}}).
		is(http.StatusConflict).
		contains("444")
}

// TestTwoRowsOfOneCallWithOneNumber: the second is the loser, by row.
func TestTwoRowsOfOneCallWithOneNumber(t *testing.T) {
	w := newWorld(t)
	number := obj{"type": "ABN", "identifier": "555"}
	w.syncVendors(obj{"id": 7001, "business_register_attributes": number}, obj{"id": 7002, "business_register_attributes": number}).split(1, 1).
		has("entities.0.id", "7001", "errors.0.id", "7002")
}
