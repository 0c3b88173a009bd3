package flow

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The regimes. In the first Jobpac refuses a second record of one key, and may
// commit later than the quiet period; in the second it takes doubles, and the
// road does not trust it.
func verifiedUnique() (regime, faults) {
	f := allFaults()
	f.lateMost = 400 * time.Second
	return regime{
		name: "road, uniqueness verified", unique: true, belief: Verified, quiet: 3 * time.Minute,
		edits: true, changes: true, waitFor: 7 * 24 * time.Hour,
	}, f
}

func uniquenessUnknown() (regime, faults) {
	f := allFaults()
	f.refusal = 20
	return regime{
		name: "road, uniqueness unknown", belief: Unproven, quiet: 10 * time.Minute,
		edits: true, changes: true, waitFor: 12 * time.Hour,
	}, f
}

// onlyQuiet is a road that believes what is not so: the quiet period is all
// that keeps it from doubles. Mutants differ from it in one thing.
func onlyQuiet() (regime, faults) {
	return regime{
		name: "control: unique believed, only quiet period", belief: Verified, quiet: 10 * time.Minute,
		changes: true, waitFor: 12 * time.Hour,
	}, allFaults()
}

// tally adds outcomes up; safe for concurrent use.
type tally struct {
	mu        sync.Mutex
	name      string
	seeds     int
	documents int
	fortunes  [4]int
	passed    map[string]int
	failed    []outcome
}

func (a *tally) add(o outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seeds++
	a.documents += o.documents
	for i, n := range o.fortunes {
		a.fortunes[i] += n
	}
	if a.passed == nil {
		a.passed = map[string]int{}
	}
	for what, n := range o.passed {
		a.passed[what] += n
	}
	if len(o.wrong) > 0 {
		a.failed = append(a.failed, o)
	}
}

// percent is a share with two decimals.
func (a *tally) percent(f fortune) string {
	n := a.fortunes[f] * 10_000 / max(a.documents, 1)
	return fmt.Sprintf("%d.%02d %%", n/100, n%100)
}

func (a *tally) String() string {
	return fmt.Sprintf("%-46s %6d seeds %6d approvals  doubled %8s  lost %8s  parked %8s", a.name, a.seeds, a.documents,
		a.percent(endedDoubled), a.percent(endedLost), a.percent(endedParked))
}

// happened lists what was counted on the way, by name.
func (a *tally) happened() string {
	var list []string
	for what, n := range a.passed {
		if !strings.HasPrefix(what, "fortune") {
			list = append(list, fmt.Sprintf("%s %d", what, n))
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// seeds is how many to run: short, or so many times more in the long form.
func seeds(short int) uint64 {
	if os.Getenv("TORTURE") == "long" {
		short *= 40
	}
	return uint64(short)
}

// oneSeed is the seed to run alone with its whole story, from SEED.
func oneSeed(t *testing.T) (seed uint64, alone bool) {
	text := os.Getenv("SEED")
	if text == "" {
		return 0, false
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("SEED=%q is no number", text)
	}
	return seed, true
}

// runSeeds plays seeds 0 to n-1 in two parallel halves, or the one of SEED.
func runSeeds(t *testing.T, n uint64, r regime, f faults) *tally {
	all := &tally{name: r.name}
	if seed, alone := oneSeed(t); alone {
		all.add(play(t, seed, r, f, t.Logf))
		return all
	}
	t.Run("seeds", func(t *testing.T) {
		for part := range uint64(2) {
			t.Run(fmt.Sprint(part), func(t *testing.T) {
				t.Parallel()
				for seed := part; seed < n; seed += 2 {
					all.add(play(t, seed, r, f, nil))
				}
			})
		}
	})
	return all
}

// complain fails the test with the first seeds that went wrong.
func complain(t *testing.T, all *tally) {
	t.Helper()
	slices.SortFunc(all.failed, func(a, b outcome) int { return int(a.seed) - int(b.seed) })
	for _, o := range all.failed[:min(len(all.failed), 10)] {
		t.Errorf("%s, SEED=%d: %s", all.name, o.seed, strings.Join(o.wrong, "\n\t"))
	}
	if n := len(all.failed); n > 0 {
		t.Errorf("%s: %d of %d seeds went wrong", all.name, n, all.seeds)
	}
}
