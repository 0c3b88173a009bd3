package natsbus

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// Letter is a dead effect as it was buried, complete on its own.
type Letter struct {
	Seq     uint64
	Key     journal.Key
	Reason  string
	At      time.Time
	Story   []byte   // as given to Bury
	Records []Stored // the effect's history as it stood then, oldest first
	Cut     int      // of the oldest records that did not fit
	Broken  string   // why the history, or this letter, cannot be read; empty: it can
}

// letter is the stored form of Letter. The story stands as what it is: JSON as
// JSON, for whoever reads the stream with other tools, anything else as bytes.
type letter struct {
	V          int             `json:"v"`
	Connection string          `json:"connection"`
	Effect     string          `json:"effect"`
	Reason     string          `json:"reason"`
	At         time.Time       `json:"at"`
	Story      json.RawMessage `json:"story,omitempty"`
	Raw        []byte          `json:"raw,omitempty"`
	Records    []letterRecord  `json:"records,omitempty"`
	Cut        int             `json:"cut,omitempty"`
	Broken     string          `json:"broken,omitempty"`
}

// letterRecord is one record of the history in a letter.
type letterRecord struct {
	Seq    uint64          `json:"seq"`
	At     time.Time       `json:"at"`
	Record json.RawMessage `json:"record"`
}

const letterVersion = 1

// write makes the letter about an effect, no longer than most bytes: what does
// not fit of the history is left out from its beginning, because the end is what
// a person reads first and the journal still has it all.
func (b *Bus) write(ctx context.Context, key journal.Key, reason string, story []byte) ([]byte, error) {
	l := letter{V: letterVersion, Connection: key.Connection, Effect: key.Effect, Reason: reason, At: time.Now().UTC()}
	if l.Story = story; !json.Valid(story) {
		l.Story, l.Raw = nil, story
	}
	history, err := b.Journal().History(ctx, key)
	if fault.IsSystem(err) {
		return nil, err
	}
	if err != nil {
		l.Broken = err.Error()
	}
	if err := l.add(history, b.dead.most()-len(story)*4/3-len(reason)-roomForLetter); err != nil {
		return nil, err
	}
	return json.Marshal(l)
}

// roomForLetter is what a letter takes without its story and its history.
const roomForLetter = 2 << 10

// add puts the newest records in that fit into room bytes.
func (l *letter) add(history []Stored, room int) error {
	for i := len(history) - 1; i >= 0; i-- {
		data, err := json.Marshal(history[i].Record)
		if err != nil {
			return err
		}
		if room -= len(data) + 100; room < 0 {
			l.Cut = i + 1
			break
		}
		l.Records = append(l.Records, letterRecord{Seq: history[i].Seq, At: history[i].At, Record: data})
	}
	slices.Reverse(l.Records)
	return nil
}

// DeadLetters visits what was buried of a connection, oldest first. visit's
// error ends it. Other errors are Transient and of the system.
func (b *Bus) DeadLetters(ctx context.Context, connection string, visit func(Letter) error) error {
	var own error
	err := eachOf(ctx, b.nc, streamDLQ, "dlq.*."+token(connection)+".>", func(m stored) error {
		own = visit(letterOf(m))
		return own
	})
	if own != nil || err == nil {
		return own
	}
	return away("read the dead letters", err)
}

// letterOf reads a stored letter. Of one that cannot be read the bytes are its
// story, and Broken says why.
func letterOf(m stored) Letter {
	l, err := readLetter(m.data)
	if err != nil {
		l = Letter{At: m.at, Story: m.data, Broken: err.Error()}
	}
	l.Seq = m.seq
	return l
}

// readLetter reads the stored form of this version.
func readLetter(data []byte) (Letter, error) {
	var s letter
	if err := json.Unmarshal(data, &s); err != nil {
		return Letter{}, err
	}
	if s.V != letterVersion {
		return Letter{}, fmt.Errorf("the letter has version %d, this build reads %d", s.V, letterVersion)
	}
	l := Letter{
		Key: journal.Key{Connection: s.Connection, Effect: s.Effect}, Reason: s.Reason, At: s.At,
		Story: slices.Concat(s.Story, s.Raw), Cut: s.Cut, Broken: s.Broken,
	}
	for _, r := range s.Records {
		record, err := decodeRecord(r.Seq, r.Record)
		if err != nil {
			return Letter{}, err
		}
		l.Records = append(l.Records, Stored{Seq: r.Seq, At: r.At, Record: record})
	}
	return l, nil
}

// burySubject is where the letters of an effect lie.
func burySubject(key journal.Key, reason string) string {
	return strings.Join([]string{"dlq", token(reason), token(key.Connection), token(key.Effect)}, ".")
}
