package jobpac

import (
	"context"
	"net/url"
	"slices"

	"github.com/procpac/procpac/internal/erp"
)

// jobQueue is which jobs a listing that goes by jobs has before it.
type jobQueue struct {
	Wait  []string `json:"w,omitempty"`
	After *string  `json:"a,omitempty"` // the last job taken from the list of jobs
	Done  bool     `json:"d,omitempty"` // there are no more behind Wait
}

// longestJob is how long a job's code may be (documented).
const longestJob = 6

// nextJob goes on to the next job, or finds that there is none.
func (w *walk) nextJob(ctx context.Context) error {
	q := w.at.Jobs
	if len(q.Wait) == 0 && !q.Done {
		return w.moreJobs(ctx)
	}
	if len(q.Wait) == 0 {
		w.done = true
		return nil
	}
	w.at.Job, q.Wait = q.Wait[0], slices.Clone(q.Wait[1:])
	return nil
}

// moreJobs reads the next few jobs of the WorkID. They come in the order of
// their codes, so that the last one taken is enough to go on from.
func (w *walk) moreJobs(ctx context.Context) error {
	q := w.at.Jobs
	list := w.beside(erp.ListJobs, "")
	if q.After != nil {
		list.at.Levels = []level{{Axis: 0, Lo: q.After}}
	}
	rows, err := list.some(ctx)
	w.calls += list.calls
	if err != nil {
		return err
	}
	w.at.Order, w.at.Sure = list.at.Order, list.at.Sure
	jobs := values(rows, erp.ColJob)
	slices.SortFunc(jobs, w.at.Order.compare)
	jobs = slices.DeleteFunc(slices.Compact(jobs), func(job string) bool { return len(job) > longestJob }) // Jobpac would refuse to be asked for it
	q.Done = list.done && len(jobs) <= maxQueue
	q.Wait = jobs[:min(len(jobs), maxQueue)]
	if len(q.Wait) > 0 {
		q.After = &q.Wait[len(q.Wait)-1]
	}
	return nil
}

// costTypes are the types of the cost centres of the job under way.
func (w *walk) costTypes(ctx context.Context) ([]string, error) {
	list := w.beside(erp.ListCentres, w.at.Job)
	var types []string
	for !list.done {
		rows, err := list.some(ctx)
		if err != nil {
			return nil, err
		}
		types = distinct(append(types, values(rows, erp.ColCostType)...))
	}
	w.calls += list.calls
	slices.Sort(types)
	return types, nil
}

// beside is a walk through another listing of the same WorkID.
func (w *walk) beside(l erp.Listing, job string) *walk {
	src, _ := sourceOf(l)
	r := erp.Reading{Listing: l, WorkID: w.r.WorkID, Job: job}
	return &walk{c: w.c, r: r, src: src, at: place{Of: readingOf(r), Order: w.at.Order, Sure: w.at.Sure, Job: job}}
}

// some steps on until there are rows or the end.
func (w *walk) some(ctx context.Context) ([]erp.Row, error) {
	for !w.done {
		if rows, err := w.step(ctx); err != nil || len(rows) > 0 {
			return rows, err
		}
	}
	return nil, nil
}

func values(rows []erp.Row, name erp.Name) []string {
	found := make([]string, len(rows))
	for i, r := range rows {
		found[i] = r.Get(name)
	}
	return found
}

// stretch tells whether an answer for one job is whole, by asking for that job
// and the next at once: a longer answer shows that the cap did not end the
// first. One of the same length, though the next job has rows, shows that it
// did. Two or three calls, and the lengths of many answers are settled.
func (w *walk) stretch(ctx context.Context, rows int) (whole bool, err error) {
	known := w.c.sizes.get(w.r.Listing)
	if w.at.Job == "" || !slices.Contains(w.src.op.optional, "StartJob") || rows == known.cut || rows == known.vain {
		return false, nil
	}
	params, next, err := w.neighbours(ctx)
	if err != nil {
		return false, err
	}
	if next == "" {
		w.c.sizes.inVain(w.r.Listing, rows)
		return false, nil
	}
	wide, err := w.lengthOf(ctx, params)
	if err != nil || wide > rows {
		return err == nil, err
	}
	alone, err := w.lengthOf(ctx, url.Values{w.src.work: {w.r.WorkID}, "Job": {next}})
	if err != nil {
		return false, err
	}
	if alone > 0 && wide == rows {
		w.c.sizes.wasCut(w.r.Listing, rows)
	}
	w.c.sizes.inVain(w.r.Listing, rows)
	return false, nil
}

// lengthOf is how many rows a question is answered with.
func (w *walk) lengthOf(ctx context.Context, params url.Values) (int, error) {
	w.calls++
	answer, err := w.c.listSome(ctx, w.src.op, params)
	if err != nil {
		return 0, err
	}
	n := len(answer.rows)
	if answer.more {
		n++
	}
	w.c.sizes.note(w.r.Listing, n)
	return n, nil
}

// neighbours finds the job next to the one under way, and the question for
// both: a range that begins before and ends behind them, so that it holds them
// whether it includes its ends or not.
func (w *walk) neighbours(ctx context.Context) (params url.Values, next string, err error) {
	w.calls++
	answer, err := w.c.listSome(ctx, jobListing(), url.Values{"WorkId": {w.r.WorkID}})
	if err != nil {
		return nil, "", err
	}
	var jobs []string
	for _, r := range answer.rows {
		jobs = append(jobs, r["Job"])
	}
	slices.SortFunc(jobs, w.at.Order.compare)
	jobs = slices.Compact(jobs)
	at := slices.Index(jobs, w.at.Job)
	if at < 0 || len(jobs) < 2 {
		return nil, "", nil
	}
	from, to := at, at+1
	if to == len(jobs) {
		from, to = at-1, at
	}
	params = url.Values{w.src.work: {w.r.WorkID}}
	if from > 0 {
		params.Set("StartJob", jobs[from-1])
	}
	if to+1 < len(jobs) {
		params.Set("FinishJob", jobs[to+1])
	}
	return params, jobs[from+to-at], nil
}
