package opsapi

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/sweep"
	"github.com/procpac/procpac/internal/witness"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// now is when every test happens.
var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// world is a system in memory: it fails where a test tells it to.
type world struct {
	mu        sync.Mutex
	histories map[string][]ops.Entry
	hints     []ops.Event
	lag       ops.Lag
	asked     ops.Query
	published []erp.Event
	viewErr   error
	busErr    error
	failAfter int // publishes that work before busErr counts; -1: all
	panics    bool
	mode      witness.State
	swept     sweep.Options
	synced    ops.SyncOrder
	audited   audit.Options
	serious   bool       // what an audit finds
	goOn      chan error // a job waits for it, or for its end
	tar       []byte
	tarErr    error // after the tar
}

func newWorld() *world {
	w := &world{histories: map[string][]ops.Entry{}, failAfter: -1, lag: ops.Lag{Events: 1, Journal: 2}, goOn: make(chan error)}
	w.mode = witness.State{
		Since: now.Add(-time.Hour), Episode: 1, By: "kim", Reason: "counted", Released: now,
		Findings: []witness.Finding{{Stream: "JOURNAL", What: witness.Corrupt, Words: "A record cannot be read.", Effect: "acme.commitment-9", From: 5, To: 7}},
	}
	w.tar = bytes.Repeat([]byte("a tar, as far as anybody here knows\n"), 1000)
	w.add("acme.commitment-4101", done()...)
	w.add("acme.commitment-4102", rejected())
	w.add("acme.change_order-7701", parked()...)
	w.hints = []ops.Event{{ID: "01H", Connection: "acme", Resource: "ERP Requests", ResourceID: 900, Action: "create", Source: "webhook", Received: now, Effect: "acme.commitment-4101"}}
	return w
}

// done is a history with every member that a record can have.
func done() []journal.Record {
	at := func(s int) time.Time { return now.Add(time.Duration(s) * time.Second) }
	step := journal.Step{ID: "order 01|4101", Label: "Subcontract header", Fingerprint: "f1", Columns: []journal.Column{{Name: "Order", Value: "4101"}}}
	plan := &journal.Plan{
		Kind: "commitment", Aggregate: "commitment-4101", Title: "Concrete works", Ref: "PCC4101", Number: "4101", ProcoreNo: "SC-001",
		Project: "24001", Creditor: "C100", Total: "11000.00", Fingerprint: "f", Steps: []journal.Step{step},
		Links: []journal.Link{{Type: "commitment", ID: 4101, Origin: "01|4101", Code: "4101"}}, Notes: []string{"the title was cut"},
		Full: map[string]string{"order Description": "Concrete works, all of them"},
	}
	return []journal.Record{
		{V: 1, At: at(0), Epoch: 1, Owner: "w1", Until: at(90), Event: "01H", Request: 900, Detail: 901, Company: 55, Plan: plan, Moves: []journal.Move{{To: journal.Planned}, {To: journal.Claimed}}},
		{V: 1, At: at(1), Epoch: 1, Owner: "w1", Until: at(90), Event: "01H", Moves: []journal.Move{{To: journal.Intent, Step: step.ID, Fingerprint: "f1", NotAfter: at(6)}}},
		{V: 1, At: at(2), Epoch: 1, Owner: "w1", Until: at(90), Event: "01H", Moves: []journal.Move{{To: journal.UnknownOut, Step: step.ID, SendEnd: at(2), WakeAt: at(62), Class: "ambiguous", Rule: "NO-ANSWER", Reason: "Jobpac did not answer", Cause: "connection reset"}}},
		{V: 1, At: at(63), Epoch: 2, Owner: "w1", Until: at(153), Event: "01H", Attempt: 1, Moves: []journal.Move{{To: journal.Claimed}, {To: journal.Committed, Step: step.ID, Fingerprint: "f1", Found: true}, {To: journal.Applied}, {To: journal.Confirmed}}},
		{V: 1, At: at(64), Epoch: 2, Owner: "w1", Event: "01H", Attempt: 1, Closed: &journal.Closing{Request: 900, Outcome: "success", Messages: []string{"Subcontract 4101"}}, Moves: []journal.Move{{To: journal.Done}}},
	}
}

// rejected is an effect that a rule refused.
func rejected() journal.Record {
	problem := journal.Problem{Rule: "CM-LINE-COST-CODE", Where: "line 2", Message: "Line 2 is on a heading; choose a cost centre below it."}
	return journal.Record{
		V: 1, At: now, Epoch: 1, Event: "02H", Request: 910, Detail: 911, Company: 55,
		Plan:  &journal.Plan{Kind: "commitment", Aggregate: "commitment-4102", Problems: []journal.Problem{problem}},
		Moves: []journal.Move{{To: journal.Planned}, {To: journal.Rejected, Class: "permanent", Rule: problem.Rule, Reason: problem.Message}},
	}
}

// parked is an effect with a doubt, which a person replayed once.
func parked() []journal.Record {
	return []journal.Record{
		{V: 1, At: now, Epoch: 1, Event: "03H", Request: 920, Company: 55, Plan: &journal.Plan{Kind: "change_order", Aggregate: "commitment-4101"}, Moves: []journal.Move{{To: journal.Planned}, {To: journal.Claimed}, {To: journal.Intent, Step: "variation 01|24001|V1"}}},
		{V: 1, At: now, Epoch: 1, Actor: "kim", Event: "03H", Request: 920, Company: 55, Moves: []journal.Move{{To: journal.UnknownOut, Step: "variation 01|24001|V1"}, {To: journal.Parked, Reason: "The variation may exist in Jobpac."}}},
	}
}

func (w *world) add(id string, records ...journal.Record) {
	for i, r := range records {
		w.histories[id] = append(w.histories[id], ops.Entry{Seq: uint64(i + 1), Record: r})
	}
}

func (w *world) fold(key journal.Key) (journal.Effect, error) {
	e := journal.Effect{Key: key}
	for _, entry := range w.histories[key.String()] {
		if err := e.Apply(entry.Record, entry.Seq); err != nil {
			return e, err
		}
	}
	return e, nil
}

// Load and History make it an ops.Journal.
func (w *world) Load(_ context.Context, key journal.Key) (journal.Effect, error) {
	if w.panics {
		panic("secret-inside")
	}
	return w.fold(key)
}

func (w *world) History(_ context.Context, key journal.Key) ([]ops.Entry, error) {
	return w.histories[key.String()], nil
}

// Effects, Events, Counts and Lag make it an ops.View.
func (w *world) Effects(_ context.Context, q ops.Query) (ops.Page[ops.Effect], error) {
	w.asked = q
	if w.viewErr != nil {
		return ops.Page[ops.Effect]{}, w.viewErr
	}
	var page ops.Page[ops.Effect]
	for id := range w.histories {
		key, err := journal.ParseKey(id)
		if err != nil {
			return page, err
		}
		e, err := w.fold(key)
		if err != nil {
			return page, err
		}
		if len(q.States) == 0 || slices.Contains(q.States, string(e.State)) {
			page.Items = append(page.Items, ops.Line(e))
		}
	}
	slices.SortFunc(page.Items, func(a, b ops.Effect) int { return strings.Compare(a.ID, b.ID) })
	if q.Limit > 0 && len(page.Items) > q.Limit {
		page.Items, page.Next = page.Items[:q.Limit], "7"
	}
	return page, nil
}

func (w *world) Events(_ context.Context, q ops.Query) (ops.Page[ops.Event], error) {
	w.asked = q
	return ops.Page[ops.Event]{Items: w.hints}, w.viewErr
}

func (w *world) Counts(context.Context, string) (map[string]int, error) {
	if w.viewErr != nil {
		return nil, w.viewErr
	}
	return map[string]int{"done": 1, "rejected": 1, "parked": 1}, nil
}

func (w *world) Lag(context.Context) (ops.Lag, error) { return w.lag, w.viewErr }

// Publish and Healthy make it an ops.Bus.
func (w *world) Publish(_ context.Context, e erp.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busErr != nil && len(w.published) >= max(w.failAfter, 0) {
		return w.busErr
	}
	w.published = append(w.published, e)
	return nil
}

func (w *world) Healthy(context.Context) error {
	if w.failAfter >= 0 {
		return nil
	}
	return w.busErr
}

// State and Release make it an ops.Safe.
func (w *world) State() witness.State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mode
}

func (w *world) Release(_ context.Context, actor, reason string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mode.On, w.mode.By, w.mode.Reason, w.mode.Released = false, actor, reason, now
	return nil
}

// raise turns safe mode on.
func (w *world) raise() *world {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mode.On, w.mode.By, w.mode.Reason, w.mode.Released = true, "", "", time.Time{}
	return w
}

// sweep and audit tell some progress and wait for go on, or their end.
func (w *world) sweep(ctx context.Context, connection string, o sweep.Options) (sweep.Report, error) {
	o.Progress(sweep.Progress{What: "deliveries", Done: 12})
	o.Progress = nil
	w.mu.Lock()
	w.swept = o
	w.mu.Unlock()
	line := sweep.Line{
		Source: sweep.SourceRequest, ID: "900", Effect: "acme.commitment-4101", Title: "Concrete", Why: "nobody answered", Do: sweep.DoEnqueued,
		Event: "sweep-1", BeforeGoLive: true,
	}
	return sweep.Report{
		Connection: connection, Since: now, Started: now, Ended: now, Read: 12, Enqueued: 1, Known: 10, Listed: 1,
		Lines: []sweep.Line{line}, Warnings: []string{"a list is not shown"},
	}, w.wait(ctx)
}

func (w *world) sync(ctx context.Context, o ops.SyncOrder, tell func(ops.Progress)) (ops.SyncReport, error) {
	tell(ops.Progress{What: "jobs", Done: 3})
	w.mu.Lock()
	w.synced = o
	w.mu.Unlock()
	return ops.SyncReport{Effect: "acme.import-7", State: "done", Objects: []ops.ImportSummary{{
		Object: erp.Jobs, Read: 3, New: 1, Refused: 1, Calls: 1, Started: now, Ended: now, Notes: []string{"a note"},
		Refusals: []ops.ImportRefusal{{Rule: "IM-JOB-CODE", Where: "job 1234567", Message: "Job 1234567 has more than 6 characters."}},
	}}}, w.wait(ctx)
}

func (w *world) audit(ctx context.Context, connection string, o audit.Options) (audit.Report, error) {
	o.Progress(audit.Progress{What: "effects", Done: 7})
	o.Progress = nil
	w.mu.Lock()
	w.audited = o
	w.mu.Unlock()
	err := w.wait(ctx)
	r := audit.Report{Connection: connection, Since: now, Started: now, Ended: now, Approvals: 3, Effects: 7, Documents: 6, Warnings: []string{"one is not shown"}}
	if err != nil {
		r.Next = "acme.commitment-4101"
	}
	r.Findings = []audit.Finding{{
		Kind: audit.Differs, Connection: connection, Effect: "acme.commitment-4101", Procore: "commitment SC-001 (4101)", Title: "Concrete", Number: "4101",
		ProcoreTotal: "11000.00", JobpacTotal: "1100.00", Words: "The total differs.", Serious: w.serious,
	}}
	return r, err
}

func (w *world) wait(ctx context.Context) error {
	select {
	case err := <-w.goOn:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// backup writes the tar in two pieces.
func (w *world) backup(_ context.Context, out io.Writer) error {
	half := len(w.tar) / 2
	for _, piece := range [][]byte{w.tar[:half], w.tar[half:]} {
		if len(piece) == 0 {
			continue
		}
		if _, err := out.Write(piece); err != nil {
			return err
		}
	}
	return w.tarErr
}

// service serves everything.
func (w *world) service() *ops.Service {
	return &ops.Service{
		Sweep: w.sweep, Audit: w.audit, Sync: w.sync, Safe: w, Backup: w.backup,
		View: w, Journal: w, Bus: w, Version: "v1.2.3", Started: now.Add(-time.Hour), Now: func() time.Time { return now },
		Connections: []ops.Connection{{Name: "acme", Mode: "live", Company: "55", WorkID: "01"}},
	}
}

// options are those of most tests: no token, no log.
func (w *world) options() Options { return Options{Service: w.service(), Log: zerolog.Nop()} }

// call asks the handler in the process, as a program on the same machine does.
func call(o Options, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "127.0.0.1:8081"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	answer := httptest.NewRecorder()
	Handler(o).ServeHTTP(answer, r)
	return answer
}

// serve runs the API on a free port until the test ends.
func serve(t *testing.T, o Options) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(Handler(o))
	t.Cleanup(server.Close)
	return server
}

// status fails the test when the answer has another one.
func status(t *testing.T, answer *httptest.ResponseRecorder, want int) {
	t.Helper()
	if answer.Code != want {
		t.Fatalf("status %d, want %d: %s", answer.Code, want, answer.Body)
	}
	if want >= http.StatusBadRequest && answer.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("a refusal is %q", answer.Header().Get("Content-Type"))
	}
}
