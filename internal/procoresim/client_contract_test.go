package procoresim_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/procore"
	"github.com/procpac/procpac/internal/procoresim"
)

// These tests let our client, which shares no code with the simulator, write and read every kind of record that imports know.

type contract struct {
	*testing.T
	sim    *procoresim.Sim
	client *procore.Client
}

func newContract(t *testing.T, change ...func(*procoresim.Settings)) *contract {
	t.Helper()
	settings := procoresim.DefaultSettings()
	for _, c := range change {
		c(&settings)
	}
	sim := procoresim.New(procoresim.Config{Settings: &settings})
	t.Cleanup(sim.Close)
	if err := sim.Seed(procoresim.DemoSeed()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)
	client, err := procore.New(procore.Config{LoginURL: server.URL, APIURL: server.URL, CompanyID: procoresim.DemoCompanyID,
		ClientID: procoresim.DefaultClientID, ClientSecret: func() string { return procoresim.DefaultClientSecret }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Stop)
	return &contract{t, sim, client}
}

// field makes a field of the form that its value calls for: N:12.5, B:Y, I:17, or a text.
func field(name, value string) erp.EntryField {
	f := erp.EntryField{Name: name, Value: value}
	for prefix, form := range map[string]erp.FieldForm{"N:": erp.FormNumber, "B:": erp.FormBool, "I:": erp.FormID} {
		if rest, ok := strings.CutPrefix(value, prefix); ok {
			f.Form, f.Value = form, rest
		}
	}
	return f
}

// entry is a row; pairs are names and values of its fields.
func entry(t erp.EntryType, origin string, pairs ...string) erp.Entry {
	e := erp.Entry{Type: t, Origin: origin}
	for i := 0; i < len(pairs); i += 2 {
		e.Fields = append(e.Fields, field(pairs[i], pairs[i+1]))
	}
	return e
}

// put syncs rows and wants all of them taken.
func (c *contract) put(rows ...erp.Entry) []erp.Synced {
	c.Helper()
	b := erp.EntryBatch{Type: rows[0].Type, Project: procoresim.DemoProjectID, Job: "01|1001", List: c.list(), Rows: rows}
	synced, err := c.client.Sync(c.Context(), b)
	if err != nil {
		c.Fatalf("%s: %v", b.Type, err)
	}
	for i, one := range synced {
		if one.Refused != "" || one.ID == 0 && b.Type != erp.EntryStaged {
			c.Fatalf("%s %s: %+v", b.Type, rows[i].Origin, one)
		}
	}
	return synced
}

// known lists a type by origin id.
func (c *contract) known(t erp.EntryType) map[string]erp.Known {
	c.Helper()
	found := map[string]erp.Known{}
	for k, err := range c.client.Known(c.Context(), t, procoresim.DemoProjectID) {
		if err != nil {
			c.Fatalf("%s: %v", t, err)
		}
		found[k.Origin] = k
	}
	return found
}

// list is the ERP list of standard cost codes.
func (c *contract) list() erp.ID {
	for k := range c.client.Known(c.Context(), erp.EntryCodeList, 0) {
		if k.Fields["is_erp_list"] == "true" {
			return k.ID
		}
	}
	return 0
}

// wants checks what Known shows of one record.
func (c *contract) wants(t erp.EntryType, origin string, id erp.ID, pairs ...string) {
	c.Helper()
	k, there := c.known(t)[origin]
	if !there || k.ID != id {
		c.Fatalf("%s %s: got %+v, want id %s", t, origin, k, id)
	}
	for i := 0; i < len(pairs); i += 2 {
		got := map[string]string{"code": k.Code, "name": k.Name, "status": k.Status}[pairs[i]]
		if got == "" {
			got = k.Fields[pairs[i]]
		}
		if got != pairs[i+1] {
			c.Errorf("%s %s: %s is %q, want %q", t, origin, pairs[i], got, pairs[i+1])
		}
	}
}

func TestClientWritesCompanyRecords(t *testing.T) {
	c := newContract(t)
	vendor := erp.Entry{Type: erp.EntryVendor, Origin: "01|STEEL", Code: "STEEL", Fields: []erp.EntryField{
		field("name", "Steel"), field("is_active", "B:N"), field("country_code", "AU"), field("state_code", "NSW"), field("email_address", ""),
		field("business_register_attributes.type", "ABN"), field("business_register_attributes.identifier", "51824753556"),
	}}
	c.wants(erp.EntryVendor, "01|STEEL", c.put(vendor)[0].ID, "name", "Steel", "code", "STEEL", "is_active", "false",
		"business_register.identifier", "51824753556")

	project := entry(erp.EntryProject, "01|1002", "name", "Wharf Road", "project_number", "1002", "accounting_project_number", "1002", "active", "B:N",
		"address", "1 Wharf Road", "city", "Sydney", "zip", "2000", "country_code", "AU", "state_code", "NSW", "phone", "02", "start_date", "2026-01-05",
		"completion_date", "2027-01-05", "total_value", "N:1000.50")
	c.wants(erp.EntryProject, "01|1002", c.put(project)[0].ID, "name", "Wharf Road", "code", "1002", "active", "false")

	section := c.put(entry(erp.EntryStandardCode, "07", "code", "07", "name", "Roof"))[0].ID
	code := c.put(entry(erp.EntryStandardCode, "07-100", "code", "100", "name", "Sheets", "parent_id", "I:"+section.String()))[0].ID
	c.wants(erp.EntryStandardCode, "07-100", code, "code", "07-100", "parent_id", section.String())

	kind := c.put(entry(erp.EntryCostType, "P", "name", "Plant", "csv_import_code", "P", "base_type", "equipment"))[0].ID
	c.wants(erp.EntryCostType, "P", kind, "code", "P", "base_type", "equipment")

	tax := c.put(entry(erp.EntryTaxCode, "01|G", "code", "G", "description", "GST", "rate1", "N:10"))[0].ID
	c.wants(erp.EntryTaxCode, "01|G", tax, "code", "G", "rate1", "10", "archived", "false")
}

// pairOf are the two ids of a cost centre of the demo.
func (c *contract) pairOf() (code, kind string) {
	c.Helper()
	return c.known(erp.EntryCostCode)["01|1001|01-100"].ID.String(), c.known(erp.EntryCostType)["M"].ID.String()
}

func TestClientWritesProjectRecords(t *testing.T) {
	c := newContract(t)
	section := c.put(entry(erp.EntryCostCode, "01|1001|07", "code", "07", "name", "Roof"))[0].ID
	std := c.known(erp.EntryStandardCode)["01-100"].ID
	child := c.put(entry(erp.EntryCostCode, "01|1001|07-100", "code", "100", "name", "Sheets", "parent_id", "I:"+section.String(),
		"standard_cost_code_id", "I:"+std.String()))[0].ID
	c.wants(erp.EntryCostCode, "01|1001|07-100", child, "code", "07-100", "parent_id", section.String(), "standard_cost_code_id", std.String())

	code, kind := c.pairOf()
	assignment := c.put(entry(erp.EntryAssignment, "a", "cost_code_id", "I:"+code, "line_item_type_id", "I:"+kind, "synced", "B:Y"))[0].ID
	jobCost := c.put(entry(erp.EntryJobCost, "a", "cost_code_id", "I:"+code, "line_item_type_id", "I:"+kind, "original_estimate", "N:100.00",
		"original_estimate_units", "N:2.5", "job_to_date_cost", "N:"))[0].ID
	r, known := c.sim.Record("job_costs", "01|1001|01-100|M")
	if !known || r.ID != int64(jobCost) || r.Fields["original_estimate"] != "100" && r.Fields["original_estimate"] != "100.00" {
		t.Errorf("job cost %+v", r)
	}
	var wbs erp.Known
	for _, k := range c.known(erp.EntryWBSCode) {
		wbs = k
	}
	if wbs.Fields["cost_code_id"] != code || wbs.Fields["line_item_type_id"] != kind || wbs.Fields["cost_code"] != "01-100" || wbs.Fields["line_item_type"] != "M" {
		t.Errorf("WBS code %+v", wbs)
	}

	line := c.put(entry(erp.EntryBudgetLine, "", "wbs_code_id", "I:"+wbs.ID.String(), "original_budget_amount", "N:100.50", "calculation_strategy", "manual",
		"quantity", "N:", "uom", "", "unit_cost", "N:"))[0].ID
	c.wants(erp.EntryBudgetLine, "", line, "wbs_code_id", wbs.ID.String(), "cost_code_id", code, "line_item_type_id", kind, "original_budget_amount", "100.50")
	again := entry(erp.EntryBudgetLine, "", "wbs_code_id", "I:"+wbs.ID.String(), "original_budget_amount", "N:7")
	again.ID = line
	if c.put(again)[0].ID != line || c.sim.Counts()["budget_lines"] != 1 {
		t.Error("an update made another line")
	}
	c.removes(erp.EntryJobCost, jobCost, true)
	c.removes(erp.EntryAssignment, assignment, false) // a budget line stands on it
	c.removes(erp.EntryCostCode, section, false)      // a code stands below it
	c.removes(erp.EntryCostCode, child, true)
	c.removes(erp.EntryCostCode, child, true) // gone already
	c.removes(erp.EntryCostCode, section, true)
}

// removes deletes a record, or wants the refusal.
func (c *contract) removes(t erp.EntryType, id erp.ID, ok bool) {
	c.Helper()
	if err := c.client.Remove(c.Context(), t, procoresim.DemoProjectID, id); (err == nil) != ok {
		c.Errorf("remove %s %s: %v", t, id, err)
	}
}

func TestClientWritesDirectCosts(t *testing.T) {
	c := newContract(t)
	code, kind := c.pairOf()
	c.put(entry(erp.EntryAssignment, "a", "cost_code_id", "I:"+code, "line_item_type_id", "I:"+kind, "synced", "B:Y"))
	id := c.put(entry(erp.EntryDirectCost, "01|1001|L-1", "direct_cost_type", "expense", "direct_cost_date", "2026-06-30", "description", "d",
		"status", "approved", "vendor_id", "I:7001"))[0].ID
	line := c.put(entry(erp.EntryDirectLine, "01|1001|L-1|1", "direct_cost_id", "I:"+id.String(), "amount", "N:250.50", "extended_type", "manual",
		"cost_code_id", "I:"+code, "line_item_type_id", "I:"+kind))[0].ID
	c.wants(erp.EntryDirectCost, "01|1001|L-1", id, "grand_total", "250.50", "direct_cost_type", "expense", "vendor_id", "7001", "status", "approved")
	c.wants(erp.EntryDirectLine, "01|1001|L-1|1", line, "amount", "250.50", "direct_cost_id", id.String())
}

func TestClientStagesAndWritesPrimeContracts(t *testing.T) {
	c := newContract(t)
	code, kind := c.pairOf()
	line := entry(erp.EntryPrimeLine, "01|1001|A|1", "description", "d", "position", "N:1", "amount", "N:10.00", "cost_code_id", "I:"+code,
		"line_item_type_id", "I:"+kind)
	prime := entry(erp.EntryPrime, "direct", "title", "Head contract", "number", "1001", "accounting_method", "amount", "contract_start_date", "2026-01-05")
	prime.Children = []erp.Entry{line}
	id := c.put(prime)[0].ID
	c.wants(erp.EntryPrime, "direct", id, "code", "1001", "name", "Head contract", "status", "draft", "grand_total", "10.00")
	prime.ID = id
	if again := c.put(prime)[0].ID; again != id || c.sim.Counts()["prime_contracts"] != 1 || c.sim.Counts()["prime_contract_lines"] != 1 {
		t.Errorf("a repeat made %s beside %s; %v", again, id, c.sim.Counts())
	}

	line.Type, line.ItemType, line.Origin = erp.EntryStaged, "line_item", "01|1001|B|1"
	staged := entry(erp.EntryStaged, "01|1001", "title", "Staged", "number", "1001", "accounting_method", "amount", "project_id", "I:2468")
	staged.ItemType, staged.Code, staged.Children = "prime_contract", "1001", []erp.Entry{line}
	vendor := entry(erp.EntryStaged, "01|NEW", "name", "New", "is_active", "B:Y")
	vendor.ItemType, vendor.Code = "vendor", "NEW"
	c.put(staged, vendor)
	stagedAs := c.known(erp.EntryStaged)
	if k := stagedAs["01|1001"]; k.Status != "staged" || k.Fields["item_type"] != "prime_contract" || k.Name != "Staged" {
		t.Errorf("staged contract %+v", k)
	}
	if k := stagedAs["01|NEW"]; k.Status != "staged" || k.Fields["item_type"] != "vendor" || k.Code != "NEW" {
		t.Errorf("staged vendor %+v", k)
	}
	one, err := c.sim.ImportStaged(int64(stagedAs["01|1001"].ID))
	if err != nil {
		t.Fatal(err)
	}
	c.wants(erp.EntryPrime, "01|1001", erp.ID(one.RecordID), "grand_total", "10.00")
}

// TestClientReadsRefusals: in whatever order entities come, each row gets its own answer.
func TestClientReadsRefusals(t *testing.T) {
	c := newContract(t, func(s *procoresim.Settings) { s.ReverseEntities = true })
	synced, err := c.client.Sync(t.Context(), erp.EntryBatch{Type: erp.EntryVendor, Rows: []erp.Entry{
		entry(erp.EntryVendor, "01|A", "name", "A"), entry(erp.EntryVendor, "01|B", "name", ""), entry(erp.EntryVendor, "01|C", "name", "C"),
	}})
	if err != nil || synced[0].ID == 0 || synced[1].Refused == "" || synced[2].ID == 0 || synced[0].ID == synced[2].ID {
		t.Fatalf("%+v, %v", synced, err)
	}
	found := c.known(erp.EntryVendor)
	if found["01|A"].ID != synced[0].ID || found["01|C"].ID != synced[2].ID {
		t.Errorf("%+v", synced)
	}
}

// TestClientReadsTheRequestsOfImports: every request the approver can cause is read without a complaint.
func TestClientReadsTheRequestsOfImports(t *testing.T) {
	c := newContract(t)
	code, kind := c.pairOf()
	assigned := c.put(entry(erp.EntryAssignment, "a", "cost_code_id", "I:"+code, "line_item_type_id", "I:"+kind))[0].ID
	vendor := entry(erp.EntryStaged, "01|NEW", "name", "New")
	vendor.ItemType = "vendor"
	job := entry(erp.EntryStaged, "01|1002", "name", "Second", "project_number", "1002")
	job.ItemType = "project"
	c.put(vendor, job)
	std := int64(c.known(erp.EntryStandardCode)["01-100"].ID)

	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, what := range []string{procoresim.RefreshVendors, procoresim.RefreshJobs, procoresim.RefreshCostCodes, procoresim.RefreshPrimeContracts} {
		_, err := c.sim.Refresh(0, what)
		must(err)
	}
	for _, itemType := range []string{"vendor", "project"} {
		_, err := c.sim.ImportAllStaged(itemType)
		must(err)
	}
	project := int64(procoresim.DemoProjectID)
	for _, act := range []func() (int64, error){
		func() (int64, error) { return c.sim.MergeVendors(7001, 7002) },
		func() (int64, error) { return c.sim.UnlinkVendor(7001) },
		func() (int64, error) { return c.sim.SyncSingleJob(project) },
		func() (int64, error) { return c.sim.ImportBudget(project) },
		func() (int64, error) { return c.sim.AskDeleteCostCodes(320_111, 320_112) },
		func() (int64, error) { return c.sim.AskDeleteAssignments(int64(assigned)) },
		func() (int64, error) { return c.sim.UnlinkStandardCostCodes(std) },
		func() (int64, error) { return c.sim.DeleteStandardCostCodes(std) },
		func() (int64, error) { return c.sim.DeleteStandardCategories(330_101) },
		func() (int64, error) { return c.sim.DeleteProjectCostCode(320_112) },
		func() (int64, error) { return c.sim.ResetJob(project) },
	} {
		_, err := act()
		must(err)
	}
	seen := map[string]bool{}
	for _, q := range c.sim.Requests() {
		r, err := c.client.Request(t.Context(), erp.ID(q.ID))
		if err != nil || r.Unreadable != "" || r.Import == nil || r.DetailID != erp.ID(q.DetailID) || len(r.Import.Rows) != len(q.Details) {
			t.Errorf("%s: %+v, %v", q.Name, r, err)
		}
		seen[q.Name] = true
	}
	if len(seen) != 18 {
		t.Errorf("%d names of requests: %v", len(seen), seen)
	}
}
