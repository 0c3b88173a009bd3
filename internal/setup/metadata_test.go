package setup

import (
	"slices"
	"strings"
	"testing"
)

func TestMetadataThatDiffers(t *testing.T) {
	const wanted = `{"settings":{"on":true,"length":10,"list":[{"key":"a","x":1},{"key":"b","x":2}],"empty":{}}}`
	for have, places := range map[string]string{
		wanted: "",
		`{"settings":{"on":true,"length":"10","list":[{"key":"z"},{"key":"b","x":2,"y":3},{"key":"a","x":1}],"empty":{"more":1},"theirs":9}}`: "",
		`{"settings":{"on":false,"length":10,"list":[{"key":"a","x":1},{"key":"b","x":2}],"empty":{}}}`:                                       "settings.on",
		`{"settings":{"on":true,"length":11,"list":[{"key":"a","x":1}],"empty":{}}}`:                                                          "settings.length settings.list",
		`{"settings":{"on":true,"length":10,"list":[{"key":"a","x":1},{"key":"b","x":3}]}}`:                                                   "settings.empty settings.list",
		`{}`: "settings.empty settings.length settings.list settings.on",
	} {
		w, errW := tree([]byte(wanted))
		h, errH := tree([]byte(have))
		got := differ(w, h, "")
		slices.Sort(got)
		if errW != nil || errH != nil || strings.Join(got, " ") != places {
			t.Errorf("%s: %v", have, got)
		}
		if left := differ(w, overlay(h, w), ""); len(left) != 0 {
			t.Errorf("%s: laid over it still differs: %v", have, left)
		}
	}
}

// What others added to the metadata stays.
func TestUpdateKeepsWhatOthersAdded(t *testing.T) {
	h := company(good(1))
	h.ERP.Metadata = []byte(`{"settings":{"a":2,"theirs":{"on":true},"big":9007199254740993}}`)
	p := decide(t, want(), h)
	if !slices.Equal(actions(p), []Action{UpdateMetadata}) || string(p.Steps[0].Metadata) != `{"settings":{"a":1,"big":9007199254740993,"theirs":{"on":true}}}` ||
		!strings.Contains(p.Steps[0].Words, "differs at a.") {
		t.Errorf("got %+v", p.Steps)
	}
	w := want()
	w.RewriteMetadata = true
	if p := decide(t, w, company(good(1))); !slices.Equal(actions(p), []Action{UpdateMetadata}) || !strings.Contains(p.Steps[0].Words, "asked to be written again") {
		t.Errorf("got %+v", p.Steps)
	}
}

// Where Procore shows nothing, the fingerprint of what was written decides.
func TestMetadataThatIsNotShown(t *testing.T) {
	same := fingerprint([]byte("{ \"settings\": {\"a\":1} }"))
	for name, c := range map[string]struct {
		have    Connector
		rewrite bool
		do      []Action
	}{
		"never written":         {Connector{}, false, []Action{CreateConnection}},
		"written so":            {Connector{Remembered: same}, false, nil},
		"written otherwise":     {Connector{Remembered: "x"}, false, []Action{UpdateMetadata}},
		"there, not written":    {Connector{Shown: true}, false, []Action{UpdateMetadata}},
		"there, written so":     {Connector{Shown: true, Remembered: same}, false, nil},
		"asked to be rewritten": {Connector{Remembered: same}, true, []Action{UpdateMetadata}},
	} {
		h, w := company(good(1)), want()
		h.ERP, w.RewriteMetadata = c.have, c.rewrite
		p := decide(t, w, h)
		if !slices.Equal(actions(p), c.do) || (len(p.Notes) == 1) != (c.do == nil) {
			t.Errorf("%s: got %+v", name, p)
		}
	}
}

func TestUnreadableMetadata(t *testing.T) {
	h, w := company(good(1)), want()
	h.ERP.Metadata = []byte(`{`)
	if _, err := Decide(w, h); err == nil || !strings.Contains(err.Error(), "Procore shows") {
		t.Error(err)
	}
	w.Metadata = nil
	if _, err := Decide(w, h); err == nil || !strings.Contains(err.Error(), "is wanted") {
		t.Error(err)
	}
	if got := listed([]string{"settings.a", "b", "c", "d", "e", "f"}); got != "a, b, c, d and 2 more places" {
		t.Error(got)
	}
	if fingerprint([]byte("{")) == fingerprint([]byte("[")) {
		t.Error("fingerprints of broken texts")
	}
}
