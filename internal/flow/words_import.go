package flow

import (
	"fmt"

	"github.com/procpac/procpac/internal/imports"
)

// toldRefusals is how many refused records the words of a close-out name; all
// of them are in the summary of the run.
const toldRefusals = 20

// wordsImported tells what an import did, for whoever asked for it.
func wordsImported(s imports.Summary) []string {
	lines := []string{wordsImportGoesOn(s)}
	for i, p := range s.Refusals {
		if i == toldRefusals {
			lines = append(lines, fmt.Sprintf("%d more were refused.", s.Refused-i))
			break
		}
		lines = append(lines, p.Message)
	}
	return lines
}

// wordsImportGoesOn tells how far an import has come.
func wordsImportGoesOn(s imports.Summary) string {
	return fmt.Sprintf("%s: %d read, %d new, %d changed, %d unchanged, %d refused", s.Object, s.Read, s.New, s.Changed, s.Unchanged, s.Refused)
}
