package natsbus

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server/archive"
)

// hole is sequences that are not in a stream although they should be.
type hole struct{ from, missing uint64 }

// contents is what a snapshot really holds, as against what the server said of
// the stream.
type contents struct {
	snapshotState
	holes []hole
}

// inspect reads a snapshot to its end mark: the server leaves a damaged message
// out of it without a word, and a broken connection may cut it. The form is that
// of servers since 2.15 (read in the server's source); an older one is an error.
func inspect(r io.Reader) (c contents, err error) {
	entries := archive.NewReader(s2.NewReader(r))
	head, err := entries.Next()
	if err != nil || head.Name != "state.json" {
		return c, errors.Join(errors.New("the snapshot has a form that this build does not know: "+
			"the server must be nats-server 2.15 or later"), err)
	}
	if err := json.NewDecoder(entries).Decode(&c.snapshotState); err != nil {
		return c, fmt.Errorf("state of the snapshot: %w", err)
	}
	c.Messages = 0
	next := max(c.First, 1) // a stream that never held anything begins at 0
	for {
		head, err := entries.Next()
		if err != nil {
			return c, fmt.Errorf("the snapshot is cut short: %w", err)
		}
		switch {
		case head.Sequence != 0:
			next = c.count(next, head.Sequence)
		case head.Name == "": // the end mark
			c.count(next, c.Last+1)
			return c, drained(r)
		}
	}
}

// count notes what is missing between the sequence expected and the one that
// came, and gives the one expected next.
func (c *contents) count(expected, came uint64) uint64 {
	if came > expected {
		c.holes = append(c.holes, hole{from: expected, missing: came - expected})
	}
	if came <= c.Last {
		c.Messages++
	}
	return came + 1
}

// drained reads to the end: what feeds the reader must not be left waiting.
func drained(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

// lost is how many sequences are missing.
func (c *contents) lost() (n uint64) {
	for _, h := range c.holes {
		n += h.missing
	}
	return n
}
