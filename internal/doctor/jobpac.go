package doctor

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// Jobpac is what a look at the Jobpac side calls. None of it changes anything.
type Jobpac interface {
	Facts(ctx context.Context, q erp.FactsQuery) (erp.Facts, error)
	// Explain says which answer an error was; only Login is needed.
	Explain(err error) Refusal
}

// Organisation is what the configuration says of one Jobpac.
type Organisation struct {
	WorkID         string
	CreditorWorkID string
	GST            []string          // tax codes that the mapping names
	StatusLetters  map[string]string // as configured
	// GSTCodes lists the codes of the WorkID; nil: this build cannot.
	GSTCodes func(ctx context.Context) ([]string, error)
	// Sample is a job, creditor and cost code that documents named; nil, or
	// false: none is known.
	Sample func(ctx context.Context) (erp.FactsQuery, bool)
}

// nobody is a code that no job or creditor is expected to have: the listings are
// asked for it, to see whether they answer.
const nobody = "PCNONE"

// JobpacSide looks at one organisation: login, listings, GST codes, letters.
func JobpacSide(j Jobpac, o Organisation) []Step {
	return []Step{
		{Topic: "jobpac work id", Look: func(ctx context.Context) ([]Line, bool) { return jobpacListings(ctx, j, o) }},
		{Topic: "jobpac gst codes", Look: func(ctx context.Context) ([]Line, bool) { return gstCodes(ctx, o), true }},
		{Topic: "jobpac status letters", Look: func(ctx context.Context) ([]Line, bool) { return statusLetters(ctx, j, o), true }},
	}
}

// jobpacListings proves login and listings.
func jobpacListings(ctx context.Context, j Jobpac, o Organisation) ([]Line, bool) {
	_, err := j.Facts(ctx, erp.FactsQuery{
		Job: erp.JobKey{WorkID: o.WorkID, Job: nobody}, Creditor: erp.CreditorKey{WorkID: o.CreditorWorkID, Creditor: nobody},
		CostCodes: []string{nobody}, Fresh: true,
	})
	login := fine("Jobpac gives a token.").about("jobpac login")
	switch {
	case err == nil:
		return []Line{login, fine("Jobs of WorkID %s, their cost centres and the creditors of WorkID %s can be listed.", o.WorkID, o.CreditorWorkID)}, true
	case j.Explain(err).Login:
		return []Line{wrong("Check auth_url, environment, application, encryption_key, user and password of the connection. "+
			"Do not try often: Jobpac locks a user after some refusals.", "Jobpac gives no token: %s", said(err)).about("jobpac login")}, false
	}
	return []Line{login, wrong("Check work_id and creditor_work_id, and that the API user may list jobs, creditors and cost centres.",
		"The books of WorkID %s cannot be listed: %s", o.WorkID, said(err))}, false
}

// gstCodes compares the codes of the mapping with Jobpac's.
func gstCodes(ctx context.Context, o Organisation) []Line {
	switch {
	case len(o.GST) == 0:
		return []Line{fine("The mapping names no GST code: Jobpac's own choice stands.")}
	case o.GSTCodes == nil:
		return []Line{fine("The mapping names %s; this build cannot list Jobpac's codes, a contract check tries the default.", several(o.GST))}
	}
	have, err := o.GSTCodes(ctx)
	if err != nil {
		return []Line{wrong("See that the API user may list GST codes.", "The GST codes of WorkID %s cannot be listed: %s", o.WorkID, said(err))}
	}
	missing := slices.DeleteFunc(slices.Clone(o.GST), func(code string) bool {
		return slices.ContainsFunc(have, func(h string) bool { return erp.Code(h) == erp.Code(code) })
	})
	if len(missing) > 0 {
		return []Line{wrong("Correct mapping.gst, or add the code in Jobpac. It has "+orNone(have)+".",
			"mapping.gst names %s, which WorkID %s does not have: every line that carries it is refused.", several(missing), o.WorkID)}
	}
	return []Line{fine("Jobpac has the GST codes of the mapping: %s.", several(o.GST))}
}

func orNone(codes []string) string {
	if len(codes) == 0 {
		return "none"
	}
	return several(codes)
}

// statusLetters looks at the letter of a job that documents named.
func statusLetters(ctx context.Context, j Jobpac, o Organisation) []Line {
	if len(o.StatusLetters) == 0 {
		return []Line{fine("No status letter has a meaning here: flags alone say whether a record is open.")}
	}
	known := several(slices.Sorted(maps.Keys(o.StatusLetters)))
	if letter := sampleLetter(ctx, j, o); letter != "" && !knows(o.StatusLetters, letter) {
		return []Line{warn("Say in status_letters what it means: open, stopped or complete.",
			"A job of WorkID %s has status letter %s; status_letters knows %s only, so it is ignored.", o.WorkID, letter, known)}
	}
	return []Line{fine("These status letters have a meaning: %s.", known)}
}

// sampleLetter is the letter of a job that documents named; "" where none is
// known or it cannot be read, which the listings have told already.
func sampleLetter(ctx context.Context, j Jobpac, o Organisation) string {
	if o.Sample == nil {
		return ""
	}
	q, ok := o.Sample(ctx)
	if !ok {
		return ""
	}
	facts, err := j.Facts(ctx, erp.FactsQuery{Job: q.Job})
	if err != nil || facts.Job == nil {
		return ""
	}
	return erp.Code(facts.Job.Status)
}

func knows(letters map[string]string, letter string) bool {
	for have := range letters {
		if erp.Code(have) == letter {
			return true
		}
	}
	return false
}

// codeList is codes without blanks and repeats, in order of first use.
func codeList(codes []string) []string {
	var kept []string
	for _, c := range codes {
		if c = strings.TrimSpace(c); c != "" && !slices.Contains(kept, c) {
			kept = append(kept, c)
		}
	}
	return kept
}

// GST is the tax codes of a mapping: the default, then the mapped ones, sorted.
func GST(byDefault string, mapped map[string]string) []string {
	return codeList(append([]string{byDefault}, slices.Sorted(maps.Values(mapped))...))
}
