package e2e

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// stormValue is what stands on one subject of the journal.
type stormValue struct {
	seq     uint64 // of the last record
	untold  bool   // a record whose sequence nobody was told stands on top: it is above seq
	records int    // effects
	content string // registers
}

// stormRegister is the sequential specification that every subject of the
// journal must look like, whoever writes it from wherever: a register that is
// set only by naming what stands there. An append whose outcome is not known
// may happen at any time after its call, or never.
var stormRegister = porcupine.NondeterministicModel{
	Init:  func() []any { return []any{stormValue{}} },
	Step:  func(state, input, _ any) []any { return state.(stormValue).step(input.(stormCall)) },
	Equal: func(a, b any) bool { return a == b },
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		var parts [][]porcupine.Operation
		at := map[string]int{}
		for _, o := range history {
			subject := o.Input.(stormCall).subject
			i, known := at[subject]
			if !known {
				i, at[subject] = len(parts), len(parts)
				parts = append(parts, nil)
			}
			parts[i] = append(parts[i], o)
		}
		return parts
	},
}

// step gives the values that may stand there after the call; none: the caller
// cannot have seen what it saw.
func (v stormValue) step(c stormCall) []any {
	if c.load {
		return v.loaded(c)
	}
	next := stormValue{seq: c.seq, records: v.records + 1, content: c.content}
	if c.seq == 0 {
		next.seq, next.untold = c.after, true
	}
	hit, miss := v.compared(c.after)
	var after []any
	if c.outcome == stormMoved && miss || c.outcome == stormUnknown {
		after = append(after, v)
	}
	if c.outcome == stormStored && hit && (c.seq == 0 || c.seq > c.after) || c.outcome == stormUnknown && hit {
		after = append(after, next)
	}
	return after
}

// compared tells whether the append's condition can hold, and whether it can
// fail.
func (v stormValue) compared(after uint64) (hit, miss bool) {
	if v.untold {
		return after > v.seq, true
	}
	return after == v.seq, after != v.seq
}

// loaded is what stands there once somebody has seen it.
func (v stormValue) loaded(c stormCall) []any {
	same := v.seq == c.seq && !v.untold || v.untold && c.seq > v.seq
	if !same || !c.register && v.records != c.records || c.register && v.content != c.content {
		return nil
	}
	v.seq, v.untold = c.seq, false
	return []any{v}
}

// linearizable asks porcupine. Unknown: it could not tell in time.
func linearizable(calls []stormCall, limit time.Duration) porcupine.CheckResult {
	history := make([]porcupine.Operation, len(calls))
	for i, c := range calls {
		history[i] = porcupine.Operation{ClientId: i, Input: c, Call: c.from, Return: c.to}
	}
	return porcupine.CheckOperationsTimeout(stormRegister.ToModel(), history, limit)
}

// checkTape holds the whole recorded history against the specification, and
// then the same history with lies in it, which must be refused.
func checkTape(t *testing.T, calls []stormCall, limit time.Duration) {
	t.Helper()
	if got := linearizable(calls, limit); got != porcupine.Ok {
		t.Errorf("the journal's history of %d calls: %s", len(calls), got)
		for subject, part := range bySubject(calls) {
			if linearizable(part, limit) != porcupine.Ok {
				t.Errorf("%s:\n%s", subject, tellCalls(part))
			}
		}
		return
	}
	for name, lie := range stormLies {
		told, from := lie(busiest(calls))
		if from == "" {
			t.Errorf("the history has no place for this lie: %s", name)
		} else if got := linearizable(told, limit); got != porcupine.Illegal {
			t.Errorf("%s, at %s: %s", name, from, got)
		}
	}
}

// stormLies corrupt the history of one subject; each says where.
var stormLies = map[string]func([]stormCall) ([]stormCall, string){
	"two appends after one sequence both stored": func(calls []stormCall) ([]stormCall, string) {
		return lieAt(calls, func(all []stormCall, i int) []stormCall {
			twin := all[i]
			twin.seq += 1_000_000
			return append(all, twin)
		})
	},
	"two stored appends change sequences": func(calls []stormCall) ([]stormCall, string) {
		return lieAt(calls, func(all []stormCall, i int) []stormCall {
			for j := range all {
				if all[j].after == all[i].seq && !all[j].load && all[j].outcome == stormStored {
					all[i].seq, all[j].seq = all[j].seq, all[i].seq
					return all
				}
			}
			return nil
		})
	},
	"an append that was stored is said to have lost": func(calls []stormCall) ([]stormCall, string) {
		return lieAt(calls, func(all []stormCall, i int) []stormCall {
			all[i].outcome = stormMoved
			return all
		})
	},
	"a load does not see what was stored before it": func(calls []stormCall) ([]stormCall, string) {
		return lieAt(calls, func(all []stormCall, i int) []stormCall {
			for j := range all {
				if all[j].load && all[j].from > all[i].to && all[j].seq > all[i].after {
					all[j].seq, all[j].records = all[i].after, storedUntil(all, all[i].after)
					return all
				}
			}
			return nil
		})
	},
}

// storedUntil counts the records up to a sequence.
func storedUntil(calls []stormCall, seq uint64) int {
	n := 0
	for _, c := range calls {
		if !c.load && c.outcome == stormStored && c.seq <= seq {
			n++
		}
	}
	return n
}

// lieAt tells a lie at the first stored append that has a place for it.
func lieAt(calls []stormCall, lie func(all []stormCall, i int) []stormCall) ([]stormCall, string) {
	for i, c := range calls {
		if c.load || c.outcome != stormStored || c.register {
			continue
		}
		if told := lie(slices.Clone(calls), i); told != nil {
			return told, fmt.Sprintf("%s sequence %d", c.subject, c.seq)
		}
	}
	return nil, ""
}

func bySubject(calls []stormCall) map[string][]stormCall {
	parts := map[string][]stormCall{}
	for _, c := range calls {
		parts[c.subject] = append(parts[c.subject], c)
	}
	return parts
}

// busiest is the longest history of one effect in which every outcome is known.
func busiest(calls []stormCall) []stormCall {
	var most []stormCall
	for _, part := range bySubject(calls) {
		unknown := slices.ContainsFunc(part, func(c stormCall) bool { return c.register || c.outcome == stormUnknown })
		if !unknown && len(part) > len(most) {
			most = part
		}
	}
	return most
}

// outcomes counts the appends by outcome.
func outcomes(calls []stormCall) string {
	counts := map[string]int{}
	for _, c := range calls {
		if !c.load {
			counts[c.outcome.String()]++
		}
	}
	return kinds(counts)
}

func tellCalls(calls []stormCall) string {
	text := ""
	for _, c := range calls {
		what := c.outcome.String()
		if c.load {
			what = "loaded"
		}
		text += fmt.Sprintf("%12d %12d %s after %d: %d, %d records\n", c.from, c.to, what, c.after, c.seq, c.records)
	}
	return text
}

// The checker tells right histories from wrong ones, also where outcomes are
// not known.
func TestStormChecker(t *testing.T) {
	t.Parallel()
	stored := func(from, to int64, after, seq uint64) stormCall {
		return stormCall{subject: "s", after: after, seq: seq, from: from, to: to}
	}
	moved := func(from, to int64, after uint64) stormCall {
		return stormCall{subject: "s", after: after, outcome: stormMoved, from: from, to: to}
	}
	unknown := func(from int64, after uint64) stormCall {
		return stormCall{subject: "s", after: after, outcome: stormUnknown, from: from, to: math.MaxInt64}
	}
	loaded := func(from, to int64, seq uint64, records int) stormCall {
		return stormCall{subject: "s", load: true, seq: seq, records: records, from: from, to: to}
	}
	for name, c := range map[string]struct {
		calls []stormCall
		want  porcupine.CheckResult
	}{
		"one after the other":              {[]stormCall{loaded(1, 2, 0, 0), stored(3, 4, 0, 7), loaded(5, 6, 7, 1), stored(7, 8, 7, 9)}, porcupine.Ok},
		"a race, one loses":                {[]stormCall{stored(1, 9, 0, 7), moved(2, 8, 0)}, porcupine.Ok},
		"a race, both win":                 {[]stormCall{stored(1, 9, 0, 7), stored(2, 8, 0, 8)}, porcupine.Illegal},
		"a race, both lose":                {[]stormCall{moved(1, 9, 0), moved(2, 8, 0)}, porcupine.Illegal},
		"an old reading":                   {[]stormCall{stored(1, 2, 0, 7), loaded(3, 4, 0, 0)}, porcupine.Illegal},
		"a reading beside the append":      {[]stormCall{stored(1, 4, 0, 7), loaded(2, 3, 0, 0)}, porcupine.Ok},
		"a record too many":                {[]stormCall{stored(1, 2, 0, 7), loaded(3, 4, 7, 2)}, porcupine.Illegal},
		"unknown, it happened":             {[]stormCall{unknown(1, 0), loaded(3, 4, 7, 1), stored(5, 6, 7, 8)}, porcupine.Ok},
		"unknown, it did not":              {[]stormCall{unknown(1, 0), loaded(3, 4, 0, 0), stored(5, 6, 0, 8)}, porcupine.Ok},
		"unknown, it happened late":        {[]stormCall{unknown(1, 0), loaded(3, 4, 0, 0), loaded(5, 6, 7, 1)}, porcupine.Ok},
		"unknown, it happened and did not": {[]stormCall{unknown(1, 0), loaded(3, 4, 7, 1), loaded(5, 6, 0, 0)}, porcupine.Illegal},
		"unknown cannot have happened":     {[]stormCall{stored(1, 2, 0, 7), unknown(3, 0), loaded(5, 6, 9, 2)}, porcupine.Illegal},
		"a sequence goes backwards":        {[]stormCall{stored(1, 2, 0, 7), stored(3, 4, 7, 6)}, porcupine.Illegal},
	} {
		t.Run(name, func(t *testing.T) {
			if got := linearizable(c.calls, 10*time.Second); got != c.want {
				t.Errorf("%s, expected %s", got, c.want)
			}
		})
	}
}
