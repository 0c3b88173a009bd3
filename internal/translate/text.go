package translate

import (
	"strings"
	"unicode"

	"github.com/procpac/procpac/internal/erp"
)

// unknownSign stands for a character that has no plain form.
const unknownSign = "?"

// text is a text as it is sent, and the whole one where the two differ.
type text struct{ sent, full string }

// text folds words to Jobpac's characters and cuts body so that all three fit
// the width. What was changed is noted under what.
func (s *sheet) text(what string, width int, prefix, body, suffix string) text {
	whole := squeeze(prefix + " " + body + suffix)
	prefix, body, suffix = lead(fold(prefix)), fold(body), fold(suffix)
	if suffix != "" {
		suffix = " " + suffix
	}
	t := text{sent: cut(prefix, width) + cut(body, max(0, width-len(prefix)-len(suffix))) + suffix}
	t.sent = squeeze(cut(t.sent, width))
	if t.sent == whole {
		return t
	}
	t.full = whole
	if len(prefix)+len(body)+len(suffix) > width {
		s.note("The %s was cut to %q: Jobpac keeps %d characters.", what, t.sent, width)
	} else {
		s.note("The %s was written as %q: Jobpac keeps plain characters only.", what, t.sent)
	}
	return t
}

// lead keeps a blank after a prefix.
func lead(prefix string) string {
	if prefix == "" {
		return ""
	}
	return prefix + " "
}

// cut shortens plain text to so many characters.
func cut(plain string, width int) string {
	if len(plain) > width {
		plain = strings.TrimSpace(plain[:max(0, width)])
	}
	return plain
}

// title is the text that names a document, from the best Procore has.
func title(candidates ...string) string {
	for _, c := range candidates {
		if squeeze(fold(c)) != "" {
			return c
		}
	}
	return ""
}

// describe is a line's description, or its cost code's name, or the
// document's own title, or our reference.
func (s *sheet) describe(l line, prefix string) text {
	body := title(l.Description, l.CostCode.Name, s.result.Title, s.result.Reference)
	width := s.rules.Widths.Description
	return s.text("description of "+l.where(), width, prefix, body, l.measured.suffix(width))
}

// squeeze trims text and makes every run of blanks one.
func squeeze(words string) string { return strings.Join(strings.Fields(words), " ") }

// code prepares a short answer that must fit: folded and in upper case.
func code(words string) string { return erp.Code(fold(words)) }

// fold writes text in printable ASCII: accents fall off, dashes and quotes
// become plain, what has no plain form becomes a question mark. Runs of blanks
// and control characters become one blank.
func fold(words string) string {
	var b strings.Builder
	for _, r := range words {
		switch {
		case r > ' ' && r <= '~':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
			// an accent that stands alone, a joiner, a byte order mark: nothing
		case unicode.IsSpace(r), unicode.IsControl(r):
			b.WriteByte(' ')
		case r >= 0xFF01 && r <= 0xFF5E: // full-width forms of ASCII
			b.WriteRune(r - 0xFF01 + '!')
		default:
			b.WriteString(apart(b.String(), plain(r)))
		}
	}
	return squeeze(b.String())
}

// apart keeps a fraction away from the digit before it: 3 1/2 is not 31/2.
func apart(before, form string) string {
	fraction := len(form) == 3 && form[1] == '/'
	if fraction && before != "" && before[len(before)-1] >= '0' && before[len(before)-1] <= '9' {
		return " " + form
	}
	return form
}
