package setup

import (
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

const (
	here     = "https://hooks.example.com/hooks/procore/acme"
	tokenOne = "Bearer not-a-real-token-11111"
	tokenTwo = "Bearer not-a-real-token-22222"
)

func want() Want {
	return Want{Connection: "acme", URL: here, Namespace: "procpac", Tokens: []string{tokenOne}, ERP: true, Metadata: []byte(`{"settings":{"a":1}}`)}
}

// good is a hook that is as it should be.
func good(id erp.ID) Hook {
	return Hook{ID: id, Namespace: "procpac", URL: here, Header: "****11111", Triggers: []Trigger{{"ERP Requests", "create"}}}
}

// company is a company with these hooks and the right ERP connection.
func company(hooks ...Hook) Have {
	return Have{Scopes: []Scope{{Hooks: hooks, Triggers: companyTriggers()}}, ERP: Connector{Shown: true, Metadata: []byte(`{"settings":{"a":1,"b":2}}`)}}
}

func decide(t *testing.T, w Want, h Have) Plan {
	t.Helper()
	p, err := Decide(w, h)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func actions(p Plan) (all []Action) {
	for _, s := range p.Steps {
		all = append(all, s.Do)
		if strings.Contains(s.Words, "not-a-real-token") {
			panic("a token is in the words")
		}
	}
	return all
}

func TestWhatIsRightGivesNoStep(t *testing.T) {
	p := decide(t, want(), company(good(1), Hook{ID: 9, Namespace: "other", URL: "https://elsewhere.example.com/"}))
	if len(p.Steps) != 0 || len(p.Notes) != 0 {
		t.Errorf("got %+v", p)
	}
	h := good(1)
	h.URL = "HTTPS://Hooks.Example.com/hooks/procore/acme/"
	h.Triggers[0] = Trigger{"erp requests", "CREATE"}
	if p := decide(t, want(), company(h)); len(p.Steps) != 0 {
		t.Errorf("got %+v", p)
	}
}

func TestFreshCompany(t *testing.T) {
	h := company()
	h.ERP = Connector{}
	p := decide(t, want(), h)
	if !slices.Equal(actions(p), []Action{CreateConnection, CreateHook, AddTrigger}) || !strings.Contains(p.Steps[1].Words, here) {
		t.Errorf("got %+v", p)
	}
	if p.Steps[1].fields.Header != tokenOne || p.Steps[1].fields.Namespace != "procpac" {
		t.Errorf("got %+v", p.Steps[1].fields)
	}
}

func TestRepairs(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Hook)
		fields Fields
		words  string
	}{
		"host":      {func(h *Hook) { h.URL = "https://old.example.com/hooks/procore/acme" }, Fields{URL: here}, "delivers to https://old.example.com/hooks/procore/acme"},
		"path":      {func(h *Hook) { h.URL = "https://u:p@hooks.example.com/typo?secret=1" }, Fields{URL: here}, "delivers to https://hooks.example.com/typo, not"},
		"namespace": {func(h *Hook) { h.Namespace = "by-hand" }, Fields{Namespace: "procpac"}, `namespace is "by-hand"`},
		"token":     {func(h *Hook) { h.Header = "****99999" }, Fields{Header: tokenOne}, "a token that is not in the configuration"},
		"plain":     {func(h *Hook) { h.Header = "another-token" }, Fields{Header: tokenOne}, "a token that is not in the configuration"},
		"disabled":  {func(h *Hook) { h.Disabled = true }, Fields{Active: true}, "disabled"},
		"all": {func(h *Hook) {
			h.URL, h.Header, h.Disabled = "https://old.example.com/hooks/procore/acme", "***xyzzy", true
		},
			Fields{URL: here, Header: tokenOne, Active: true}, "; it is disabled; it carries"},
	} {
		h := good(3)
		c.change(&h)
		p := decide(t, want(), company(h))
		if !slices.Equal(actions(p), []Action{RepairHook}) || p.Steps[0].fields != c.fields || p.Steps[0].hook.ID != 3 || !strings.Contains(p.Steps[0].Words, c.words) {
			t.Errorf("%s: got %+v", name, p.Steps)
		}
		if strings.Contains(p.Steps[0].Words, "secret") || strings.Contains(p.Steps[0].Words, "u:p") {
			t.Errorf("%s: %s", name, p.Steps[0].Words)
		}
	}
	h := good(3)
	h.Triggers = []Trigger{{"ERP Requests", "delete"}}
	if p := decide(t, want(), company(h)); !slices.Equal(actions(p), []Action{AddTrigger}) || p.Steps[0].hook.ID != 3 {
		t.Errorf("trigger: got %+v", p.Steps)
	}
}

func TestWhoseHook(t *testing.T) {
	for name, c := range map[string]struct {
		space, url string
		is         kin
	}{
		"ours":               {"procpac", here, exact},
		"ours by address":    {"x", here, exact},
		"another host":       {"procpac", "https://old.example.com/prefix/hooks/procore/acme", moved},
		"another connection": {"procpac", "https://hooks.example.com/hooks/procore/other", foreign},
		"another program":    {"theirs", "https://old.example.com/hooks/procore/acme", foreign},
		"a typo":             {"procpac", "https://hooks.example.com/hook", strayed},
		"no address":         {"procpac", "://", strayed},
		"nothing at all":     {"", "", foreign},
	} {
		if got := want().kinship(Hook{Namespace: c.space, URL: c.url}); got != c.is {
			t.Errorf("%s: got %d", name, got)
		}
	}
}

// The exact one is kept before a moved one; doubles and strays are only told.
func TestWhichHookIsKept(t *testing.T) {
	lost := Hook{ID: 1, Namespace: "procpac", URL: "https://old.example.com/hooks/procore/acme", Header: "****99999"}
	p := decide(t, want(), company(lost, good(7), good(5)))
	if len(p.Steps) != 0 || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "Hook 7") || !strings.Contains(p.Notes[0], "as hook 5") {
		t.Errorf("got %+v", p)
	}
	a, b := Hook{ID: 1, Namespace: "procpac", URL: "https://a.example.com/x"}, Hook{ID: 2, Namespace: "procpac", URL: "https://b.example.com/x?token=1"}
	p = decide(t, want(), company(a, b))
	if !slices.Equal(actions(p), []Action{CreateHook, AddTrigger}) || len(p.Notes) != 2 || strings.Contains(p.Notes[1], "token") {
		t.Errorf("got %+v", p)
	}
}

func TestTokens(t *testing.T) {
	two := []string{tokenOne, tokenTwo}
	for shown, is := range map[string]seen{
		"": hidden, "*****": hidden, "***11": hidden, "********11111": current, "••••22222": next, tokenOne: current, tokenTwo: next,
		"*****99999": other, "something plain": other, "11111": other,
	} {
		if got := look(shown, two); got != is {
			t.Errorf("%q: got %d, want %d", shown, got, is)
		}
	}
	if alike(two) || alike(two[:1]) || !alike([]string{"a-token-12345", "b-token-12345"}) {
		t.Error("alike")
	}
	if got := covered("refused: "+tokenTwo+" and "+tokenOne, two); got != "refused: *** and ***" {
		t.Error(got)
	}
}

// A token that Procore does not show is left alone, unless asked; one of a
// rotation always.
func TestTokensThatAreLeftAlone(t *testing.T) {
	h := good(3)
	h.Header = ""
	p := decide(t, want(), company(h))
	if len(p.Steps) != 0 || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "--rewrite-token") {
		t.Errorf("got %+v", p)
	}
	w := want()
	w.RewriteToken = true
	for _, shown := range []string{"", "****11111"} {
		h.Header = shown
		if p := decide(t, w, company(h)); !slices.Equal(actions(p), []Action{RepairHook}) || p.Steps[0].fields != (Fields{Header: tokenOne}) || len(p.Notes) != 0 {
			t.Errorf("got %+v", p)
		}
	}
	w.Tokens, h.Header = []string{tokenOne, tokenTwo}, "****22222"
	if p := decide(t, w, company(h)); len(p.Steps) != 0 || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "hook rotate --connection acme") {
		t.Errorf("got %+v", p)
	}
}

func TestDocumentsNeedProjectHooks(t *testing.T) {
	w := want()
	w.Direct, w.ERP = true, false
	p := decide(t, w, Have{Scopes: []Scope{{}, {Project: Project{2468, "Quay Street"}, Triggers: documentTriggers()}}})
	if got := actions(p); len(got) != 7 || got[0] != CreateHook || !strings.Contains(p.Steps[0].Words, `project "Quay Street" (2468)`) || p.Steps[6].hook.Project != 2468 {
		t.Errorf("got %+v", p)
	}
	if p := decide(t, w, Have{Scopes: []Scope{{}}}); len(p.Steps) != 0 || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "no project") {
		t.Errorf("got %+v", p)
	}
}
