package natsbus

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// longToken is the length from which a token is replaced by its hash.
const longToken = 128

// token makes any text fit for one place in a subject and for a consumer's
// name: letters, digits, - and _ stand for themselves, every other byte is =
// and two hex digits, nothing at all is =, and what gets too long is =h and its
// hash.
func token(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; plain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	switch {
	case b.Len() == 0:
		return "="
	case b.Len() > longToken:
		return "=h" + sum([]byte(text))
	}
	return b.String()
}

// plain tells whether a byte stands for itself.
func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// untoken gives the text back. A hashed token has none.
func untoken(t string) (string, error) {
	if t == "=" {
		return "", nil
	}
	var b strings.Builder
	for i := 0; i < len(t); i++ {
		if t[i] != '=' {
			b.WriteByte(t[i])
			continue
		}
		if i+2 >= len(t) {
			return "", fmt.Errorf("subject token %q is cut short", t)
		}
		raw, err := hex.DecodeString(t[i+1 : i+3])
		if err != nil {
			return "", fmt.Errorf("subject token %q stands for a hash or is not ours", t)
		}
		b.Write(raw)
		i += 2
	}
	return b.String(), nil
}

// sum is a SHA-256 in hex.
func sum(body []byte) string {
	hash := sha256.Sum256(body)
	return hex.EncodeToString(hash[:])
}

// eventSubject is where an event lies; eventID what it is known by whatever
// company it names.
func eventSubject(e erp.Event) string {
	return "ev." + token(e.Connection) + "." + e.Company.String() + "." + token(e.ID)
}
func eventID(e erp.Event) string { return token(e.Connection) + "." + token(e.ID) }

// eventsOf is all events of a connection.
func eventsOf(connection string) string { return "ev." + token(connection) + ".>" }

// registerMark begins the last token of every register.
const registerMark = "register-"

// effectSubject is where an effect's history lies. A key that could not be read
// back from its subject is Permanent.
func effectSubject(key journal.Key) (string, error) {
	connection, effect := token(key.Connection), token(key.Effect)
	switch {
	case key.Connection == "" || key.Effect == "":
		return "", fault.New(fault.Permanent, "journal", fmt.Errorf("effect %q needs a connection and a name", key))
	case strings.HasPrefix(connection, "=h") || strings.HasPrefix(effect, "=h"):
		return "", fault.New(fault.Permanent, "journal", fmt.Errorf("effect %q is too long", key))
	case strings.HasPrefix(effect, registerMark):
		return "", fault.New(fault.Permanent, "journal", fmt.Errorf("effect %q has the name of a register", key))
	}
	return "journal." + connection + "." + effect, nil
}

// registerSubject is where a register lies.
func registerSubject(connection, name string) string {
	return "journal." + token(connection) + "." + registerMark + sum([]byte(name))[:32]
}

// keyOf reads the key back from a journal subject; register tells that the
// subject is a register's, whose effect name means nothing.
func keyOf(subject string) (key journal.Key, register bool, err error) {
	parts := strings.Split(subject, ".")
	if len(parts) != 3 || parts[0] != "journal" {
		return key, false, fmt.Errorf("journal subject %q is not ours", subject)
	}
	if key.Connection, err = untoken(parts[1]); err != nil {
		return key, false, err
	}
	if strings.HasPrefix(parts[2], registerMark) {
		return key, true, nil
	}
	key.Effect, err = untoken(parts[2])
	return key, false, err
}
