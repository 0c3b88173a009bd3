package natsbus

import (
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

func TestToken(t *testing.T) {
	for text, want := range map[string]string{
		"acme": "acme", "ACME_2-b": "ACME_2-b", "": "=", "a.b": "a=2Eb", "* >": "=2A=20=3E", "=h": "=3Dh", "é": "=C3=A9",
	} {
		if got := token(text); got != want {
			t.Errorf("token of %q is %q, want %q", text, got, want)
		}
		if back, err := untoken(want); err != nil || back != text {
			t.Errorf("%q back is %q, %v", want, back, err)
		}
	}
}

func TestLongTokensAreHashes(t *testing.T) {
	a, b := token(strings.Repeat("a", 500)), token(strings.Repeat("a", 501))
	if a == b || len(a) > longToken || !strings.HasPrefix(a, "=h") {
		t.Errorf("%q and %q", a, b)
	}
	for _, bad := range []string{a, "=2", "=ZZ", "x="} {
		if text, err := untoken(bad); err == nil {
			t.Errorf("%q was read as %q", bad, text)
		}
	}
}

func FuzzToken(f *testing.F) {
	f.Add("acme", "a.b")
	f.Add("", "=")
	f.Fuzz(func(t *testing.T, a, b string) {
		ta, tb := token(a), token(b)
		if (a == b) != (ta == tb) {
			t.Errorf("%q and %q have tokens %q and %q", a, b, ta, tb)
		}
		if strings.ContainsAny(ta, ".*> \t\r\n/\\") || ta == "" {
			t.Errorf("token %q of %q breaks a subject", ta, a)
		}
		if strings.HasPrefix(ta, "=h") {
			return
		}
		if back, err := untoken(ta); err != nil || back != a {
			t.Errorf("%q -> %q -> %q, %v", a, ta, back, err)
		}
	})
}

func TestEffectSubjects(t *testing.T) {
	key := journal.Key{Connection: "Große.Co", Effect: "commitment-4101"}
	subject, err := effectSubject(key)
	if err != nil {
		t.Fatal(err)
	}
	back, isRegister, err := keyOf(subject)
	if back != key || isRegister || err != nil {
		t.Errorf("%q is %+v %v %v", subject, back, isRegister, err)
	}
	for _, bad := range []journal.Key{
		{}, {Connection: "acme"}, {Effect: "commitment-1"}, {Connection: "acme", Effect: "register-1"},
		{Connection: "acme", Effect: strings.Repeat("x", 200)}, {Connection: strings.Repeat("x", 200), Effect: "commitment-1"},
	} {
		if subject, err := effectSubject(bad); fault.Of(err) != fault.Permanent {
			t.Errorf("%q has subject %q, %v", bad, subject, err)
		}
	}
	for _, bad := range []string{"journal.acme", "ev.acme.1.x", "journal.=Z.x", "journal.acme.=h00"} {
		if key, _, err := keyOf(bad); err == nil {
			t.Errorf("%q was read as %v", bad, key)
		}
	}
	if key, isRegister, err := keyOf(registerSubject("acme", "order 01|A")); !isRegister || err != nil || key.Connection != "acme" {
		t.Errorf("register: %v %v %v", key, isRegister, err)
	}
}
