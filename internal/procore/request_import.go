package procore

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
)

// wireNamed is a record as a request about imports names it (documented). Cost
// types have their id in procore_id.
type wireNamed struct {
	ID        recordID `json:"id"`
	ProcoreID recordID `json:"procore_id"`
	Origin    word     `json:"origin_id"`
	Code      word     `json:"code"`
	OriginCod word     `json:"origin_code"`
	Sortable  word     `json:"sortable_code"`
	FullCode  word     `json:"full_code"`
	Name      prose    `json:"name"`
}

func (w wireNamed) id() erp.ID { return erp.ID(cmp.Or(w.ID, w.ProcoreID)) }

// noun is the record. It is nothing without an id.
func (w wireNamed) noun() erp.Known {
	return erp.Known{
		ID: w.id(), Origin: string(w.Origin), Name: string(w.Name),
		Code: string(cmp.Or(w.OriginCod, w.FullCode, w.Sortable, w.Code)),
	}
}

// wireRow is a row that is closed by itself (documented).
type wireRow struct {
	Detail         recordID `json:"request_detail_id"`
	ID             recordID `json:"id"`
	Origin         word     `json:"origin_id"`
	CostCodeOrigin word     `json:"cost_code_origin_id"`
	CostTypeOrigin word     `json:"line_item_type_origin_id"`
	JobCost        recordID `json:"job_cost_id"`
}

// wireImport is all that a request about imports may hold below request_data
// (documented); each name uses a few of these.
type wireImport struct {
	ID            word        `json:"id"` // of sync_single_job: the job's origin id
	List          recordID    `json:"standard_cost_code_list_id"`
	Project       wireNamed   `json:"project"`
	ProjectOrigin word        `json:"project_origin_id"`
	ProjectID     recordID    `json:"procore_project_id"`
	Job           wireJob     `json:"additional_job_data"`
	Budget        wireBudget  `json:"budget"`
	Vendor        *wireNamed  `json:"vendor"`
	Vendors       []wireNamed `json:"vendors"`
	Master        *wireNamed  `json:"master_vendor"`
	Sources       []wireNamed `json:"source_vendors"`
	Codes         []wireNamed `json:"standard_cost_codes"`
	DeletedCodes  []wireNamed `json:"standard_cost_code_data_array"`
	DeletedTypes  []wireNamed `json:"standard_category_data_array"`
	DeletedOfJob  []wireNamed `json:"project_cost_code_data_array"`
	CostCodes     []wireRow   `json:"cost_codes"`
	Assignments   []wireRow   `json:"cost_type_assignments"`
}

type wireJob struct {
	ProjectID recordID `json:"procore_project_id"`
}

type wireBudget struct {
	ProjectID recordID `json:"project_id"`
}

// importReader is who reads the content of a request about imports of that
// name; nil for any other.
func importReader(name string) func(jsontext.Value, *erp.Request) error {
	read := importContent(name)
	if read == nil {
		return nil
	}
	return func(data jsontext.Value, r *erp.Request) error {
		var w wireImport
		if err := importData(name, data, &w); err != nil {
			return err
		}
		im := &erp.ImportRequest{
			JobOrigin: string(cmp.Or(w.Project.Origin, w.ProjectOrigin, word(r.JobOrigin))),
			Project:   erp.ID(cmp.Or(recordID(w.Project.id()), w.ProjectID, w.Job.ProjectID, w.Budget.ProjectID)),
			List:      erp.ID(w.List),
		}
		if err := read(w, im); err != nil {
			return err
		}
		r.Import, r.JobOrigin = im, im.JobOrigin
		return nil
	}
}

// importData reads request_data. Those who ask for a listing may have none; the
// export of standard cost codes has a list of rows, each with its own detail.
func importData(name string, data jsontext.Value, w *wireImport) error {
	if len(data) == 0 || data.Kind() == 'n' {
		return nil
	}
	if name == erp.CreateStandardCostCodes && data.Kind() == '[' {
		return json.Unmarshal(data, &w.CostCodes)
	}
	return json.Unmarshal(data, w)
}

// importContent is the table of what each request about imports must hold.
func importContent(name string) func(wireImport, *erp.ImportRequest) error {
	switch name {
	case erp.SyncVendors, erp.SyncJobs, erp.SyncPrimeContracts, erp.SyncStandardCostCodes, erp.SyncStandardCategories:
		return func(wireImport, *erp.ImportRequest) error { return nil }
	case erp.SyncSingleJob:
		return singleJob
	case erp.CreateVendorInProcore, erp.LinkVendor, erp.UnlinkVendor:
		return oneVendor
	case erp.LinkAllVendors:
		return all("vendors", func(w wireImport) []wireNamed { return w.Vendors })
	case erp.MergeVendors:
		return mergedVendors
	case erp.CreateJobInProcore, erp.ResetJob:
		return oneProject
	case erp.CreateBudgetInProcore:
		return ofProjectOnly
	case erp.DeleteStandardCostCodes:
		return all("standard_cost_code_data_array", func(w wireImport) []wireNamed { return w.DeletedCodes })
	case erp.UnlinkStandardCostCodes:
		return all("standard_cost_codes", func(w wireImport) []wireNamed { return w.Codes })
	case erp.DeleteStandardCategories:
		return all("standard_category_data_array", func(w wireImport) []wireNamed { return w.DeletedTypes })
	case erp.DeleteCostCode:
		return all("project_cost_code_data_array", func(w wireImport) []wireNamed { return w.DeletedOfJob })
	case erp.DeleteCostCodes, erp.CreateStandardCostCodes:
		return closedRows("cost_codes", func(w wireImport) []wireRow { return w.CostCodes })
	case erp.DeleteCostTypeAssignments:
		return closedRows("cost_type_assignments", func(w wireImport) []wireRow { return w.Assignments })
	}
	return nil
}

// singleJob is named by its origin id.
func singleJob(w wireImport, im *erp.ImportRequest) error {
	if im.JobOrigin = string(w.ID); w.ID == "" {
		return errors.New("the field id, the job's origin id, is missing")
	}
	return nil
}

func oneVendor(w wireImport, im *erp.ImportRequest) error {
	if w.Vendor == nil {
		return errors.New("the field vendor is missing")
	}
	var err error
	im.Records, err = nouns("vendor", []wireNamed{*w.Vendor})
	return err
}

// mergedVendors has the company that stays, and those that were merged into it;
// there may be none of them (documented).
func mergedVendors(w wireImport, im *erp.ImportRequest) error {
	if w.Master == nil {
		return errors.New("the field master_vendor is missing")
	}
	var err, errSources error
	im.Records, err = nouns("master_vendor", []wireNamed{*w.Master})
	im.Sources, errSources = nouns("source_vendors", w.Sources)
	return cmp.Or(err, errSources)
}

func oneProject(w wireImport, im *erp.ImportRequest) error {
	var err error
	im.Records, err = nouns("project", []wireNamed{w.Project})
	return err
}

func ofProjectOnly(_ wireImport, im *erp.ImportRequest) error {
	if im.JobOrigin == "" && im.Project == 0 {
		return errors.New("the field project_origin_id is missing")
	}
	return nil
}

// all takes a list of records.
func all(field string, of func(wireImport) []wireNamed) func(wireImport, *erp.ImportRequest) error {
	return func(w wireImport, im *erp.ImportRequest) error {
		var err error
		im.Records, err = nouns(field, of(w))
		return err
	}
}

// nouns are records, each with an id.
func nouns(field string, wired []wireNamed) ([]erp.Known, error) {
	var records []erp.Known
	for i, w := range wired {
		if w.id() <= 0 {
			return nil, fmt.Errorf("the field %s line %d id is missing", field, i+1)
		}
		records = append(records, w.noun())
	}
	return records, nil
}

// closedRows takes rows with a detail of their own. One without it is taken too:
// it is worked on, and nothing is closed.
func closedRows(field string, of func(wireImport) []wireRow) func(wireImport, *erp.ImportRequest) error {
	return func(w wireImport, im *erp.ImportRequest) error {
		for i, row := range of(w) {
			if row.ID <= 0 {
				return fmt.Errorf("the field %s line %d id is missing", field, i+1)
			}
			im.Rows = append(im.Rows, erp.ClosedBy{
				Detail: erp.ID(row.Detail), ID: erp.ID(row.ID), Origin: string(row.Origin),
				CostCodeOrigin: string(row.CostCodeOrigin), CostTypeOrigin: string(row.CostTypeOrigin), JobCost: erp.ID(row.JobCost),
			})
		}
		return nil
	}
}

// detailsOnly finds the details of rows that cannot be read, so that they can be
// closed all the same. nil where there are none.
func detailsOnly(data jsontext.Value) *erp.ImportRequest {
	var w struct {
		CostCodes    []jsontext.Value `json:"cost_codes"`
		Assignments  []jsontext.Value `json:"cost_type_assignments"`
		Requisitions []jsontext.Value `json:"requisitions"`
	}
	var into any = &w
	if data.Kind() == '[' {
		into = &w.CostCodes
	}
	if json.Unmarshal(data, into, lenient) != nil {
		return nil
	}
	im := &erp.ImportRequest{}
	for _, row := range slices.Concat(w.CostCodes, w.Assignments, w.Requisitions) {
		var inner wireInner
		if json.Unmarshal(row, &inner, lenient) != nil {
			continue
		}
		if detail := idOf(inner.Detail); detail > 0 {
			im.Rows = append(im.Rows, erp.ClosedBy{Detail: detail})
		}
	}
	if im.Rows == nil {
		return nil
	}
	return im
}
