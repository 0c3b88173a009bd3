package procore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// mostLines is how many lines of a contract go into one sync call (documented).
const mostLines = 1000

// syncPrimes writes prime contracts one by one (seen: they have no sync call).
func (c *Client) syncPrimes(ctx context.Context, b erp.EntryBatch) ([]erp.Synced, error) {
	const op = "procore sync prime_contract"
	if b.Project <= 0 {
		return nil, fault.New(fault.Permanent, op, errors.New("a batch of type prime_contract needs its project"))
	}
	out, created := make([]erp.Synced, len(b.Rows)), false
	for i, e := range b.Rows {
		p := prime{Client: c, project: b.Project, entry: e}
		err := p.write(ctx)
		created = created || p.created
		switch {
		case err != nil && created && fault.Of(err) != fault.Ambiguous:
			return nil, fault.New(fault.Ambiguous, op, err).Saying("A contract was made before the rest failed: " + fault.Said(err))
		case err != nil:
			return nil, err
		}
		out[i] = p.synced
	}
	return out, nil
}

// prime is one prime contract on its way.
type prime struct {
	*Client
	project erp.ID
	entry   erp.Entry
	synced  erp.Synced
	created bool
}

// write writes the contract, then its lines. A refusal is told in synced.
func (p *prime) write(ctx context.Context) error {
	p.synced.ID = p.entry.ID
	k, err := p.call()
	if err != nil {
		p.synced.Refused = "It cannot be sent: " + err.Error()
		return nil
	}
	id, err := fetch(ctx, p.Client, k, decodePrime)
	switch {
	case fault.Of(err) == fault.Permanent:
		p.synced.Refused = fault.Said(err)
		return nil
	case err != nil:
		return err
	case p.entry.ID > 0 && id != p.entry.ID:
		return fault.New(fault.Transient, k.op(), fmt.Errorf("it shows prime contract %s instead of %s", id, p.entry.ID)).
			Saying("Procore's answer could not be read.")
	}
	p.created = p.entry.ID == 0
	p.synced.ID = id
	return p.lines(ctx, id)
}

// call is POST for a new contract, which a repeat would make twice, and PATCH
// for one whose id is known (seen).
func (p *prime) call() (call, error) {
	row, err := encodeRow(road{}, p.head())
	if err != nil {
		return call{}, err
	}
	k := call{method: http.MethodPost, path: pathPrimeNew, risky: true, busy: true}
	if p.entry.ID > 0 {
		k = call{method: http.MethodPatch, path: fill(pathPrime, p.company, p.entry.ID), busy: true}
	}
	body := struct {
		Project erp.ID         `json:"project_id"`
		Prime   jsontext.Value `json:"prime_contract"`
	}{p.project, row}
	k.body, err = json.Marshal(body)
	return k, err
}

// head is the contract without its lines, and without the id, which stands in
// the path.
func (p *prime) head() erp.Entry {
	e := p.entry
	e.Children = nil
	if e.Origin != "" {
		e.ID = 0
	}
	return e
}

// decodePrime reads the id of the contract that was written.
func decodePrime(a answer) (erp.ID, error) {
	var w struct {
		ID recordID `json:"id"`
	}
	if err := json.Unmarshal(a.body, &w, lenient); err != nil {
		return 0, errors.New(explain(err))
	}
	if w.ID <= 0 {
		return 0, errors.New("the field id is missing")
	}
	return erp.ID(w.ID), nil
}

// lines writes the lines of the contract.
func (p *prime) lines(ctx context.Context, id erp.ID) error {
	b := erp.EntryBatch{Type: erp.EntryPrimeLine, Project: p.project}
	var said []string
	for rows := p.entry.Children; len(rows) > 0; rows = rows[len(b.Rows):] {
		b.Rows = rows[:min(mostLines, len(rows))]
		synced, err := p.syncAlong(ctx, primeLines(), b, id)
		if fault.Of(err) == fault.Permanent {
			p.synced.Refused = clip("its lines: "+fault.Said(err), maxSaid)
			return nil
		}
		if err != nil {
			return err
		}
		for i, line := range synced {
			if line.Refused != "" {
				said = append(said, lineName(b.Rows[i])+": "+line.Refused)
			}
		}
	}
	p.synced.Refused = clip(strings.Join(said, "; "), 2*maxSaid)
	return nil
}

// lineName is what a person knows a line by.
func lineName(e erp.Entry) string {
	for _, name := range []string{e.Label, e.Code, e.Origin} {
		if name != "" {
			return "line " + clip(oneLine(name), 80)
		}
	}
	return "a line"
}
