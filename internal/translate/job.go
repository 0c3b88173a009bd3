package translate

import (
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// job checks the document's job. ok is false when its key cannot be used, so
// that nothing on it can be judged.
func (s *sheet) job() (key erp.JobKey, ok bool) {
	origin := jobOrigin(s.req)
	key, err := erp.ParseJobKey(origin)
	switch {
	case strings.TrimSpace(origin) == "":
		s.refuse("JOB-LINK", "project", "its project is not linked to a Jobpac job. Import the job from Jobpac into Procore's ERP Integrations tool, then send it again.")
	case err != nil && strings.Count(origin, "|") > 1:
		s.refuse("JOB-SUB", "project", "its project is linked to sub job %q, and sub jobs do not go to Jobpac. Move it to the main job in Procore.", clip(origin))
	case err != nil || !legal(key.Job) || len(key.Job) > s.rules.Widths.Job:
		s.refuse("JOB-LINK", "project", "its project's link %q is not a Jobpac job, which is WORKID|JOB with at most %d characters. Unlink the project and import the job again.", clip(origin), s.rules.Widths.Job)
	case key.WorkID != s.rules.WorkID:
		s.refuse("JOB-WORK-ID", "project", "job %s belongs to WorkID %s, but this connection serves WorkID %s. Link the project to a job of WorkID %s.", key.Job, key.WorkID, s.rules.WorkID, s.rules.WorkID)
	default:
		s.openJob(key)
		return key, true
	}
	return erp.JobKey{}, false
}

// openJob refuses a job that takes no costs, as far as Jobpac shows it.
func (s *sheet) openJob(key erp.JobKey) {
	j := s.facts.Job
	if j == nil {
		s.refuse("JOB-MISSING", "project", "Jobpac has no job %s in WorkID %s. Create it in Jobpac, or link the project to the right job.", key.Job, key.WorkID)
		return
	}
	if j.Active == erp.No {
		s.refuse("JOB-CLOSED", "project", "job %s is not active in Jobpac. Make it active and send it again.", key.Job)
	}
	if j.AllowCostUpdates == erp.No {
		s.refuse("JOB-CLOSED", "project", "job %s does not allow cost updates in Jobpac. Switch them on in the job's settings and send it again.", key.Job)
	}
	if j.FinanciallyComplete == erp.Yes {
		s.refuse("JOB-CLOSED", "project", "job %s is financially complete in Jobpac. Reopen the job, or do not send it.", key.Job)
	}
	if meaning := s.letter("job", key.Job, j.Status); closed(meaning) {
		s.refuse("JOB-CLOSED", "project", "job %s has status %q in Jobpac, which is %s. Reopen the job and send it again.", key.Job, j.Status, meaning)
	}
}

// letter is what a status code means; a code the settings do not name is
// warned of.
func (s *sheet) letter(what, name, status string) string {
	code := erp.Code(status)
	if code == "" || len(s.rules.StatusLetters) == 0 {
		return ""
	}
	meaning, ok := named(s.rules.StatusLetters, code)
	if !ok {
		s.warn("The settings do not say what status %q of %s %s means in Jobpac; it was taken as open.", code, what, name)
	}
	return meaning
}

func closed(meaning string) bool { return meaning == StatusStopped || meaning == StatusComplete }

// creditor checks the contract company.
func (s *sheet) creditor(vendor erp.Link) erp.CreditorKey {
	key, err := erp.ParseCreditorKey(vendor.Origin)
	switch {
	case strings.TrimSpace(vendor.Origin) == "":
		s.refuse("CREDITOR-LINK", "company", "company %q is not linked to a Jobpac creditor. Link it in Procore's ERP Integrations tool, then send it again.", clip(vendor.Name))
	case err != nil || !fits(key.Creditor, s.rules.Widths.Creditor):
		s.refuse("CREDITOR-LINK", "company", "the link %q of company %q is not a Jobpac creditor, which is WORKID|CREDITOR with at most %d characters. Unlink the company and import the creditor again.", clip(vendor.Origin), clip(vendor.Name), s.rules.Widths.Creditor)
	case key.WorkID != s.rules.CreditorWorkID:
		s.refuse("CREDITOR-WORK-ID", "company", "creditor %s belongs to creditor WorkID %s, but this connection uses %s. Link the company to a creditor of %s.", key.Creditor, key.WorkID, s.rules.CreditorWorkID, s.rules.CreditorWorkID)
	default:
		s.openCreditor(key)
	}
	s.result.Creditor = key.Creditor
	if key.Creditor == "" {
		s.result.Creditor = vendor.Name
	}
	return key
}

// openCreditor refuses a stopped creditor, as far as Jobpac shows it.
func (s *sheet) openCreditor(key erp.CreditorKey) {
	c := s.facts.Creditor
	if c == nil {
		s.refuse("CREDITOR-MISSING", "company", "Jobpac has no creditor %s in creditor WorkID %s. Create it in Jobpac, or link the company to the right creditor.", key.Creditor, key.WorkID)
		return
	}
	meaning := s.letter("creditor", key.Creditor, c.Status)
	if c.StopPayments == erp.Yes || closed(meaning) {
		s.refuse("CREDITOR-STOPPED", "company", "creditor %s %s is stopped in Jobpac. Lift the stop in Jobpac, or choose another company.", key.Creditor, clip(squeeze(c.Name)))
	}
	if have, want := erp.Code(c.Currency), erp.Code(s.rules.Currency); have != "" && want != "" && have != want {
		s.warn("Creditor %s is kept in %s in Jobpac, but the amounts are in %s; check the order's currency there.", key.Creditor, have, want)
	}
}

// fits tells whether a code that a link names can stand in a column of that
// width: printable, no longer, not empty.
func fits(code string, width int) bool {
	return code != "" && len(code) <= width && fold(code) == code
}
