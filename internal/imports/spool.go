package imports

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// A spool is a listing of all jobs, sorted out by job. Jobpac lists the ledger
// for the whole company only, so that to read it for each job would read it as
// often as there are jobs. It is read once in a run, into the cache, and each job
// then takes its own rows from there, as many as one call to Procore carries:
// memory holds one part, whatever the ledger's size.
//
// What a part brought stands in the cache in one write with the mark to go on
// from. A process that dies loses nothing of it and repeats nothing; one that
// finds another cache makes the spool anew.
type spool struct {
	mark  spoolMark
	heads map[string]*spoolHead // by the job's origin id
}

// spoolMark is how far a run's spool has come.
type spoolMark struct {
	Run   string
	Next  string
	Whole bool
}

// spoolHead tells of one job's rows. A job without one, which was linked or
// forgotten since the spool was begun, has no rows in it.
type spoolHead struct {
	Project erp.ID
	Since   time.Time // older rows have been taken before
	Rows    int
}

// The keys beside those of rows, which are numbers.
const (
	spoolMarkKey = "mark"
	spoolHeadKey = "head"
)

// phaseSpool is the name of the reading in a Progress.
const phaseSpool = "ledger of all jobs"

// spoolName tells runs apart that may be under way at once: of all jobs and of
// one job, and dry ones, which leave alone what a real one keeps.
func (j *journey) spoolName() []string {
	kind := ""
	if j.run.DryRun {
		kind = "dry"
	}
	return []string{string(j.lineage(j.run.Object)), kind, j.run.Project}
}

func (j *journey) spoolScope(job string) string {
	return scope(append([]string{"spool"}, append(j.spoolName(), job)...)...)
}

func (j *journey) spoolMarks() string { return scope(append([]string{"spooled"}, j.spoolName()...)...) }

// spoolLedger reads the ledger to its end or until the go is late.
func spoolLedger(ctx context.Context, j *journey) (bool, error) {
	s, err := j.openSpool(ctx)
	if err != nil {
		return false, err
	}
	for !s.mark.Whole {
		if ctx.Err() != nil {
			return false, stopped(ctx)
		}
		if err := j.spoolPart(ctx, s); err != nil {
			return false, err
		}
		j.tell(Progress{Object: j.run.Object, Phase: phaseSpool})
		if !s.mark.Whole && j.late() {
			return false, nil
		}
	}
	return true, nil
}

// openSpool finds the run's spool, or begins it.
func (j *journey) openSpool(ctx context.Context) (*spool, error) {
	jobs, err := j.jobsToDo(ctx)
	if err != nil {
		return nil, err
	}
	s := &spool{heads: map[string]*spoolHead{}}
	if _, err := j.recall(ctx, j.spoolMarks(), spoolMarkKey, &s.mark); err != nil {
		return nil, err
	}
	if s.mark.Run != j.run.ID || j.run.DryRun {
		return s, j.beginSpool(ctx, s, jobs)
	}
	for _, job := range jobs {
		if s.mark.Whole {
			break
		}
		head := &spoolHead{}
		known, err := j.recall(ctx, j.spoolScope(job.Origin), spoolHeadKey, head)
		if err != nil {
			return nil, err
		}
		if known {
			s.heads[job.Origin] = head
		}
	}
	return s, nil
}

// beginSpool drops what an earlier run left, and notes which jobs the new spool
// is for. A place within a job was one of the spool that is no more.
func (j *journey) beginSpool(ctx context.Context, s *spool, jobs []linked) error {
	if err := dropSpool(ctx, j); err != nil {
		return err
	}
	s.mark = spoolMark{Run: j.run.ID, Whole: len(jobs) == 0}
	j.mark.Place.Next = ""
	for _, job := range jobs {
		if job.Origin < j.mark.Place.Job {
			continue
		}
		since, err := j.since(ctx, job)
		if err != nil {
			return err
		}
		s.heads[job.Origin] = &spoolHead{Project: job.ID, Since: since}
	}
	puts := map[[2]string]string{}
	for job := range s.heads {
		if err := j.putHead(puts, s, job); err != nil {
			return err
		}
	}
	return j.keep(ctx, s, puts)
}

// since is from when a job's rows are wanted; zero: all of them.
func (j *journey) since(ctx context.Context, job linked) (time.Time, error) {
	if j.run.Full || j.blind {
		return time.Time{}, nil
	}
	key := job.ID.String() // another project has none of the job's costs
	found, err := j.parts.Cache.Get(ctx, sinceScope(j.lineage(j.run.Object), job.Origin), []string{key})
	if at, bad := time.Parse(time.RFC3339Nano, found[key]); bad == nil {
		return at.Add(-j.settings.Overlap), err
	}
	return time.Time{}, err
}

// spoolPart reads one part, and writes its rows under their jobs.
func (j *journey) spoolPart(ctx context.Context, s *spool) error {
	reading := erp.Reading{Listing: erp.ListLedger, WorkID: j.settings.Rules.WorkID, Since: s.oldest(), After: s.mark.Next}
	if key, err := erp.ParseJobKey(j.run.Project); err == nil {
		reading.Job = key.Job
	}
	read, err := j.parts.Jobpac.Read(ctx, reading)
	if err != nil {
		return err
	}
	puts := map[[2]string]string{}
	for _, row := range read.Rows {
		if err := j.putRow(puts, s, row); err != nil {
			return err
		}
	}
	s.mark.Next, s.mark.Whole = read.Next, read.Next == ""
	return j.keep(ctx, s, puts)
}

// oldest is from when the ledger must be read so that every job finds its rows.
func (s *spool) oldest() time.Time {
	var oldest time.Time
	for _, head := range s.heads {
		if head.Since.IsZero() {
			return time.Time{}
		}
		if oldest.IsZero() || head.Since.Before(oldest) {
			oldest = head.Since
		}
	}
	return oldest
}

// putRow adds a row to its job, where that is one of the run's and has not taken
// the row before.
func (j *journey) putRow(puts map[[2]string]string, s *spool, row erp.Row) error {
	job := erp.JobKey{WorkID: j.settings.Rules.WorkID, Job: row.Get(erp.ColJob)}.Origin()
	head := s.heads[job]
	if head == nil {
		return nil
	}
	if at, err := time.Parse(time.RFC3339, row.Get(erp.ColChanged)); err == nil && at.Before(head.Since) {
		return nil
	}
	value, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	puts[[2]string{j.spoolScope(job), strconv.Itoa(head.Rows)}] = string(value)
	head.Rows++
	return j.putHead(puts, s, job)
}

func (j *journey) putHead(puts map[[2]string]string, s *spool, job string) error {
	value, err := json.Marshal(s.heads[job])
	puts[[2]string{j.spoolScope(job), spoolHeadKey}] = string(value)
	return err
}

// keep writes to the cache, with the mark to go on from.
func (j *journey) keep(ctx context.Context, s *spool, puts map[[2]string]string) error {
	value, err := json.Marshal(s.mark)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	puts[[2]string{j.spoolMarks(), spoolMarkKey}] = string(value)
	return j.parts.Cache.Put(ctx, puts)
}

// recall reads one value of the cache, and tells whether it was there.
func (j *journey) recall(ctx context.Context, scope, key string, into any) (bool, error) {
	found, err := j.parts.Cache.Get(ctx, scope, []string{key})
	if err != nil || found[key] == "" {
		return false, err
	}
	if err := json.Unmarshal([]byte(found[key]), into); err != nil {
		return false, fmt.Errorf("spool, %s: %w", key, err)
	}
	return true, nil
}

// dropSpool lets go of the rows. The mark stays: it tells a go that resumes
// after this that there was a spool, and that it was taken. A dry run has no such
// go and leaves nothing.
func dropSpool(ctx context.Context, j *journey) error {
	names := []string{scope(append([]string{"spool"}, j.spoolName()...)...)}
	if j.run.DryRun {
		names = append(names, j.spoolMarks())
	}
	return j.parts.Cache.Drop(ctx, names...)
}

// spooledRows gives the next rows of a job.
func spooledRows(ctx context.Context, j *journey, job linked) (erp.Part, error) {
	var head spoolHead
	if known, err := j.spooled(ctx, job, &head); !known || err != nil {
		return erp.Part{}, err
	}
	at, _ := strconv.Atoi(j.mark.Place.Next)
	end := min(at+mostRows, head.Rows)
	keys := make([]string, 0, mostRows)
	for n := at; n < end; n++ {
		keys = append(keys, strconv.Itoa(n))
	}
	found, err := j.parts.Cache.Get(ctx, j.spoolScope(job.Origin), keys)
	if err != nil {
		return erp.Part{}, err
	}
	part := erp.Part{Rows: make([]erp.Row, 0, len(keys))}
	for _, key := range keys {
		var row erp.Row
		if json.Unmarshal([]byte(found[key]), &row) != nil {
			j.mark.HoldAll = true // it was forgotten meanwhile: the next run reads it again
			continue
		}
		part.Rows = append(part.Rows, row)
	}
	if end < head.Rows {
		part.Next = strconv.Itoa(end)
	}
	return part, nil
}

// spooled tells whether the spool was made for that job and project.
func (j *journey) spooled(ctx context.Context, job linked, head *spoolHead) (bool, error) {
	known, err := j.recall(ctx, j.spoolScope(job.Origin), spoolHeadKey, head)
	return known && head.Project == job.ID, err
}
