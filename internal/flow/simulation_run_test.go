package flow

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// outcome is what one seed showed.
type outcome struct {
	seed      uint64
	wrong     []string
	documents int
	fortunes  [4]int
	passed    map[string]int
	took      time.Duration // virtual
}

// play lives one seed through in a bubble of virtual time.
func play(t *testing.T, seed uint64, r regime, f faults, note func(string, ...any)) (o outcome) {
	synctest.Test(t, func(*testing.T) {
		w := newWorld(seed, r, f)
		w.note = note
		w.live()
		o = w.outcome()
	})
	return o
}

// live runs three processes until nothing is left to do, and then shows all
// hints once more on a day without faults: that must change nothing.
func (w *world) live() {
	w.mu.Lock()
	w.hint()
	w.claims.flushOnce()
	for range 3 {
		w.launch()
	}
	w.mu.Unlock()
	if !w.settle() {
		w.fail("not everything was settled within two weeks")
	}
	w.judgeAll()
	if len(w.wrong) == 0 && w.naive == nil {
		w.replayAll()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.end = true
	for _, p := range w.processes {
		p.letGo(nil)
	}
}

// settle lets the broker work until all is acked, and even those who were left
// behind have come home.
func (w *world) settle() bool {
	limit := time.Now().Add(14 * 24 * time.Hour)
	for time.Now().Before(limit) {
		if !w.broker(time.Until(limit)) {
			return false
		}
		pass(20 * time.Minute)
		synctest.Wait()
		w.mu.Lock()
		quiet := w.quietLocked()
		w.mu.Unlock()
		if quiet {
			return true
		}
	}
	return false
}

// judgeAll looks at every document.
func (w *world) judgeAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.documents {
		f := w.judge(d)
		w.passed[fmt.Sprint("fortune ", int(f))]++
		if w.naive == nil {
			w.judgeDetails(d)
		}
		if f == endedStanding && w.naive == nil {
			w.judgeLinks(d)
		}
	}
	w.judgeRows()
}

// replayAll stores every hint once more, under new ids.
func (w *world) replayAll() {
	w.mu.Lock()
	before, sends := w.picture(), w.jobpac.sends
	w.faults = faults{}
	for _, e := range w.queue.hints() {
		e.ID = "again-" + e.ID
		w.queue.store(e)
	}
	w.mu.Unlock()
	if !w.settle() {
		w.fail("hints that came again were not settled")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if after := w.picture(); after != before || w.jobpac.sends != sends {
		w.failLocked("hints that came again changed something: %d sends, before\n%s\nafter\n%s", w.jobpac.sends-sends, before, after)
	}
}

func (w *world) outcome() outcome {
	o := outcome{seed: w.seed, wrong: w.wrong, documents: len(w.documents), passed: w.passed, took: time.Since(w.start)}
	for i := range o.fortunes {
		o.fortunes[i] = w.passed[fmt.Sprint("fortune ", i)]
	}
	return o
}
