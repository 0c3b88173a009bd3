package cli

import (
	"github.com/spf13/pflag"

	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/opsapi"
)

// filters are the flags that choose effects or hints.
type filters struct {
	connection, project, ref, since, until, text, after string

	kinds, states []string
	limit         int
	hints         bool
}

// bind adds the filters that all commands have; the others add what only some
// have.
func (f *filters) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.connection, "connection", "", "only of this connection")
	flags.StringArrayVar(&f.kinds, "kind", nil, "only of these kinds: what stands between connection and id, such as commitment, change_order, requisition, request")
	flags.StringArrayVar(&f.states, "state", nil, "only in these states, for example rejected,dead,parked")
	flags.StringVar(&f.project, "project", "", "only of this job, as Procore or Jobpac writes it")
	flags.StringVar(&f.ref, "ref", "", "our reference, a Jobpac number or a Procore number; of hints the Procore id")
	flags.StringVar(&f.since, "since", "", "not older: a time, a day, or an age such as 24h or 7d")
	flags.StringVar(&f.text, "text", "", "anywhere in title, number, creditor or reason")
	flags.IntVar(&f.limit, "limit", 0, "at most so many")
}

func (f *filters) bindUntil(flags *pflag.FlagSet) {
	flags.StringVar(&f.until, "until", "", "not newer; written like --since")
}

func (f *filters) bindHints(flags *pflag.FlagSet) {
	flags.BoolVar(&f.hints, "hints", false, "the webhooks as they came in, not the effects")
}

func (f *filters) bindAfter(flags *pflag.FlagSet) {
	flags.StringVar(&f.after, "after", "", "the page after this cursor, which the page before ended with")
}

// query is the filters as ops takes them.
func (f *filters) query(s *shell) (ops.Query, error) {
	q := ops.Query{
		Connection: f.connection, Kinds: opsapi.Words(f.kinds), States: opsapi.Words(f.states), Project: f.project, Ref: f.ref,
		Text: f.text, Limit: f.limit, After: f.after,
	}
	if f.hints && (len(q.Kinds) > 0 || len(q.States) > 0 || q.Project != "") {
		return q, usagef("--hints lists webhooks as they came in: they have no kind, state or project to choose by")
	}
	if f.limit < 0 {
		return q, usagef("--limit %d must be 1 to 1000", f.limit)
	}
	var err error
	if q.Since, err = opsapi.ParseTime("since", f.since, s.Now()); err != nil {
		return q, err
	}
	q.Until, err = opsapi.ParseTime("until", f.until, s.Now())
	return q, err
}
