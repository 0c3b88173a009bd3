package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/doctor"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/jobpac"
	"github.com/procpac/procpac/internal/procore"
)

// connection looks at both sides of a connection and its settings. Both sides
// are asked beside one another.
func (o CheckOptions) connection(l *clients) []doctor.Check {
	now := time.Now()
	since := now.Add(-o.Config.Sweep.Window.Std())
	p, j := procoreSide{l.procore}, jobpacSide{l.jobpac}
	side := func(steps ...doctor.Step) doctor.Check { return doctor.Check{Connection: l.name, Steps: steps} }
	return []doctor.Check{
		side(doctor.Clock("Procore", dateOf(l.config.Procore.APIURL), time.Now)),
		side(doctor.Clock("Jobpac", dateOf(l.config.Jobpac.RequestURL), time.Now)),
		side(doctor.ProcoreSide(p, l.config.Procore.CompanyID, since)...),
		side(doctor.JobpacSide(j, organisation(l))...),
		side(doctor.SettingsSteps(settingsOf(l.config, o.Config.DataDir), now)...),
	}
}

// organisation is what the configuration says of the Jobpac side.
func organisation(l *clients) doctor.Organisation {
	j, gst := l.config.Jobpac, l.config.Mapping.GST
	o := doctor.Organisation{
		WorkID: j.WorkID, CreditorWorkID: j.CreditorWorkID, GST: doctor.GST(gst.Default, gst.ByProcoreTaxCode), StatusLetters: j.StatusLetters,
		Sample: func(ctx context.Context) (erp.FactsQuery, bool) {
			s, err := sample(ctx, l)
			return s.query(), err == nil && s.job.Job != ""
		},
	}
	if o.CreditorWorkID == "" {
		o.CreditorWorkID = j.WorkID
	}
	if lister, ok := any(l.jobpac).(gstLister); ok {
		o.GSTCodes = func(ctx context.Context) ([]string, error) { return lister.GSTCodes(ctx, j.WorkID) }
	}
	return o
}

// gstLister is a Jobpac client that can list the GST codes of a WorkID.
type gstLister interface {
	GSTCodes(ctx context.Context, workID string) ([]string, error)
}

// procoreSide is the client as the doctor asks it.
type procoreSide struct{ *procore.Client }

// Me names the service account's user.
func (p procoreSide) Me(ctx context.Context) (string, error) {
	me, err := p.Client.Me(ctx)
	if me.Login != "" {
		return me.Login, err
	}
	return me.Name, err
}

// Explain reads the client's errors.
func (procoreSide) Explain(err error) doctor.Refusal {
	var refused *procore.StatusError
	r := doctor.Refusal{Login: atOperation(err, "procore token")}
	if errors.As(err, &refused) {
		r.Status = refused.Status
	}
	return r
}

// jobpacSide is the client as the doctor asks it.
type jobpacSide struct{ *jobpac.Client }

// Explain tells a refused login from everything else.
func (jobpacSide) Explain(err error) doctor.Refusal {
	return doctor.Refusal{Login: atOperation(err, "/GiveMeAToken")}
}

// atOperation tells whether a fault in the chain came up in an operation whose
// name holds the text.
func atOperation(err error, text string) bool {
	var f *fault.Fault
	for errors.As(err, &f) {
		if strings.Contains(f.Op, text) {
			return true
		}
		err = f.Err
	}
	return false
}

// dateOf asks a system for its time: the Date header of whatever it answers. It
// sends nothing of ours.
func dateOf(address string) func(context.Context) (time.Time, error) {
	return func(ctx context.Context) (time.Time, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return time.Time{}, errors.New("its address cannot be used")
		}
		response, err := dateClient().Do(request)
		if err != nil {
			return time.Time{}, errors.New("it does not answer")
		}
		defer response.Body.Close()
		at, err := http.ParseTime(response.Header.Get("Date"))
		if err != nil {
			return time.Time{}, fmt.Errorf("its answer carries no date")
		}
		return at, nil
	}
}

// dateClient keeps no connection and follows nothing.
func dateClient() *http.Client {
	const limit = 10 * time.Second
	return &http.Client{
		Timeout: limit,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, TLSHandshakeTimeout: limit,
			DialContext: (&net.Dialer{Timeout: limit}).DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
