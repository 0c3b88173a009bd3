package imports

import (
	"context"

	"github.com/procpac/procpac/internal/erp"
)

// Forget drops what is remembered of records: their content, so that the next
// run that reads them sends them again, and their Procore ids. It is for
// records that were unlinked or deleted in Procore. Origin ids that nothing is
// remembered of are no error. The next run of creditors reads all of them, as
// the window of its time stamps would pass the forgotten ones by.
func (r *Runner) Forget(ctx context.Context, t erp.EntryType, origins ...string) error {
	puts := map[[2]string]string{}
	for _, origin := range origins {
		job := ""
		if ofProject(t) {
			job = jobOf(origin)
		}
		puts[[2]string{idScope(t, job), origin}] = ""
		for _, lineage := range lineagesOf(t) {
			puts[[2]string{hashScope(lineage, job, string(t)), origin}] = ""
		}
	}
	return r.change(ctx, t, puts)
}

// Remember notes the Procore ids of records by their origin ids, as events tell
// them: a company that was linked to a creditor, a staged record that was
// imported. Records without an origin id are passed over. Project records are
// found in Procore's own lists and are passed over too.
func (r *Runner) Remember(ctx context.Context, t erp.EntryType, records []erp.Known) error {
	puts := map[[2]string]string{}
	for _, known := range records {
		if known.Origin != "" && known.ID != 0 && !ofProject(t) {
			puts[[2]string{idScope(t, ""), known.Origin}] = writeID(0, known.ID)
		}
	}
	return r.change(ctx, t, puts)
}

// change writes to the cache, and has the next run read everything where the
// object is read by time of change.
func (r *Runner) change(ctx context.Context, t erp.EntryType, puts map[[2]string]string) error {
	if len(puts) == 0 {
		return nil
	}
	r.marks.Lock()
	defer r.marks.Unlock()
	if t == erp.EntryVendor {
		puts[[2]string{markScope(erp.Creditors), markReread}] = "1"
	}
	return r.parts.Cache.Put(ctx, puts)
}

// ForgetProject drops all that is remembered of a job's project, its codes,
// costs and contracts: the next runs send them again. It is for a project that
// was unlinked, reset or linked anew.
func (r *Runner) ForgetProject(ctx context.Context, jobOrigin string) error {
	key, err := erp.ParseJobKey(jobOrigin)
	if err != nil {
		return err
	}
	job, prefixes := key.Origin(), []string{}
	for _, lineage := range erp.Objects() {
		prefixes = append(prefixes, scope("hash", string(lineage), job), scope("since", string(lineage), job),
			scope("spool", string(lineage), "", "", job), scope("spool", string(lineage), "", job, job))
	}
	for _, t := range projectTypes() {
		prefixes = append(prefixes, idScope(t, job))
	}
	if err := r.parts.Cache.Drop(ctx, prefixes...); err != nil {
		return err
	}
	return r.Forget(ctx, erp.EntryProject, job)
}
