package witness

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/journal"
)

// memory is a journal of one register and one effect, and streams beside it.
type memory struct {
	mu     sync.Mutex
	reg    journal.Register
	seq    uint64
	saves  int
	away   error // every call fails with it
	moved  int   // so many saves come too late
	effect journal.Effect
	lag    int // so many reads are short
	now    Streams
	gaps   []Entry
	reads  int
	during func() // happens while a read is under way
}

func (m *memory) LoadRegister(_ context.Context, _, name string) (journal.Register, uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reg.Name == "" {
		return journal.Register{Name: name}, m.seq, m.away
	}
	return m.reg, m.seq, m.away
}

func (m *memory) SaveRegister(_ context.Context, _ string, reg journal.Register, after uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away != nil {
		return m.away
	}
	if m.moved > 0 || after != m.seq {
		m.moved--
		return journal.ErrMoved
	}
	m.reg, m.seq, m.saves = reg, m.seq+1, m.saves+1
	return nil
}

func (m *memory) Load(context.Context, journal.Key) (journal.Effect, error) {
	if m.during != nil {
		m.during()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lag--; m.lag >= 0 {
		return journal.Effect{}, m.away
	}
	return m.effect, m.away
}

func (m *memory) Append(context.Context, journal.Key, journal.Record, uint64) (uint64, error) {
	return 77, nil
}

func (m *memory) Streams(context.Context) (Streams, error) {
	if m.during != nil {
		m.during()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lag--; m.lag >= 0 {
		return Streams{Events: Stream{Created: epoch}, Journal: Stream{Created: epoch}}, m.away
	}
	return m.now, m.away
}

func (m *memory) Read(ctx context.Context, stream string, _ uint64, fn func(context.Context, []Entry) error) error {
	m.mu.Lock()
	m.reads++
	gaps, away := m.gaps, m.away
	m.mu.Unlock()
	if away != nil || len(gaps) == 0 || stream != Journal {
		return away
	}
	return fn(ctx, gaps)
}

func (m *memory) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

// guarded is a guard on a memory, with a file if dir is not empty.
func guarded(t *testing.T, m *memory, dir string) *Guard {
	t.Helper()
	g := NewGuard(m, zerolog.Nop(), func() time.Time { return epoch })
	g.patience = nil
	var file *File
	if dir != "" {
		file = opened(t, filepath.Join(dir, "witness.db"))
	}
	g.Watch(file, m)
	return g
}
