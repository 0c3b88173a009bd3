package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

const root = "../.."

// TestTopLevel wants nothing visible beside what the design names.
func TestTopLevel(t *testing.T) {
	allowed := []string{"cmd", "internal", "api", "deployments", "scripts", "docker-compose.yml", "go.mod", "go.sum", "README.md", "procpac", "procpac-data", "bench-results"}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s does not belong on the top level", e.Name())
		}
	}
}

// compose is what the test reads of docker-compose.yml.
type compose struct {
	Services map[string]struct {
		Healthcheck map[string]any    `yaml:"healthcheck"`
		Environment map[string]string `yaml:"environment"`
		Volumes     []string          `yaml:"volumes"`
		ReadOnly    bool              `yaml:"read_only"`
		CapDrop     []string          `yaml:"cap_drop"`
		Command     []string          `yaml:"command"`
		Image       string            `yaml:"image"`
	} `yaml:"services"`
}

// TestCompose checks what can be checked without an engine: roles, health
// checks, files that exist, and no secret with a default.
func TestCompose(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var c compose
	if err := yaml.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	var names []string
	for name, s := range c.Services {
		names = append(names, name)
		if len(s.Healthcheck) == 0 {
			t.Errorf("%s has no health check", name)
		}
		if s.Image == "procpac" && (!s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"})) {
			t.Errorf("%s may write its image or keeps capabilities", name)
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if strings.HasPrefix(from, "./deployments/") {
				if _, err := os.Stat(filepath.Join(root, from)); err != nil {
					t.Errorf("%s mounts %s: %v", name, from, err)
				}
			}
		}
	}
	if slices.Sort(names); !slices.Equal(names, []string{"console", "nats", "receiver", "redis", "worker"}) {
		t.Errorf("services %v", names)
	}
	for _, use := range regexp.MustCompile(`\$\{[A-Z_]*PASSWORD[^}]*\}`).FindAllString(string(text), -1) {
		if !strings.Contains(use, ":?") {
			t.Errorf("%s has a default or may be empty", use)
		}
	}
}

// TestNoMachinePaths wants no path of the machine it was written on.
func TestNoMachinePaths(t *testing.T) {
	homes := regexp.MustCompile(`(^|[^a-zA-Z0-9_./-])/(work|farm|root|home)/`)
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == ".git" || name == "procpac-data" {
				return filepath.SkipDir
			}
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil && len(text) < 1<<20 && homes.Match(text) && !strings.HasSuffix(path, "deployments_test.go") {
			t.Errorf("%s names a path of some machine", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
