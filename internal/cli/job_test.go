package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/sweep"
)

// sweeping is a world with two connections whose sweeps find two things.
func sweeping() (*world, *[]sweep.Options) {
	w := newWorld()
	w.connections = []string{"acme", "beta"}
	var asked []sweep.Options
	w.sweeps = func(_ context.Context, connection string, o sweep.Options) (sweep.Report, error) {
		o.Progress(sweep.Progress{What: "deliveries", Done: 100})
		o.Progress(sweep.Progress{What: "requests", Done: 31})
		o.Progress = nil
		w.mu.Lock()
		defer w.mu.Unlock()
		asked = append(asked, o)
		return sweep.Report{Connection: connection, Read: 131, Enqueued: 1, Known: 129, Listed: 1, Lines: []sweep.Line{
			{Source: "request", ID: "900", Effect: connection + ".commitment-4101", Title: "Concrete", Why: "Nobody answered it.", Do: "enqueued", Event: "sweep-1"},
			{Source: "delivery", ID: "01H", Why: "It was discarded.", Do: "listed", BeforeGoLive: true},
		}}, nil
	}
	return w, &asked
}

func TestSweep(t *testing.T) {
	w, asked := sweeping()
	p := asks(t, w)
	r := run(t, p, "sweep", "--since", "26h")
	const one = `SOURCE    ID   EFFECT                TITLE     DO                       WHY
request   900  acme.commitment-4101  Concrete  enqueued                 Nobody answered it.
delivery  01H  -                     -         listed (before go-live)  It was discarded.
acme: 131 read, 1 enqueued, 129 known, 1 listed
`
	if diff := cmp.Diff(one+strings.ReplaceAll(one, "acme", "beta"), r.out); diff != "" {
		t.Error(diff)
	}
	want := sweep.Options{Since: now.Add(-26 * time.Hour), Actor: "kim"}
	if diff := cmp.Diff([]sweep.Options{want, want}, *asked); diff != "" || r.code != 0 {
		t.Errorf("exit %d\n%s", r.code, diff)
	}
	if !strings.Contains(r.err, "sweep acme: requests 31\n") {
		t.Errorf("no progress: %s", r.err)
	}
	*asked = nil
	r = run(t, p, "sweep", "--connection", "beta", "--dry-run", "--json", "--actor", "lee")
	var page ops.Page[ops.Job]
	if err := json.Unmarshal([]byte(r.out), &page); err != nil || len(page.Items) != 1 || page.Items[0].Sweep.Lines[0].Event != "sweep-1" || r.code != 0 {
		t.Errorf("%v %s", err, r.out)
	}
	if diff := cmp.Diff([]sweep.Options{{DryRun: true, Actor: "lee"}}, *asked); diff != "" {
		t.Error(diff)
	}
}

func TestSweepOnATerminal(t *testing.T) {
	w, _ := sweeping()
	p := asks(t, w)
	p.Terminal = true
	r := run(t, p, "sweep", "--connection", "acme")
	if r.code != 0 || !strings.Contains(r.err, "\r") || !strings.Contains(r.err, "sweep acme: requests 31") || strings.Contains(r.out, "\r") {
		t.Errorf("exit %d, stderr %q", r.code, r.err)
	}
}

func TestSweepsThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		code  int
		words string
	}{
		"for good":    {errors.New("the company is gone"), 1, "procpac: sweep of acme: the company is gone"},
		"for a while": {fault.New(fault.Transient, "list", nil).OfSystem().Saying("Procore is away"), 75, "procpac: sweep of acme: Procore is away; try again later"},
	} {
		w, _ := sweeping()
		inner := w.sweeps
		w.sweeps = func(ctx context.Context, connection string, o sweep.Options) (sweep.Report, error) {
			r, err := inner(ctx, connection, o)
			r.Warnings = []string{"a list is not shown"}
			if connection == "acme" {
				err = c.err
			}
			return r, err
		}
		r := run(t, asks(t, w), "sweep")
		r.want(t, c.code, "acme: 131 read, 1 enqueued, 129 known, 1 listed (cut short)\n", c.words)
		r.want(t, c.code, "beta: 131 read, 1 enqueued, 129 known, 1 listed\n", "acme: a list is not shown\n")
		_ = name
	}
}

func TestJobRefusals(t *testing.T) {
	w, _ := sweeping()
	p := asks(t, w)
	none := asks(t, newWorld())
	for _, c := range []struct {
		code  int
		words string
		p     Process
		args  []string
	}{
		{2, "must be one of acme, beta", p, []string{"sweep", "--connection", "gamma"}},
		{2, "must be a time", p, []string{"sweep", "--since", "soon"}},
		{2, "takes no argument", p, []string{"sweep", "acme"}},
		{2, "serves no connection", none, []string{"sweep"}},
		{1, "this process does not serve audits", p, []string{"audit", "--connection", "acme"}},
		{2, "must be a time", p, []string{"audit", "--since", "soon"}},
		{2, "name it with --connection", p, []string{"audit", "--after", "acme.commitment-1"}},
		{2, "--release needs --reason", p, []string{"audit", "--release"}},
		{2, "leave --since out", p, []string{"audit", "--release", "--reason", "x", "--since", "1d"}},
		{2, "go with --release", p, []string{"audit", "--accept-findings"}},
		{2, "go with --release", p, []string{"audit", "--reason", "x"}},
		{75, "needs a running server", Process{Env: nowhere(t)}, []string{"sweep", "--connection", "acme"}},
		{75, "needs a running server", Process{Env: nowhere(t)}, []string{"audit"}},
		{75, "needs a running server", Process{Env: nowhere(t)}, []string{"resolve", undecided, "--retry", "--reason", "x"}},
		{75, "needs a running server", Process{Env: nowhere(t)}, []string{"backup", t.TempDir()}},
	} {
		run(t, c.p, c.args...).want(t, c.code, "", c.words)
	}
}

// auditing is a world with two connections; acme's audit says what it is given.
func auditingOf(w *world, acme audit.Report, err error) *world {
	w.connections = []string{"acme", "beta"}
	w.audits = func(ctx context.Context, connection string, o audit.Options) (audit.Report, error) {
		o.Progress(audit.Progress{What: "effects", Done: 7})
		r := audit.Report{Connection: connection, Started: now, Ended: now, Approvals: 3, Effects: 7, Documents: 6}
		if connection != "acme" {
			return r, nil
		}
		r.Findings, r.Warnings, r.Next = acme.Findings, acme.Warnings, acme.Next
		return r, err
	}
	return w
}

var serious = audit.Report{Warnings: []string{"a project is not shown"}, Findings: []audit.Finding{
	{Kind: audit.Differs, Connection: "acme", Effect: "acme.commitment-4101", Procore: "commitment SC-001 (4101)", Title: "Concrete", Number: "4101",
		ProcoreTotal: "11000.00", JobpacTotal: "1100.00", Words: "The totals differ: look at line 2.", Serious: true},
	{Kind: audit.Unsent, Connection: "acme", Procore: "commitment SC-009 (4109)", ProcoreTotal: "5.00", Words: "Nothing of it is in Jobpac."},
}}

func TestAudit(t *testing.T) {
	p := asks(t, auditingOf(newWorld(), serious, nil))
	r := run(t, p, "audit")
	const want = `NO  FINDING      PROCORE                   JOBPAC  PROCORE TOTAL  JOBPAC TOTAL  EFFECT                TITLE
1   differs (!)  commitment SC-001 (4101)  4101    11000.00       1100.00       acme.commitment-4101  Concrete
2   unsent       commitment SC-009 (4109)  -       5.00           -             -                     -
  1. The totals differ: look at line 2.
  2. Nothing of it is in Jobpac.
acme: 7 effects, 3 approvals, 6 documents compared; 2 findings, 1 serious
beta: 7 effects, 3 approvals, 6 documents compared; 0 findings, 0 serious
`
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Error(diff)
	}
	r.want(t, 3, "NO", "procpac: 1 findings are serious")
	r.want(t, 3, "NO", "acme: a project is not shown\n")
	run(t, p, "audit", "--connection", "beta").want(t, 0, "0 findings", "audit beta: effects 7")
	r = run(t, p, "audit", "--json")
	var answer audited
	if err := json.Unmarshal([]byte(r.out), &answer); err != nil || len(answer.Items) != 2 || !answer.Items[0].Audit.Findings[0].Serious || r.code != 3 || answer.SafeMode != nil {
		t.Errorf("exit %d, %v %s", r.code, err, r.out)
	}
}

func TestAuditThatIsCutShortSaysWhereToGoOn(t *testing.T) {
	away := fault.New(fault.Transient, "read", nil).OfSystem().Saying("Jobpac is away")
	w := auditingOf(newWorld(), audit.Report{Next: "acme.commitment-4101"}, away)
	r := run(t, asks(t, w), "audit", "--since", "30d")
	r.want(t, 75, "0 findings, 0 serious (cut short)", "acme: go on with procpac audit --connection acme --since '30d' --after 'acme.commitment-4101'\n")
	r.want(t, 75, "beta: 7 effects", "audit of acme: Jobpac is away; try again later")
	w = auditingOf(newWorld(), audit.Report{}, away)
	run(t, asks(t, w), "audit", "--connection", "acme").want(t, 75, "(cut short)", "acme: nothing was finished: begin again")
	var after string
	w.audits = func(_ context.Context, _ string, o audit.Options) (audit.Report, error) {
		after = o.After
		return audit.Report{}, nil
	}
	run(t, asks(t, w), "audit", "--connection", "acme", "--after", "~approvals").want(t, 0, "acme: 0 effects", "")
	if after != "~approvals" {
		t.Errorf("after %q", after)
	}
}

// TestInterruptedAuditIsCancelled: the job on the server ends, its cursor is
// told, and the other connections are not begun.
func TestInterruptedAuditIsCancelled(t *testing.T) {
	w := auditingOf(newWorld(), audit.Report{}, nil)
	ctx, stop := context.WithCancel(t.Context())
	var begun []string
	w.audits = func(ctx context.Context, connection string, _ audit.Options) (audit.Report, error) {
		begun = append(begun, connection)
		stop()
		<-ctx.Done()
		return audit.Report{Next: "acme.commitment-7"}, ctx.Err()
	}
	p := asks(t, w)
	var out, errOut bytes.Buffer
	p.Args, p.Out, p.Err, p.Now, p.poll = []string{"audit"}, &out, &errOut, time.Now, time.Millisecond
	code := Run(ctx, p)
	if code != 75 || !strings.Contains(errOut.String(), "--after 'acme.commitment-7'") || !strings.Contains(errOut.String(), "audit of acme was interrupted") ||
		strings.Contains(errOut.String(), "before it was done") || len(begun) != 1 {
		t.Errorf("exit %d, begun %v\n%s%s", code, begun, out.String(), errOut.String())
	}
}

func TestABusyConnectionIsForLater(t *testing.T) {
	w, _ := sweeping()
	running, goOn := make(chan struct{}), make(chan struct{})
	w.sweeps = func(context.Context, string, sweep.Options) (sweep.Report, error) {
		close(running)
		<-goOn
		return sweep.Report{}, nil
	}
	p := asks(t, w)
	first := make(chan ran)
	go func() { first <- run(t, p, "sweep", "--connection", "acme") }()
	<-running
	run(t, p, "sweep", "--connection", "acme").want(t, 75, "", "a sweep of acme is under way already, as job sweep-acme-20260302T090000-1")
	close(goOn)
	(<-first).want(t, 0, "acme: 0 read", "")
}

func TestAJobIsFollowedOverAnAbsence(t *testing.T) {
	w, _ := sweeping()
	server := w.serve(t)
	inner := server.Config.Handler
	var misses atomic.Int64
	misses.Store(5)
	server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/v1/jobs/") && misses.Add(-1) >= 0 {
			panic(http.ErrAbortHandler)
		}
		inner.ServeHTTP(rw, r)
	})
	p := Process{Env: []string{"USER=kim", "PROCPAC_SERVER=" + server.URL, "PROCPAC_TOKEN_FILE=" + tokenFile(t, 0o600, secretToken)}}
	r := run(t, p, "sweep", "--connection", "acme")
	if r.code != 0 || !strings.Contains(r.out, "acme: 131 read") {
		t.Errorf("%+v", r)
	}
	misses.Store(1 << 30)
	run(t, p, "sweep", "--connection", "acme").want(t, 75, "", "can no longer be followed")
}

func TestReleaseAfterACleanAudit(t *testing.T) {
	w := auditingOf(halted(), audit.Report{}, nil)
	p := asks(t, w)
	r := run(t, p, "audit", "--release", "--reason", "counted by hand", "--json")
	var answer audited
	if err := json.Unmarshal([]byte(r.out), &answer); err != nil || r.code != 0 || answer.SafeMode.On || answer.SafeMode.Released.Reason != "counted by hand" || answer.SafeMode.Released.By != "kim" {
		t.Errorf("exit %d, %v %s%s", r.code, err, r.out, r.err)
	}
	if !strings.Contains(r.err, "safe mode is released: creates go on") || w.mode.On {
		t.Errorf("%s", r.err)
	}
	run(t, p, "audit", "--release", "--reason", "again").want(t, 0, "beta:", "there is nothing to release")
}

func TestReleaseIsRefused(t *testing.T) {
	w := auditingOf(halted(), serious, nil)
	p := asks(t, w)
	run(t, p, "audit", "--release", "--reason", "x").want(t, 3, "differs (!)", "so nothing is released")
	run(t, p, "audit", "--connection", "beta", "--release", "--reason", "x").want(t, 3, "beta:", "procpac: the audit found what must be dealt with first (acme: 1)")
	if !w.mode.On {
		t.Fatal("released")
	}
	run(t, p, "audit", "--release", "--reason", "dealt with", "--accept-findings").want(t, 0, "differs (!)", "safe mode is released")
	if w.mode.On || w.mode.Reason != "dealt with" {
		t.Errorf("%+v", w.mode)
	}
	w = auditingOf(halted(), audit.Report{}, errors.New("broken"))
	p = asks(t, w)
	run(t, p, "audit", "--release", "--reason", "x").want(t, 1, "beta:", "audit of acme: broken")
	run(t, p, "audit", "--connection", "beta", "--release", "--reason", "x").want(t, 3, "beta:", "acme: no whole audit was finished")
	if !w.mode.On {
		t.Error("released")
	}
}

func TestMeter(t *testing.T) {
	var out bytes.Buffer
	at := now
	m := &meter{title: "audit acme", out: &out, now: func() time.Time { return at }}
	show := func(what string, done int) {
		m.show([]ops.Progress{{What: "before", Done: 1}, {What: what, Done: done}})
	}
	m.show(nil)
	show("effects", 100)
	show("effects", 200)
	at = at.Add(sayEvery)
	show("effects", 300)
	show("approvals\x1b", 1)
	m.end()
	if got := out.String(); got != "audit acme: effects 100\naudit acme: effects 300\naudit acme: approvals? 1\n" {
		t.Errorf("%q", got)
	}
	(&meter{}).show([]ops.Progress{{What: "x"}})
}
