package witness

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// markerName is the file that a restore leaves in the data directory.
const markerName = "restored"

// MarkRestored leaves a mark in a data directory that a restore has filled:
// the next start finds it and raises safe mode. Words: one sentence that says
// what was restored, from when, and when. The mark is on the disk on return.
func MarkRestored(dir, words string) (err error) {
	file, err := os.OpenFile(filepath.Join(dir, markerName), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(strings.TrimSpace(words) + "\n")
	return errors.Join(err, file.Sync(), file.Close(), syncDir(dir))
}

// syncDir makes a new name in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// marked is the finding of a mark, if there is one.
func marked(dir string) ([]Finding, error) {
	text, err := os.ReadFile(filepath.Join(dir, markerName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	words := strings.TrimSpace(string(text))
	if words == "" {
		words = "The data directory was restored from a copy."
	}
	return []Finding{{Stream: Journal, What: Restored, Words: words}}, nil
}

// unmark takes the mark away if that very restore is among the findings.
func unmark(dir string, findings []Finding) error {
	there, err := marked(dir)
	if err != nil || len(there) == 0 {
		return err
	}
	for _, f := range findings {
		if f == there[0] {
			return os.Remove(filepath.Join(dir, markerName))
		}
	}
	return nil
}
