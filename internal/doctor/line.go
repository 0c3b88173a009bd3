package doctor

import (
	"fmt"
	"strings"
	"time"
)

// Level is how well a thing is.
type Level string

// The levels.
const (
	OK      Level = "ok"
	Warning Level = "warning" // works, and may surprise
	Wrong   Level = "wrong"   // does not work, or not as promised
)

// Line is what one look found: what is wrong, and what to do about it.
type Line struct {
	Topic      string `json:"topic"`
	Connection string `json:"connection,omitempty"`
	Level      Level  `json:"level"`
	Words      string `json:"words"`
	Do         string `json:"do,omitempty"`
}

// Report is everything that was found, in a fixed order.
type Report struct {
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended"`
	Lines    []Line    `json:"lines"`
	Contract *Record   `json:"contract,omitempty"` // of a contract check
	YAML     string    `json:"yaml,omitempty"`     // of a contract check: what to put into the configuration
}

// Count is how many lines have that level.
func (r Report) Count(level Level) int {
	n := 0
	for _, l := range r.Lines {
		if l.Level == level {
			n++
		}
	}
	return n
}

func fine(format string, args ...any) Line {
	return Line{Level: OK, Words: fmt.Sprintf(format, args...)}
}

func warn(do, format string, args ...any) Line {
	return Line{Level: Warning, Words: fmt.Sprintf(format, args...), Do: do}
}

func wrong(do, format string, args ...any) Line {
	return Line{Level: Wrong, Words: fmt.Sprintf(format, args...), Do: do}
}

// about gives a line another topic than its step's.
func (l Line) about(topic string) Line { l.Topic = topic; return l }

// span is a duration as a person reads it.
func span(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return minutes(d.Round(time.Second))
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// several names a few things: "a, b and c".
func several(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
