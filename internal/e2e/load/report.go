package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// report prints as it goes and keeps the targets for the end.
type report struct {
	out     io.Writer
	targets []string
}

func (r *report) say(format string, args ...any) {
	fmt.Fprintf(r.out, format+"\n", args...)
}

// title begins a part.
func (r *report) title(format string, args ...any) {
	r.say("\n== "+format, args...)
}

// row prints cells in columns.
func (r *report) row(cells ...any) {
	var b strings.Builder
	for i, c := range cells {
		width := 14
		if text := fmt.Sprint(c); strings.Contains(text, "[") {
			width = 22
		}
		if i == 0 {
			width = 34
		}
		fmt.Fprintf(&b, "%-*v ", width, c)
	}
	r.say("  %s", strings.TrimRight(b.String(), " "))
}

// target keeps one target with its figures.
func (r *report) target(met bool, what, format string, args ...any) {
	word := "NOT MET"
	if met {
		word = "MET"
	}
	r.targets = append(r.targets, fmt.Sprintf("%-8s %s: %s", word, what, fmt.Sprintf(format, args...)))
}

// note keeps a line that is no verdict.
func (r *report) note(what, format string, args ...any) {
	r.targets = append(r.targets, fmt.Sprintf("%-8s %s: %s", "-", what, fmt.Sprintf(format, args...)))
}

func (r *report) verdicts() {
	if len(r.targets) == 0 {
		return
	}
	r.title("targets")
	for _, t := range r.targets {
		r.say("  %s", t)
	}
}

// median, and the whole as "median [least..most]".
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func span3(values []float64, digits int) string {
	if len(values) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.*f [%.*f..%.*f]", digits, median(values), digits, slices.Min(values), digits, slices.Max(values))
}

// ratios divides round by round.
func ratios(over, under []float64) []float64 {
	out := make([]float64, min(len(over), len(under)))
	for i := range out {
		out[i] = over[i] / under[i]
	}
	return out
}
