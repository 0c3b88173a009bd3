package flow

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// The real road, three processes of it, in virtual time, with all faults at
// once; beside it protocols that are known to be wrong, which must fail in the
// same world. SEED=n runs one seed of the road with its whole story,
// TORTURE=long forty times as many seeds.
func TestSimulation(t *testing.T) {
	var table []*tally
	// Jobpac refuses doubles: every approval becomes exactly one document, however
	// late it is committed; only what a person changed under way is parked.
	t.Run("refuses doubles", func(t *testing.T) { table = append(table, theRoad(t, verifiedUnique)) })
	// Jobpac takes doubles: nothing is doubled or lost; what is not known is parked.
	t.Run("takes doubles", func(t *testing.T) { table = append(table, theRoad(t, uniquenessUnknown)) })
	if _, alone := oneSeed(t); alone {
		return
	}
	t.Run("mutants", func(t *testing.T) { table = append(table, theMutants(t, seeds(40))...) })
	for _, row := range table {
		t.Log(row)
	}
}

// theRoad runs the road in one regime and complains of every seed that went
// wrong.
func theRoad(t *testing.T, start func() (regime, faults)) *tally {
	r, f := start()
	all := runSeeds(t, seeds(250), r, f)
	t.Log(all.happened())
	complain(t, all)
	return all
}

// theMutants runs what must fail, so that the simulation is known to bite, and
// the control, which differs from the mutant roads in one thing and must not.
func theMutants(t *testing.T, n uint64) []*tally {
	table := naiveTallies(t, n)
	table = append(table, mutantRoads(t, n)...)
	for _, all := range table {
		if all.fortunes[endedDoubled]+all.fortunes[endedLost] == 0 {
			t.Errorf("%s: nothing doubled and nothing lost in %d seeds: the simulation does not bite", all.name, all.seeds)
		}
	}
	r, f := onlyQuiet()
	control := runSeeds(t, n, r, f)
	complain(t, control)
	return append(table, control)
}

// naiveTallies runs the naive protocols.
func naiveTallies(t *testing.T, n uint64) []*tally {
	var table []*tally
	for _, name := range slices.Sorted(maps.Keys(naiveProtocols())) {
		r, f := onlyQuiet()
		r.name, r.naive, r.changes = name, naiveProtocols()[name], false
		table = append(table, runSeeds(t, n, r, f))
	}
	return table
}

// mutantRoads are the real road over a Jobpac that takes doubles, believing
// that it does not, with one safeguard less.
func mutantRoads(t *testing.T, n uint64) []*tally {
	hasty, f := onlyQuiet()
	hasty.name, hasty.quiet = "road with quiet period 0", 0
	forgetful, _ := onlyQuiet()
	forgetful.name, forgetful.forget = "road that looks up without intents", true
	late, veryLate := onlyQuiet()
	late.name, late.quiet, veryLate.lateMost = "road, commits later than its quiet period", 3*time.Minute, 400*time.Second
	return []*tally{runSeeds(t, n, hasty, f), runSeeds(t, n, forgetful, f), runSeeds(t, n, late, veryLate)}
}

// A seed tells the same story every time, or nobody could look into it.
func TestSimulationTellsTheSameStory(t *testing.T) {
	r, f := verifiedUnique()
	for seed := range uint64(5) {
		var stories [2]strings.Builder
		for i := range stories {
			play(t, seed, r, f, func(format string, args ...any) { fmt.Fprintf(&stories[i], format+"\n", args...) })
		}
		if stories[0].String() != stories[1].String() {
			t.Errorf("SEED=%d tells two stories", seed)
		}
	}
}

// Each class of faults alone, and all but that class: a failure here points
// somewhere.
func TestSimulationByFaultClass(t *testing.T) {
	if _, alone := oneSeed(t); alone {
		t.Skip("SEED is for the runs of all faults")
	}
	for _, start := range []func() (regime, faults){verifiedUnique, uniquenessUnknown} {
		r, all := start()
		for _, c := range faultClasses() {
			for how, f := range map[string]faults{"only ": only(c, all), "all but ": without(c, all)} {
				t.Run(r.name+"/"+how+c.name, func(t *testing.T) {
					t.Parallel()
					sum := &tally{name: r.name + ", " + how + c.name}
					for seed := range seeds(2) {
						sum.add(play(t, 1_000_000+seed, r, f, nil))
					}
					complain(t, sum)
				})
			}
		}
	}
}
