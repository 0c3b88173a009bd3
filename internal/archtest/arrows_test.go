// Package archtest holds the rules of the repository that a compiler does not
// know: which package may import which, where a library may be used, and what
// must never stand in the code.
package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/procpac/procpac/internal/"

// arrows lists, for each package, the packages of ours it may import.
var arrows = map[string][]string{
	"erp":        {},
	"fault":      {},
	"failpoint":  {},
	"retry":      {"fault"},
	"translate":  {"erp", "fault"},
	"journal":    {"erp", "fault"},
	"procore":    {"erp", "fault", "retry"},
	"jobpac":     {"erp", "fault", "retry"},
	"redisstore": {"erp", "fault", "retry"},
	"natsbus":    {"erp", "fault", "journal", "retry"},
	"sqlview":    {"erp", "fault", "journal", "retry"},
	"notify":     {"erp", "fault", "journal", "retry"},
	"witness":    {"erp", "fault", "journal"},
	"sweep":      {"erp", "fault", "journal", "retry"},
	"audit":      {"erp", "fault", "journal"},
	"doctor":     {"erp", "fault", "retry"},
	"setup":      {"erp", "fault", "retry"},
	"receiver":   {"erp", "fault", "failpoint"},
	"rowcache":   {"erp", "fault"},
	"imports":    {"erp", "fault", "failpoint", "translate", "journal", "retry"},
	"flow":       {"erp", "fault", "failpoint", "translate", "journal", "retry", "imports"},
	"ops":        {"flow", "translate", "erp", "fault", "journal", "sweep", "audit", "witness"},
	"opsapi":     {"ops", "erp", "fault", "journal"},
	"config":     {},
	"procoresim": {},
	"jobpacsim":  {},
	"app":        {"*"},
	"cli":        {"app", "config", "doctor", "failpoint", "ops", "opsapi"},
	"archtest":   {},
	"e2e":        {"*"},
}

// libraries lists where a third-party module may be imported; everything not
// named here is free.
var libraries = map[string][]string{
	"github.com/labstack/echo":       {"receiver", "opsapi", "app", "procoresim", "jobpacsim"},
	"github.com/nats-io/":            {"natsbus"},
	"github.com/synadia-io/orbit.go": {"natsbus"},
	"github.com/redis/":              {"redisstore"},
	"modernc.org/sqlite":             {"sqlview", "witness", "rowcache"},
	"github.com/cenkalti/backoff":    {"retry"},
}

// quiet are the packages that do not log.
var quiet = []string{"erp", "fault", "translate", "journal"}

// standardOnly are the packages that import nothing but the standard library.
var standardOnly = []string{"erp", "fault"}

type file struct {
	pkg, path string
	imports   []string
	text      string
	test      bool
}

// files parses every Go file below internal.
func files(t *testing.T) []file {
	t.Helper()
	var all []file
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		all = append(all, read(t, path))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("found only %d files: the test looks in the wrong place", len(all))
	}
	return all
}

func read(t *testing.T, path string) file {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	rel, err := filepath.Rel("..", path)
	if err != nil {
		t.Fatal(err)
	}
	f := file{pkg: strings.Split(filepath.ToSlash(rel), "/")[0], path: rel, text: string(text), test: strings.HasSuffix(path, "_test.go")}
	for _, i := range parsed.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		f.imports = append(f.imports, name)
	}
	return f
}

func TestArrows(t *testing.T) {
	for _, f := range files(t) {
		allowed, known := arrows[f.pkg]
		if !known {
			t.Errorf("%s: package %s is not on the map of arrows", f.path, f.pkg)
		}
		if f.test || slices.Contains(allowed, "*") {
			continue
		}
		for _, i := range f.imports {
			ours, ok := strings.CutPrefix(i, module)
			if ok && !slices.Contains(allowed, strings.Split(ours, "/")[0]) {
				t.Errorf("%s imports %s: no such arrow", f.path, ours)
			}
		}
	}
}

func TestLibraries(t *testing.T) {
	for _, f := range files(t) {
		if f.test {
			continue
		}
		for _, i := range f.imports {
			for library, users := range libraries {
				if strings.HasPrefix(i, library) && !slices.Contains(users, f.pkg) && f.pkg != "e2e" {
					t.Errorf("%s imports %s, which only %v may", f.path, i, users)
				}
			}
			if slices.Contains(quiet, f.pkg) && strings.HasPrefix(i, "github.com/rs/zerolog") {
				t.Errorf("%s logs: its caller does that", f.path)
			}
			if slices.Contains(standardOnly, f.pkg) && strings.Contains(strings.Split(i, "/")[0], ".") {
				t.Errorf("%s imports %s: only the standard library is allowed here", f.path, i)
			}
		}
	}
}

// banned are texts that must not stand in code, with where they are allowed.
var banned = []struct {
	text, why string
	tests     bool // also in tests
	in        []string
	except    []string
}{
	{text: "float" + "64", why: "money and quantities are decimals", in: []string{"erp", "translate", "jobpac", "procore", "journal", "flow"}},
	{text: "float" + "32", why: "money and quantities are decimals", in: []string{"erp", "translate", "jobpac", "procore", "journal", "flow"}},
	{text: "time." + "Sleep", why: "wait for what you wait for", tests: true},
	{text: "http." + "DefaultClient", why: "it has no time limit"},
	{text: "http." + "DefaultTransport", why: "it is shared and tuned for nobody"},
	{text: "TO" + "DO", why: "do it or file it", tests: true},
	{text: "FIX" + "ME", why: "do it or file it", tests: true},
	{text: ".Bind(", why: "it takes forms, duplicates and any case", in: []string{"receiver", "opsapi"}},
}

func TestBannedTexts(t *testing.T) {
	for _, f := range files(t) {
		for _, b := range banned {
			applies := (b.in == nil || slices.Contains(b.in, f.pkg)) && !slices.Contains(b.except, f.pkg) && (b.tests || !f.test)
			if applies && strings.Contains(f.text, b.text) {
				t.Errorf("%s contains %q: %s", f.path, b.text, b.why)
			}
		}
	}
}

// TestEveryPackageIsDocumented wants a package comment in each package.
func TestEveryPackageIsDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range files(t) {
		documented[f.pkg] = documented[f.pkg] || strings.Contains(f.text, "\n// Package "+f.pkg+" ") || strings.HasPrefix(f.text, "// Package "+f.pkg+" ")
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %s has no package comment", pkg)
		}
	}
}
