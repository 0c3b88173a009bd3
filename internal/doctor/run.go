package doctor

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/fault"
)

// Step is one look. False ends the check: nothing behind it can be seen.
type Step struct {
	Topic string
	Look  func(ctx context.Context) (lines []Line, goOn bool)
}

// Check is a row of looks, each of which needs what is before it.
type Check struct {
	Connection string // empty: of all
	Steps      []Step
}

// Options say how to run checks.
type Options struct {
	Each    time.Duration         // limit of one step; 0: 15 s
	Now     func() time.Time      // nil: time.Now
	Waiting func(topics []string) // told every two seconds what is still being looked at; may be nil
}

const (
	stepLimit  = 15 * time.Second
	tellsEvery = 2 * time.Second
)

// Run runs all checks beside one another and gives their lines in the order of
// the checks. It waits for every one; a step that outlives its limit gives up by
// its context.
func Run(ctx context.Context, checks []Check, o Options) Report {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Each == 0 {
		o.Each = stepLimit
	}
	r := Report{Started: o.Now()}
	found := make([][]Line, len(checks))
	at := &progress{at: make([]string, len(checks))}
	var home sync.WaitGroup
	for i, c := range checks {
		home.Go(func() { found[i] = c.run(ctx, o.Each, func(topic string) { at.set(i, topic) }) })
	}
	at.wait(&home, o.Waiting)
	for _, lines := range found {
		r.Lines = append(r.Lines, lines...)
	}
	r.Ended = o.Now()
	return r
}

// run makes one check's looks in order.
func (c Check) run(ctx context.Context, each time.Duration, at func(topic string)) []Line {
	defer at("")
	var all []Line
	for _, s := range c.Steps {
		at(c.named(s.Topic))
		limited, cancel := context.WithTimeout(ctx, each)
		lines, goOn := s.Look(limited)
		cancel()
		for _, l := range lines {
			if l.Topic == "" {
				l.Topic = s.Topic
			}
			l.Connection = c.Connection
			all = append(all, l)
		}
		if !goOn {
			break
		}
	}
	return all
}

// named is a topic with its connection.
func (c Check) named(topic string) string {
	if c.Connection == "" {
		return topic
	}
	return topic + " of " + c.Connection
}

// progress is where each check is.
type progress struct {
	mu sync.Mutex
	at []string
}

func (p *progress) set(i int, topic string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at[i] = topic
}

func (p *progress) open() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var open []string
	for _, topic := range p.at {
		if topic != "" {
			open = append(open, topic)
		}
	}
	return open
}

// wait waits for all, and tells now and then for whom.
func (p *progress) wait(home *sync.WaitGroup, tell func([]string)) {
	done := make(chan struct{})
	go func() { home.Wait(); close(done) }()
	tick := time.NewTicker(tellsEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			if open := p.open(); tell != nil && len(open) > 0 {
				tell(open)
			}
		}
	}
}

// Pure is a check of values only.
func Pure(connection, topic string, lines ...Line) Check {
	return Check{Connection: connection, Steps: []Step{{Topic: topic, Look: func(context.Context) ([]Line, bool) { return lines, true }}}}
}

// said is an error for a person: the other side's words, and what we saw.
func said(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer came in time"
	}
	words := fault.Said(err)
	var f *fault.Fault
	if errors.As(err, &f) && words != err.Error() {
		if inner := innermost(f); inner != "" && inner != words {
			return words + " (" + inner + ")"
		}
	}
	return words
}

// innermost is the cause at the end of a chain of faults.
func innermost(f *fault.Fault) string {
	for f.Err != nil {
		var next *fault.Fault
		if !errors.As(f.Err, &next) {
			return f.Err.Error()
		}
		f = next
	}
	return ""
}
