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
	kinds := append(writtenKinds(), erp.KindClaim, erp.KindClaimItem, erp.KindInvoice, erp.KindInvoicePost, kindApproval)
	for _, kind := range kinds {
		create, known := createOperation(kind)
		update, updatable := updateOperation(kind)
		if !known {
			t.Fatalf("%s has no call", kind)
		}
		for _, col := range columns(kind, "UserDefinedField1") {
			for _, name := range col.create {
				if !sent[create.path+" "+name] {
					t.Errorf("%s: no sample sends %s", create.path, name)
				}
			}
			for _, name := range col.update {
				switched := name == "Complete" || name == "Completed" || name == "Finalised" || name == "EnableExternalSubcontractPortal" // read only, for now
				if updatable && !switched && !sent[update.path+" "+name] {
					t.Errorf("%s: no sample sends %s", update.path, name)
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
