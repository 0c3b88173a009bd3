package setup

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// Hooks shows the hooks of a company. Reading changes nothing.
type Hooks interface {
	// Hooks lists those of the company, or of a project when it is not 0.
	Hooks(ctx context.Context, project erp.ID) ([]Hook, error)
	// Triggers lists what a hook asks for.
	Triggers(ctx context.Context, h Hook) ([]Trigger, error)
}

// Places tells where hooks can be made.
type Places interface {
	// Resources names what hooks of the company, or of a project when it is not 0,
	// can ask for. erp.ErrNotShown: Procore does not say.
	Resources(ctx context.Context, project erp.ID) ([]string, error)
	// Projects lists the projects that we may see.
	Projects(ctx context.Context) ([]Project, error)
}

// Connections shows the ERP connection.
type Connections interface {
	// ERPConnection is its metadata, nil where the answer has none.
	// erp.ErrNotShown: there is none, or it is not shown.
	ERPConnection(ctx context.Context) ([]byte, error)
}

// Memory keeps the fingerprint of the metadata that was written last.
type Memory interface {
	// Metadata is the fingerprint; empty: none is known.
	Metadata() (string, error)
	// Keep remembers one, durably.
	Keep(fingerprint string) error
}

// Reader is what Read asks.
type Reader struct {
	Hooks       Hooks
	Places      Places
	Connections Connections
	Memory      Memory
}

// Read looks at what is there. Triggers are read of hooks that are ours only.
func (r Reader) Read(ctx context.Context, w Want) (Have, error) {
	var have Have
	scopes, silent, err := r.scopes(ctx, w)
	if err != nil {
		return have, err
	}
	have.Silent = silent
	for _, s := range scopes {
		if s.Hooks, err = r.Hooks.Hooks(ctx, s.Project.ID); err != nil {
			return have, err
		}
		if own, _, _ := w.kept(s.Hooks); own != nil && len(s.Triggers) > 0 {
			if err := r.readTriggers(ctx, s.Hooks, own.ID); err != nil {
				return have, err
			}
		}
		have.Scopes = append(have.Scopes, s)
	}
	if w.ERP {
		have.ERP, err = r.connector(ctx)
	}
	return have, err
}

func (r Reader) readTriggers(ctx context.Context, hooks []Hook, id erp.ID) (err error) {
	i := slices.IndexFunc(hooks, func(h Hook) bool { return h.ID == id })
	hooks[i].Triggers, err = r.Hooks.Triggers(ctx, hooks[i])
	return err
}

// scopes says where which triggers belong. The resources of documents are a
// project's, and a company's hook would be silent about them, unless Procore
// says that the company offers them. silent are resources that would be of use and
// are not offered.
func (r Reader) scopes(ctx context.Context, w Want) (all []Scope, silent []string, err error) {
	company := Scope{}
	if w.ERP {
		company.Triggers = companyTriggers()
	}
	if !w.Direct {
		return []Scope{company}, nil, nil
	}
	offered, err := r.offered(ctx, 0)
	if err != nil {
		return nil, nil, err
	}
	if containsAll(offered, documentTriggers()) {
		wanted, silent := documents(offered)
		company.Triggers = append(company.Triggers, wanted...)
		return []Scope{company}, silent, nil
	}
	projects, err := r.Places.Projects(ctx)
	if err != nil || len(projects) == 0 {
		return []Scope{company}, nil, err
	}
	if offered, err = r.offered(ctx, projects[0].ID); err != nil { // the company's tools, whatever the project
		return nil, nil, err
	}
	wanted, silent := documents(offered)
	all = []Scope{company}
	for _, p := range projects {
		all = append(all, Scope{Project: p, Triggers: wanted})
	}
	return all, silent, nil
}

// offered is nil where Procore does not say.
func (r Reader) offered(ctx context.Context, project erp.ID) ([]string, error) {
	offered, err := r.Places.Resources(ctx, project)
	if errors.Is(err, erp.ErrNotShown) {
		return nil, nil
	}
	return offered, err
}

// documents are the triggers of a scope that offers these resources; where that is
// not known, all.
func documents(offered []string) (wanted []Trigger, silent []string) {
	wanted = documentTriggers()
	for _, t := range lineTriggers() {
		switch {
		case len(offered) == 0 || slices.Contains(offered, t.Resource):
			wanted = append(wanted, t)
		case !slices.Contains(silent, t.Resource):
			silent = append(silent, t.Resource)
		}
	}
	return wanted, silent
}

func containsAll(offered []string, wanted []Trigger) bool {
	return !slices.ContainsFunc(wanted, func(t Trigger) bool { return !slices.Contains(offered, t.Resource) })
}

func (r Reader) connector(ctx context.Context) (Connector, error) {
	metadata, err := r.Connections.ERPConnection(ctx)
	if err != nil && !errors.Is(err, erp.ErrNotShown) {
		return Connector{}, err
	}
	c := Connector{Shown: err == nil, Metadata: metadata}
	c.Remembered, err = r.Memory.Metadata()
	return c, err
}

// Decide compares. It is pure. The error is metadata that is no JSON.
func Decide(w Want, have Have) (Plan, error) {
	p := Plan{Steps: []Step{}, Notes: []string{}}
	if w.ERP {
		if err := w.connector(have.ERP, &p); err != nil {
			return p, err
		}
	}
	for _, s := range have.Scopes {
		w.hooks(s, &p)
	}
	if w.Direct && len(have.Scopes) == 1 && len(have.Scopes[0].Triggers) <= len(companyTriggers()) {
		p.note("Procore shows no project to the service account, so no webhook for documents can be made. Give it a project and run this again.")
	}
	if len(have.Silent) > 0 {
		p.note("Procore does not offer webhooks of %s to this company: a change of those alone is seen with the next change of the document itself.", strings.Join(have.Silent, ", "))
	}
	return p, nil
}
