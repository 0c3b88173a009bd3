package jobpacsim

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const defaultJournalSize = 10_000

// Config says how a simulator starts. The zero value is a strict, empty one.
type Config struct {
	// Settings replace DefaultSettings.
	Settings *Settings
	// Seed is put in at the start and again by Reset.
	Seed Seed
	// Faults are set at the start and again by Reset.
	Faults []Fault
	// JournalSize is how many calls the journal keeps; 0 means 10,000.
	JournalSize int
	// Now is the wall clock; nil means time.Now.
	Now func() time.Time
}

// Sim is a Jobpac Connect server with its books in memory. All methods are
// safe for concurrent use.
type Sim struct {
	config     Config
	operations map[string]*operation
	closing    chan struct{}
	closeOnce  sync.Once
	timers     sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	books    *books
	gate     *gate
	settings *Settings // replaced as a whole, never changed in place
	traps    []*trap
	journal  *journal
	calls    map[string]int
	ahead    time.Duration // how far the clock was advanced
	pending  []*lateCommit
	spoilt   int // bad rows made so far
}

// New makes a simulator. An error says what is wrong with the settings, the
// seed or the faults. Close it when done.
func New(config Config) (*Sim, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.JournalSize <= 0 {
		config.JournalSize = defaultJournalSize
	}
	if config.Settings == nil {
		defaults := DefaultSettings()
		config.Settings = &defaults
	}
	s := &Sim{config: config, closing: make(chan struct{})}
	if err := s.build(); err != nil {
		return nil, err
	}
	if err := s.Reset(); err != nil {
		return nil, err
	}
	return s, nil
}

// build reads the embedded tables and joins every operation to its work.
func (s *Sim) build() error {
	known := readColumns()
	operations, err := readOperations(known)
	if err != nil {
		return err
	}
	s.operations = operations
	if s.books, err = newBooks(known, operations); err != nil {
		return err
	}
	works := s.works()
	for _, op := range operations {
		op.run = works[op.name]
		if op.isListing() {
			if op.run == nil {
				op.run = s.listRows
			}
			if err := s.books.prepareListing(op); err != nil {
				return err
			}
		}
		if op.run == nil {
			return fmt.Errorf("operation %s has no work", op.name)
		}
	}
	return nil
}

// Handler serves the vendor's API.
func (s *Sim) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// Close ends waiting calls without an answer and drops late commits that are
// not due. It waits for what the simulator itself started.
func (s *Sim) Close() {
	s.closeOnce.Do(func() {
		close(s.closing)
		s.mu.Lock()
		s.closed = true
		s.dropPending()
		s.mu.Unlock()
	})
	s.timers.Wait()
}

// Reset puts everything back to how New made it: books, settings, faults,
// clock, tokens, counts and journal.
func (s *Sim) Reset() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropPending()
	s.books.clear()
	s.gate = newGate()
	s.journal = newJournal(s.config.JournalSize)
	s.calls = map[string]int{}
	s.ahead = 0
	s.spoilt = 0
	return errors.Join(s.setSettings(*s.config.Settings), s.setFaults(s.config.Faults), s.seed(s.config.Seed))
}

// now is the simulator's clock; the caller holds the mutex.
func (s *Sim) now() time.Time { return s.wall().Add(s.ahead) }

// wall is the clock without what was advanced.
func (s *Sim) wall() time.Time { return s.config.Now().UTC() }

// Now gives the time on the simulator's clock.
func (s *Sim) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// Advance moves the simulator's clock forward and does the late commits that
// have become due. The time in Triple DES logins is still held against the
// wall clock: advancing stands for time that passed at both ends.
func (s *Sim) Advance(d time.Duration) error {
	if d < 0 {
		return errors.New("the clock moves forward only")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
	s.settleDue()
	return nil
}

// Settings gives a copy of the present settings.
func (s *Sim) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings.clone()
}

// SetSettings replaces the settings; an error names the one that makes no sense
// and leaves all as they were.
func (s *Sim) SetSettings(settings Settings) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.setSettings(settings)
}

func (s *Sim) setSettings(settings Settings) error {
	if err := settings.check(); err != nil {
		return err
	}
	settings = settings.clone()
	s.settings = &settings
	return nil
}

// SetFaults replaces all faults; nil takes them away. An error names the fault
// that cannot be set and leaves the old ones in place.
func (s *Sim) SetFaults(faults []Fault) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.setFaults(faults)
}

func (s *Sim) setFaults(faults []Fault) error {
	traps := make([]*trap, 0, len(faults))
	for _, f := range faults {
		t, err := newTrap(f, s.operations)
		if err != nil {
			return err
		}
		traps = append(traps, t)
	}
	s.traps = traps
	return nil
}

// Faults gives the faults that are set and how often each matched and struck.
func (s *Sim) Faults() []FaultState {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := make([]FaultState, len(s.traps))
	for i, t := range s.traps {
		states[i] = t.FaultState
	}
	return states
}

// Journal gives the kept calls, oldest first. Their maps are shared: read only.
func (s *Sim) Journal() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.all()
}
