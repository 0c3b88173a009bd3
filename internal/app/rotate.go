package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/receiver"
	preparing "github.com/procpac/procpac/internal/setup"
)

// RotateOptions say which connection's webhook token to change.
type RotateOptions struct {
	Config     *config.Config
	Connection string // empty: the only one
	URL        string // public address of the receiver; empty: of the configuration
	Receiver   string // where the running receiver is asked; empty: at the public address
	DryRun     bool   // say only
	Log        zerolog.Logger
	// Approve is shown what would be written and tells whether to go on. Nil: go
	// on.
	Approve func(RotateReport) (bool, error)
}

// RotateReport is where a rotation stands. Error says in a sentence why it did
// not get further.
type RotateReport struct {
	Connection string                  `json:"connection"`
	DryRun     bool                    `json:"dry_run"`
	State      preparing.RotationState `json:"state"`
	Words      string                  `json:"words"`
	Steps      []preparing.Outcome     `json:"steps"`
	Pending    int                     `json:"pending"`
	Error      string                  `json:"error,omitempty"`

	err error
}

// Outcome sorts the report: later, run it again; wrong, somebody has to mend
// something first.
func (r RotateReport) Outcome() (later, wrong bool) {
	switch {
	case r.err != nil:
		return comesRight(r.err), !comesRight(r.err)
	case r.State == preparing.NoHook, r.State == preparing.WrongToken, r.State == preparing.Indistinct, r.State == preparing.NotLive:
		return false, true
	}
	return r.State == preparing.Draining, false
}

// RotateHook changes the token of a connection's webhooks from the current to
// the next, without losing a delivery: it writes the next token only when the
// running receiver takes both, and says when the old one can go. Every run goes
// as far as it can. An error is a *SetupError or Approve's own: then nothing
// was changed.
func RotateHook(ctx context.Context, o RotateOptions) (RotateReport, error) {
	if o.Connection == "" && len(o.Config.Connections) > 1 {
		return RotateReport{}, setup(nil, "a token is of one connection: choose from %s with --connection", strings.Join(namesOf(o.Config), ", "))
	}
	opened := SetupOptions{Config: o.Config, Connection: o.Connection, URL: o.URL, Log: o.Log}
	all, closeAll, err := opened.open(ctx)
	if err != nil {
		return RotateReport{}, err
	}
	defer closeAll()
	p := all[0]
	r := RotateReport{Connection: p.name, DryRun: o.DryRun, Steps: []preparing.Outcome{}}
	address, err := doorAddress(p, o.Receiver)
	if err != nil {
		return r, err
	}
	return p.rotate(ctx, o, r, address)
}

func namesOf(c *config.Config) []string {
	names := make([]string, len(c.Connections))
	for i, one := range c.Connections {
		names[i] = one.Name
	}
	return names
}

// doorAddress is where the running receiver is asked.
func doorAddress(p *preparer, given string) (string, error) {
	if given == "" {
		return p.want.URL, nil
	}
	address, err := hookAddress(p.config, given)
	if err != nil {
		return "", setup(err, "--receiver must be an https address, or http on this machine, such as http://127.0.0.1:8080")
	}
	return address, nil
}

func (p *preparer) rotate(ctx context.Context, o RotateOptions, r RotateReport, address string) (RotateReport, error) {
	now, err := p.rotation(ctx)
	if err == nil {
		now, err = p.live(ctx, now, address)
	}
	if err != nil {
		return r.failed(p, err), nil
	}
	r = r.stands(now)
	if now.State == preparing.Ready {
		if o.DryRun {
			return r, nil
		}
		if o.Approve != nil {
			if yes, err := o.Approve(r); err != nil || !yes {
				return r, err
			}
		}
		r.Steps = p.side.maker().Apply(ctx, p.want, now.Write())
		for _, s := range r.Steps {
			if s.State == preparing.Failed {
				r.Error, r.err = s.Error, s.Err
				return r, nil
			}
		}
	}
	return p.drained(ctx, now, r), nil
}

// rotation looks at what is there.
func (p *preparer) rotation(ctx context.Context) (preparing.Rotation, error) {
	w := p.want
	w.ERP = false // the ERP connection has nothing to do with it
	have, err := p.side.reader().Read(ctx, w)
	return p.want.Rotation(have), err
}

func (p *preparer) live(ctx context.Context, now preparing.Rotation, address string) (preparing.Rotation, error) {
	d := newDoor()
	defer d.CloseIdleConnections()
	return now.Live(ctx, p.want, d, address)
}

// drained looks again after a change, and counts what is left. A hook whose
// token is not shown was written just now, and counts as changed.
func (p *preparer) drained(ctx context.Context, now preparing.Rotation, r RotateReport) RotateReport {
	if now.State == preparing.Ready {
		after, err := p.rotation(ctx)
		if err != nil {
			return r.failed(p, err)
		}
		if now = after.Written(); now.State == preparing.Ready {
			return r.failed(p, fault.New(fault.Permanent, "rotate", nil).
				Saying("it still shows another token after the next one was written. Look at the webhook in Procore, then run this again."))
		}
	}
	now, err := now.Drained(ctx, p.want, p.side)
	if err != nil {
		return r.failed(p, err)
	}
	steps := r.Steps
	r = r.stands(now)
	if len(steps) > 0 {
		r.Steps = steps
	}
	return r
}

func (r RotateReport) stands(now preparing.Rotation) RotateReport {
	r.State, r.Words, r.Pending, r.Steps = now.State, now.Words, now.Pending, now.Write().Outcomes()
	return r
}

func (r RotateReport) failed(p *preparer, err error) RotateReport {
	r.Error, r.err = p.said(err), err
	var asked *doorError
	if errors.As(err, &asked) {
		r.Error = asked.Error()
	}
	return r
}

// door asks a running receiver.
type door struct{ *http.Client }

func newDoor() door {
	const limit = 10 * time.Second
	return door{&http.Client{
		Timeout: limit, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: limit},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// doorError is a receiver that could not be asked.
type doorError struct {
	address string
	why     string
}

func (e *doorError) Error() string {
	return fmt.Sprintf("The running receiver at %s could not be asked whether it takes both tokens: %s. Start it, or say with --receiver where it can be asked from here. Nothing was written.", e.address, e.why)
}

// Accepts sends a body that is too large for a webhook: the receiver compares
// the token first, so 401 says that it does not take it and 413 that it does,
// and nothing is stored.
func (d door) Accepts(ctx context.Context, address, token string) (bool, error) {
	body := io.LimitReader(blanks{}, receiver.MaxBody+1)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body)
	if err != nil {
		return false, fault.New(fault.Permanent, "receiver", &doorError{address, "the address cannot be used"})
	}
	r.ContentLength = receiver.MaxBody + 1
	r.Header.Set("Authorization", token)
	answer, err := d.Do(r)
	if err != nil {
		return false, fault.New(fault.Transient, "receiver", &doorError{address, "it does not answer"})
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusUnauthorized:
		return false, nil
	case http.StatusRequestEntityTooLarge:
		return true, nil
	case http.StatusNotFound:
		return false, fault.New(fault.Permanent, "receiver", &doorError{address, "it knows no connection of this name there (404)"})
	}
	return false, fault.New(fault.Transient, "receiver", &doorError{address, fmt.Sprintf("it answered with %d, which no receiver of ours does", answer.StatusCode)})
}

// blanks is a body of spaces.
type blanks struct{}

// Read fills b.
func (blanks) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}
