package receiver

import (
	"crypto/sha256"
	"crypto/subtle"
)

// tokenIs compares the header with both places for a live token. All hashes
// are made and compared whether the first matches or not, and also where a
// place or the whole connection is empty; an empty place never matches.
func tokenIs(header string, connection Connection) bool {
	var tokens []string
	if connection.Tokens != nil {
		tokens = connection.Tokens()
	}
	have := sha256.Sum256([]byte(header))
	match := 0
	for place := range 2 {
		token, live := "", 0
		if place < len(tokens) && tokens[place] != "" {
			token, live = tokens[place], 1
		}
		want := sha256.Sum256([]byte(token))
		match |= live & subtle.ConstantTimeCompare(have[:], want[:])
	}
	return match == 1
}
