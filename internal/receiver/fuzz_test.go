package receiver

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzWebhook sends any body with a good token. With a store that works the
// answer is 200 or 413, the body is kept once, as an event or in quarantine,
// and an event names what the worker needs and can be written as JSON.
func FuzzWebhook(f *testing.F) {
	samples, err := filepath.Glob("testdata/*.json")
	if err != nil || len(samples) == 0 {
		f.Fatal("no samples", err)
	}
	for _, path := range samples {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, plainJSON, true)
		f.Add(text[:len(text)/2], plainJSON, false)
	}
	f.Add([]byte(strings.Repeat("[", maxDepth+1)), plainJSON, true)
	f.Add([]byte(strings.Repeat(" ", MaxBody+1)), plainJSON, true)
	f.Add([]byte(strings.Repeat(" ", MaxBody+1)), plainJSON, false)
	f.Fuzz(func(t *testing.T, body []byte, contentType string, inChunks bool) {
		d := newDesk()
		changes := []func(*http.Request){header("Content-Type", contentType)}
		if inChunks {
			changes = append(changes, chunked)
		}
		w := d.post(hooks, string(body), changes...)
		kept := len(d.stored) + len(d.held)
		switch {
		case w.Code == 413 && len(body) > MaxBody && kept == 0:
			return
		case w.Code != 200 || kept != 1 || len(body) > MaxBody:
			t.Fatalf("%d, %d bytes, kept %d times", w.Code, len(body), kept)
		}
		for _, e := range d.stored {
			if e.ID == "" || e.Resource == "" || e.Action == "" || e.ResourceID <= 0 || e.Company != 0 && e.Company != 31 || string(e.Body) != string(body) {
				t.Fatalf("not whole: %+v", e)
			}
			if _, err := json.Marshal(e); err != nil {
				t.Fatalf("a store cannot write it: %v", err)
			}
		}
	})
}
