package fault

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestOfReadsTheWholeChain(t *testing.T) {
	cause := errors.New("cut")
	transient, permanent, ambiguous := New(Transient, "a", cause), New(Permanent, "b", cause), New(Ambiguous, "c", cause)
	for name, c := range map[string]struct {
		err  error
		want Kind
	}{
		"nil":                       {nil, Unknown},
		"unclassed":                 {cause, Unknown},
		"transient":                 {transient, Transient},
		"wrapped":                   {fmt.Errorf("again: %w", permanent), Permanent},
		"joined, the worst counts":  {errors.Join(transient, permanent), Permanent},
		"doubt outranks a refusal":  {errors.Join(permanent, ambiguous), Ambiguous},
		"outer transient, doubt in": {New(Transient, "retry", ambiguous), Ambiguous},
		"settled":                   {Settled(Transient, ambiguous), Transient},
	} {
		if got := Of(c.err); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestSystemAfterAndSaid(t *testing.T) {
	inner := New(Transient, "GET", nil).OfSystem().Wait(7 * time.Second).Saying(" too many calls ")
	err := errors.Join(New(Transient, "POST", errors.New("x")).Wait(time.Second), fmt.Errorf("outer: %w", inner))
	if !IsSystem(err) || After(err) != 7*time.Second || Said(err) != "too many calls" {
		t.Fatalf("%v %v %q", IsSystem(err), After(err), Said(err))
	}
	if IsSystem(New(Transient, "a", nil)) || Said(errors.New("plain")) != "plain" || Said(nil) != "" {
		t.Fatal("a plain error is nobody's fault and speaks for itself")
	}
}

func TestSettledKeepsTheWords(t *testing.T) {
	err := Settled(Permanent, New(Ambiguous, "PUT /X", errors.New("no answer")).OfSystem())
	if !strings.Contains(err.Error(), "no answer") || IsSystem(err) {
		t.Fatalf("got %v", err)
	}
}

func TestErrorText(t *testing.T) {
	err := New(Permanent, "jobpac PUT /X", errors.New("status 400")).Saying("order exists")
	if got, want := err.Error(), "jobpac PUT /X: order exists: status 400"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	if !errors.Is(fmt.Errorf("a: %w", err), err) {
		t.Fatal("a fault is found in its chain")
	}
	for kind, want := range map[Kind]string{Unknown: "unknown", Transient: "transient", Permanent: "permanent", Ambiguous: "ambiguous"} {
		if kind.String() != want {
			t.Errorf("got %s, want %s", kind, want)
		}
	}
}
