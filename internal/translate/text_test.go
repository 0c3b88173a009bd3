package translate

import (
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	for words, want := range map[string]string{
		"plain (ASCII) ~ text!": "plain (ASCII) ~ text!",
		"  two   blanks\t\n":    "two blanks",
		"ÀÉÎÕÜ àéîõü ÇçÑñ":      "AEIOU aeiou CcNn",
		"Łódź Ørsted Straße æ":  "Lodz Orsted Strasse ae",
		"e\u0301 a\u030a":       "e a", // accents that stand alone
		"‘a’ “b” «c»":           `'a' "b" "c"`,
		"a–b—c‐d−e":             "a-b-c-d-e",
		"x…":                    "x...",
		"m² m³ 5½ ½ 30°":        "m2 m3 5 1/2 1/2 30deg",
		"3×4 ±5 ≤6":             "3x4 +/-5 <=6",
		"ＦＵＬＬ　width":            "FULL width",
		"zero\u200bwidth\ufeff": "zerowidth",
		"nb\u00a0space":         "nb space",
		"日本 🏗":                  "?? ?",
		"bad\xffbyte":           "bad?byte",
		"bell\x07":              "bell",
		"€5 £6":                 "EUR5 GBP6",
		"":                      "",
	} {
		if got := fold(words); got != want {
			t.Errorf("fold(%q) is %q, want %q", words, got, want)
		}
	}
}

func TestFoldFormsArePlain(t *testing.T) {
	seen := map[rune]bool{}
	for entry := range strings.Lines(plainForms) {
		form, characters, _ := strings.Cut(strings.TrimSpace(entry), " ")
		if strings.Trim(form, "") == "" && characters == "" {
			continue
		}
		for _, r := range form {
			if r <= ' ' || r > '~' {
				t.Errorf("form %q is not plain", form)
			}
		}
		for _, r := range characters {
			if r <= '~' || seen[r] {
				t.Errorf("%q of form %q is plain, or listed twice", r, form)
			}
			seen[r] = true
		}
	}
	if len(seen) < 300 {
		t.Errorf("only %d characters have a plain form", len(seen))
	}
}

func newTestSheet() *sheet {
	return &sheet{warned: map[string]bool{}, result: Result{Full: map[string]string{}}}
}

func TestTextFitsAndTellsWhatWasLost(t *testing.T) {
	for _, c := range []struct {
		prefix, body, suffix string
		width                int
		sent, full, note     string
	}{
		{"", "Footings", "", 10, "Footings", "", ""},
		{"", " Foot   ings ", "", 10, "Foot ings", "", ""},
		{"", "Footings and slabs", "", 10, "Footings a", "Footings and slabs", "was cut"},
		{"", "Footings and", "", 9, "Footings", "Footings and", "was cut"},
		{"", "Café", "", 10, "Cafe", "Café", "was written"},
		{"CO 3:", "Footings", "", 20, "CO 3: Footings", "", ""},
		{"CO 3:", "Footings and slabs", "", 12, "CO 3: Footin", "CO 3: Footings and slabs", "was cut"},
		{"", "Footings", " (x)", 12, "Footings (x)", "", ""},
		{"", "Footings", " (x)", 10, "Footin (x)", "Footings (x)", "was cut"},
		{"CO 3:", "Footings", " (x)", 8, "CO 3: (", "CO 3: Footings (x)", "was cut"},
		{"A long prefix", "Footings", "", 5, "A lon", "A long prefix Footings", "was cut"},
		{"", "", "", 5, "", "", ""},
	} {
		s := newTestSheet()
		got := s.text("title", c.width, c.prefix, c.body, c.suffix)
		notes := strings.Join(s.result.Notes, "\n")
		if got.sent != c.sent || got.full != c.full || !strings.Contains(notes, c.note) || (c.note == "") != (notes == "") {
			t.Errorf("%q %q %q at %d: %+v, notes %q", c.prefix, c.body, c.suffix, c.width, got, notes)
		}
		if len(got.sent) > c.width {
			t.Errorf("%q is longer than %d", got.sent, c.width)
		}
	}
}

func TestWarningsAndNotesAreToldOnce(t *testing.T) {
	s := newTestSheet()
	for range 3 {
		s.note("n %d", 1)
		s.warn("w %d", 1)
	}
	if len(s.result.Notes) != 1 || len(s.result.Warnings) != 1 {
		t.Errorf("notes %q, warnings %q", s.result.Notes, s.result.Warnings)
	}
}

func TestNamedLooksUpWithoutRegardToCase(t *testing.T) {
	table := map[string]string{" Lineal Metre ": "LM", "m": "M"}
	if got, ok := named(table, "LINEAL metre"); !ok || got != "LM" {
		t.Errorf("%q %v", got, ok)
	}
	if _, ok := named(table, "x"); ok {
		t.Error("found what is not there")
	}
	if _, ok := named(nil, ""); ok {
		t.Error("found something in nothing")
	}
}
