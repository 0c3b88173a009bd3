package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/procpac/procpac/internal/ops"
)

// sayEvery is how often progress is printed where nobody watches a terminal.
const sayEvery = 10 * time.Second

// meter shows on stderr how far something of unknown length has come: one line
// that moves on a terminal, else a line now and then. The zero meter shows
// nothing.
type meter struct {
	title string
	out   io.Writer
	now   func() time.Time
	bar   *progressbar.ProgressBar // on a terminal

	what string // of the last line
	said time.Time
}

func (s *shell) newMeter(title string) *meter {
	m := &meter{title: title, out: s.Err, now: s.Now}
	if s.Terminal {
		m.bar = progressbar.NewOptions64(-1,
			progressbar.OptionSetWriter(s.Err), progressbar.OptionSetDescription(title),
			progressbar.OptionSetSpinnerChangeInterval(0), // turns when told something: no goroutine
			progressbar.OptionSpinnerType(14), progressbar.OptionSetElapsedTime(true), progressbar.OptionClearOnFinish())
	}
	return m
}

// show tells the latest place of a job.
func (m *meter) show(progress []ops.Progress) {
	what, done := "", 0
	if n := len(progress); n > 0 {
		what, done = progress[n-1].What, progress[n-1].Done
	}
	m.line(what, fmt.Sprintf("%s %d", what, done))
}

// bytes tells how much has come; less than a MiB is not worth a line.
func (m *meter) bytes(n int64) {
	if n >= 1<<20 {
		m.line("bytes", fmt.Sprintf("%d MiB", n>>20))
	}
}

// line shows words; what tells a new place, which is always worth a line.
func (m *meter) line(what, words string) {
	switch {
	case m.out == nil:
	case m.bar != nil:
		if what != "" {
			m.bar.Describe(plain(m.title + ": " + words))
		}
		_ = m.bar.Add(1) // turns the spinner; fails only where a length is known
	case what != "" && (what != m.what || m.now().Sub(m.said) >= sayEvery):
		m.what, m.said = what, m.now()
		fmt.Fprintf(m.out, "%s: %s\n", m.title, plain(words))
	}
}

// end takes the moving line away.
func (m *meter) end() {
	if m.bar != nil {
		_ = m.bar.Finish() // fails only where a length is known
	}
}
