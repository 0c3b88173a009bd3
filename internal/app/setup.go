package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/procore"
	preparing "github.com/procpac/procpac/internal/setup"
	"github.com/procpac/procpac/internal/translate"
)

// invoiceWidth is how many characters Jobpac's invoice number has (assumed).
const invoiceWidth = 15

// hookPath is where the receiver takes the webhooks of a connection.
const hookPath = "/hooks/procore/"

// SetupOptions say what to prepare in Procore.
type SetupOptions struct {
	Config          *config.Config
	Connection      string // empty: all
	URL             string // public address of the receiver; empty: of the configuration
	DryRun          bool   // plan only
	RewriteToken    bool   // write the current token again
	RewriteMetadata bool   // write the metadata again
	Log             zerolog.Logger
	// Approve is shown the plan when there is something to do and tells whether
	// to go on. Nil: go on.
	Approve func(SetupReport) (bool, error)
}

// SetupReport is a set-up of one or several connections.
type SetupReport struct {
	DryRun      bool          `json:"dry_run"`
	Connections []SetupResult `json:"connections"`
}

// SetupResult is the plan of one connection and what became of it. Error says
// in a sentence why there is no plan.
type SetupResult struct {
	Connection string              `json:"connection"`
	URL        string              `json:"url"`
	Steps      []preparing.Outcome `json:"steps"`
	Notes      []string            `json:"notes"`
	Error      string              `json:"error,omitempty"`

	err error
}

// Open is how many steps are still to be done.
func (r SetupReport) Open() int {
	n := 0
	for _, c := range r.Connections {
		for _, s := range c.Steps {
			if s.State != preparing.Done {
				n++
			}
		}
	}
	return n
}

// Failures are the sentences of what did not work. later: trying again may
// help with all of it.
func (r SetupReport) Failures() (words []string, later bool) {
	later = true
	tell := func(connection, said string, err error) {
		words, later = append(words, connection+": "+said), later && comesRight(err)
	}
	for _, c := range r.Connections {
		if c.err != nil {
			tell(c.Connection, c.Error, c.err)
		}
		for _, s := range c.Steps {
			if s.State == preparing.Failed {
				tell(c.Connection, s.Words+" Refused: "+s.Error, s.Err)
			}
		}
	}
	return words, later && len(words) > 0
}

// comesRight tells whether trying again may help. A refusal of the token or of
// our rights stays until somebody mends it.
func comesRight(err error) bool {
	var refused *procore.StatusError
	if errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500 && refused.Status != 408 && refused.Status != 429 {
		return false
	}
	return fault.Of(err) == fault.Transient || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// preparer is one connection that is prepared.
type preparer struct {
	*clients
	want preparing.Want
	side preparingSide
	plan preparing.Plan
}

// Setup plans, asks and applies; see package setup. What does not work is in
// the report; an error is a *SetupError, or Approve's own: then nothing was
// changed.
func Setup(ctx context.Context, o SetupOptions) (SetupReport, error) {
	r := SetupReport{DryRun: o.DryRun, Connections: []SetupResult{}}
	all, closeAll, err := o.open(ctx)
	if err != nil {
		return r, err
	}
	defer closeAll()
	for _, p := range all {
		r.Connections = append(r.Connections, p.prepare(ctx))
	}
	if o.DryRun || r.Open() == 0 {
		return r, nil
	}
	if o.Approve != nil {
		if yes, err := o.Approve(r); err != nil || !yes {
			return r, err
		}
	}
	for i, p := range all {
		if r.Connections[i].err == nil {
			r.Connections[i].Steps = p.side.maker().Apply(ctx, p.want, p.plan)
		}
	}
	return r, nil
}

// prepare reads and decides. It changes nothing.
func (p *preparer) prepare(ctx context.Context) SetupResult {
	r := SetupResult{Connection: p.name, URL: p.want.URL, Steps: []preparing.Outcome{}, Notes: []string{}}
	have, err := p.side.reader().Read(ctx, p.want)
	if err == nil {
		p.plan, err = preparing.Decide(p.want, have)
	}
	if err != nil {
		r.Error, r.err = p.said(err), err
		return r
	}
	r.Steps, r.Notes = p.plan.Outcomes(), p.plan.Notes
	return r
}

// said is an error for a person, without tokens.
func (p *preparer) said(err error) string {
	words := "Procore could not be read: " + fault.Said(err)
	for _, t := range p.want.Tokens {
		words = strings.ReplaceAll(words, t, "***")
	}
	return words
}

// open opens the Procore side of the connections that are asked for.
func (o SetupOptions) open(ctx context.Context) (all []*preparer, closeAll func(), err error) {
	closeAll = func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		for _, p := range all {
			_ = p.close(ending) // Jobpac was not called
		}
	}
	chosen, err := connectionsOf(o.Config, o.Connection)
	for _, c := range chosen {
		var l *clients
		if l, err = newClients(c, o.Config.Worker, o.Log); err != nil {
			break
		}
		p := &preparer{clients: l}
		all = append(all, p)
		if p.want, err = o.wanted(c, l.procore.Namespace()); err != nil {
			break
		}
		p.side = preparingSide{l.procore, fingerprintFile(filepath.Join(o.Config.DataDir, "setup", c.Name))}
	}
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	return all, closeAll, nil
}

// connectionsOf is the one that is named, or all.
func connectionsOf(c *config.Config, name string) ([]config.Connection, error) {
	var names []string
	for _, one := range c.Connections {
		if one.Name == name {
			return []config.Connection{one}, nil
		}
		names = append(names, one.Name)
	}
	switch {
	case len(names) == 0:
		return nil, setup(nil, "no connection is configured: there is nothing to set up")
	case name != "":
		return nil, setup(nil, "there is no connection %q: choose from %s", name, strings.Join(names, ", "))
	}
	return c.Connections, nil
}

// wanted is what a connection needs in Procore.
func (o SetupOptions) wanted(c config.Connection, namespace string) (preparing.Want, error) {
	address, err := hookAddress(c, o.URL)
	if err != nil {
		return preparing.Want{}, err
	}
	widths := translate.DefaultWidths()
	metadata, err := procore.JobpacMetadata(procore.JobpacWidths{
		Order: c.Mapping.OrderNumber.Width, Variation: c.Mapping.Variation.Width,
		VariationType: widths.VariationType, Reason: widths.Reason, Invoice: invoiceWidth,
	})
	w := preparing.Want{
		Connection: c.Name, URL: address, Namespace: namespace, Metadata: metadata, RewriteToken: o.RewriteToken, RewriteMetadata: o.RewriteMetadata,
		ERP: c.Intake == "erp" || c.Intake == "both", Direct: c.Intake == "direct" || c.Intake == "both",
	}
	for _, t := range c.Procore.WebhookTokens {
		w.Tokens = append(w.Tokens, t.Reveal())
	}
	return w, err
}

// hookAddress is where Procore delivers the webhooks of a connection.
func hookAddress(c config.Connection, given string) (string, error) {
	key := "--url"
	if given == "" {
		given, key = c.Procore.HookURL, "connections."+c.Name+".procore.hook_url"
	}
	if given == "" {
		return "", setup(nil, "the public address of the receiver is not known: set %s, or give --url, to https://hooks.example.com if Procore reaches connection %s at https://hooks.example.com%s%s", key, c.Name, hookPath, c.Name)
	}
	u, err := url.Parse(given)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !onThisMachine(u.Hostname())) {
		return "", setup(err, "%s must be an https address such as https://hooks.example.com, without user and query (http only on this machine)", key)
	}
	return strings.TrimSuffix(strings.TrimRight(given, "/"), hookPath+c.Name) + hookPath + c.Name, nil
}

// fingerprintFile keeps the fingerprint of the metadata that was written last.
type fingerprintFile string

// Metadata is the fingerprint; empty where there is no file.
func (f fingerprintFile) Metadata() (string, error) {
	text, err := os.ReadFile(string(f))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("%s cannot be read: %v", string(f), bare(err))
	}
	return strings.TrimSpace(string(text)), nil
}

// Keep writes it, whole or not at all.
func (f fingerprintFile) Keep(fingerprint string) error {
	if err := os.MkdirAll(filepath.Dir(string(f)), 0o700); err != nil {
		return fmt.Errorf("%s cannot be made: %v", filepath.Dir(string(f)), bare(err))
	}
	next := string(f) + ".new"
	if err := os.WriteFile(next, []byte(fingerprint+"\n"), 0o600); err != nil {
		return fmt.Errorf("%s cannot be written: %v", next, bare(err))
	}
	return os.Rename(next, string(f))
}
