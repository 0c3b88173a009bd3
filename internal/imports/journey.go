package imports

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// journey is one go of a run.
type journey struct {
	*Runner
	run  Run
	plan []phase

	reg  journal.Register // of the run
	mark *journal.ImportMark
	seq  uint64

	blind    bool            // stored hashes do not count: a dry run beside another cache
	quiet    int             // parts since the checkpoint was saved
	loaded   map[string]bool // id scopes that were read from Procore in this go
	projects *projects       // nil until a phase needs them
	pretend  map[string]map[string]erp.ID
}

// begin finds the checkpoint, and sees that the cache may be believed.
//
// The order matters. Hashes that are void go first, then the journal says that
// this cache takes part, then the cache says so of itself: a death between any
// two of these leaves them unlike, and the hashes are dropped once more.
func (j *journey) begin(ctx context.Context) error {
	j.marks.Lock() // Forget writes the cache's mark too
	defer j.marks.Unlock()
	if err := j.load(ctx); err != nil {
		return err
	}
	resumed := j.mark.Run == j.run.ID
	if resumed && !j.mark.Ended.IsZero() {
		return nil
	}
	writer, seq, err := j.writer(ctx)
	if err != nil {
		return err
	}
	own, err := j.ownMark(ctx)
	if err != nil {
		return err
	}
	sound := writer.Import.Writer == journal.ImportWriter{Cache: j.parts.Cache.ID(), Run: own[markRun]} && own[markRun] != ""
	if own[markReread] != "" {
		j.mark.Last = nil
	}
	if !resumed {
		j.anew(sound)
	}
	if j.run.DryRun {
		j.blind, j.pretend = !sound, map[string]map[string]erp.ID{}
		return nil
	}
	if resumed && sound && own[markRun] == j.run.ID && own[markReread] == "" {
		return nil
	}
	return j.sign(ctx, writer, seq, sound)
}

// load reads the register of the run.
func (j *journey) load(ctx context.Context) error {
	name := journal.ImportRegister(j.run.Object)
	if j.run.Project != "" {
		name = journal.ImportJobRegister(j.run.Object, j.run.Project)
	}
	var err error
	j.reg, j.seq, err = j.parts.Registers.LoadRegister(ctx, j.settings.Connection, name)
	j.reg.Name = name
	if j.reg.Import == nil {
		j.reg.Import = &journal.ImportMark{}
	}
	j.mark = j.reg.Import
	return err
}

// writer is the register that all runs of the lineage share; often it is the
// run's own.
func (j *journey) writer(ctx context.Context) (journal.Register, uint64, error) {
	name := journal.ImportRegister(j.lineage(j.run.Object))
	if name == j.reg.Name {
		return j.reg, j.seq, nil
	}
	reg, seq, err := j.parts.Registers.LoadRegister(ctx, j.settings.Connection, name)
	reg.Name = name
	if reg.Import == nil {
		reg.Import = &journal.ImportMark{}
	}
	return reg, seq, err
}

// ownMark is what the cache knows about itself.
func (j *journey) ownMark(ctx context.Context) (map[string]string, error) {
	return j.parts.Cache.Get(ctx, markScope(j.lineage(j.run.Object)), []string{markRun, markReread})
}

// anew starts the mark of a new run. It reads what changed since the last one
// that was done, where the cache took part in everything since.
func (j *journey) anew(incremental bool) {
	last, writer := j.mark.Last, j.mark.Writer
	*j.mark = journal.ImportMark{Run: j.run.ID, Started: j.parts.Now().UTC(), Last: last, Writer: writer}
	if incremental && !j.run.Full && last != nil && !last.From.IsZero() {
		j.mark.Since = last.From.Add(-j.settings.Overlap)
	}
	j.drop()
}

// sign notes in the journal and in the cache that this cache takes part.
func (j *journey) sign(ctx context.Context, writer journal.Register, seq uint64, sound bool) error {
	lineage := j.lineage(j.run.Object)
	if !sound {
		void := []string{scope("hash", string(lineage)), scope("since", string(lineage)), scope("spool", string(lineage)), scope("spooled", string(lineage))}
		if err := j.parts.Cache.Drop(ctx, void...); err != nil {
			return err
		}
	}
	id := j.parts.Cache.ID()
	writer.Import.Writer = journal.ImportWriter{Cache: id, Run: j.run.ID}
	if writer.Name == j.reg.Name {
		if err := j.save(ctx); err != nil {
			return err
		}
	} else if err := j.parts.Registers.SaveRegister(ctx, j.settings.Connection, writer, seq); err != nil {
		return moved(err)
	}
	return j.parts.Cache.Put(ctx, map[[2]string]string{{markScope(lineage), markRun}: j.run.ID, {markScope(lineage), markReread}: ""})
}

// save saves the run's register, and reads the sequence to save the next one
// after. What it reads must be what it wrote.
func (j *journey) save(ctx context.Context) error {
	if err := j.parts.Registers.SaveRegister(ctx, j.settings.Connection, j.reg, j.seq); err != nil {
		return moved(err)
	}
	saved, seq, err := j.parts.Registers.LoadRegister(ctx, j.settings.Connection, j.reg.Name)
	if err != nil {
		return err
	}
	if saved.Import == nil || saved.Import.Run != j.mark.Run || saved.Import.Place != j.mark.Place {
		return moved(journal.ErrMoved)
	}
	j.seq, j.quiet = seq, 0
	return nil
}

// moved makes a lost compare-and-set a fault that may go by.
func moved(err error) error {
	if errors.Is(err, journal.ErrMoved) {
		return fault.New(fault.Transient, "another run saved its checkpoint first", err).OfSystem()
	}
	return err
}

// quietParts is how many parts that wrote nothing may go by without saving the
// checkpoint: to repeat them costs reading only, and the journal keeps each.
const quietParts = 8

// checkpoint saves the place the run has reached.
func (j *journey) checkpoint(ctx context.Context, wrote bool) error {
	j.quiet++
	if j.run.DryRun || !wrote && j.quiet < quietParts {
		return nil
	}
	return j.save(ctx)
}

// pause saves the place at the end of a go.
func (j *journey) pause(ctx context.Context) error {
	if j.run.DryRun {
		return nil
	}
	return j.save(ctx)
}

// finish notes that the run is done, and from when the next one must read: from
// this one's start, or from the oldest row that has to be tried again.
func (j *journey) finish(ctx context.Context) error {
	m := j.mark
	m.Ended, m.Place = j.parts.Now().UTC(), journal.ImportPlace{}
	j.drop()
	if j.run.DryRun {
		return nil
	}
	if j.run.Project == "" {
		m.Last = &journal.ImportLast{Run: m.Run, From: nextFrom(m), Ended: m.Ended}
	}
	return j.save(ctx)
}

// nextFrom is from when the run after this one must read; zero: everything.
func nextFrom(m *journal.ImportMark) time.Time {
	switch {
	case m.HoldAll:
		return time.Time{}
	case !m.Hold.IsZero() && m.Hold.Before(m.Started):
		return m.Hold
	}
	return m.Started
}

// hold keeps the next run's window open for a row that must be tried again.
func (j *journey) hold(changed string) {
	at, err := time.Parse(time.RFC3339, changed)
	switch {
	case err != nil:
		j.mark.HoldAll = true
	case j.mark.Hold.IsZero() || at.Before(j.mark.Hold):
		j.mark.Hold = at.UTC()
	}
}

// The bounds of what a checkpoint holds: it is written often, and kept.
const (
	mostProblems  = 200
	longestNotice = 400
)

// refuse notes a row that is not brought.
func (j *journey) refuse(problems ...erp.Problem) {
	j.mark.Counts.Refused++
	for _, p := range problems {
		if len(j.mark.Refusals) < mostProblems {
			j.mark.Refusals = append(j.mark.Refusals, journal.ImportProblem{Rule: p.Rule, Where: p.Where, Message: clip(p.Message)})
		}
	}
}

// note adds words to the summary, the same words once.
func (j *journey) note(words ...string) {
	for _, w := range words {
		if len(j.mark.Notes) < mostProblems && !contains(j.mark.Notes, clip(w)) {
			j.mark.Notes = append(j.mark.Notes, clip(w))
		}
	}
}

// report tells of the run so far.
func (j *journey) report() Report {
	m := j.mark
	s := Summary{
		Object: j.run.Object, Read: m.Counts.Read, New: m.Counts.New, Changed: m.Counts.Changed, Unchanged: m.Counts.Unchanged,
		Refused: m.Counts.Refused, Calls: m.Counts.Calls, Notes: m.Notes, Started: m.Started, Ended: m.Ended,
	}
	for _, p := range m.Refusals {
		s.Refusals = append(s.Refusals, erp.Problem(p))
	}
	return Report{Done: !m.Ended.IsZero(), Summary: s}
}

func clip(words string) string {
	if runes := []rune(words); len(runes) > longestNotice {
		return string(runes[:longestNotice-1]) + "…"
	}
	return words
}

func contains(list []string, words string) bool {
	for _, one := range list {
		if one == words {
			return true
		}
	}
	return false
}

// stopped is the error of a go whose context has ended.
func stopped(ctx context.Context) error {
	return fault.New(fault.Transient, "stopped", fmt.Errorf("the rest follows with the next go: %w", context.Cause(ctx)))
}
