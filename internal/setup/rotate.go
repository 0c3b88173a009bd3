package setup

import (
	"context"
	"fmt"
	"time"
)

// RotationState is where a change of the webhook token stands.
type RotationState string

// The states, in the order in which a rotation goes through them.
const (
	NothingToRotate RotationState = "nothing_to_rotate" // one token, and the hooks carry it
	NoHook          RotationState = "no_hook"           // none of the hooks is ours
	WrongToken      RotationState = "wrong_token"       // a hook carries none of the tokens, and there is no next one
	Indistinct      RotationState = "indistinct"        // the tokens end alike
	NotLive         RotationState = "not_live"          // the running receiver refuses one of the tokens
	Ready           RotationState = "ready"             // the next token can be written
	Draining        RotationState = "draining"          // written; deliveries from before are still under way
	Finished        RotationState = "finished"          // written, and nothing from before is left
)

// Rotation is a change of the token: where it stands, what that means for a
// person, and what is to be written.
type Rotation struct {
	State   RotationState `json:"state"`
	Words   string        `json:"words"`
	Steps   []Step        `json:"steps"`
	Pending int           `json:"pending"` // deliveries from before the change, while draining

	hooks []Hook
}

// Door asks the running receiver.
type Door interface {
	// Accepts tells whether deliveries with that Authorization value are taken
	// at the address. It must not make one. The error says that it cannot be
	// told.
	Accepts(ctx context.Context, address, token string) (bool, error)
}

// Queue counts what a hook has not delivered.
type Queue interface {
	// Pending counts the deliveries of events up to until; zero: all.
	Pending(ctx context.Context, h Hook, until time.Time) (int, error)
}

// Rotation decides from what is there how to go on. It is pure, and does not
// know what the receiver takes and what is still under way: see Live and
// Drained.
func (w Want) Rotation(have Have) Rotation {
	r := Rotation{Steps: []Step{}}
	for _, s := range have.Scopes {
		own, doubles, _ := w.kept(s.Hooks)
		if own == nil {
			continue
		}
		for _, h := range append([]Hook{*own}, doubles...) {
			r.hooks = append(r.hooks, h)
			if len(w.Tokens) == 2 && look(h.Header, w.Tokens) != next {
				r.Steps = append(r.Steps, Step{Do: RepairHook, hook: h, fields: Fields{Header: w.Tokens[1]}, seen: look(h.Header, w.Tokens),
					Words: fmt.Sprintf("Write the next token into webhook %s of %s, which carries %s.", h.ID, s.of(), carries(h, w.Tokens))})
			}
		}
	}
	if r.State, r.Words = w.stand(r); r.State != Ready {
		r.Steps = []Step{}
	}
	return r
}

// carries says which token a hook has now.
func carries(h Hook, tokens []string) string {
	switch look(h.Header, tokens) {
	case current:
		return "the current one"
	case other:
		return "one that is not in the configuration"
	}
	return "one that Procore does not show"
}

// stand is the state before anything was asked of the receiver.
func (w Want) stand(r Rotation) (RotationState, string) {
	begin := "To change the token, add a second line with a new one to webhook_tokens_file, restart the receiver, and run this again."
	switch {
	case len(r.hooks) == 0:
		return NoHook, fmt.Sprintf("Procore has no webhook of connection %s: run \"procpac setup --connection %s\" first.", w.Connection, w.Connection)
	case len(w.Tokens) == 1 && w.anyOther(r.hooks):
		return WrongToken, fmt.Sprintf("A webhook carries a token that is not in the configuration, and there is no next one: run \"procpac setup --connection %s\", which writes the current one.", w.Connection)
	case len(w.Tokens) == 1:
		return NothingToRotate, "There is one token and no next one, so there is nothing to do. " + begin
	case alike(w.Tokens):
		return Indistinct, "The two tokens of webhook_tokens_file end with the same five characters, and Procore shows no more of a token than those: replace the second line by another new one, restart the receiver, and run this again."
	case len(r.Steps) > 0:
		return Ready, "Both tokens are in the configuration; the next one is to be written into Procore."
	}
	return Draining, "The webhooks carry the next token."
}

func (w Want) anyOther(hooks []Hook) bool {
	for _, h := range hooks {
		if look(h.Header, w.Tokens) == other {
			return true
		}
	}
	return false
}

// Live asks the running receiver whether it takes both tokens, before one is
// written. address is where it is asked; empty: where the hooks deliver to. It
// changes a Ready rotation into a NotLive one where it does not. The error says
// that the receiver could not be asked.
func (r Rotation) Live(ctx context.Context, w Want, d Door, address string) (Rotation, error) {
	if r.State != Ready {
		return r, nil
	}
	if address == "" {
		address = r.hooks[0].URL
	}
	for i, name := range []string{"current", "next"} {
		taken, err := d.Accepts(ctx, address, w.Tokens[i])
		if err != nil {
			return r, err
		}
		if !taken {
			r.State, r.Steps = NotLive, []Step{}
			r.Words = fmt.Sprintf("The receiver at %s does not take the %s token: restart it with the webhook_tokens_file that holds both, then run this again. Nothing was written.", host(address), name)
			return r, nil
		}
	}
	return r, nil
}

// Written is a rotation right after its steps were done: a hook whose token
// Procore does not show counts as changed. A hook that shows another token than
// the next was not changed, or was changed back.
func (r Rotation) Written() Rotation {
	if r.State != Ready {
		return r
	}
	for _, s := range r.Steps {
		if s.seen != hidden {
			return r
		}
	}
	r.State, r.Steps = Draining, []Step{}
	return r
}

// Drained counts what is left from before the change. It is asked when every
// hook carries the next token: have is what is there now.
func (r Rotation) Drained(ctx context.Context, w Want, q Queue) (Rotation, error) {
	if r.State != Draining {
		return r, nil
	}
	r.Pending = 0
	for _, h := range r.hooks {
		n, err := q.Pending(ctx, h, h.until())
		if err != nil {
			return r, err
		}
		r.Pending += n
	}
	if r.Pending > 0 {
		r.Words = fmt.Sprintf("The webhooks carry the next token. Deliveries from before the change that Procore has not ended: %d; they may still come with the old token. Keep both lines in webhook_tokens_file and run this again later.", r.Pending)
		return r, nil
	}
	r.State = Finished
	r.Words = "The webhooks carry the next token, and Procore has nothing left to deliver from before the change. Delete the first line of webhook_tokens_file, so that the next token becomes the current and only one, and restart the receiver."
	return r, nil
}

// slack is how much later than a hook's change an event may say it was and
// still count as from before: Procore shows the change in whole seconds, and
// its machines' clocks need not agree.
const slack = time.Minute

// until is the time up to which events may go out with the old token; zero: any.
func (h Hook) until() time.Time {
	if h.Changed.IsZero() {
		return h.Changed
	}
	return h.Changed.Add(slack)
}

// Write is the plan of a rotation.
func (r Rotation) Write() Plan { return Plan{Steps: r.Steps, Notes: []string{}} }
