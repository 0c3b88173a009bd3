package witness

import (
	"slices"
	"time"
)

// The names of the two streams.
const (
	Events  = "EVENTS"
	Journal = "JOURNAL"
)

// Position is how far both streams were seen: the last sequence of each.
type Position struct{ Events, Journal uint64 }

// Within is the position from which a tail can go on: where a stream now ends
// before what was seen of it, its end.
func (p Position) Within(now Streams) Position {
	return Position{Events: min(p.Events, now.Events.Last), Journal: min(p.Journal, now.Journal.Last)}
}

// Streams is both streams as they are now.
type Streams struct{ Events, Journal Stream }

// Stream is what a server says that a stream holds.
type Stream struct {
	First    uint64
	Last     uint64
	Messages uint64
	Created  time.Time
	Ages     bool     // its oldest messages go by max age, which is no damage
	Deleted  []uint64 // which are missing, where the server names them
}

// missing counts the sequences that have no message, from the given first one.
func (s Stream) missing(first uint64) uint64 {
	there := s.Last + 1 - min(first, s.Last+1)
	return there - min(s.Messages, there)
}

// named says which sequences are missing, in runs: "5 to 7, 12".
func (s Stream) named() string {
	runs := runsOf(s.Deleted)
	words := ""
	for i, r := range runs[:min(len(runs), 5)] {
		if i > 0 {
			words += ", "
		}
		words += r.String()
	}
	if len(runs) > 5 {
		words += " and others"
	}
	return words
}

// runsOf gathers sequences that follow each other.
func runsOf(seqs []uint64) []span {
	var runs []span
	for _, seq := range slices.Sorted(slices.Values(seqs)) {
		if last := len(runs) - 1; last >= 0 && seq <= runs[last].to+1 {
			runs[last].to = seq
			continue
		}
		runs = append(runs, span{seq, seq})
	}
	return runs
}
