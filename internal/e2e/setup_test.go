package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever keeps procpac from starting is said in one clear sentence, with exit
// code 2.
func TestCannotStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.file("", "")
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	blocked := filepath.Join(t.TempDir(), "a-file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	port := taken.Addr().String()
	open := filepath.Join(t.TempDir(), "open-to-all")
	if err := os.WriteFile(open, []byte("a-secret-that-others-can-read"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		from, to string // in the file; from empty: to is the path
		want     []string
	}{
		"no such file":       {"", "/no/such/procpac.yaml", []string{"/no/such/procpac.yaml", "no such file"}},
		"a directory":        {"", t.TempDir(), []string{"config file"}},
		"not YAML":           {"listen: 127.0.0.1:0", "listen: [", []string{"config file"}},
		"unknown key":        {"listen: 127.0.0.1:0", "lisen: 127.0.0.1:0", []string{"lisen", "unknown key", "did you mean listen?"}},
		"unknown key below":  {"work_id:", "workid:", []string{"workid", "did you mean work_id?"}},
		"not an address":     {"listen: 127.0.0.1:0", "listen: everywhere", []string{`listen "everywhere"`, "host:port"}},
		"wrong key length":   {"encryption_key_file:", "encryption_key: too-short #", []string{"encryption_key", "9 characters", "24 or 32"}},
		"readable secret":    {"client_secret_file: ", "client_secret_file: " + open + " #", []string{"client_secret_file", "chmod 600"}},
		"missing secret":     {"client_secret_file: ", "client_secret_file: /no/such/secret #", []string{"client_secret_file", "/no/such/secret"}},
		"port in use":        {"listen: 127.0.0.1:0", "listen: " + port, []string{"listen " + port, "in use"}},
		"operator's port":    {`operator: {listen: "127.0.0.1:0"`, `operator: {listen: "` + port + `"`, []string{"operator.listen " + port, "in use"}},
		"directory a file":   {"data_dir: ", "data_dir: " + blocked + " #", []string{"data_dir " + blocked}},
		"directory below it": {"data_dir: ", "data_dir: " + blocked + "/data #", []string{"data_dir " + blocked}},
		"no such NATS":       {"connections:", "nats: {url: \"http://127.0.0.1:1\"}\nconnections:", []string{"nats.url"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := c.to
			if c.from != "" {
				changed := strings.Replace(string(text), c.from, c.to, 1)
				if changed == string(text) {
					t.Fatalf("%q is not in the file", c.from)
				}
				path = filepath.Join(t.TempDir(), "procpac.yaml")
				if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			complains(t, w, path, c.want...)
		})
	}
}

// complains runs procpac serve, which must end with code 2 and a sentence that
// holds all of the texts.
func complains(t *testing.T, w *world, path string, want ...string) {
	t.Helper()
	_, stderr, code := w.run("serve", "--config", path, "--log-level", "error")
	for _, text := range want {
		if !strings.Contains(stderr, text) {
			t.Errorf("%q is missing in: %s", text, stderr)
		}
	}
	if lines := strings.Split(strings.TrimSpace(stderr), "\n"); code != 2 || len(lines) > 3 || strings.Contains(stderr, "a-secret-that") || strings.Contains(stderr, "too-short") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// A directory serves one process at a time.
func TestDirectoryInUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := w.file("", "")
	p := w.launch(config)
	complains(t, w, config, "data_dir "+w.dir, "in use by another procpac")
	p.end(os.Interrupt)
	w.launch(config).end(os.Interrupt)
}

// Roles can only be split with an external cluster, and only those there are.
func TestRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := w.file("", "")
	for roles, want := range map[string]string{"worker": "nats.url", "worker,painter": "painter"} {
		_, stderr, code := w.run("serve", "--config", config, "--roles", roles, "--log-level", "error")
		if code != 2 || !strings.Contains(sentence(stderr), want) {
			t.Errorf("%s: %d %s", roles, code, stderr)
		}
	}
}
