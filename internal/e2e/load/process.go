package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/natsbus"
)

// lines writes whole lines from several goroutines.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

// Write passes one line on.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// process is a measured process, as seen from outside.
type process struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	address string
	answers chan natsbus.Stats
	dones   chan time.Time // one for each approval that ended well
	other   chan string    // outcomes that are not "done"
	ended   chan struct{}  // its output has ended
}

// start runs this program in a role and waits until it is ready.
func start(ctx context.Context, role string, o childOptions) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{
		cmd:     exec.CommandContext(ctx, self, o.args(role)...),
		answers: make(chan natsbus.Stats, 1), dones: make(chan time.Time, 1<<16), other: make(chan string, 1<<16), ended: make(chan struct{}),
	}
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan string, 1)
	go p.read(out, ready)
	select {
	case p.address = <-ready:
		return p, nil
	case <-p.ended:
	case <-time.After(40 * time.Second):
	}
	_, _, err = p.stop()
	return nil, errors.Join(fmt.Errorf("process %s did not get ready", role), err)
}

// read sorts what the process says until it has said all.
func (p *process) read(out io.Reader, ready chan<- string) {
	defer close(p.ended)
	in := bufio.NewScanner(out)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		line := in.Bytes()
		switch {
		case bytes.HasPrefix(line, []byte(lineReady)):
			ready <- strings.TrimPrefix(string(line), lineReady)
		case bytes.HasPrefix(line, []byte(lineStats)):
			var s natsbus.Stats
			if json.Unmarshal(line[len(lineStats):], &s) == nil {
				p.answers <- s
			}
		case bytes.Contains(line, []byte(`"state":"done"`)):
			p.dones <- time.Now()
		case bytes.Contains(line, []byte(`"level":"warn"`)) || bytes.Contains(line, []byte(`"level":"error"`)):
			p.other <- string(line)
		}
	}
}

// stats asks for the counts of the bus.
func (p *process) stats() (natsbus.Stats, error) {
	if _, err := io.WriteString(p.in, "stats\n"); err != nil {
		return natsbus.Stats{}, err
	}
	select {
	case s := <-p.answers:
		return s, nil
	case <-p.ended:
		return natsbus.Stats{}, errors.New("the measured process has ended")
	case <-time.After(10 * time.Second):
		return natsbus.Stats{}, errors.New("the measured process does not answer")
	}
}

// stop ends the process and tells what CPU time and how much memory, in MB, it
// used at most.
func (p *process) stop() (cpu time.Duration, peak float64, err error) {
	err = p.in.Close()
	late := time.AfterFunc(60*time.Second, func() { _ = p.cmd.Process.Kill() }) // fails when it has ended
	defer late.Stop()
	<-p.ended
	err = errors.Join(err, p.cmd.Wait())
	if state := p.cmd.ProcessState; state != nil {
		cpu, peak = state.UserTime()+state.SystemTime(), peakMB(state)
	}
	return cpu, peak, err
}
