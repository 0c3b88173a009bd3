package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Problem is one mistake: the key, its value where that is no secret, the rule
// it breaks and what to write instead.
type Problem struct{ Key, Value, Rule, Hint string }

// String is the problem in one line.
func (p Problem) String() string {
	line := p.Key
	if p.Value != "" {
		line += fmt.Sprintf(" %q", p.Value)
	}
	line += ": " + p.Rule
	if p.Hint != "" {
		line += " (" + p.Hint + ")"
	}
	return line
}

// Problems is every mistake of a configuration.
type Problems struct{ List []Problem }

// Error is one line per mistake.
func (p *Problems) Error() string {
	lines := make([]string, len(p.List))
	for i, one := range p.List {
		lines[i] = one.String()
	}
	return "the configuration cannot be used:\n  " + strings.Join(lines, "\n  ")
}

func (p *Problems) add(key, value, rule string) {
	p.List = append(p.List, Problem{Key: key, Value: value, Rule: rule})
}

func (p *Problems) addHint(key, rule, hint string) {
	p.List = append(p.List, Problem{Key: key, Rule: rule, Hint: hint})
}

// must adds a problem unless it holds.
func (p *Problems) must(holds bool, key, value, rule string) {
	if !holds {
		p.add(key, value, rule)
	}
}

// oneOf adds a problem unless the value is one of the words.
func (p *Problems) oneOf(key, value string, words ...string) {
	p.must(slices.Contains(words, value), key, value, "must be one of "+strings.Join(words, ", "))
}

// nearest names the key that was probably meant, or all that there are.
func nearest(key string, known map[string]reflect.StructField) string {
	best, least := "", 4
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if d := distance(key, name); d < least {
			best, least = name, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return "known here: " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")
}

// distance is the number of single-letter edits between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
