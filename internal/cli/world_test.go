package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/opsapi"
	"github.com/procpac/procpac/internal/sweep"
	"github.com/procpac/procpac/internal/witness"
)

// leakChecked is the tests followed by a look for goroutines left behind.
type leakChecked struct{ *testing.M }

func (m leakChecked) Run() int {
	code := m.M.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"procpac": func() { os.Exit(Main()) }})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const secretToken = "not-a-real-token"

// world is a running system in memory.
type world struct {
	mu        sync.Mutex
	effects   map[string][]ops.Entry
	hints     []ops.Event
	asked     ops.Query
	published []erp.Event
	busErr    error
	looked    chan struct{} // gets a token, if there is room, at each listing

	shown       int // how often a history was asked for
	connections []string
	carry       func(e erp.Event) // carries a decision out, when it is published; may be nil
	mode        *witness.State    // nil: this process does not know safe mode
	sweeps      func(ctx context.Context, connection string, o sweep.Options) (sweep.Report, error)
	audits      func(ctx context.Context, connection string, o audit.Options) (audit.Report, error)
	tar         func(w io.Writer) error
}

func newWorld() *world {
	return &world{effects: map[string][]ops.Entry{}, looked: make(chan struct{}, 1)}
}

func (w *world) add(id string, records ...journal.Record) *world {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range records {
		w.effects[id] = append(w.effects[id], ops.Entry{Seq: uint64(len(w.effects[id]) + 1), Record: r})
	}
	return w
}

// rejected is an effect that a rule refused.
func rejected(at time.Time) journal.Record {
	problem := journal.Problem{Rule: "CM-LINE-COST-CODE", Where: "line 2", Message: "Cost code 01-000 is a heading."}
	return journal.Record{
		V: 1, At: at, Epoch: 1, Event: "02H", Request: 910, Company: 55,
		Plan:  &journal.Plan{Kind: "commitment", Aggregate: "commitment-4102", Title: "Site sheds", ProcoreNo: "SC-002", Problems: []journal.Problem{problem}},
		Moves: []journal.Move{{To: journal.Planned}, {To: journal.Rejected, Class: "permanent", Rule: problem.Rule, Reason: problem.Message}},
	}
}

// doubtful is an effect with a lost answer, found on the second try.
func doubtful() []journal.Record {
	at := func(s int) time.Time { return now.Add(time.Duration(s) * time.Second) }
	step := journal.Step{ID: "order 01|4101", Label: "Subcontract 4101"}
	return []journal.Record{
		{V: 1, At: at(0), Epoch: 1, Event: "01H", Request: 900, Company: 55, Moves: []journal.Move{{To: journal.Planned}, {To: journal.Claimed}, {To: journal.Intent, Step: step.ID, NotAfter: at(5)}}, Plan: &journal.Plan{
			Kind: "commitment", Aggregate: "commitment-4101", Title: "Concrete\x1b[31m works", Ref: "PCC4101", Number: "4101", ProcoreNo: "SC-001", Project: "24001",
			Creditor: "C100", Total: "11000.00", Steps: []journal.Step{step}, Links: []journal.Link{{Type: "commitment", ID: 4101, Origin: "01|4101"}}, Notes: []string{"The title was cut."},
		}},
		{V: 1, At: at(1), Epoch: 1, Event: "01H", Moves: []journal.Move{{To: journal.UnknownOut, Step: step.ID, SendEnd: at(1), WakeAt: at(61), Class: "ambiguous", Reason: "Jobpac did not answer.", Cause: "connection reset"}}},
		{V: 1, At: at(62), Epoch: 2, Event: "01H", Attempt: 1, Actor: "kim", Moves: []journal.Move{{To: journal.Claimed}, {To: journal.Committed, Step: step.ID, Found: true}, {To: journal.Applied}, {To: journal.Confirmed}}},
		{V: 1, At: at(63), Epoch: 2, Event: "01H", Attempt: 1, Closed: &journal.Closing{Request: 900, Outcome: "success", Messages: []string{"In Jobpac as 4101."}}, Moves: []journal.Move{{To: journal.Done}}},
	}
}

// Load and History make it an ops.Journal.
func (w *world) Load(_ context.Context, key journal.Key) (journal.Effect, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fold(key)
}

func (w *world) fold(key journal.Key) (journal.Effect, error) {
	e := journal.Effect{Key: key}
	for _, entry := range w.effects[key.String()] {
		if err := e.Apply(entry.Record, entry.Seq); err != nil {
			return e, err
		}
	}
	return e, nil
}

func (w *world) History(_ context.Context, key journal.Key) ([]ops.Entry, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shown++
	return slices.Clone(w.effects[key.String()]), nil
}

// Effects, Events, Counts and Lag make it an ops.View. A cursor is the number
// of lines to skip.
func (w *world) Effects(_ context.Context, q ops.Query) (ops.Page[ops.Effect], error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(q)
	var all []ops.Effect
	for id := range w.effects {
		key, err := journal.ParseKey(id)
		if err != nil {
			return ops.Page[ops.Effect]{}, err
		}
		e, err := w.fold(key)
		if err != nil {
			return ops.Page[ops.Effect]{}, err
		}
		if line := ops.Line(e); !line.Updated.Before(q.Since) && (len(q.States) == 0 || slices.Contains(q.States, line.State)) {
			all = append(all, line)
		}
	}
	slices.SortFunc(all, func(a, b ops.Effect) int {
		return cmpFirst(b.Updated.Compare(a.Updated), strings.Compare(a.ID, b.ID))
	})
	return paged(all, q)
}

func cmpFirst(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}

func paged[T any](all []T, q ops.Query) (ops.Page[T], error) {
	skip, limit := 0, q.Limit
	if q.After != "" {
		if _, err := fmt.Sscan(q.After, &skip); err != nil {
			return ops.Page[T]{}, &ops.Invalid{Field: "after", Value: q.After, Rule: "must be a cursor"}
		}
	}
	if limit == 0 {
		limit = 50
	}
	all = all[min(skip, len(all)):]
	if len(all) <= limit {
		return ops.Page[T]{Items: all}, nil
	}
	return ops.Page[T]{Items: all[:limit], Next: fmt.Sprint(skip + limit)}, nil
}

func (w *world) Events(_ context.Context, q ops.Query) (ops.Page[ops.Event], error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(q)
	return paged(w.hints, q)
}

func (w *world) note(q ops.Query) {
	w.asked = q
	select {
	case w.looked <- struct{}{}:
	default:
	}
}

func (w *world) Counts(context.Context, string) (map[string]int, error) { return nil, nil }
func (w *world) Lag(context.Context) (ops.Lag, error)                   { return ops.Lag{}, nil }

// Publish and Healthy make it an ops.Bus.
func (w *world) Publish(_ context.Context, e erp.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busErr != nil && len(w.published) > 0 {
		return w.busErr
	}
	w.published = append(w.published, e)
	if w.carry != nil {
		w.carry(e)
	}
	return nil
}

func (w *world) Healthy(context.Context) error { return nil }

// looks is how often a history was asked for.
func (w *world) looks() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shown
}

// State and Release make it an ops.Safe.
func (w *world) State() witness.State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return *w.mode
}

func (w *world) Release(_ context.Context, actor, reason string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mode.On, w.mode.By, w.mode.Reason, w.mode.Released = false, actor, reason, now
	return nil
}

// halted is a world in safe mode.
func halted() *world {
	w := twoEffects()
	w.mode = &witness.State{On: true, Since: now, Episode: 1, Findings: []witness.Finding{{Stream: "JOURNAL", What: witness.Rewound, Words: "The journal ends earlier than it did."}}}
	return w
}

// serve runs the operator API over the world, with a token.
func (w *world) serve(t *testing.T) *httptest.Server {
	t.Helper()
	service := &ops.Service{View: w, Journal: w, Bus: w, Version: "test", Started: now, Now: func() time.Time { return now }, Sweep: w.sweeps, Audit: w.audits}
	for _, name := range w.connections {
		service.Connections = append(service.Connections, ops.Connection{Name: name, Mode: "live"})
	}
	if w.mode != nil {
		service.Safe = w
	}
	if w.tar != nil {
		service.Backup = func(_ context.Context, out io.Writer) error { return w.tar(out) }
	}
	t.Cleanup(func() {
		if err := service.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(opsapi.Handler(opsapi.Options{
		Service: service, Tokens: func() []string { return []string{secretToken} }, Log: zerolog.Nop(),
	}))
	t.Cleanup(server.Close)
	return server
}

// tokenFile writes the token where only we can read it.
func tokenFile(t *testing.T, mode os.FileMode, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// ran is what a run left.
type ran struct {
	code     int
	out, err string
}

// run runs one command line with that environment, and programs that must not
// be called unless the test gives them.
func run(t *testing.T, p Process, args ...string) ran {
	t.Helper()
	var out, errOut bytes.Buffer
	p.Args, p.Out, p.Err, p.poll = args, &out, &errOut, time.Millisecond
	if p.In == nil {
		p.In = strings.NewReader("")
	}
	if p.Now == nil {
		p.Now = func() time.Time { return now }
	}
	if p.Programs.Roles == nil {
		p.Programs.Roles = []string{"receiver", "worker", "console"}
	}
	if p.Programs.Offline == nil {
		p.Programs.Offline = func(context.Context, *config.Config) (ops.View, func() error, error) {
			return nil, nil, &app.SetupError{Words: "there is no projection", Err: errors.New("no file")}
		}
	}
	code := Run(t.Context(), p)
	return ran{code, out.String(), errOut.String()}
}

// asks is a process whose environment names the server and its token.
func asks(t *testing.T, w *world) Process {
	t.Helper()
	return Process{Env: []string{"USER=kim", "PROCPAC_SERVER=" + w.serve(t).URL, "PROCPAC_TOKEN_FILE=" + tokenFile(t, 0o600, secretToken+"\n")}}
}

// want fails the test unless the run ended so, with those words on stdout and
// stderr.
func (r ran) want(t *testing.T, code int, out, errOut string) {
	t.Helper()
	if r.code != code || !strings.Contains(r.out, out) || !strings.Contains(r.err, errOut) || (out == "" && r.out != "") || (errOut == "" && r.err != "") {
		t.Errorf("exit %d, want %d\nstdout: %s\n  want: %s\nstderr: %s\n  want: %s", r.code, code, r.out, out, r.err, errOut)
	}
	if strings.Contains(r.out+r.err, secretToken) {
		t.Error("the token is printed")
	}
	if code != 0 && strings.Contains(r.out+r.err, "Usage:") {
		t.Error("an error dumps the usage")
	}
}
