package witness

import (
	"context"
	"fmt"
	"slices"

	"github.com/procpac/procpac/internal/journal"
)

// Scrub reads both streams in full and raises what it finds: gaps, entries that
// cannot be read, broken histories, and records that were seen and are not there
// any more. Effects that the file knows nothing of are learnt. An error says
// that it did not come to its end.
func (g *Guard) Scrub(ctx context.Context) error {
	if g.source == nil {
		return nil
	}
	before := g.State()
	_, found, err := g.survey(ctx)
	if err != nil {
		return fmt.Errorf("read the streams in full: %w", err)
	}
	if now := g.State(); !now.Released.Equal(before.Released) { // what was seen before does not count any more
		g.readAll(true)
		return nil
	}
	known := g.pardoned()
	found = slices.DeleteFunc(found, func(f Finding) bool { return pardons(known, f) })
	return g.met(ctx, found)
}

// survey reads everything and gives what is wrong with it, released or not, and
// the streams as they are just after: reading makes a server notice its damage.
func (g *Guard) survey(ctx context.Context) (now Streams, found []Finding, err error) {
	s := &survey{guard: g}
	if g.file != nil {
		if s.marks, err = g.file.marks(ctx); err != nil {
			return now, nil, err
		}
	}
	for _, stream := range []string{Journal, Events} {
		if err := g.source.Read(ctx, stream, 1, s.take); err != nil {
			return now, nil, err
		}
	}
	now, err = g.source.Streams(ctx)
	return now, append(s.found, s.unmet()...), err
}

// survey is a full read under way.
type survey struct {
	guard *Guard
	marks map[string]mark // what was seen and not met again yet
	found []Finding
}

// take looks at entries.
func (s *survey) take(ctx context.Context, entries []Entry) error {
	var b Batch
	for _, e := range entries {
		if f, ok := e.wrong(); ok {
			s.found = append(s.found, f)
		}
		if r, ok := e.record(); ok && s.meet(r) {
			b.Records = append(b.Records, r)
		}
	}
	if s.guard.file == nil || len(b.Records) == 0 {
		return nil
	}
	return s.guard.file.Note(ctx, b)
}

// meet compares a record with what was seen of its effect, and tells whether it
// is new to the file.
func (s *survey) meet(r Record) (learn bool) {
	m, known := s.marks[r.id()]
	if known && m.seq == r.Seq && (r.State == journal.None || m.state == r.State) && (m.at == 0 || m.at == micros(r.At)) {
		m.records = 0 // met
		s.marks[r.id()] = m
	}
	return !known
}

// mostNamed is how many effects one full read names.
const mostNamed = 50

// unmet lists the records that were seen and did not come, and not those whose
// history has been found broken anyway.
func (s *survey) unmet() []Finding {
	var lost []Finding
	for id, m := range s.marks {
		if m.records > 0 && !pardonsEffect(s.found, id) {
			lost = append(lost, Finding{Stream: Journal, What: EffectBackwards, Effect: id, From: m.seq, To: m.seq, Words: fmt.Sprintf(
				"The history of %s went backwards: its record at sequence %d (%s), which was seen, is not there.", id, m.seq, m.state)})
		}
	}
	slices.SortFunc(lost, func(a, b Finding) int { return int(a.From) - int(b.From) })
	if len(lost) > mostNamed {
		lost[mostNamed-1].Words += fmt.Sprintf(" So did %d more.", len(lost)-mostNamed)
		lost = lost[:mostNamed]
	}
	return lost
}
