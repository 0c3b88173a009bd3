package jobpacsim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/jobpacsim"
)

const (
	oldKey = "old-demo-key-24-letters!"
	// Both made with openssl for DEMOUSER / demo-only; the older one at 2026-11-22T10:00:00Z.
	oldValue = "i507vN6RLTJVaGqdbYjSmlQ1935UAdHR1sKObiLtvRFp0XKhPJvacvQ8mh+MFXpP"
	newValue = "Abcdefgh12345678nF9wiewd2HzvtH1nM/OowO7VLMfXv2JzJ0oPZEovxV0="
)

func (b *bench) addOldApplication() {
	b.t.Helper()
	err := b.sim.Seed(jobpacsim.Seed{Applications: []jobpacsim.Application{
		{Environment: "DEMO", Name: "OLD", Version: "1.00", Key: oldKey},
	}})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) tryLogin(p params) (token, message string) {
	b.t.Helper()
	a := b.send(http.MethodGet, b.address("GiveMeAToken", p), nil)
	if a.err != nil || a.status != http.StatusOK || len(a.rows) != 1 {
		b.t.Fatalf("login answered %d %q %v", a.status, a.text, a.err)
	}
	return a.rows[0]["Token"], a.rows[0]["ErrorMessage"]
}

func TestLoginVectorsOfBothCiphers(t *testing.T) {
	b := newBench(t)
	b.addOldApplication()
	for name, p := range map[string]params{
		"AES":        b.loginParams().with("Value", newValue),
		"Triple DES": b.loginParams().with("Application", "OLD", "Value", oldValue),
		"no version": b.loginParams().with("Version", "-"),
	} {
		token, message := b.tryLogin(p)
		if token == "" || message != "" {
			t.Errorf("%s: token %q, message %q", name, token, message)
		}
	}
	if got := b.sim.Counts(); got.Logins != 4 || got.RefusedLogins != 0 {
		t.Errorf("logins %d, refused %d; want 4 and 0", got.Logins, got.RefusedLogins)
	}
}

func TestLoginRefused(t *testing.T) {
	b := newBench(t)
	b.addOldApplication()
	b.change(func(s *jobpacsim.Settings) { s.LockAfter = 0 })
	good := b.loginParams()
	cases := []struct {
		name  string
		p     params
		words string
	}{
		{"environment", good.with("Environment", "OTHER"), "environment"},
		{"application", good.with("Application", "OTHER"), "application"},
		{"version", good.with("Version", "2.00"), "version"},
		{"key", good.with("Value", sealed("another-key-another-key-another!", "DEMOUSER", "demo-only")), "cannot be read"},
		{"user", good.with("Value", sealed(demoKey, "NOBODY", "demo-only")), "user or the password"},
		{"password", good.with("Value", sealed(demoKey, "DEMOUSER", "wrong")), "user or the password"},
		{"password case", good.with("Value", sealed(demoKey, "DEMOUSER", "DEMO-ONLY")), "user or the password"},
		{"start vector", good.with("Value", "Abcdefgh1234 678"+newValue[16:]), "cannot be read"},
		{"short", good.with("Value", "abc"), "cannot be read"},
		{"not base64", good.with("Value", newValue[:16]+"!!!!"), "cannot be read"},
		{"a plus that became a blank", good.with("Application", "OLD", "Value", strings.ReplaceAll(oldValue, "+", " ")), "cannot be read"},
		{"cut cipher text", good.with("Application", "OLD", "Value", oldValue[:60]), "cannot be read"},
		{"other cipher", good.with("Application", "OLD", "Value", newValue), "cannot be read"},
	}
	for _, c := range cases {
		token, message := b.tryLogin(c.p)
		if token != "" || !strings.Contains(message, c.words) {
			t.Errorf("%s: token %q, message %q; want no token and %q", c.name, token, message, c.words)
		}
	}
	if got := b.sim.Counts().RefusedLogins; got != len(cases) {
		t.Errorf("refused logins %d, want %d", got, len(cases))
	}
	if last := b.lastCall(); last.Outcome != "login refused" || last.Params["Value"] != "" {
		t.Errorf("journal line %+v", last)
	}
}

func TestLoginUserIsNotCaseSensitive(t *testing.T) {
	b := newBench(t)
	if token, message := b.tryLogin(b.loginParams().with("Value", sealed(demoKey, "demouser", "demo-only"))); token == "" {
		t.Error(message)
	}
}

func TestOldLoginTimeWindow(t *testing.T) {
	cases := []struct {
		off time.Duration
		ok  bool
	}{
		{5 * time.Minute, true}, {-5 * time.Minute, true}, {5*time.Minute + time.Second, false}, {-6 * time.Minute, false},
	}
	for _, c := range cases {
		b := newBench(t)
		b.addOldApplication()
		b.clock.move(c.off)
		token, message := b.tryLogin(b.loginParams().with("Application", "OLD", "Value", oldValue))
		if (token != "") != c.ok {
			t.Errorf("%s off: token %q, message %q", c.off, token, message)
		}
		if !c.ok && !strings.Contains(message, "off") {
			t.Errorf("%s off: message %q", c.off, message)
		}
	}
}

func TestAdvanceLeavesOldLoginsAlone(t *testing.T) {
	b := newBench(t)
	b.addOldApplication()
	if err := b.sim.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	if token, message := b.tryLogin(b.loginParams().with("Application", "OLD", "Value", oldValue)); token == "" {
		t.Error(message)
	}
}

func TestLockAfterRefusedLoginsInARow(t *testing.T) {
	b := newBench(t)
	wrong := b.loginParams().with("Value", sealed(demoKey, "DEMOUSER", "wrong"))
	for range 4 {
		b.tryLogin(wrong)
	}
	b.login() // the row is broken
	for range 5 {
		b.tryLogin(wrong)
	}
	if token, message := b.tryLogin(b.loginParams()); token != "" || !strings.Contains(message, "locked") {
		t.Fatalf("after five refusals: token %q, message %q", token, message)
	}
	if err := b.sim.Seed(jobpacsim.Seed{Users: jobpacsim.DemoSeed().Users}); err != nil {
		t.Fatal(err)
	}
	b.login() // seeded again: unlocked
}

func TestTokenSlides(t *testing.T) {
	b := newBench(t)
	for range 3 {
		if err := b.sim.Advance(19 * time.Minute); err != nil {
			t.Fatal(err)
		}
		b.must(b.get("WorkIdListing", params{}))
	}
	if err := b.sim.Advance(20 * time.Minute); err != nil {
		t.Fatal(err)
	}
	a := b.get("WorkIdListing", params{})
	if a.status != http.StatusOK || len(a.rows) != 1 || a.rows[0]["ErrorMessage"] == "" {
		t.Errorf("expired token on a listing: %d %s", a.status, a.text)
	}
	if a := b.put("CreateANewPurchaseOrder", order()); a.status != http.StatusUnauthorized {
		t.Errorf("expired token on a write: %d %s", a.status, a.text)
	}
	if got := b.lastCall().Outcome; got != "token refused" {
		t.Errorf("journal says %q", got)
	}
}

func TestTokenRefusalForms(t *testing.T) {
	b := newBench(t)
	b.token = "unknown"
	b.change(func(s *jobpacsim.Settings) {
		s.ListingTokenRefusal, s.WriteTokenRefusal = jobpacsim.AnswerStatus, jobpacsim.AnswerRow
	})
	if a := b.get("JobListing", params{}); a.status != http.StatusUnauthorized {
		t.Errorf("listing: %d %s", a.status, a.text)
	}
	a := b.put("CreateANewPurchaseOrder", order())
	if a.status != http.StatusOK || a.rows[0]["ErrorMessage"] == "" {
		t.Errorf("write: %d %s", a.status, a.text)
	}
	if n := b.sim.Counts().PurchaseOrders; n != 0 {
		t.Errorf("%d orders with an unknown token", n)
	}
}

func TestDeleteAToken(t *testing.T) {
	b := newBench(t)
	b.must(b.call(http.MethodDelete, "DeleteAToken", params{}))
	if a := b.put("CreateANewPurchaseOrder", order()); a.status != http.StatusUnauthorized {
		t.Errorf("deleted token: %d %s", a.status, a.text)
	}
	if a := b.call(http.MethodDelete, "DeleteAToken", params{}); a.status != http.StatusUnauthorized {
		t.Errorf("deleted twice: %d %s", a.status, a.text)
	}
}

func TestTokensPerUser(t *testing.T) {
	b := newBench(t)
	b.change(func(s *jobpacsim.Settings) { s.TokensPerUser = 2 })
	first := b.token
	b.clock.move(time.Second)
	second := b.login()
	b.clock.move(time.Second)
	third := b.login()
	for token, live := range map[string]bool{first: false, second: true, third: true} {
		b.token = token
		a := b.get("WorkIdListing", params{})
		if (a.rows[0]["ErrorMessage"] == "") != live {
			t.Errorf("token %d of 3: %s", map[string]int{first: 1, second: 2, third: 3}[token], a.text)
		}
	}
}

func TestGiveMeAPort(t *testing.T) {
	b := newBench(t)
	port := b.api[strings.LastIndex(b.api, ":")+1:]
	rows := b.must(b.send(http.MethodGet, b.api+"/GiveMeAPort", nil))
	if rows[0]["Port"] != port {
		t.Errorf("port %q, want %q", rows[0]["Port"], port)
	}
	b.change(func(s *jobpacsim.Settings) { s.Port = "9001" })
	if rows := b.must(b.send(http.MethodGet, b.api+"/GiveMeAPort", nil)); rows[0]["Port"] != "9001" {
		t.Errorf("port %q, want the setting", rows[0]["Port"])
	}
}
