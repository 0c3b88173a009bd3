//go:build linux

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/procpac/procpac/internal/journal"
)

const (
	stopSignal = syscall.SIGSTOP
	goOnSignal = syscall.SIGCONT
)

// buildPowerWriter builds the program that loses its power.
func buildPowerWriter(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "powerwriter")
	if out, err := exec.Command("go", "build", "-o", path, "./powerwriter").CombinedOutput(); err != nil {
		t.Fatalf("%s\n%v", out, err)
	}
	return path
}

// powerWriter is a powerwriter that runs, and what it was acknowledged so far.
type powerWriter struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   io.Closer
	errs bytes.Buffer
	home sync.WaitGroup

	mu       sync.Mutex
	events   []string
	last     map[journal.Key]uint64 // the last sequence acknowledged of each history
	records  int
	register int             // saves
	done     map[string]bool // events that may have been acked
	wrong    error
}

// startPowerWriter starts it on a directory.
func startPowerWriter(t *testing.T, path, dir, sync string, writers int, seed uint64) *powerWriter {
	t.Helper()
	w := &powerWriter{t: t, last: map[journal.Key]uint64{}, done: map[string]bool{}}
	w.cmd = exec.Command(path, "-dir", dir, "-sync", sync, "-writers", strconv.Itoa(writers), "-seed", fmt.Sprint(seed))
	w.cmd.Stderr = &w.errs
	in, err := w.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.in = in
	t.Cleanup(w.kill)
	w.home.Go(func() { w.listen(out) })
	return w
}

// kill is kill -9; what it had said before is heard to the end. Later calls do
// nothing.
func (w *powerWriter) kill() {
	if w.cmd.ProcessState != nil {
		return
	}
	if err := w.cmd.Process.Kill(); err != nil {
		w.t.Error(err)
	}
	w.home.Wait()
	if err := w.cmd.Wait(); err == nil || w.errs.Len() > 0 {
		w.t.Errorf("the writer was not to end by itself: %v\n%s", err, &w.errs)
	}
	_ = w.in.Close() // its reader is dead
	if w.wrong != nil {
		w.t.Error(w.wrong)
	}
}

// listen takes its words in until it is dead.
func (w *powerWriter) listen(out io.Reader) {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // a line without its end was not said
			return
		}
		w.hear(strings.Fields(line))
	}
}

// hear takes one line in.
func (w *powerWriter) hear(words []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case len(words) == 1 && words[0] == "ready":
	case len(words) == 2 && words[0] == "e":
		w.events = append(w.events, words[1])
	case len(words) == 2 && words[0] == "d":
		w.done[words[1]] = true
	case len(words) == 2 && words[0] == "r":
		w.register++
	case len(words) == 3 && words[0] == "j":
		key, err := journal.ParseKey(words[1])
		seq, wrong := strconv.ParseUint(words[2], 10, 64)
		if err != nil || wrong != nil || seq <= w.last[key] {
			w.wrong = fmt.Errorf("the writer said %q after sequence %d", words, w.last[key])
		}
		w.records, w.last[key] = w.records+1, seq
	default:
		w.wrong = fmt.Errorf("the writer said %q", words)
	}
}

// acknowledged counts the appends that were answered.
func (w *powerWriter) acknowledged() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.events) + w.records + w.register
}

// lost counts what was acknowledged and is not in the store: events, records (a
// history is a chain: what follows the last one that is there is lost, and at
// least one), saves of the register.
func (w *powerWriter) lost(s *store) (events, records, saves int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	events = len(s.lacks(w.events))
	for key, seq := range w.last {
		if s.last[key] < seq {
			records++
		}
	}
	stored := 0
	for _, r := range s.registers {
		stored += len(r.Numbers)
	}
	return events, records, max(0, w.register-stored)
}
