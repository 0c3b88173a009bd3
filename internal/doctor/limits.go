package doctor

import "context"

// Limits tells what this program does not do, from Procore's manual for Jobpac
// (documented) and from this build: one line, so that nobody waits for it.
func Limits() Step {
	return Step{Topic: "limits", Look: func(context.Context) ([]Line, bool) {
		var lines []Line
		for _, text := range limits() {
			lines = append(lines, fine("%s", text))
		}
		return lines, true
	}}
}

// limits are the sentences, each true of every connection.
func limits() []string {
	return []string{
		"New projects only: what was entered in Jobpac before go_live stays as it is.",
		"One Jobpac organisation per connection; sub jobs are not used.",
		"Cost codes are the company's: no project-specific codes and no custom WBS segments; every line needs a synced cost code and cost type, and a code is a heading or a cost centre, never both.",
		"Commitments and their change orders are mastered in Procore; jobs, creditors and cost centres in Jobpac.",
		"Subcontractor invoices, head contracts, budgets, costs, timecards and timesheets are not carried by this build.",
		"Variation types must be mapped (mapping.variation); a variation cannot be changed in Jobpac once it is written.",
	}
}
