package jobpac

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

// calledPaths are the paths that stand in the code of this package.
func calledPaths(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	path, found := regexp.MustCompile(`"(/[A-Z]\w+)"`), map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range path.FindAllStringSubmatch(string(text), -1) {
			found[match[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// Every operation that the client calls has a sample of a request that is done,
// which the simulator plays too, and a line among the facts.
func TestEveryOperationHasASample(t *testing.T) {
	done := map[string]bool{}
	for _, e := range exchanges(t) {
		if e.Expects.Class == "done" && e.Elsewhere == "" {
			done[e.Path] = true
		}
	}
	facts, err := os.ReadFile("../../api/jobpac/FACTS.md")
	if err != nil {
		t.Fatal(err)
	}
	paths := calledPaths(t)
	if len(paths) < 39 {
		t.Errorf("only %d operations are called: %v", len(paths), paths)
	}
	for _, path := range paths {
		if !done[path] {
			t.Errorf("%s has no sample in api/jobpac/samples", path)
		}
		if !regexp.MustCompile(`\b` + path[1:] + `\b`).Match(facts) {
			t.Errorf("%s is not in api/jobpac/FACTS.md", path)
		}
	}
	for path := range done {
		if !slices.Contains(paths, path) {
			t.Errorf("%s has a sample and is not called", path)
		}
	}
}

// Every parameter that a write may send is in a sample of it.
func TestEveryWrittenParameterHasASample(t *testing.T) {
	sent := map[string]bool{}
	for _, e := range exchanges(t) {
		for name := range e.Request {
			sent[e.Path+" "+name] = true
		}
	}
	for _, rec := range slices.Concat(fullRecords(), invoiceRecords()) {
		for _, update := range []bool{false, true} {
			_, path, params, err := Encode(erp.Write{Record: rec, Update: update}, "UserDefinedField1")
			if err != nil && !update {
				t.Fatal(err)
			}
			for name := range params {
				if !sent[path+" "+name] {
					t.Errorf("%s: no sample sends %s", path, name)
				}
			}
		}
	}
}

// The refusals that a person must be told apart each have a sample.
func TestEveryRefusalHasASample(t *testing.T) {
	listed, written := map[string]bool{}, map[string]bool{}
	for _, e := range exchanges(t) {
		for _, rule := range e.Expects.Rules {
			if e.Path == importErrorListing().path {
				listed[rule] = true
			} else {
				written[rule] = true
			}
		}
	}
	for _, rule := range []string{
		"IN-DUPLICATE", "IN-OVERCLAIM", "IN-PERIOD", "IN-UNAPPROVED", "IN-TAX", "IN-PORTAL", "IN-FINALISED", "IN-RETENTION", "IN-LINE-ITEM", "IN-ZERO",
	} {
		if !listed[rule] {
			t.Errorf("no sample of the claim import's errors is %s", rule)
		}
	}
	for _, rule := range []string{"IN-DUPLICATE", "IN-OVERCLAIM", "IN-PERIOD", "IN-UNAPPROVED", "IN-TAX", "IN-FINALISED"} {
		if !written[rule] {
			t.Errorf("no sample of a refused write is %s", rule)
		}
	}
}
