package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/procpac/procpac/internal/opsapi"
)

// widest is how much of a text stands in a table; JSON has all of it.
const widest = 60

// table writes rows under a header, aligned.
func table(w io.Writer, header string, rows [][]string) error {
	var b bytes.Buffer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.ReplaceAll(header, "|", "\t"))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = plain(cell)
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	_ = t.Flush() // into memory: cannot fail
	for line := range strings.Lines(b.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// plain is a text on one line, without anything that a terminal obeys: names
// and reasons come from other systems.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, text)
}

// cut shortens a text for a table.
func cut(text string) string {
	runes := []rune(text)
	if len(runes) <= widest {
		return text
	}
	return string(runes[:widest-3]) + "..."
}

// when is a moment in the reader's time zone; empty for none.
func (s *shell) when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.Now().Location()).Format(time.DateTime)
}

// exactly is the same to the millisecond: steps follow each other quickly.
func (s *shell) exactly(t time.Time) string {
	return t.In(s.Now().Location()).Format(time.DateTime + ".000")
}

// printJSON writes one indented value to stdout.
func (s *shell) printJSON(v any) error { return s.writeJSON(v, true) }

// printLine writes one value on one line to stdout.
func (s *shell) printLine(v any) error { return s.writeJSON(v, false) }

func (s *shell) writeJSON(v any, indented bool) error {
	text, err := opsapi.Encode(v, indented)
	if err != nil {
		return err
	}
	_, err = s.Out.Write(text)
	return err
}

// jsonFlag adds --json to a command.
func jsonFlag(flags interface {
	BoolVar(p *bool, name string, value bool, usage string)
}, into *bool) {
	flags.BoolVar(into, "json", false, "print JSON")
}
