package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// sources are all Go files of the repository, tests or not, as one text.
func sources(t *testing.T, tests bool) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") != tests {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// chapter is a chapter of the README.
func chapter(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n## "+name+"\n")
	if !found {
		t.Fatalf("the README has no chapter %s", name)
	}
	body, _, _ := strings.Cut(rest, "\n## ")
	return body
}

// TestFeatureMap wants a test that exists in every row of the feature map.
func TestFeatureMap(t *testing.T) {
	tests := sources(t, true)
	name := regexp.MustCompile(`Test[A-Z]\w*`)
	rows := 0
	for line := range strings.Lines(chapter(t, "Feature map")) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| Procore ") {
			continue
		}
		rows++
		named := name.FindAllString(line, -1)
		if len(named) == 0 {
			t.Errorf("no test in %s", line)
		}
		for _, n := range named {
			if !strings.Contains(tests, "func "+n+"(") {
				t.Errorf("there is no test %s", n)
			}
		}
	}
	if rows < 14 {
		t.Errorf("%d rows", rows)
	}
}

// TestLimits wants a rule that exists in every row of the limits. Rules of
// documents stand in the source without the letters of their kind.
func TestLimits(t *testing.T) {
	code := sources(t, false)
	id := regexp.MustCompile(`\b(CM|CO|IN|PV|IM|RD)-([A-Z][A-Z-]+[A-Z])\b`)
	rows := 0
	for line := range strings.Lines(chapter(t, "Limits")) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| limit ") {
			continue
		}
		rows++
		named := id.FindAllStringSubmatch(line, -1)
		if len(named) == 0 {
			t.Errorf("no rule in %s", line)
		}
		for _, n := range named {
			if !strings.Contains(code, `"`+n[0]+`"`) && !strings.Contains(code, `("`+n[2]+`"`) {
				t.Errorf("there is no rule %s", n[0])
			}
		}
	}
	if rows < 15 {
		t.Errorf("%d rows", rows)
	}
}
