package jobpac

import (
	"errors"
	"net/url"
	"strings"
	"sync"
	"unicode"
)

// longestWords is how much of Jobpac's words we keep, in characters.
const longestWords = 300

// shortestSecret keeps the scrubber from tearing ordinary words apart.
const shortestSecret = 4

// clip makes one short line of the other side's words: control characters
// become blanks, runs of blanks one, and what is too long is cut.
func clip(words string) string {
	words = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(words, " "))
	words = strings.Join(strings.Fields(words), " ")
	if r := []rune(words); len(r) > longestWords {
		return string(r[:longestWords-1]) + "…"
	}
	return words
}

// isPage tells a web page, as gateways send it, from words for a person.
func isPage(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "<") }

// bare takes the URL out of an error of net/http, because the URL holds the
// token.
func bare(err error) error {
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return err
}

// scrubber takes our secrets out of the other side's words, should it repeat
// them. Safe for concurrent use.
type scrubber struct {
	mu      sync.Mutex
	fixed   []string
	token   string
	earlier string // the token before, which late answers may still name
}

func newScrubber(secrets ...string) *scrubber { return &scrubber{fixed: secrets} }

// learn notes a new token.
func (s *scrubber) learn(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token != s.token {
		s.earlier, s.token = s.token, token
	}
}

// words is the other side's text without secrets, as one short line; empty
// for a web page.
func (s *scrubber) words(text string) string {
	if isPage(text) {
		return ""
	}
	s.mu.Lock()
	secrets := append([]string{s.token, s.earlier}, s.fixed...)
	s.mu.Unlock()
	for _, secret := range secrets {
		if len(secret) < shortestSecret {
			continue
		}
		text = strings.ReplaceAll(text, secret, "[secret]")
		text = strings.ReplaceAll(text, url.QueryEscape(secret), "[secret]")
	}
	return clip(text)
}

// blamesToken tells whether words complain about the session token. What
// stands in quotes is a value of ours and does not count. The words are not
// public: which ones a service like this uses is assumed.
func blamesToken(words string) bool {
	words = strings.ToLower(unquoted(words))
	if !strings.Contains(words, "token") && !strings.Contains(words, "session") {
		return false
	}
	for _, sign := range []string{"expired", "invalid", "unknown", "not valid", "not known", "not found", "not recogni", "refused", "missing", "not active", "timed out"} {
		if strings.Contains(words, sign) {
			return true
		}
	}
	return false
}

// unquoted leaves out everything between double quotes.
func unquoted(words string) string {
	parts := strings.Split(words, `"`)
	var kept strings.Builder
	for i := 0; i < len(parts); i += 2 {
		kept.WriteString(parts[i])
	}
	return kept.String()
}
