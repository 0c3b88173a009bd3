package doctor

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// Procore is what a look at the Procore side calls. None of it changes anything.
type Procore interface {
	// Me names the user of the service account.
	Me(ctx context.Context) (string, error)
	// Requests lists the ERP requests since then; Deliveries the webhooks of our
	// hooks that did not arrive. erp.ErrNotShown: there is no such list for us.
	Requests(ctx context.Context, since time.Time) iter.Seq2[erp.Request, error]
	Deliveries(ctx context.Context, since time.Time) iter.Seq2[erp.Delivery, error]
	// Explain says which answer an error was.
	Explain(err error) Refusal
}

// Refusal is what is known of a refused call.
type Refusal struct {
	Login  bool // the token or session itself was refused: nothing was asked
	Status int  // of the answer; 0: none came
}

// ProcoreSide looks at one company: token, company, ERP requests, deliveries.
// since is how far back requests and deliveries are listed.
func ProcoreSide(p Procore, company string, since time.Time) []Step {
	return []Step{
		{Topic: "procore company", Look: func(ctx context.Context) ([]Line, bool) { return procoreCompany(ctx, p, company) }},
		{Topic: "procore requests", Look: func(ctx context.Context) ([]Line, bool) { return procoreRequests(ctx, p, since) }},
		{Topic: "procore hooks", Look: func(ctx context.Context) ([]Line, bool) { return procoreHooks(ctx, p, since) }},
	}
}

// procoreCompany proves hosts, credentials and company with one call.
func procoreCompany(ctx context.Context, p Procore, company string) ([]Line, bool) {
	user, err := p.Me(ctx)
	token := fine("Procore gives a token.").about("procore token")
	if err == nil {
		return []Line{token, fine("Company %s is visible as %s.", company, user)}, true
	}
	r := p.Explain(err)
	switch {
	case r.Login:
		return []Line{wrong("Check login_url, client_id and client_secret of the connection; nothing else of Procore was looked at.",
			"Procore gives no token: %s", said(err)).about("procore token")}, false
	case r.Status == http.StatusUnauthorized:
		return []Line{wrong("Check that the service account is active and that api_url belongs to login_url.",
			"Procore gives a token and does not take it (401): %s", said(err)).about("procore token")}, false
	case r.Status == http.StatusForbidden:
		return []Line{token, wrong("In Procore, App Management, connect the app to this company and check its permitted projects.",
			"Company %s is closed to the service account (403): %s", company, said(err))}, false
	case r.Status == http.StatusNotFound:
		return []Line{token, wrong("Check company_id; it stands in the address of Procore's pages.",
			"Procore does not know company %s, or does not show it to the service account (404): %s", company, said(err))}, false
	}
	return []Line{wrong("Check api_url and the network; nothing else of Procore was looked at.", "Procore cannot be used: %s", said(err))}, false
}

// procoreRequests reads the beginning of the list of ERP requests.
func procoreRequests(ctx context.Context, p Procore, since time.Time) ([]Line, bool) {
	seen, err := 0, error(nil)
	for _, err = range p.Requests(ctx, since) {
		if err != nil || seen == mostListed {
			break
		}
		seen++
	}
	if err == nil {
		return []Line{fine("ERP requests can be read: %s since %s.", counted(seen), day(since))}, true
	}
	switch r := p.Explain(err); r.Status {
	case http.StatusUnauthorized:
		return []Line{wrong("Check that the service account is active.", "The token is not taken for ERP requests (401): %s", said(err))}, false
	case http.StatusForbidden:
		return []Line{wrong("Give the service account admin rights in the company's ERP Integrations tool.",
			"ERP requests may not be read (403): %s", said(err))}, true
	case http.StatusNotFound:
		return []Line{warn("Switch on the company's ERP Integrations tool. If it is on, Procore has no such list here: webhooks work, and the sweep reads deliveries only.",
			"Procore has no list of ERP requests for this company (404).")}, true
	}
	return []Line{wrong("", "ERP requests cannot be read: %s", said(err))}, true
}

// mostListed is how much of a list is counted.
const mostListed = 1000

// counted is a number that may have been cut.
func counted(n int) string {
	if n >= mostListed {
		return fmt.Sprintf("%d or more", n)
	}
	return fmt.Sprint(n)
}

// procoreHooks counts what did not arrive. A hook that delivers well shows
// nothing here, nor does one that is missing.
func procoreHooks(ctx context.Context, p Procore, since time.Time) ([]Line, bool) {
	failing, discarded := 0, 0
	var last time.Time
	for d, err := range p.Deliveries(ctx, since) {
		if err != nil {
			return []Line{hooksNotShown(p, err)}, true
		}
		if d.State == erp.DeliveryDiscarded {
			discarded++
		} else {
			failing++
		}
		if d.At.After(last) {
			last = d.At
		}
		if failing+discarded == mostListed {
			break
		}
	}
	return []Line{undelivered(failing, discarded, last, since)}, true
}

// hooksNotShown says why deliveries cannot be read.
func hooksNotShown(p Procore, err error) Line {
	const do = "Give the service account the right to read webhooks; until then the sweep cannot find deliveries that Procore threw away."
	switch r := p.Explain(err); {
	case r.Status == http.StatusForbidden:
		return warn(do, "Our hooks and their deliveries may not be read (403).")
	case r.Status == http.StatusNotFound, errors.Is(err, erp.ErrNotShown):
		return warn(do, "Our hooks and their deliveries are not shown (404).")
	}
	return warn("", "Our hooks and their deliveries cannot be read: %s", said(err))
}

// undelivered judges the deliveries of our hooks.
func undelivered(failing, discarded int, last, since time.Time) Line {
	switch {
	case failing > 0:
		return warn("See that Procore reaches the address of the hook and that its token is one of webhook_tokens; all deliveries behind a failing one wait.",
			"%s webhooks are failing and %s were thrown away since %s, the last at %s.", counted(failing), counted(discarded), day(since), minute(last))
	case discarded > 0:
		return warn("The sweep fetches what they told of; see why they failed.",
			"%s webhooks were thrown away since %s, the last at %s.", counted(discarded), day(since), minute(last))
	}
	return fine("No webhook of ours is failing or was thrown away since %s.", day(since))
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
