package imports

import (
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// The scopes of the cache. Parts of a name are joined by a line feed, which no
// code holds, and end with one, so that a prefix ends at a part's end.
//
//	hash  <lineage> <job> <kind>   row's origin id -> content as it was last taken
//	since <lineage> <job>          from when its next windowed read begins, by project
//	id    <type> <job>             origin id -> project/id in Procore
//	mark  <lineage>                what this copy knows about itself
//	spool <lineage> <kind> <job of the run> <job>   rows that were read and not taken yet, by number
//	spooled <lineage> <kind> <job of the run>       how far that spool has come
//
// A lineage is a group of objects that write the same rows: their hashes are
// good or void together. Job is the job's origin id, empty for company records.

func scope(parts ...string) string {
	clean := make([]string, len(parts))
	for i, part := range parts {
		clean[i] = strings.ReplaceAll(part, "\n", " ")
	}
	return strings.Join(clean, "\n") + "\n"
}

func hashScope(lineage erp.Object, job, kind string) string {
	return scope("hash", string(lineage), job, kind)
}
func idScope(t erp.EntryType, job string) string { return scope("id", string(t), job) }
func sinceScope(lineage erp.Object, job string) string {
	return scope("since", string(lineage), job)
}
func markScope(lineage erp.Object) string { return scope("mark", string(lineage)) }

// The keys of a mark.
const (
	markRun    = "run"    // the last run this copy took part in
	markReread = "reread" // set: the next run must read everything
)

// lineage is the object whose register and hashes an object shares. Where
// budgets arrive as job costs both write the same rows.
func (r *Runner) lineage(o erp.Object) erp.Object {
	if o == erp.Budgets && r.settings.Rules.ERPTool {
		return erp.JobCosts
	}
	return o
}

// kindOf is what a row is whichever way it is written: a creditor that was
// staged and is linked now is the same row with another content.
func kindOf(e erp.Entry) string {
	if e.Type == erp.EntryStaged {
		return e.ItemType
	}
	return string(e.Type)
}

// projectTypes are the types whose records belong to a project.
func projectTypes() []erp.EntryType {
	return []erp.EntryType{
		erp.EntryCostCode, erp.EntryAssignment, erp.EntryJobCost, erp.EntryBudgetLine, erp.EntryWBSCode,
		erp.EntryDirectCost, erp.EntryDirectLine, erp.EntryPrime, erp.EntryPrimeLine,
	}
}

func ofProject(t erp.EntryType) bool { return slices.Contains(projectTypes(), t) }

// lineagesOf lists where the hashes of a type's rows may stand.
func lineagesOf(t erp.EntryType) []erp.Object {
	switch t {
	case erp.EntryVendor:
		return []erp.Object{erp.Creditors}
	case erp.EntryProject:
		return []erp.Object{erp.Jobs}
	case erp.EntryStandardCode, erp.EntryCostCode, erp.EntryAssignment:
		return []erp.Object{erp.CostCodes}
	case erp.EntryCostType:
		return []erp.Object{erp.CostTypes}
	case erp.EntryTaxCode:
		return []erp.Object{erp.GSTCodes}
	case erp.EntryBudgetLine:
		return []erp.Object{erp.Budgets}
	case erp.EntryPrime, erp.EntryPrimeLine:
		return []erp.Object{erp.HeadContracts}
	}
	return []erp.Object{erp.JobCosts}
}

// jobOf is the job's part of a project record's origin id: WORKID|JOB, up to
// the second bar that is not escaped. "" where there is none.
func jobOf(origin string) string {
	bars := 0
	for i := 0; i < len(origin); i++ {
		switch origin[i] {
		case '\\':
			i++
		case '|':
			if bars++; bars == 2 {
				return origin[:i]
			}
		}
	}
	if bars == 1 {
		return origin
	}
	return ""
}
