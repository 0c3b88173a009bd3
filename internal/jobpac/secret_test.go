package jobpac

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/rs/zerolog"
)

// lines is a writer that several goroutines may use.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// A Jobpac that says back everything it was told must not make us tell it on.
func TestSecretsReachNeitherErrorsNorLogs(t *testing.T) {
	parrot := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			decoded, _ := url.QueryUnescape(r.URL.RawQuery)
			says(status, "told: "+r.URL.RawQuery+" "+decoded+" "+testPassword+" "+testKey)(w, r)
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"cut": cut, "400": parrot(400), "500": parrot(500), "200": parrot(200), "401": parrot(401), "redirect": parrot(302),
	} {
		t.Run(name, func(t *testing.T) {
			fake, logged := newServer(t), &lines{}
			fake.on(createSubcontract, answer)
			fake.on("/JobListing", answer)
			c := newTestClient(t, fake, func(config *Config) { config.Log = zerolog.New(logged) })
			err := c.Write(t.Context(), erp.Write{Record: testSubcontract()})
			_, errRead := c.list(t.Context(), jobListing(), nil)
			if err == nil || errRead == nil {
				t.Fatal("no error")
			}
			for _, text := range []string{err.Error(), errRead.Error(), logged.String()} {
				for _, secret := range []string{"TOKEN-", testPassword, testKey, "Token=TOK"} {
					if strings.Contains(text, secret) {
						t.Errorf("%q is in %q", secret, text)
					}
				}
			}
		})
	}
}

func TestSecretsOfTheLogin(t *testing.T) {
	fake, logged := newServer(t), &lines{}
	fake.on("/GiveMeAToken", cut)
	c := newTestClient(t, fake, func(config *Config) { config.Log = zerolog.New(logged) })
	_, err := c.session.get(t.Context())
	if err == nil {
		t.Fatal("no error")
	}
	value := fake.queries("/GiveMeAToken")[0]["Value"]
	for _, text := range []string{err.Error(), logged.String()} {
		if strings.Contains(text, "Value") || strings.Contains(text, value) || strings.Contains(text, url.QueryEscape(value)) || strings.Contains(text, "?") {
			t.Errorf("the login's address is in %q", text)
		}
	}
}

func TestWordsAreOneShortLine(t *testing.T) {
	clean := newScrubber()
	long := clean.words(strings.Repeat("é", 1000))
	if r := []rune(long); len(r) != longestWords || r[299] != '…' {
		t.Errorf("%d characters", len(r))
	}
	if got := clean.words(" a\r\n\tb\x00\x1b[31mc \xff "); got != "a b [31mc" {
		t.Errorf("%q", got)
	}
	if got := clean.words("  <html>x"); got != "" {
		t.Errorf("%q", got)
	}
}

func TestScrubberRemembersTheTokenBefore(t *testing.T) {
	clean := newScrubber("pw", "a+b/c=")
	clean.learn("FIRST")
	clean.learn("SECOND")
	clean.learn("SECOND")
	if got := clean.words("FIRST SECOND pw a+b/c= a%2Bb%2Fc%3D"); got != "[secret] [secret] pw [secret] [secret]" {
		t.Errorf("%q", got)
	}
}

func TestBlamesToken(t *testing.T) {
	for words, want := range map[string]bool{
		"The token is not known or has expired; ask for a new one.": true, "INVALID TOKEN": true, "Session timed out": true,
		"Job 1001 is not known.": false, `Description "token expired" is too long.`: false, "Token": false, "": false,
		`He said "x, the token is invalid`: false,
	} {
		if got := blamesToken(words); got != want {
			t.Errorf("%q: %v", words, got)
		}
	}
}

func testLog(to *lines) zerolog.Logger { return zerolog.New(to) }
