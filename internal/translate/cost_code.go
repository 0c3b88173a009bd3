package translate

import (
	"github.com/procpac/procpac/internal/erp"
)

// ProjectCode is a row of a job's cost centre listing as a cost code of its
// project: a heading becomes a section, a cost centre a code in its section.
// Rows that differ only in their cost type give the same entry. Name and section
// are those of the company's list, since Procore has one list for all projects
// (documented limit). list must have seen the cost centres of all jobs.
func ProjectCode(row erp.Row, list *CodeList, r ImportRules) (erp.Entry, []erp.Problem, []string) {
	d := newDraft(erp.EntryCostCode, row, r)
	key := d.centre("cost code")
	if len(d.problems) > 0 {
		return d.end()
	}
	if !Heading(row) && key.CostType == "" {
		d.typeMissing()
		return d.end()
	}
	found, known := list.judge(key.CostCode)
	switch {
	case !known:
		d.refuse("NO-COST-CODE", "it came into Jobpac while the cost codes were being read. It is brought with the next import.")
	case Heading(row) && found.heading != nil:
		d.problems = append(d.problems, *found.heading)
	case !Heading(row) && found.centre != nil:
		d.problems = append(d.problems, *found.centre)
	}
	d.projectCode(key, found)
	return d.end()
}

// ProjectSection is the section of a cost centre row as a cost code of its
// project, for a job whose listing shows no heading of its own. False: the row
// has no section that could be brought.
func ProjectSection(row erp.Row, list *CodeList, r ImportRules) (erp.Entry, bool) {
	d := newDraft(erp.EntryCostCode, row, r)
	key := d.centre("cost code")
	found, known := list.judge(key.CostCode)
	if !known || found.section == "" || len(d.problems) > 0 {
		return erp.Entry{}, false
	}
	key.CostCode = found.section
	section, _ := list.judge(key.CostCode)
	d.projectCode(key, section)
	return d.entry, true
}

// projectCode fills a project's cost code in.
func (d *draft) projectCode(key erp.CostCentreKey, found verdict) {
	d.entry.Fields, d.entry.Refs = nil, nil
	d.known(of("cost code "+key.CostCode, key.Job), key.CodeOrigin(), "", found.name)
	d.entry.Code = key.CostCode
	d.put("code", erp.FormText, within(found.section, key.CostCode))
	d.put("name", erp.FormText, found.name)
	d.ref("standard_cost_code_id", erp.EntryStandardCode, erp.StandardCodeOrigin(key.CostCode))
	if found.section != "" {
		section := erp.CostCentreKey{JobKey: key.JobKey, CostCode: found.section}
		d.ref("parent_id", erp.EntryCostCode, section.CodeOrigin())
	}
}

// Assignment is a cost centre as the assignment of its cost type to its cost
// code in a project.
func Assignment(row erp.Row, r ImportRules) (erp.Entry, []erp.Problem, []string) {
	d := newDraft(erp.EntryAssignment, row, r)
	if key := d.costCentre("cost centre"); len(d.problems) == 0 && d.entry.Type != "" {
		d.codeAndType(key)
		d.flag("synced", true)
	}
	return d.end()
}

// codeAndType points at the cost code and cost type of a project record.
func (d *draft) codeAndType(key erp.CostCentreKey) {
	d.ref("cost_code_id", erp.EntryCostCode, key.CodeOrigin())
	d.ref("line_item_type_id", erp.EntryCostType, erp.CostTypeOrigin(key.CostType))
}

// Heading tells whether a row of a cost centre listing is a heading. A row
// without a cost type that shows a heading level is one (documented for what the
// columns are, assumed for how an answer shows them); so is one with a level
// above 0, whatever else it says: 0 is also how an unset number may be shown.
func Heading(row erp.Row) bool {
	level, ok := levelOf(row)
	if erp.Code(row.Get(erp.ColCostType)) == "" {
		return level != 0 || ok
	}
	return level != 0
}

// centre reads the keys of a row of the cost centre listings, and refuses codes
// that cannot be kept.
func (d *draft) centre(what string) erp.CostCentreKey {
	key := erp.CostCentreKey{
		JobKey:   erp.JobKey{WorkID: d.rules.WorkID, Job: erp.Code(d.row.Get(erp.ColJob))},
		CostCode: erp.Code(d.row.Get(erp.ColCostCode)), CostType: erp.Code(d.row.Get(erp.ColCostType)),
	}
	code := squeeze(key.CostCode + " " + key.CostType)
	d.known(of(what+" "+clip(code), key.Job), key.Origin(), "", d.row.Get(erp.ColDescription))
	d.entry.Code = code
	d.work(erp.ColCostingWork, d.rules.WorkID)
	if !usable(key.Job) {
		d.refuse("JOB-CODE", "job number %q is empty or has characters that cannot be kept. Correct it in Jobpac.", clip(key.Job))
	}
	if !usable(key.CostCode) {
		d.refuse("CODE-TEXT", "cost code %q is empty or has characters that cannot be kept. Correct it in Jobpac.", clip(key.CostCode))
	}
	if key.CostType != "" && !usable(key.CostType) {
		d.refuse("TYPE-TEXT", "cost type %q has characters that cannot be kept. Correct it in Jobpac.", clip(key.CostType))
	}
	return key
}

// costCentre is centre for what stands on a cost centre alone: it leaves an
// entry without a type for a heading.
func (d *draft) costCentre(what string) erp.CostCentreKey {
	key := d.centre(what)
	if Heading(d.row) {
		d.nothing()
		return key
	}
	if key.CostType == "" && len(d.problems) == 0 {
		d.typeMissing()
	}
	return key
}

func (d *draft) typeMissing() {
	d.refuse("TYPE-MISSING", "it has no cost type and is not a heading either, so nothing can be booked to it. Give it a cost type in Jobpac, or make it a heading.")
}
