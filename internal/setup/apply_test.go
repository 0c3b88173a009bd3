package setup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// procore is one in memory. Calls are written down; refuse answers them.
type procore struct {
	hooks     map[erp.ID][]Hook // by project
	projects  []Project
	offered   []string // by the company
	below     []string // by its projects
	metadata  []byte
	remember  string
	calls     []string
	refuse    func(call string) error
	unnamed   bool // a created hook has no id
	forgetful error
}

func (p *procore) call(format string, args ...any) error {
	name := fmt.Sprintf(format, args...)
	p.calls = append(p.calls, name)
	if p.refuse != nil {
		return p.refuse(name)
	}
	return nil
}

func (p *procore) Hooks(_ context.Context, project erp.ID) ([]Hook, error) {
	list := slices.Clone(p.hooks[project])
	for i := range list {
		list[i].Triggers = nil
	}
	return list, p.call("hooks %s", project)
}

func (p *procore) Triggers(_ context.Context, h Hook) ([]Trigger, error) {
	for _, one := range p.hooks[h.Project] {
		if one.ID == h.ID {
			return one.Triggers, p.call("triggers %s", h.ID)
		}
	}
	return nil, errors.New("no hook")
}

func (p *procore) Resources(_ context.Context, project erp.ID) ([]string, error) {
	err := p.call("resources %s", project)
	if project == 0 {
		return p.offered, err
	}
	return p.below, err
}
func (p *procore) Projects(context.Context) ([]Project, error) { return p.projects, p.call("projects") }

func (p *procore) ERPConnection(context.Context) ([]byte, error) {
	err := p.call("connection")
	if err == nil && p.metadata == nil {
		err = fmt.Errorf("%w: 404", erp.ErrNotShown)
	}
	return p.metadata, err
}

func (p *procore) Metadata() (string, error) { return p.remember, nil }

func (p *procore) Keep(fingerprint string) error {
	if p.forgetful == nil {
		p.remember = fingerprint
	}
	return p.forgetful
}

func (p *procore) CreateHook(_ context.Context, project erp.ID, f Fields) (Hook, error) {
	h := Hook{ID: erp.ID(100 + len(p.calls)), Project: project, Namespace: f.Namespace, URL: f.URL, Header: f.Header}
	if p.unnamed {
		h.ID = 0
	}
	err := p.call("create %s", project)
	if err == nil {
		p.hooks[project] = append(p.hooks[project], h)
	}
	return h, err
}

func (p *procore) ChangeHook(_ context.Context, h Hook, f Fields) error {
	err := p.call("change %s", h.ID)
	for i := range p.hooks[h.Project] {
		if one := &p.hooks[h.Project][i]; err == nil && one.ID == h.ID {
			one.URL, one.Namespace, one.Header = first(f.URL, one.URL), first(f.Namespace, one.Namespace), first(f.Header, one.Header)
			one.Disabled = one.Disabled && !f.Active
		}
	}
	return err
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (p *procore) AddTrigger(_ context.Context, h Hook, t Trigger) error {
	err := p.call("trigger %s %s", t.Resource, t.Event)
	for i := range p.hooks[h.Project] {
		if one := &p.hooks[h.Project][i]; err == nil && one.ID == h.ID {
			one.Triggers = append(one.Triggers, t)
		}
	}
	return err
}

func (p *procore) CreateERPConnection(_ context.Context, _ string, metadata []byte) error {
	err := p.call("create connection")
	if err == nil {
		p.metadata = metadata
	}
	return err
}

func (p *procore) UpdateERPMetadata(_ context.Context, metadata []byte) error {
	err := p.call("update metadata")
	if err == nil {
		p.metadata = metadata
	}
	return err
}

func (p *procore) reader() Reader { return Reader{p, p, p, p} }
func (p *procore) maker() Maker   { return Maker{p, p, p} }

// run is one set-up.
func (p *procore) run(t *testing.T, w Want) []Outcome {
	t.Helper()
	have, err := p.reader().Read(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return p.maker().Apply(t.Context(), w, decide(t, w, have))
}

func states(all []Outcome) (words string) {
	for _, o := range all {
		words += " " + string(o.State)
	}
	return strings.TrimSpace(words)
}

func empty() *procore {
	return &procore{hooks: map[erp.ID][]Hook{}, projects: []Project{{2468, "Quay"}, {2469, "Wharf"}}}
}

// Everything is made, and a second run finds nothing to do.
func TestTwice(t *testing.T) {
	p, w := empty(), want()
	w.Direct = true
	if got := p.run(t, w); states(got) != strings.TrimSpace(strings.Repeat(" done", 3+2*everyHook)) {
		t.Fatalf("got %s", states(got))
	}
	if len(p.hooks[0]) != 1 || len(p.hooks[2468]) != 1 || len(p.hooks[2469]) != 1 || len(p.hooks[2469][0].Triggers) != everyHook-1 || p.remember == "" {
		t.Fatalf("got %+v", p)
	}
	if got := p.run(t, w); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

// everyHook is the steps for a project: its hook, two triggers of each document
// and lower tier, three of each kind of line.
const everyHook = 1 + 2*5 + 3*3

// Lines and lower tiers are asked for as far as they are offered; the rest is told.
func TestWhatIsNotOfferedIsTold(t *testing.T) {
	p, w := empty(), want()
	w.Direct = true
	p.below = []string{"Purchase Order Contracts", "Work Order Contract Line Items", "Change Order Requests"}
	if got := p.run(t, w); states(got) != strings.TrimSpace(strings.Repeat(" done", 3+2*(1+2*3+3+2))) {
		t.Fatalf("got %s", states(got))
	}
	have, err := p.reader().Read(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	plan := decide(t, w, have)
	if len(plan.Steps) != 0 || len(plan.Notes) != 1 || !strings.Contains(plan.Notes[0], "webhooks of Potential Change Orders, Purchase Order Contract Line Items, Potential Change Order Line Items to") {
		t.Errorf("got %+v", plan)
	}
	p.refuse = func(call string) error {
		if strings.HasPrefix(call, "resources 2") {
			return fault.New(fault.Transient, "GET", nil)
		}
		return nil
	}
	if _, err := p.reader().Read(t.Context(), w); fault.Of(err) != fault.Transient {
		t.Errorf("got %v", err)
	}
}

// A hook whose payloads do not name the document of a line is told of.
func TestAHookOfAnOldFormatIsTold(t *testing.T) {
	for format, told := range map[string]int{"v2": 1, "v2.0": 1, "v3.0": 0, "v3": 0, "v4.0": 0, "": 0} {
		p, w := empty(), want()
		w.Direct, p.projects = true, p.projects[:1]
		p.run(t, w)
		p.hooks[2468][0].Format = format
		p.hooks[0][0].Format = format // of ERP requests, which have no lines
		have, err := p.reader().Read(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		if plan := decide(t, w, have); len(plan.Notes) != told || told == 1 && !strings.Contains(plan.Notes[0], `"Quay" (2468)`) {
			t.Errorf("%q: %v", format, plan.Notes)
		}
	}
}

// A company that offers documents to its own hooks needs no project hooks.
func TestCompanyThatOffersDocuments(t *testing.T) {
	p, w := empty(), want()
	w.Direct = true
	p.offered = []string{"Change Order Packages", "Work Order Contracts", "Purchase Order Contracts", "ERP Requests"}
	if got := p.run(t, w); len(got) != 2+7 || len(p.hooks[0][0].Triggers) != 7 || len(p.hooks) != 1 || slices.Contains(p.calls, "projects") {
		t.Errorf("got %s, %+v", states(got), p.hooks)
	}
}

// A refused trigger does not stop the others; a hook that could not be made
// skips its triggers; a fault of the system ends it all.
func TestRefusals(t *testing.T) {
	refusal := func(system bool) error {
		f := fault.New(fault.Permanent, "POST", nil).Saying("Procore says no to " + tokenOne + ".")
		f.System = system
		return f
	}
	for part, c := range map[string]struct {
		system bool
		states string
		words  string
	}{
		"trigger ERP":       {false, "done done failed" + strings.Repeat(" done", 2*everyHook), `not told of "ERP Requests"`},
		"create connection": {false, "failed" + strings.Repeat(" done", 2+2*everyHook), "--dry-run --json"},
		"create 2468":       {false, "done done done failed" + strings.Repeat(" skipped", everyHook-1) + strings.Repeat(" done", everyHook), "may manage webhooks"},
		"create 0":          {true, "done failed" + strings.Repeat(" skipped", 1+2*everyHook), "Run this again later."},
	} {
		p, w := empty(), want()
		w.Direct = true
		p.refuse = func(call string) error {
			if strings.HasPrefix(call, part) {
				return refusal(c.system)
			}
			return nil
		}
		got := p.run(t, w)
		i := slices.IndexFunc(got, func(o Outcome) bool { return o.State == Failed })
		if states(got) != c.states || !strings.Contains(got[i].Error, c.words) || !strings.Contains(got[i].Error, "says no to ***.") || got[i].Err == nil {
			t.Errorf("%s: %s: %+v", part, states(got), got[max(i, 0)])
		}
		p.refuse = nil
		if mended := p.run(t, w); strings.Contains(states(mended), "failed") || len(p.run(t, w)) != 0 {
			t.Errorf("%s: not mended by the next run: %s", part, states(mended))
		}
	}
}

func TestReadErrors(t *testing.T) {
	for _, part := range []string{"hooks", "triggers", "connection", "resources", "projects"} {
		p, w := empty(), want()
		w.Direct, p.hooks[0] = true, []Hook{good(1)}
		p.refuse = func(call string) error {
			if strings.HasPrefix(call, part) {
				return errors.New("broken " + part)
			}
			return nil
		}
		if _, err := p.reader().Read(t.Context(), w); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v", part, err)
		}
	}
}

func TestUnnamedHookAndLostMemory(t *testing.T) {
	p := empty()
	p.unnamed = true
	if got := p.run(t, want()); states(got) != "done failed skipped" || !strings.Contains(got[1].Error, "did not say its number") {
		t.Errorf("got %+v", got)
	}
	p = empty()
	p.forgetful = errors.New("disk full")
	if got := p.run(t, want()); states(got) != "failed done done" || !strings.Contains(got[0].Error, "cannot be remembered: disk full") {
		t.Errorf("got %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p = empty()
	have, _ := p.reader().Read(t.Context(), want())
	if got := p.maker().Apply(ctx, want(), decide(t, want(), have)); states(got) != "skipped skipped skipped" {
		t.Errorf("got %+v", got)
	}
}
