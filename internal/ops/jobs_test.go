package ops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/procpac/procpac/internal/audit"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/sweep"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// until asks again and again, and gives up after a while.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// ended waits for the end of a job.
func ended(t *testing.T, s *Service, job string) Job {
	t.Helper()
	var j Job
	until(t, "the end of "+job, func() bool {
		var err error
		if j, err = s.Job(job); err != nil {
			t.Fatal(err)
		}
		return j.State != JobRunning
	})
	return j
}

// working is a service whose sweeps tell progress and then wait for go on or
// the end of their context.
func working(t *testing.T) (s *Service, goOn chan error, asked chan sweep.Options) {
	t.Helper()
	s, _ = service(journal.Done)
	s.Connections = []Connection{{Name: "acme"}, {Name: "beta"}}
	goOn, asked = make(chan error), make(chan sweep.Options, 10)
	s.Sweep = func(ctx context.Context, connection string, o sweep.Options) (sweep.Report, error) {
		o.Progress(sweep.Progress{What: "deliveries", Done: 100})
		o.Progress(sweep.Progress{What: "requests", Done: 1})
		o.Progress(sweep.Progress{What: "deliveries", Done: 130})
		o.Progress = nil
		asked <- o
		r := sweep.Report{Connection: connection, Read: 131, Lines: []sweep.Line{{ID: "1"}}}
		select {
		case err := <-goOn:
			return r, err
		case <-ctx.Done():
			return r, ctx.Err()
		}
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s, goOn, asked
}

func TestSweepJob(t *testing.T) {
	s, goOn, asked := working(t)
	ctx, stop := context.WithCancel(t.Context())
	j, err := s.StartSweep(ctx, SweepOrder{Connection: "acme", Since: now.Add(-time.Hour), Actor: " jo "})
	stop() // the call has ended, the job goes on
	if err != nil || j.State != JobRunning || j.Kind != KindSweep || j.ID != "sweep-acme-20261122T090000-1" || j.Actor != "jo" {
		t.Fatalf("%+v %v", j, err)
	}
	if diff := cmp.Diff(sweep.Options{Since: now.Add(-time.Hour), Actor: "jo"}, <-asked); diff != "" {
		t.Error(diff)
	}
	j, err = s.Job(j.ID)
	if diff := cmp.Diff([]Progress{{"deliveries", 130}, {"requests", 1}}, j.Progress); diff != "" || err != nil || j.Sweep != nil || !j.Ended.IsZero() {
		t.Errorf("%+v %v\n%s", j, err, diff)
	}
	goOn <- nil
	j = ended(t, s, j.ID)
	if j.State != JobDone || j.Sweep.Read != 131 || j.Ended != now || j.Error != "" || j.Audit != nil {
		t.Errorf("%+v", j)
	}
	if page := s.Jobs(); len(page.Items) != 1 || page.Items[0].Sweep != nil {
		t.Errorf("%+v", page)
	}
}

func TestJobsFail(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		later bool
		words string
	}{
		"for good":    {errors.New("no such company"), false, "no such company"},
		"for a while": {fault.New(fault.Transient, "list", errors.New("x")).OfSystem().Saying("Procore is away"), true, "Procore is away"},
	} {
		s, goOn, _ := working(t)
		var log bytes.Buffer
		s.Log = zerolog.New(&log)
		j, err := s.StartSweep(t.Context(), SweepOrder{Connection: "beta", DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		goOn <- fmt.Errorf("sweep beta: %w", c.err)
		j = ended(t, s, j.ID)
		if j.State != JobFailed || j.Later != c.later || !strings.Contains(j.Error, c.words) || j.Sweep == nil || j.Sweep.Read != 131 {
			t.Errorf("%s: %+v", name, j)
		}
		if !strings.Contains(log.String(), j.ID) {
			t.Errorf("%s: not logged: %s", name, log.String())
		}
	}
}

func TestAPanicEndsOnlyItsJob(t *testing.T) {
	s, _ := service(journal.Done)
	var log bytes.Buffer
	s.Log, s.Connections = zerolog.New(&log), []Connection{{Name: "acme"}}
	s.Audit = func(context.Context, string, audit.Options) (audit.Report, error) { panic("secret-inside") }
	j, err := s.StartAudit(t.Context(), AuditOrder{Connection: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	j = ended(t, s, j.ID)
	if j.State != JobFailed || strings.Contains(j.Error, "secret-inside") || !strings.Contains(log.String(), "secret-inside") {
		t.Errorf("%+v, log %s", j, log.String())
	}
}

func TestOneJobOfAKindAndConnection(t *testing.T) {
	s, goOn, asked := working(t)
	s.Audit = func(ctx context.Context, _ string, _ audit.Options) (audit.Report, error) {
		<-ctx.Done()
		return audit.Report{Next: "acme.commitment-3"}, ctx.Err()
	}
	order := SweepOrder{Connection: "acme", Actor: "jo"}
	first, err := s.StartSweep(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	<-asked
	_, err = s.StartSweep(t.Context(), order)
	var busy *Busy
	if !errors.As(err, &busy) || busy.Job != first.ID || !strings.Contains(err.Error(), first.ID) {
		t.Errorf("%v", err)
	}
	order.Connection = "beta"
	if _, err := s.StartSweep(t.Context(), order); err != nil {
		t.Errorf("another connection: %v", err)
	}
	other, err := s.StartAudit(t.Context(), AuditOrder{Connection: "acme", Actor: "jo"})
	if err != nil {
		t.Errorf("another kind: %v", err)
	}
	_, err = s.StartAudit(t.Context(), AuditOrder{Connection: "acme"})
	if !errors.As(err, &busy) || !strings.HasPrefix(err.Error(), "an audit of acme") {
		t.Errorf("%v", err)
	}
	if _, err := s.CancelJob(other.ID); err != nil {
		t.Fatal(err)
	}
	if j := ended(t, s, other.ID); j.State != JobCancelled || j.Audit.Next != "acme.commitment-3" || j.Later {
		t.Errorf("%+v", j)
	}
	goOn <- nil
	goOn <- nil
	ended(t, s, first.ID)
	if j, err := s.CancelJob(first.ID); err != nil || j.State != JobDone {
		t.Errorf("an ended job was cancelled: %+v %v", j, err)
	}
	order.Connection = "acme"
	if _, err := s.StartSweep(t.Context(), order); err != nil {
		t.Errorf("the next: %v", err)
	}
}

func TestJobsAreRefused(t *testing.T) {
	s, _, _ := working(t)
	var invalid *Invalid
	var elsewhere *NotHere
	if _, err := s.StartSweep(t.Context(), SweepOrder{Connection: "gamma", Actor: "jo"}); !errors.As(err, &invalid) || !strings.Contains(err.Error(), "acme, beta") {
		t.Error(err)
	}
	if _, err := s.StartSweep(t.Context(), SweepOrder{Connection: "acme", Actor: " "}); !errors.As(err, &invalid) || invalid.Field != "actor" {
		t.Error(err)
	}
	if _, err := s.StartAudit(t.Context(), AuditOrder{Connection: "acme"}); !errors.As(err, &elsewhere) {
		t.Error(err)
	}
	s.Sweep = nil
	if _, err := s.StartSweep(t.Context(), SweepOrder{Connection: "acme", Actor: "jo"}); !errors.As(err, &elsewhere) {
		t.Error(err)
	}
	_, unknown := s.Job("x")
	_, cancel := s.CancelJob("x")
	if !errors.Is(unknown, ErrNoJob) || !errors.Is(cancel, ErrNoJob) {
		t.Errorf("%v %v", unknown, cancel)
	}
}

func TestTheLastJobsAreKept(t *testing.T) {
	s, goOn, asked := working(t)
	long, err := s.StartSweep(t.Context(), SweepOrder{Connection: "beta", Actor: "jo"})
	if err != nil {
		t.Fatal(err)
	}
	<-asked
	s.Audit = func(context.Context, string, audit.Options) (audit.Report, error) { return audit.Report{}, nil }
	var ids []string
	for range keepJobs + 5 {
		ids = append(ids, audited(t, s, AuditOrder{Connection: "acme"}).ID)
	}
	page := s.Jobs()
	if len(page.Items) != keepJobs || page.Items[0].ID != ids[len(ids)-1] || page.Items[keepJobs-1].ID != long.ID {
		t.Errorf("%d kept: %+v", len(page.Items), page.Items)
	}
	if _, err := s.Job(ids[0]); !errors.Is(err, ErrNoJob) {
		t.Errorf("%v", err)
	}
	goOn <- nil
	ended(t, s, long.ID)
}

func TestCloseEndsJobsAndStartsNone(t *testing.T) {
	s, _, asked := working(t)
	j, err := s.StartSweep(t.Context(), SweepOrder{Connection: "acme", Actor: "jo"})
	if err != nil {
		t.Fatal(err)
	}
	<-asked
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if j, err := s.Job(j.ID); err != nil || j.State != JobCancelled {
		t.Errorf("%+v %v", j, err)
	}
	if _, err := s.StartSweep(t.Context(), SweepOrder{Connection: "acme", Actor: "jo"}); fault.Of(err) != fault.Transient {
		t.Errorf("%v", err)
	}
}

func TestCloseDoesNotWaitForEver(t *testing.T) {
	s, _ := service(journal.Done)
	s.Connections = []Connection{{Name: "acme"}}
	stuck := make(chan struct{})
	s.Audit = func(context.Context, string, audit.Options) (audit.Report, error) {
		<-stuck
		return audit.Report{}, nil
	}
	if _, err := s.StartAudit(t.Context(), AuditOrder{Connection: "acme"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(stuck)
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestOneBackupAtATime(t *testing.T) {
	s, _ := service(journal.Done)
	var elsewhere *NotHere
	if err := s.WriteBackup(t.Context(), io.Discard); !errors.As(err, &elsewhere) {
		t.Error(err)
	}
	writing, goOn := make(chan struct{}), make(chan struct{})
	s.Backup = func(_ context.Context, w io.Writer) error {
		close(writing)
		<-goOn
		_, err := io.WriteString(w, "tar")
		return err
	}
	var out bytes.Buffer
	first := make(chan error)
	go func() { first <- s.WriteBackup(t.Context(), &out) }()
	<-writing
	var busy *Busy
	if err := s.WriteBackup(t.Context(), io.Discard); !errors.As(err, &busy) {
		t.Error(err)
	}
	close(goOn)
	if err := <-first; err != nil || out.String() != "tar" {
		t.Errorf("%v %q", err, out.String())
	}
	s.Backup = func(context.Context, io.Writer) error { return errors.New("away") }
	if err := s.WriteBackup(t.Context(), io.Discard); err == nil || errors.As(err, &busy) {
		t.Error(err)
	}
}
