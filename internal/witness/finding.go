package witness

import (
	"fmt"
	"strconv"
)

// What was found.
const (
	Rewound         = "rewound"          // a stream ends earlier than it was seen to, or was made anew
	Hole            = "hole"             // sequences without a message
	Corrupt         = "corrupt"          // a message that cannot be read, or a history with a record missing
	Restored        = "restored"         // a restore put an older copy back
	EffectBackwards = "effect-backwards" // an effect or register is not as it was seen
)

// Finding is one thing that is wrong.
type Finding struct {
	Stream string `json:"stream"`
	What   string `json:"what"`
	Words  string `json:"words"`            // one sentence for a person
	Effect string `json:"effect,omitempty"` // the effect or register it is about
	From   uint64 `json:"from,omitempty"`   // the sequences it is about, both ends included; 0: not known
	To     uint64 `json:"to,omitempty"`
}

// span is a run of sequences, both ends included.
type span struct{ from, to uint64 }

// String is "5 to 7", or "5".
func (s span) String() string {
	if s.from == s.to {
		return strconv.FormatUint(s.from, 10)
	}
	return fmt.Sprintf("%d to %d", s.from, s.to)
}

// about is what two findings share when they are the same news.
func (f Finding) about() Finding {
	switch f.What {
	case Restored: // each restore is news
		return f
	case Rewound:
		f.From, f.To = 0, 0
	}
	f.Words = ""
	return f
}

// mostFindings bounds one episode: a person has to look anyway.
const mostFindings = 200

// union adds what is new; what is known takes over the newer words.
func union(known, found []Finding) (all []Finding, fresh []Finding) {
	all = append(all, known...)
	at := make(map[Finding]int, len(all))
	for i, f := range all {
		at[f.about()] = i
	}
	for _, f := range found {
		if i, ok := at[f.about()]; ok {
			all[i] = f
			continue
		}
		if len(all) < mostFindings {
			at[f.about()] = len(all)
			all, fresh = append(all, f), append(fresh, f)
		}
	}
	return all, fresh
}

// pardons tells whether a finding is covered by damage that a release took for
// good: every sequence of it, or the broken history it is about.
func pardons(pardoned []Finding, f Finding) bool {
	switch {
	case f.What != Hole && f.What != Corrupt:
		return false
	case f.Effect != "":
		return pardonsEffect(pardoned, f.Effect)
	}
	return f.From > 0 && pardonsSpan(pardoned, f.Stream, span{f.From, f.To})
}

func pardonsEffect(pardoned []Finding, effect string) bool {
	for _, p := range pardoned {
		if p.What == Corrupt && p.Effect == effect {
			return true
		}
	}
	return false
}

// pardonsSpan walks forward through the runs that cover the next sequence.
func pardonsSpan(pardoned []Finding, stream string, s span) bool {
	for s.from <= s.to {
		next := s.from
		for _, p := range pardoned {
			if p.Stream == stream && (p.What == Hole || p.What == Corrupt) && p.From <= next && p.To >= next {
				next = p.To + 1
			}
		}
		if next == s.from {
			return false
		}
		s.from = next
	}
	return true
}
