package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// all is one value for every name of unique_keys.
func all(value string) map[string]string {
	m := map[string]string{}
	for _, name := range Records() {
		m[name] = value
	}
	return m
}

// but is all of them, with another value for one.
func but(value, name, other string) map[string]string {
	m := all(value)
	m[name] = other
	return m
}

func proven(unique map[string]string) *Record {
	return &Record{Version: 1, Connection: "acme", Environment: "TEST", At: noon, Unique: unique, AnswerMS: 900, CommitMS: 40_000, LookUpMS: -1}
}

func TestSettings(t *testing.T) {
	base := Settings{GoLive: noon.Add(-time.Hour), Unique: all(Verified), Quiet: 10 * time.Minute, Environment: "TEST", Record: proven(all(Verified))}
	for name, c := range map[string]struct {
		change func(*Settings)
		topic  string
		level  Level
		words  []string
	}{
		"well":                {func(*Settings) {}, "contract", OK, []string{"Last proven at 2026-12-01 12:00 UTC", "TEST."}},
		"elsewhere":           {func(s *Settings) { s.Environment = "LIVE" }, "contract", OK, []string{"uses LIVE"}},
		"live":                {func(*Settings) {}, "go live", OK, []string{"Live since"}},
		"observe":             {func(s *Settings) { s.Observe, s.GoLive = true, time.Time{} }, "go live", OK, []string{"nothing is written"}},
		"later":               {func(s *Settings) { s.GoLive = noon.Add(time.Hour) }, "go live", OK, []string{"go_live is 2026-12-01T13:00:00Z"}},
		"no date":             {func(s *Settings) { s.GoLive = time.Time{} }, "go live", Warning, []string{"any age"}},
		"parked":              {func(s *Settings) { s.Unique = but(Verified, "item", No) }, "unique keys", Warning, []string{"item (no)", "parked"}},
		"verified":            {func(*Settings) {}, "unique keys", OK, nil},
		"quiet":               {func(*Settings) {}, "quiet period", OK, []string{"10m"}},
		"short":               {func(s *Settings) { s.Quiet = 50 * time.Second }, "quiet period", Warning, []string{"short"}},
		"shorter than seen":   {func(s *Settings) { s.Quiet = 40 * time.Second }, "quiet period", Wrong, []string{"seen to take 40s"}},
		"claimed, not proven": {func(s *Settings) { s.Record = nil }, "contract", Warning, []string{"order, item, variation and variation_item", "no contract check"}},
		"not shown":           {func(s *Settings) { s.Record = proven(but(Verified, "item", Unknown)) }, "contract", Warning, []string{`"verified" for item`, "could not show"}},
		"contradicted":        {func(s *Settings) { s.Record = proven(but(Verified, "order", No)) }, "contract", Wrong, []string{`"verified" for order`, "two"}},
		"unreadable":          {func(s *Settings) { s.RecordErr = errors.New("open x: odd") }, "contract", Warning, []string{"cannot be read: odd"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := base
			c.change(&s)
			wants(t, look(t, SettingsSteps(s, noon)...), c.topic, c.level, c.words...)
		})
	}
	nothing := Settings{GoLive: noon, Unique: all(Unknown), Quiet: 10 * time.Minute}
	wants(t, look(t, SettingsSteps(nothing, noon)...), "unique keys", Warning, "order (unknown)")
}

func TestRecordIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	if r, err := LoadRecord(dir, "acme"); r != nil || err != nil {
		t.Fatal(r, err)
	}
	want := *proven(all(Verified))
	want.Tried = []Tried{{Record: "order", Created: true}}
	for range 2 {
		if err := want.Save(dir); err != nil {
			t.Fatal(err)
		}
	}
	got, err := LoadRecord(dir, "acme")
	if err != nil || !reflect.DeepEqual(*got, want) {
		t.Fatalf("%+v, %v", got, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("it left %v", entries)
	}
	if info, _ := os.Stat(Path(dir, "acme")); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %s", info.Mode())
	}
	for name, text := range map[string]string{"half": `{"version": 1, "conn`, "newer": `{"version": 2, "connection": "acme"}`, "other": `{"version": 1, "connection": "beta"}`} {
		if err := os.WriteFile(Path(dir, "acme"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadRecord(dir, "acme"); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	blocked := file(t, t.TempDir(), "file", 0o600)
	if err := want.Save(filepath.Join(blocked, "below")); err == nil {
		t.Error("saved where nothing can be")
	}
}

func TestYAML(t *testing.T) {
	for name, c := range map[string]struct {
		unique map[string]string
		want   []string
	}{
		"verified": {all(Verified), []string{"unique_document_number: verified\n", "unique_keys: {claim: unknown, invoice: unknown}\n"}},
		"no":       {all(No), []string{"unique_document_number: no\n", "unique_keys: {}\n"}},
		"unknown":  {all(Unknown), []string{"unique_document_number: unknown\n", "unique_keys: {}\n"}},
		"mixed":    {but(Verified, "variation", No), []string{"unique_document_number: unknown\n", "unique_keys: {order: verified, item: verified, variation: no, variation_item: verified}\n"}},
		"half":     {but(Unknown, "item", Verified), []string{"unique_document_number: unknown\n", "unique_keys: {item: verified}\n"}},
	} {
		text := proven(c.unique).YAML(5 * time.Minute)
		if !containsAll(text, append(c.want, "quiet_period: 10m\n", "connections.acme.jobpac", "2026-12-01")) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestQuietIsNeverBelowWhatWasSeen(t *testing.T) {
	for _, c := range []struct {
		ms      int64
		inForce time.Duration
		want    time.Duration
	}{
		{500, time.Minute, 10 * time.Minute}, {500, 15 * time.Minute, 15 * time.Minute}, {200_000, time.Minute, 14 * time.Minute}, {-1, 0, 10 * time.Minute},
	} {
		if got := (Record{LookUpMS: c.ms}).Quiet(c.inForce); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	if minutes(90*time.Minute) != "1h30m" || minutes(2*time.Hour) != "2h" || minutes(90*time.Second) != "1m30s" {
		t.Error(minutes(90*time.Minute), minutes(2*time.Hour), minutes(90*time.Second))
	}
}

func TestConsent(t *testing.T) {
	ask := func(yes bool, err error) func(string) (bool, error) {
		return func(words string) (bool, error) {
			if !strings.Contains(words, `"TEST"`) {
				t.Errorf("the question does not name the environment: %s", words)
			}
			return yes, err
		}
	}
	base := Consent{Connection: "acme", Environment: "TEST", WorkID: "01", GoLive: noon.Add(time.Hour), Live: true}
	for name, c := range map[string]struct {
		change func(*Consent)
		want   string // in the refusal; empty: allowed
	}{
		"nobody":            {func(*Consent) {}, "add --yes"},
		"yes":               {func(c *Consent) { c.Yes = true }, ""},
		"asked":             {func(c *Consent) { c.Ask = ask(true, nil) }, ""},
		"declined":          {func(c *Consent) { c.Ask = ask(false, nil) }, "nothing was written"},
		"broken terminal":   {func(c *Consent) { c.Ask = ask(false, errors.New("odd")) }, "odd"},
		"other environment": {func(c *Consent) { c.Yes, c.Named = true, "PROD" }, `is not the environment`},
		"live":              {func(c *Consent) { c.Yes, c.GoLive = true, noon }, "--yes --environment TEST"},
		"live, asked":       {func(c *Consent) { c.Ask, c.GoLive = ask(true, nil), noon }, "live"},
		"live, no date":     {func(c *Consent) { c.Yes, c.GoLive = true, time.Time{} }, "is not set"},
		"live, named":       {func(c *Consent) { c.Yes, c.Named, c.GoLive = true, "TEST", noon }, ""},
		"live, no yes":      {func(c *Consent) { c.Named, c.GoLive, c.Ask = "TEST", noon, ask(true, nil) }, "live"},
		"live, misspelt":    {func(c *Consent) { c.Yes, c.Named, c.GoLive = true, "test", noon }, "is not the environment"},
		"observe":           {func(c *Consent) { c.Yes, c.Live, c.GoLive = true, false, noon }, ""},
	} {
		consent := base
		c.change(&consent)
		err := consent.Check(noon)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
