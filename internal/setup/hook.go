package setup

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// kin is how a hook is related to us.
type kin int

const (
	foreign kin = iota
	strayed     // our namespace, and an address that is no connection's
	moved       // our namespace, and this connection's path on another host
	exact       // our address
)

// hooksPath is where connections take webhooks.
const hooksPath = "/hooks/procore/"

// kinship tells whose a hook is.
func (w Want) kinship(h Hook) kin {
	switch {
	case sameAddress(h.URL, w.URL):
		return exact
	case h.Namespace != w.Namespace:
		return foreign
	case strings.HasSuffix(strings.TrimRight(pathOf(h.URL), "/"), hooksPath+w.Connection):
		return moved
	case !strings.Contains(pathOf(h.URL), hooksPath):
		return strayed
	}
	return foreign
}

// pathOf is the path of an address; the whole text where it is none.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Path
}

// sameAddress compares two addresses without regard to the case of scheme and
// host and to a slash at the end.
func sameAddress(a, b string) bool { return a != "" && plainAddress(a) == plainAddress(b) }

func plainAddress(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return address
	}
	u.Scheme, u.Host, u.Path = strings.ToLower(u.Scheme), strings.ToLower(u.Host), strings.TrimRight(u.Path, "/")
	return u.String()
}

// kept is the hook of a scope to keep: the nearest of kin, the oldest of those.
// Of several that only strayed none is taken: they may be anybody's. doubles
// deliver to our address too.
func (w Want) kept(hooks []Hook) (own *Hook, doubles, strays []Hook) {
	by := map[kin][]Hook{}
	for _, h := range hooks {
		k := w.kinship(h)
		by[k] = append(by[k], h)
	}
	for _, k := range []kin{exact, moved, strayed} {
		list := by[k]
		slices.SortFunc(list, func(a, b Hook) int { return int(min(1, max(-1, a.ID-b.ID))) })
		if len(list) == 0 || k == strayed && len(list) > 1 {
			continue
		}
		own = &list[0]
		if k == exact {
			doubles = list[1:]
		}
		break
	}
	if own == nil {
		strays = by[strayed]
	}
	return own, doubles, strays
}

// hooks plans one scope.
func (w Want) hooks(s Scope, p *Plan) {
	if len(s.Triggers) == 0 {
		return
	}
	own, doubles, strays := w.kept(s.Hooks)
	for _, d := range doubles {
		p.note("Hook %s of %s delivers to the same address as hook %s: every event comes twice and is taken once. Delete one of them in Procore.", d.ID, s.of(), own.ID)
	}
	for _, h := range strays {
		p.note("Hook %s of %s carries our namespace %q and delivers to %s. It is one of several, so it is left alone.", h.ID, s.of(), h.Namespace, host(h.URL))
	}
	if own == nil {
		own = &Hook{Project: s.Project.ID}
		p.add(Step{Do: CreateHook, hook: *own, fields: Fields{Namespace: w.Namespace, URL: w.URL, Header: w.Tokens[0]},
			Words: fmt.Sprintf("Create a webhook of %s that delivers to %s with the current token.", s.of(), w.URL)})
	} else {
		w.repair(s, *own, p)
	}
	if own.ID != 0 && parentless(own.Format) && asked(s.Triggers, lineTriggers()[len(lineTriggers())-1]) {
		p.note("Webhook %s of %s has the payload format %s, in which lines do not name their document, so that a change of lines alone is not seen. Delete it in Procore and run this again: the next one is made with a newer format.", own.ID, s.of(), own.Format)
	}
	for _, t := range s.Triggers {
		if !asked(own.Triggers, t) {
			p.add(Step{Do: AddTrigger, hook: *own, trigger: t, Words: fmt.Sprintf("Let the webhook of %s tell of %q being %sd.", s.of(), t.Resource, t.Event)})
		}
	}
}

// parentless tells whether payloads of a format do not name the document of a line
// (documented).
func parentless(format string) bool { return format == "v2" || format == "v2.0" }

// asked tells whether a hook has a trigger already.
func asked(have []Trigger, want Trigger) bool {
	return slices.ContainsFunc(have, func(t Trigger) bool {
		return strings.EqualFold(t.Resource, want.Resource) && strings.EqualFold(t.Event, want.Event)
	})
}

// repair plans one call that mends all that is wrong with a hook.
func (w Want) repair(s Scope, h Hook, p *Plan) {
	var f Fields
	var why []string
	if !sameAddress(h.URL, w.URL) {
		f.URL = w.URL
		why = append(why, fmt.Sprintf("it delivers to %s, not to %s", host(h.URL), w.URL))
	}
	if h.Namespace != w.Namespace {
		f.Namespace = w.Namespace
		why = append(why, fmt.Sprintf("its namespace is %q, not %q", h.Namespace, w.Namespace))
	}
	if h.Disabled {
		f.Active = true
		why = append(why, "it is disabled")
	}
	if reason := w.token(s, h, p); reason != "" {
		f.Header = w.Tokens[0]
		why = append(why, reason)
	}
	if len(why) > 0 {
		p.add(Step{Do: RepairHook, hook: h, fields: f, Words: fmt.Sprintf("Repair webhook %s of %s: %s.", h.ID, s.of(), strings.Join(why, "; "))})
	}
}

// token is why the current token must be written into a hook; empty: it must
// not.
func (w Want) token(s Scope, h Hook, p *Plan) string {
	switch look(h.Header, w.Tokens) {
	case other:
		return "it carries a token that is not in the configuration"
	case next:
		p.note("Webhook %s of %s carries the next token: a rotation is under way. Finish it with \"procpac hook rotate --connection %s\".", h.ID, s.of(), w.Connection)
		return ""
	case hidden:
		if !w.RewriteToken {
			p.note("Procore does not show which token webhook %s of %s carries. If its deliveries are refused, run this again with --rewrite-token.", h.ID, s.of())
		}
	}
	if w.RewriteToken {
		return "its token was asked to be written again"
	}
	return ""
}

// of names the scope in a sentence.
func (s Scope) of() string {
	if s.Project.ID == 0 {
		return "the company"
	}
	return fmt.Sprintf("project %q (%s)", s.Project.Name, s.Project.ID)
}

// host is the part of an address that may be printed: without user, query and
// fragment, which may hold a secret.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "no web address"
	}
	return u.Scheme + "://" + u.Host + u.Path
}

func (p *Plan) add(s Step) { p.Steps = append(p.Steps, s) }

func (p *Plan) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}
