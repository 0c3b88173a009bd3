package translate

import (
	"strings"
	"testing"
	"time"
)

// TestTidyTextIsWhatFoldingLeavesAlone: the short way past clean and fold is
// right for every text of a few characters.
func TestTidyTextIsWhatFoldingLeavesAlone(t *testing.T) {
	pieces := []string{"", " ", "A", "~", "!", "\t", "é", "\u200b", "\x7f", "\x00"}
	for _, a := range pieces {
		for _, b := range pieces {
			for _, c := range pieces {
				words := a + b + c
				if tidy(words) != (fold(words) == words) {
					t.Errorf("%q: tidy %v", words, tidy(words))
				}
				if tidy(words) && clean(words) != words || usable(words) != (tidy(words) && words != "") {
					t.Errorf("%q: clean %q, usable %v", words, clean(words), usable(words))
				}
			}
		}
	}
}

func TestCleanKeepsLetters(t *testing.T) {
	for given, want := range map[string]string{
		" a  b ": "a b", "Café\r\nBar": "Café Bar", "a\u200bb": "ab", "\xffx": "?x", "\t": "", "Ελλάδα": "Ελλάδα",
	} {
		if got := clean(given); got != want {
			t.Errorf("%q is cleaned to %q, want %q", given, got, want)
		}
	}
}

func TestDaysOfRows(t *testing.T) {
	sydney, err := time.LoadLocation("Australia/Sydney")
	if err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{
		"": "", "0001-01-01": "", "0001-01-01T00:00:00Z": "", "2026-05-04": "2026-05-04", "2026-05-04T20:00:00Z": "2026-05-05",
	} {
		if got, ok := dayOf(given, sydney); !ok || got != want {
			t.Errorf("%q is %q %v, want %q", given, got, ok, want)
		}
	}
	for _, bad := range []string{"4/5/26", "20260504", "2026-02-30", strings.Repeat("9", 99)} {
		if got, ok := dayOf(bad, sydney); ok {
			t.Errorf("%q is taken as %q", bad, got)
		}
	}
}
