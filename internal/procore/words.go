package procore

import (
	"bytes"
	"mime"
	"net/url"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// The bounds of what we repeat of an error body.
const (
	maxErrorBody = 64 << 10
	maxPhrases   = 20
	maxSaid      = 400 // runes
)

// words makes one line of an error body, whichever of Procore's shapes it has
// (FACTS.md, "Error bodies"): texts are joined, a field's name stands before
// its messages, codes and numbers are dropped, secrets are hidden. HTML and
// anything unreadable give "".
func words(contentType string, body []byte, secrets ...string) string {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || body[0] == '<' {
		return ""
	}
	p := phrases{dec: jsontext.NewDecoder(bytes.NewReader(body),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	if err := p.value(""); err == nil {
		return clip(hide(strings.Join(p.found, "; "), secrets...), maxSaid)
	}
	if media, _, _ := mime.ParseMediaType(contentType); media == "text/plain" && !bytes.ContainsAny(body, "<{[") {
		return clip(hide(oneLine(string(body)), secrets...), maxSaid)
	}
	return ""
}

// phrases collects the texts of a JSON value in their order.
type phrases struct {
	dec   *jsontext.Decoder
	found []string
}

// value reads one value that stands under field.
func (p *phrases) value(field string) error {
	switch p.dec.PeekKind() {
	case '{':
		return p.object(field)
	case '[':
		return p.array(field)
	}
	token, err := p.dec.ReadToken()
	if err == nil && token.Kind() == '"' {
		p.add(field, token.String())
	}
	return err
}

// object reads the members, each under its own name or, where the name only
// says that an error follows, under the outer one.
func (p *phrases) object(field string) error {
	if _, err := p.dec.ReadToken(); err != nil {
		return err
	}
	for p.dec.PeekKind() != '}' {
		name, err := p.dec.ReadToken()
		if err != nil {
			return err
		}
		if err := p.member(field, name.String()); err != nil {
			return err
		}
	}
	_, err := p.dec.ReadToken()
	return err
}

func (p *phrases) member(field, name string) error {
	switch name {
	case "errors", "error", "message", "messages", "error_description", "details", "reason", "fields", "base":
		return p.value(field)
	case "code", "reason_code", "source", "exception", "status":
		if kind := p.dec.PeekKind(); kind != '[' && kind != '{' { // with a list it is a field's name
			return p.dec.SkipValue()
		}
	}
	return p.value(oneLine(name))
}

func (p *phrases) array(field string) error {
	if _, err := p.dec.ReadToken(); err != nil {
		return err
	}
	for p.dec.PeekKind() != ']' {
		if err := p.value(field); err != nil {
			return err
		}
	}
	_, err := p.dec.ReadToken()
	return err
}

// add keeps a text once.
func (p *phrases) add(field, text string) {
	text = oneLine(text)
	if text == "" || len(p.found) == maxPhrases || strings.Contains(text, "<html") {
		return
	}
	if field != "" {
		text = field + " " + text
	}
	for _, known := range p.found {
		if known == text {
			return
		}
	}
	p.found = append(p.found, text)
}

// oneLine drops control and invisible characters and makes every run of blanks
// one.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(text), " ")
}

// clip cuts text to that many runes, the dots included.
func clip(text string, runes int) string {
	if r := []rune(text); len(r) > runes {
		return string(r[:runes-3]) + "..."
	}
	return text
}

// hide takes secrets out of words that Procore sent.
func hide(text string, secrets ...string) string {
	for _, secret := range secrets {
		for _, form := range []string{secret, url.QueryEscape(secret)} {
			if form != "" {
				text = strings.ReplaceAll(text, form, "[hidden]")
			}
		}
	}
	return text
}
