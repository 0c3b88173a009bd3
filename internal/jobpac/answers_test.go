package jobpac

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"golang.org/x/tools/txtar"
)

// sample is one shape of answer with what a client must make of it.
type sample struct {
	call, class, said, rows string
	status                  int
	body                    string
}

func readSample(t *testing.T, file string) sample {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil || len(archive.Files) != 1 || archive.Files[0].Name != "body" {
		t.Fatalf("%s: %v", file, err)
	}
	head := map[string]string{}
	why, rest, _ := strings.Cut(string(archive.Comment), "\n")
	for _, line := range strings.Split(strings.TrimSpace(rest), "\n") {
		name, value, _ := strings.Cut(line, ": ")
		head[name] = value
	}
	status, err := strconv.Atoi(head["status"])
	if err != nil || !strings.Contains(why, "source: ") {
		t.Fatalf("%s: status and source must stand on top: %v", file, err)
	}
	return sample{
		call: head["call"], class: head["class"], said: head["said"], rows: head["rows"],
		status: status, body: strings.TrimSuffix(string(archive.Files[0].Data), "\n"),
	}
}

// classOf writes a class as the samples do.
func classOf(err error) string {
	if err == nil {
		return "done"
	}
	words := fault.Of(err).String()
	if fault.IsSystem(err) {
		words += " system"
	}
	if errors.Is(err, errLoginRefused) {
		words += " refused"
	}
	return words
}

func TestEveryAnswerHasItsClass(t *testing.T) {
	files, err := filepath.Glob("../../api/jobpac/answers/*.txtar")
	if err != nil || len(files) < 45 {
		t.Fatalf("%d samples: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			playSample(t, readSample(t, file))
		})
	}
}

// playSample sends the sample over real HTTP and compares class and words.
func playSample(t *testing.T, s sample) {
	fake := newServer(t)
	c := newTestClient(t, fake, nil)
	var err error
	var rows []row
	switch s.call {
	case "listing":
		fake.on("/JobListing", says(s.status, s.body))
		rows, err = c.list(t.Context(), jobListing(), nil)
	case "write":
		fake.on("/CreateANewSubcontract", says(s.status, s.body))
		err = c.Write(t.Context(), erp.Write{Record: testSubcontract()})
		if n := fake.count("/CreateANewSubcontract"); n != 1 {
			t.Errorf("sent %d times", n)
		}
	case "login":
		fake.on("/GiveMeAToken", says(s.status, s.body))
		_, err = c.session.get(t.Context())
	default:
		t.Fatalf("call %q", s.call)
	}
	if got := classOf(err); got != s.class {
		t.Errorf("class %q, want %q: %v", got, s.class, err)
	}
	if s.rows != "" && strconv.Itoa(len(rows)) != s.rows {
		t.Errorf("%d rows, want %s", len(rows), s.rows)
	}
	checkSaid(t, err, s.said)
}

func checkSaid(t *testing.T, err error, want string) {
	t.Helper()
	var f *fault.Fault
	if err == nil {
		return
	}
	if !errors.As(err, &f) || f.Said != want {
		t.Errorf("said %q, want %q", f.Said, want)
	}
	if !strings.HasPrefix(f.Op, "jobpac ") {
		t.Errorf("operation %q", f.Op)
	}
}
