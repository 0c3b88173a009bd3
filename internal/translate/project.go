package translate

import (
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// All translations of this kind are pure, and have the same three answers: the
// entry wanted in Procore, the rules the row breaks, and notes for the summary.
// With a broken rule there is no entry. An entry without a type and no problem
// means that the row is nothing for Procore.

// Project is a Jobpac job as a Procore project. linked is the project that
// carries the job's origin id, 0 for none. A closed job is not offered as a new
// project, and its linked one becomes inactive.
func Project(row erp.Row, linked erp.ID, r ImportRules) (erp.Entry, []erp.Problem, []string) {
	d := newDraft(erp.EntryProject, row, r)
	key := d.job()
	staged := d.stage("project", linked)
	d.open(linked)
	d.put("name", erp.FormText, d.fit("description", firstGiven(row.Get(erp.ColDescription), key.Job)))
	d.put("project_number", erp.FormText, key.Job)
	d.put("accounting_project_number", erp.FormText, key.Job)
	d.address()
	d.text("phone", erp.ColPhone, "telephone number")
	d.schedule(staged)
	return d.end()
}

// ProjectExists refuses a job whose number an unlinked Procore project carries:
// the project was there before the connection, and only new projects are
// connected (documented limit).
func ProjectExists(row erp.Row, there erp.Known, r ImportRules) erp.Problem {
	d := newDraft(erp.EntryProject, row, r)
	d.job()
	return broken("JOB-EXISTS", d.entry.Label,
		"Procore has project %q (id %s) with this number, which was made before the connection; only new projects can be connected. Link it with Procore's help, or give the Procore project another number if it is not this job.",
		clip(clean(there.Name)), there.ID)
}

// SubJob refuses a sub job; label names it: sub job 1001-A of job 1001.
func SubJob(label string) erp.Problem {
	return broken("SUB-JOB", label, "sub jobs do not go between Jobpac and Procore. Keep its costs on cost codes of the main job, and switch sub jobs off for this project in Procore.")
}

// job checks a job row's keys.
func (d *draft) job() erp.JobKey {
	key := erp.JobKey{WorkID: d.rules.WorkID, Job: erp.Code(d.row.Get(erp.ColJob))}
	d.known("job", key.Origin(), key.Job, d.row.Get(erp.ColDescription))
	d.work(erp.ColWorkID, d.rules.WorkID)
	if width := DefaultWidths().Job; !usable(key.Job) || !legal(key.Job) || len(key.Job) > width {
		d.refuse("JOB-CODE", "its number %q is not 1 to %d letters, digits or - / . _, so nothing could be booked to it from Procore. Use a job with another number.", clip(key.Job), width)
	}
	return key
}

// open tells Procore whether the job is worked on.
func (d *draft) open(linked erp.ID) {
	why := d.closedBy()
	switch {
	case why != "" && linked == 0:
		d.refuse("JOB-CLOSED", "it %s in Jobpac, so it is not offered as a new project. Reopen it in Jobpac if it should be in Procore.", why)
	case why != "":
		d.note("it %s in Jobpac: its project is marked inactive in Procore (IM-JOB-CLOSED).", why)
	}
	if d.entry.Type != erp.EntryStaged { // a staged project has no such field (documented)
		d.flag("active", why == "")
	}
}

// closedBy says why a job is closed, "" for one that is not.
func (d *draft) closedBy() string {
	meaning := d.letter()
	switch {
	case d.is(erp.ColFinComplete, "Y"):
		return "is financially complete"
	case d.is(erp.ColActive, "N"):
		return "is not active"
	case closed(meaning):
		return "has status " + clip(erp.Code(d.row.Get(erp.ColStatus))) + ", which is " + meaning + ","
	}
	return ""
}

// schedule puts dates and contract sum, whose names differ where a project is
// staged (documented).
func (d *draft) schedule(staged bool) {
	start, end, value := "start_date", "completion_date", "total_value"
	if staged {
		start, end, value = "estimated_start_date", "estimated_completion_date", "estimated_value"
	}
	d.day(start, erp.ColStart, "start date")
	d.day(end, erp.ColCompletion, "completion date")
	given, _ := d.carried(erp.ColContractSum)
	if given == "" {
		return
	}
	if sum, ok := erp.ParseMoney(given); ok {
		d.put(value, erp.FormNumber, sum.String())
	} else {
		d.note("its contract sum %q is not an amount, so it was not sent. Correct it in Jobpac.", clip(given))
	}
}

// address puts the address of a job or creditor, as far as the row carries it.
func (d *draft) address() {
	first, ok1 := d.carried(erp.ColAddress1)
	second, ok2 := d.carried(erp.ColAddress2)
	if ok1 || ok2 {
		d.put("address", erp.FormText, d.fit("address", strings.Trim(first+", "+second, ", ")))
	}
	d.text("city", erp.ColSuburb, "suburb")
	d.text("zip", erp.ColPostCode, "post code")
	country, okCountry := d.carried(erp.ColCountry)
	state, okState := d.carried(erp.ColState)
	if !okCountry && !okState && !ok1 && !ok2 {
		return
	}
	code := countryCode(country)
	if code == "" {
		d.note("country %q is not known to this program, so it was not sent. Write it in Jobpac as its two letters.", clip(country))
	}
	d.put("country_code", erp.FormText, code)
	if okState {
		d.put("state_code", erp.FormText, d.state(state, code))
	}
}

// state is the ISO 3166-2 code of an Australian state, "" where there is none.
func (d *draft) state(given, country string) string {
	code := stateCode(given)
	if given == "" || code != "" && country == "AU" {
		return code
	}
	d.note("state %q is not a state of Australia, so it was not sent.", clip(given))
	return ""
}
