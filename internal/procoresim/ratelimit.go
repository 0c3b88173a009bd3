package procoresim

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// noLimit is what the headers show where a limit is off.
const noLimit = 1_000_000

// rateWindow counts the calls of one running window. It opens with its first call.
type rateWindow struct {
	until time.Time
	used  int
}

// rateWindows are the two windows Procore counts in (documented: one hour and ten seconds).
type rateWindows struct{ hour, spike rateWindow }

// standing is what one window tells the caller.
type standing struct {
	limit, remaining int
	until            time.Time
}

// take counts one call and says how the window stands after it; over is true when the call is one too many.
func (w *rateWindow) take(now time.Time, length time.Duration, limit int) (st standing, over bool) {
	if !now.Before(w.until) {
		*w = rateWindow{until: now.Add(length)}
	}
	if limit <= 0 {
		return standing{noLimit, noLimit, w.until}, false
	}
	over = w.used >= limit
	if !over {
		w.used++
	}
	return standing{limit, limit - w.used, w.until}, over
}

// admit counts a call and writes the rate headers. A call over a limit gets its refusal; nil means go on. The headers describe the window
// that is nearer to its limit, so they flip between the two, as documented.
func (s *Sim) admit(header http.Header, path string) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	hour, overHour := s.rate.hour.take(now, time.Hour, s.settings.HourlyLimit)
	spike, overSpike := s.rate.spike.take(now, 10*time.Second, s.settings.SpikeLimit)
	near := spike
	if hour.remaining < spike.remaining || overHour {
		near = hour
	}
	header.Set("X-Rate-Limit-Limit", strconv.Itoa(near.limit))
	header.Set("X-Rate-Limit-Remaining", strconv.Itoa(near.remaining))
	header.Set("X-Rate-Limit-Reset", strconv.FormatInt(ceilUnix(near.until), 10))
	if !overHour && !overSpike {
		return nil
	}
	return s.tooMany(near.until.Sub(now), path)
}

func (s *Sim) tooMany(wait time.Duration, path string) *reply {
	e := &apiError{status: http.StatusTooManyRequests, message: "the limit of requests is used up, wait until it resets"}
	if s.settings.RetryAfterOn429 {
		e.retryAfter = max(1, int(math.Ceil(wait.Seconds())))
	}
	r := s.settings.refusal(e, path)
	return &r
}

// ceilUnix is the first full second at which the window is surely over.
func ceilUnix(t time.Time) int64 {
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}
