package cli

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/doctor"
)

// checks is a process whose check finds those lines; got is what it was asked.
func checks(r doctor.Report, err error) (p Process, got *app.CheckOptions) {
	got = &app.CheckOptions{}
	p.Programs.Check = func(_ context.Context, o app.CheckOptions) (doctor.Report, error) {
		*got = o
		return r, err
	}
	return p, got
}

func lines(levels ...doctor.Level) doctor.Report {
	r := doctor.Report{Started: now, Ended: now.Add(time.Second)}
	for _, level := range levels {
		r.Lines = append(r.Lines, doctor.Line{Topic: "clock", Connection: "acme", Level: level, Words: "It is\x1b[31m late.", Do: "Set it."})
	}
	return r
}

func TestCheckPrintsALineEach(t *testing.T) {
	p, _ := checks(lines(doctor.OK, doctor.Warning), nil)
	run(t, p, "check").want(t, 0, "ok       clock  acme        It is?[31m late. Set it.\nwarning  clock  acme        It is?[31m late. Set it.\n", "")
	p, _ = checks(lines(doctor.OK, doctor.Wrong), nil)
	run(t, p, "check").want(t, 1, "wrong  clock", "procpac: 1 thing is wrong\n")
	p, _ = checks(lines(doctor.Wrong, doctor.Wrong), nil)
	run(t, p, "check").want(t, 1, "wrong", "2 things are wrong")
	p, _ = checks(doctor.Report{}, &app.SetupError{Words: "no such connection"})
	run(t, p, "check").want(t, 2, "", "no such connection")
	p, _ = checks(doctor.Report{}, errors.New("cut short"))
	run(t, p, "check").want(t, 1, "", "cut short")
}

func TestCheckAsJSON(t *testing.T) {
	report := lines(doctor.Warning, doctor.Wrong)
	report.Contract, report.YAML = &doctor.Record{Version: 1, Unique: map[string]string{"order": "no"}}, "unique_document_number: no\n"
	p, _ := checks(report, nil)
	got := run(t, p, "check", "--json")
	got.want(t, 1, `"ok": false`, "1 thing is wrong")
	var shape struct {
		OK       bool      `json:"ok"`
		Ended    time.Time `json:"ended"`
		YAML     string    `json:"yaml"`
		Lines    []struct{ Topic, Connection, Level, Words, Do string }
		Contract struct {
			Unique map[string]string `json:"unique"`
		} `json:"contract"`
	}
	if err := json.Unmarshal([]byte(got.out), &shape); err != nil {
		t.Fatal(err, got.out)
	}
	if shape.OK || len(shape.Lines) != 2 || shape.Lines[1].Level != "wrong" || shape.Lines[0].Connection != "acme" || shape.Lines[0].Do != "Set it." ||
		shape.Contract.Unique["order"] != "no" || shape.YAML == "" || shape.Ended.IsZero() {
		t.Errorf("%+v", shape)
	}
	p, _ = checks(lines(doctor.OK), nil)
	run(t, p, "check", "--json").want(t, 0, `"ok": true`, "")
}

// Mistakes in the configuration are lines like any other, and end with 2.
func TestCheckOfABadConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(path, []byte("listn: 127.0.0.1:1\nworker: {concurrency: 0}\noperator: {token: "+secretToken[:8]+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, got := checks(doctor.Report{}, nil)
	p.Programs.Check = nil // must not be called
	run(t, p, "check", "--config", path).want(t, 2, `wrong  configuration              worker.concurrency "0": must be 1 to 1024`, "nothing else was looked at")
	run(t, p, "check", "--config", path, "--json").want(t, 2, `"topic": "configuration"`, "nothing else was looked at")
	if got.Config != nil {
		t.Error("it went on")
	}
}

func TestCheckFlags(t *testing.T) {
	p, got := checks(lines(doctor.OK), nil)
	run(t, p, "check").want(t, 0, "clock", "")
	if got.Contract != nil || got.Tell != nil || got.Config == nil {
		t.Errorf("%+v", got)
	}
	run(t, p, "check", "--contract", "--connection", "acme", "--job", "1001", "--creditor", "C", "--cost-centre", "01-100/M", "--prefix", "TT", "--limit", "5m", "--yes",
		"--environment", "TEST").want(t, 0, "clock", "")
	want := app.ContractOptions{Connection: "acme", Job: "1001", Creditor: "C", CostCentre: "01-100/M", Prefix: "TT", Limit: 5 * time.Minute, Yes: true, Environment: "TEST"}
	have := *got.Contract
	have.Ask = nil
	if got.Contract.Ask != nil || have.Connection+have.Job+have.Creditor+have.CostCentre+have.Prefix+have.Environment != want.Connection+want.Job+want.Creditor+want.CostCentre+want.Prefix+want.Environment ||
		have.Limit != want.Limit || !have.Yes {
		t.Errorf("%+v", got.Contract)
	}
	for _, args := range [][]string{{"check", "--yes"}, {"check", "--job", "1"}, {"check", "--environment", "X"}} {
		run(t, p, args...).want(t, 2, "", "go with --contract")
	}
	run(t, p, "check", "--contract", "--limit", "0s").want(t, 2, "", "--limit 0s must be more than 0")
	run(t, p, "check", "acme").want(t, 2, "", "takes no argument")
	help := run(t, p, "check", "--help")
	help.want(t, 0, "procpac check --contract --yes --environment TEST", "")
	if !strings.Contains(help.out, "--json") || !strings.Contains(help.out, "Exit code 0") {
		t.Error(help.out)
	}
}

// A person is asked at a terminal; a no ends well and says so.
func TestContractAsks(t *testing.T) {
	for answer, want := range map[string]struct {
		yes  bool
		code int
	}{"y\n": {true, 0}, "yes\n": {true, 0}, "n\n": {false, 0}, "": {false, 0}} {
		p := Process{Terminal: true, In: strings.NewReader(answer)}
		p.Programs.Check = func(_ context.Context, o app.CheckOptions) (doctor.Report, error) {
			yes, err := o.Contract.Ask(`This writes to "TEST".`)
			if err != nil || yes != want.yes {
				t.Errorf("%q: %v, %v", answer, yes, err)
			}
			if !yes {
				return doctor.Report{}, &app.SetupError{Words: "nothing was written"}
			}
			return lines(doctor.OK), nil
		}
		got := run(t, p, "check", "--contract")
		if got.code != want.code || !strings.Contains(got.err, `This writes to "TEST". Go on? [y/N]`) || strings.Contains(got.err, "nothing was written") == want.yes || (got.out != "") != want.yes {
			t.Errorf("%q: %+v", answer, got)
		}
	}
}

// What takes long is told to a person who waits, and to nobody else.
func TestCheckTellsWhatTakesLong(t *testing.T) {
	at := now
	p := Process{Terminal: true, Now: func() time.Time { return at }}
	p.Programs.Check = func(_ context.Context, o app.CheckOptions) (doctor.Report, error) {
		at = at.Add(time.Second)
		o.Tell("too soon")
		at = at.Add(time.Second)
		o.Tell("still looking at\x07 redis")
		return lines(doctor.OK), nil
	}
	got := run(t, p, "check")
	got.want(t, 0, "clock", "still looking at? redis\n")
	if strings.Contains(got.err, "too soon") {
		t.Error(got.err)
	}
}
