package jobpacsim

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// refusal is a "no" that the vendor's side would say in words.
type refusal string

func (r refusal) Error() string { return string(r) }

// firstOf gives the first refusal of several checks.
func firstOf(checks ...error) error {
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}

// pair is one named value of a one-row answer.
type pair struct{ name, value string }

// reply is an answer before it is written to the wire.
type reply struct {
	status     int      // 0 means 200
	text       string   // plain text; empty: the JSON envelope
	pairs      []pair   // one row
	columns    []column // with rows: a listing
	rows       []string // packed values in the order of columns
	retryAfter int      // seconds; 0: no header
	allow      string   // Allow header of a 405
	empty      bool     // 200 and no body
	cut        bool     // close the connection without an answer

	outcome   string // for the journal
	message   string // for the journal
	committed bool   // a book or a token changed
}

func rowReply(outcome string, pairs ...pair) reply { return reply{outcome: outcome, pairs: pairs} }

func textReply(status int, outcome, text string) reply {
	return reply{status: status, outcome: outcome, text: text, message: text}
}

// write sends the reply. A cut connection is ended by the server's own abort
// panic, which net/http swallows after closing the connection.
func (a reply) write(w http.ResponseWriter, s *Settings) {
	if a.cut {
		panic(http.ErrAbortHandler)
	}
	if a.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(a.retryAfter))
	}
	if a.allow != "" {
		w.Header().Set("Allow", a.allow)
	}
	body := a.body(s)
	w.Header().Set("Content-Type", a.contentType())
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.code())
	_, _ = w.Write(body) // a caller that went away is not our error
}

func (a reply) code() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

func (a reply) contentType() string {
	if a.text != "" || a.code() != http.StatusOK {
		return "text/plain; charset=utf-8"
	}
	return "application/json; charset=utf-8"
}

func (a reply) body(s *Settings) []byte {
	switch {
	case a.empty:
		return nil
	case a.text != "" || a.code() != http.StatusOK:
		return []byte(a.text)
	case a.columns != nil:
		return a.listingBody(s)
	default:
		return a.rowBody()
	}
}

func (a reply) rowBody() []byte {
	b := []byte(`{"data":[{`)
	for i, p := range a.pairs {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, p.name)
		b = append(b, ':')
		b = appendQuoted(b, p.value)
	}
	return append(b, "}]}"...)
}

func (a reply) listingBody(s *Settings) []byte {
	b := make([]byte, 0, 64+len(a.rows)*len(a.columns)*32)
	values := make([]string, len(a.columns))
	b = append(b, `{"data":[`...)
	for i, packed := range a.rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRow(b, a.columns, unpacked(packed, values), s)
	}
	return append(b, "]}"...)
}

func appendRow(b []byte, columns []column, values []string, s *Settings) []byte {
	b = append(b, '{')
	for i, c := range columns {
		if s.HideReferences && c.isReference() {
			continue
		}
		if len(b) > 0 && b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, c.name...)
		b = append(b, `":`...)
		b = appendQuoted(b, c.shown(values[i], s))
	}
	return append(b, '}')
}

// isReference tells the columns in which somebody else's key is kept; the
// Reference of a ledger row is the ledger's own.
func (c column) isReference() bool {
	return strings.HasPrefix(c.name, "UserDefinedField") || (strings.HasSuffix(c.name, "Reference") && c.name != "Reference")
}

// shown pads codes and texts to their width when the settings ask for it.
func (c column) shown(value string, s *Settings) string {
	if !s.PadText || (c.kind != kindCode && c.kind != kindText) {
		return value
	}
	return value + strings.Repeat(" ", max(0, s.Widths[c.class]-utf8.RuneCountInString(value)))
}

// appendQuoted writes a JSON string; plain ASCII goes the short way.
func appendQuoted(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, err := json.Marshal(text)
			if err != nil {
				return append(b, `""`...)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}
