package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// The occasions a connection may ask to hear of.
const (
	Parked       = "parked"
	Rejected     = "rejected"
	Dead         = "dead"
	TokenRefused = "token_refused"
	SafeMode     = "safe_mode"
)

// Note is one thing to tell.
type Note struct {
	On         string    `json:"on"`
	Connection string    `json:"connection"`
	Effect     string    `json:"effect,omitempty"` // acme.commitment-4101
	Title      string    `json:"title,omitempty"`
	Number     string    `json:"number,omitempty"` // in Jobpac
	Reason     string    `json:"reason"`
	At         time.Time `json:"at"`
}

// Line is the note in one line of text.
func (n Note) Line() string {
	parts := []string{n.At.UTC().Format(time.RFC3339), n.On, n.Effect, n.Number, n.Title}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return strings.Join(parts, "  ") + ": " + n.Reason
}

// Channel delivers notes to people. An error means that they did not arrive,
// or may not have.
type Channel interface {
	Name() string
	Send(ctx context.Context, notes []Note) error
}

// Options say where to tell what, and how often at most.
type Options struct {
	Channels []Channel
	On       []string      // empty: nothing is told
	Digest   time.Duration // at most one message in this time; 0: no limit
	Retry    time.Duration // of what could not be delivered; 0: a minute
	Log      zerolog.Logger
	Now      func() time.Time
}

// Notifier collects notes and sends them. Tell is safe for concurrent use; Run
// is called once.
type Notifier struct {
	o     Options
	mu    sync.Mutex
	notes []Note
	mark  func() // remembers that everything told so far was delivered
	woken chan struct{}
}

// mostNotes bounds what one message carries and what is kept when nobody can
// be reached: the oldest stay, the rest is counted in the journal anyway.
const mostNotes = 500

// New makes a notifier.
func New(o Options) *Notifier {
	if o.Retry == 0 {
		o.Retry = time.Minute
	}
	return &Notifier{o: o, woken: make(chan struct{}, 1)}
}

// Tell adds notes. delivered is called once these, and all before them, have
// reached every channel; a later delivered replaces an earlier one; nil leaves it.
func (n *Notifier) Tell(notes []Note, delivered func()) {
	n.mu.Lock()
	for _, note := range notes {
		if slices.Contains(n.o.On, note.On) && len(n.notes) < mostNotes {
			n.notes = append(n.notes, note)
		}
	}
	idle := len(n.notes) == 0
	if delivered != nil {
		n.mark = delivered
	}
	n.mu.Unlock()
	if idle {
		if delivered != nil {
			delivered()
		}
		return
	}
	select {
	case n.woken <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends, then once more what is left.
func (n *Notifier) Run(ctx context.Context) {
	var next time.Time // not before
	for {
		select {
		case <-ctx.Done():
			n.last(ctx)
			return
		case <-n.woken:
		}
		if !n.pause(ctx, next) {
			n.last(ctx)
			return
		}
		next = n.o.Now().Add(n.o.Digest)
		for n.flush(ctx) != nil && n.pause(ctx, n.o.Now().Add(n.o.Retry)) {
			next = n.o.Now().Add(n.o.Digest)
		}
	}
}

// last tries what is left, briefly: the process is stopping.
func (n *Notifier) last(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := n.flush(ctx); err != nil {
		n.o.Log.Warn().Msg("notifications are left for the next start")
	}
}

// pause waits until that time; false: ctx ended first.
func (n *Notifier) pause(ctx context.Context, until time.Time) bool {
	timer := time.NewTimer(until.Sub(n.o.Now()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// flush sends what there is to every channel.
func (n *Notifier) flush(ctx context.Context) error {
	n.mu.Lock()
	notes, mark := slices.Clone(n.notes), n.mark
	n.mu.Unlock()
	if len(notes) == 0 {
		return nil
	}
	var errs []error
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendLimit) // a stop does not cut what may have arrived
	defer cancel()
	for _, c := range n.o.Channels {
		if err := c.Send(ctx, notes); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.Name(), err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		n.o.Log.Warn().Err(err).Int("notes", len(notes)).Msg("notification not delivered, it will be tried again")
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.notes = n.notes[len(notes):]
	if len(n.notes) == 0 && mark != nil {
		mark()
	}
	return nil
}
