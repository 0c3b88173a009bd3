package setup

import "strings"

// seen is which token a hook carries, as far as its masked value tells.
type seen int

const (
	hidden  seen = iota // Procore does not show enough
	current             // the first of our tokens
	next                // the second
	other               // none of ours
)

// enough is how many characters of a token's end must be shown to know it by.
// Procore shows five (documented).
const enough = 3

// look compares what Procore shows of the header with our tokens. Tokens that
// end alike look like the current one.
func look(shown string, tokens []string) seen {
	end := strings.TrimLeft(shown, "*•xX.…")
	masked := end != shown
	if len(end) < enough {
		return hidden
	}
	for i, token := range tokens {
		if shown == token || masked && strings.HasSuffix(token, end) {
			return current + seen(min(i, 1))
		}
	}
	return other
}

// alike tells whether two tokens cannot be told apart by what Procore shows.
func alike(tokens []string) bool {
	const shown = 5
	return len(tokens) == 2 && tail(tokens[0], shown) == tail(tokens[1], shown)
}

func tail(text string, n int) string { return text[max(0, len(text)-n):] }

// covered takes our tokens out of a text that another system wrote.
func covered(text string, tokens []string) string {
	for _, token := range tokens {
		if token != "" {
			text = strings.ReplaceAll(text, token, "***")
		}
	}
	return text
}
