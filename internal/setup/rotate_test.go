package setup

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// door takes the tokens it holds.
type door struct {
	tokens []string
	err    error
	asked  []string
}

func (d *door) Accepts(_ context.Context, address, token string) (bool, error) {
	d.asked = append(d.asked, address)
	for _, one := range d.tokens {
		if one == token {
			return true, d.err
		}
	}
	return false, d.err
}

// queue has so many deliveries of each hook.
type queue struct {
	left  int
	until time.Time
	err   error
}

func (q *queue) Pending(_ context.Context, _ Hook, until time.Time) (int, error) {
	q.until = until
	return q.left, q.err
}

func both() Want {
	w := want()
	w.Tokens = []string{tokenOne, tokenTwo}
	return w
}

func carrying(shown string) Have {
	h := good(4)
	h.Header, h.Changed = shown, time.Unix(100, 0)
	return company(h)
}

func TestRotationStates(t *testing.T) {
	twins := both()
	twins.Tokens = []string{"not-a-real-token-a-12345", "not-a-real-token-b-12345"}
	for name, c := range map[string]struct {
		want  Want
		have  Have
		state RotationState
		words string
		steps int
	}{
		"no hook":          {both(), company(), NoHook, "procpac setup --connection acme", 0},
		"only strangers":   {both(), company(Hook{ID: 1, Namespace: "x", URL: "https://x.example.com/"}), NoHook, "", 0},
		"one token":        {want(), carrying("***11111"), NothingToRotate, "add a second line", 0},
		"one, not shown":   {want(), carrying(""), NothingToRotate, "", 0},
		"one, a stranger":  {want(), carrying("***99999"), WrongToken, "procpac setup", 0},
		"alike":            {twins, carrying("***12345"), Indistinct, "end with the same five characters", 0},
		"to be written":    {both(), carrying("***11111"), Ready, "", 1},
		"not shown":        {both(), carrying(""), Ready, "", 1},
		"written":          {both(), carrying("***22222"), Draining, "", 0},
		"two, a stranger":  {both(), carrying("***99999"), Ready, "", 1},
		"one of two hooks": {both(), company(Hook{ID: 1, URL: here, Header: "***22222"}, Hook{ID: 2, URL: here, Header: "***11111"}), Ready, "", 1},
	} {
		r := c.want.Rotation(c.have)
		if r.State != c.state || !strings.Contains(r.Words, c.words) || len(r.Steps) != c.steps {
			t.Errorf("%s: got %s with %d steps: %s", name, r.State, len(r.Steps), r.Words)
		}
		if c.state == Ready && (r.Steps[0].fields != Fields{Header: tokenTwo} || strings.Contains(r.Steps[0].Words, "not-a-real")) {
			t.Errorf("%s: %+v", name, r.Steps[0])
		}
	}
}

// Nothing is written before the running receiver takes both tokens.
func TestReceiverMustTakeBoth(t *testing.T) {
	for name, c := range map[string]struct {
		tokens []string
		state  RotationState
		words  string
	}{
		"both": {[]string{tokenOne, tokenTwo}, Ready, ""},
		"old":  {[]string{tokenOne}, NotLive, "does not take the next token"},
		"new":  {[]string{tokenTwo}, NotLive, "does not take the current token"},
	} {
		d := &door{tokens: c.tokens}
		r, err := both().Rotation(carrying("***11111")).Live(t.Context(), both(), d, "")
		if err != nil || r.State != c.state || !strings.Contains(r.Words, c.words) || (len(r.Steps) == 1) != (c.state == Ready) || d.asked[0] != here {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	d := &door{err: errors.New("no route")}
	if _, err := both().Rotation(carrying("***11111")).Live(t.Context(), both(), d, "http://127.0.0.1:1/x"); err == nil || d.asked[0] != "http://127.0.0.1:1/x" {
		t.Error(err, d.asked)
	}
	if r, err := both().Rotation(carrying("***22222")).Live(t.Context(), both(), d, ""); err != nil || r.State != Draining || len(d.asked) != 1 {
		t.Error("it was asked though nothing is to be written")
	}
}

// A hook whose token is not shown counts as written once it was.
func TestWrittenAndNotShown(t *testing.T) {
	r := both().Rotation(carrying("")).Written()
	if r.State != Draining || len(r.Steps) != 0 {
		t.Errorf("%+v", r)
	}
	for _, shown := range []string{"***11111", "***99999"} {
		if r := both().Rotation(carrying(shown)).Written(); r.State != Ready {
			t.Errorf("%s: %+v", shown, r)
		}
	}
	if r := both().Rotation(carrying("***22222")).Written(); r.State != Draining {
		t.Errorf("%+v", r)
	}
}

// The old token may go only when nothing from before the change is left.
func TestDraining(t *testing.T) {
	q := &queue{left: 3}
	r, err := both().Rotation(carrying("***22222")).Drained(t.Context(), both(), q)
	if err != nil || r.State != Draining || r.Pending != 3 || !strings.Contains(r.Words, "not ended: 3") || !q.until.Equal(time.Unix(160, 0)) {
		t.Errorf("%+v, %v", r, err)
	}
	q.left = 0
	r, err = both().Rotation(carrying("***22222")).Drained(t.Context(), both(), q)
	if err != nil || r.State != Finished || !strings.Contains(r.Words, "Delete the first line") || len(r.Write().Steps) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	timeless := carrying("***22222")
	timeless.Scopes[0].Hooks[0].Changed = time.Time{}
	if _, err = both().Rotation(timeless).Drained(t.Context(), both(), q); err != nil || !q.until.IsZero() {
		t.Error("a hook without a time of change must count all", q.until, err)
	}
	q.err = errors.New("broken")
	if _, err = both().Rotation(carrying("***22222")).Drained(t.Context(), both(), q); err == nil {
		t.Error("an error is passed over")
	}
	if r, err := both().Rotation(carrying("***11111")).Drained(t.Context(), both(), q); err != nil || r.State != Ready {
		t.Errorf("%+v, %v", r, err)
	}
}
