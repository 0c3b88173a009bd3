package jobpacsim

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"
)

func mustTime(t *testing.T) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, "2026-11-22T10:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func keysOf(t *table, rows []*record) string {
	var keys []string
	for _, r := range rows {
		keys = append(keys, t.get(r, "Order")+t.get(r, "ItemNumber"))
	}
	return strings.Join(keys, " ")
}

func TestOpenLoginReadsBothCiphers(t *testing.T) {
	cases := map[string]struct{ key, value string }{
		"Triple DES": {"old-demo-key-24-letters!", "i507vN6RLTJVaGqdbYjSmlQ1935UAdHR1sKObiLtvRFp0XKhPJvacvQ8mh+MFXpP"},
		"AES":        {"demo-key-demo-key-demo-key-demo!", "Abcdefgh12345678nF9wiewd2HzvtH1nM/OowO7VLMfXv2JzJ0oPZEovxV0="},
	}
	for name, c := range cases {
		got, err := openLogin(c.key, c.value, mustTime(t), time.Minute)
		if err != nil || got != (credentials{"DEMOUSER", "demo-only"}) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
		for i := range c.value {
			broken := c.value[:i] + "*" + c.value[i+1:]
			if got, err := openLogin(c.key, broken, mustTime(t), time.Minute); err == nil && got == (credentials{"DEMOUSER", "demo-only"}) {
				t.Errorf("%s: reads the same with character %d broken", name, i)
			}
		}
	}
}

func TestOldLoginNamesTheUserWhenItsTimeIsOff(t *testing.T) {
	late := mustTime(t).Add(time.Hour)
	got, err := openLogin("old-demo-key-24-letters!", "i507vN6RLTJVaGqdbYjSmlQ1935UAdHR1sKObiLtvRFp0XKhPJvacvQ8mh+MFXpP", late, time.Minute)
	if err == nil || errors.Is(err, errUnreadable) || got.user != "DEMOUSER" {
		t.Errorf("%+v %v", got, err)
	}
}

func TestPaddingIsChecked(t *testing.T) {
	for _, plain := range []string{"\x00", "abc\x05", "ab\x01\x02", strings.Repeat("\x11", 17)} {
		if got, err := unpadded([]byte(plain), 16); err == nil {
			t.Errorf("%q is taken for %q", plain, got)
		}
	}
	if got, err := unpadded([]byte("ab\x02\x02"), 16); err != nil || string(got) != "ab" {
		t.Errorf("%q %v", got, err)
	}
}

func TestLoginValuesOfWrongSize(t *testing.T) {
	for _, value := range []string{"", "A", strings.Repeat("A", 16), strings.Repeat("A", 16) + base64.StdEncoding.EncodeToString([]byte("short"))} {
		for _, key := range []string{"old-demo-key-24-letters!", "demo-key-demo-key-demo-key-demo!"} {
			if _, err := openLogin(key, value, mustTime(t), time.Minute); !errors.Is(err, errUnreadable) {
				t.Errorf("%q with a key of %d: %v", value, len(key), err)
			}
		}
	}
}

func TestAccountsAreChecked(t *testing.T) {
	g := newGate()
	for _, u := range []User{{}, {"U", ""}, {"", "p"}, {"ELEVENCHARS", "p"}, {"U", "elevenchars"}} {
		if err := g.addUser(u); err == nil {
			t.Errorf("user %+v was added", u)
		}
	}
	for _, a := range []Application{{}, {"E", "A", "1", "short"}, {"", "A", "1", "old-demo-key-24-letters!"}, {"E", "", "1", "old-demo-key-24-letters!"}} {
		if err := g.addApplication(a); err == nil {
			t.Errorf("application %+v was added", a)
		}
	}
}
