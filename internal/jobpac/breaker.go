package jobpac

import (
	"errors"
	"time"

	"github.com/procpac/procpac/internal/fault"
	"github.com/rs/zerolog"
	"github.com/sony/gobreaker/v2"
)

const (
	breakerWindow = 60 * time.Second // what is counted
	breakerBucket = 10 * time.Second // how finely it moves on
	breakerRest   = 30 * time.Second // how long it stays open
	breakerCalls  = 20               // fewer calls say nothing
)

// errNotJobpac marks an outcome that says nothing about Jobpac's health.
var errNotJobpac = errors.New("no judgement")

// breakers stop calling a Jobpac that fails most of the time, reads and writes
// apart. They count calls, whatever document made them.
type breakers struct {
	read, write *gobreaker.TwoStepCircuitBreaker[struct{}]
}

func newBreakers(log zerolog.Logger) breakers {
	return breakers{read: newBreaker("read", log), write: newBreaker("write", log)}
}

func newBreaker(class string, log zerolog.Logger) *gobreaker.TwoStepCircuitBreaker[struct{}] {
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: class, Interval: breakerWindow, BucketPeriod: breakerBucket, Timeout: breakerRest,
		ReadyToTrip: tooManyFailures,
		IsExcluded:  func(err error) bool { return errors.Is(err, errNotJobpac) },
		OnStateChange: func(name string, from, to gobreaker.State) {
			log.Warn().Str("calls", name).Stringer("from", from).Stringer("to", to).Msg("jobpac breaker")
		},
	})
}

func tooManyFailures(n gobreaker.Counts) bool {
	judged := n.TotalSuccesses + n.TotalFailures
	return judged >= breakerCalls && 2*n.TotalFailures > judged
}

// allow asks the breaker for one call; report its outcome to done. The error
// is a Transient system fault: nothing was sent.
func allow(b *gobreaker.TwoStepCircuitBreaker[struct{}], op operation) (done func(error), err error) {
	done, err = b.Allow()
	if err != nil {
		broken := errors.New("most calls to Jobpac fail; calling it is paused for a short while")
		return nil, fault.New(fault.Transient, op.title(), broken).OfSystem().Wait(breakerRest)
	}
	return done, nil
}

// health is what an outcome says about Jobpac: nil well, errNotJobpac nothing,
// otherwise unwell. A business refusal is an answer, so Jobpac is well.
func health(a answer, verdict error, callerGone bool) error {
	switch {
	case verdict == nil || (fault.Of(verdict) == fault.Permanent):
		return nil
	case a.err != nil && callerGone:
		return errNotJobpac
	case a.status/100 == 4 || errors.Is(verdict, errTokenRefused):
		return errNotJobpac
	}
	return verdict
}
