package jobpacsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const managementBodyLimit = 256 << 20

// Management serves the routes under /sim. They have no password: bind them to
// an address that only you can reach.
//
//	GET  /sim/state     all books            POST /sim/seed      Seed
//	GET  /sim/counts    Counts               PUT  /sim/edit      Edit
//	GET  /sim/journal   the latest calls     POST /sim/clock     {"advance":"20m"}
//	GET  /sim/faults    with their counts    PUT  /sim/faults    a list of Fault
//	GET  /sim/settings  with assumptions     PUT  /sim/settings  the settings to change
//	POST /sim/reset                          POST /sim/remove    {"book":"...","key":{...}}
//	POST /sim/generate  Organisation         POST /sim/spoil     Spoiling
//	GET  /sim/rows?book=jobs&Job=1001        POST /sim/rows      {"book":"...","rows":[{...}]}
//
// Books are named as in the JSON form of Books. POST /sim/rows adds rows, or
// changes the columns they name, many at once; GET /sim/rows shows the rows that
// have the values asked for, of books too large for /sim/state.
//
// A mistake is answered with 400 and plain text, and changes nothing.
func (s *Sim) Management() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sim/state", func(w http.ResponseWriter, _ *http.Request) { show(w, s.State()) })
	mux.HandleFunc("GET /sim/counts", func(w http.ResponseWriter, _ *http.Request) { show(w, s.Counts()) })
	mux.HandleFunc("GET /sim/journal", func(w http.ResponseWriter, _ *http.Request) {
		show(w, map[string]any{"calls": s.Journal()})
	})
	mux.HandleFunc("GET /sim/faults", func(w http.ResponseWriter, _ *http.Request) {
		show(w, map[string]any{"faults": s.Faults()})
	})
	mux.HandleFunc("GET /sim/settings", func(w http.ResponseWriter, _ *http.Request) { s.showSettings(w) })
	mux.HandleFunc("POST /sim/seed", s.putSeed)
	mux.HandleFunc("PUT /sim/edit", s.putEdit)
	mux.HandleFunc("POST /sim/remove", s.postRemove)
	mux.HandleFunc("POST /sim/clock", s.postClock)
	mux.HandleFunc("POST /sim/generate", s.postGenerate)
	mux.HandleFunc("POST /sim/spoil", s.postSpoil)
	mux.HandleFunc("GET /sim/rows", s.getRows)
	mux.HandleFunc("POST /sim/rows", s.postRows)
	mux.HandleFunc("PUT /sim/faults", s.putFaults)
	mux.HandleFunc("PUT /sim/settings", s.putSettings)
	mux.HandleFunc("POST /sim/reset", func(w http.ResponseWriter, _ *http.Request) {
		settled(w, s.Reset(), map[string]any{"reset": true})
	})
	return mux
}

func show(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(value) // a caller that went away is not our error
}

// settled answers a change: the value, or 400 with the mistake.
func settled(w http.ResponseWriter, err error, value any) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	show(w, value)
}

// load reads one JSON value into target; unknown names are a mistake.
func load(r *http.Request, target any) error {
	decoder := json.NewDecoder(io.LimitReader(r.Body, managementBodyLimit))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(target); err != nil {
		return fmt.Errorf("the body cannot be read: %w", err)
	}
	if decoder.More() {
		return errors.New("the body holds more than one JSON value")
	}
	return nil
}

func (s *Sim) showSettings(w http.ResponseWriter) {
	show(w, map[string]any{"settings": s.Settings(), "assumptions": Assumptions()})
}

func (s *Sim) putSeed(w http.ResponseWriter, r *http.Request) {
	var seed Seed
	err := load(r, &seed)
	if err == nil {
		err = s.Seed(seed)
	}
	settled(w, err, s.Counts())
}

func (s *Sim) putEdit(w http.ResponseWriter, r *http.Request) {
	var e Edit
	changed := 0
	err := load(r, &e)
	if err == nil {
		changed, err = s.Edit(e)
	}
	settled(w, err, map[string]int{"changed": changed})
}

func (s *Sim) postRemove(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Book string `json:"book"`
		Key  Row    `json:"key"`
	}
	removed := 0
	err := load(r, &body)
	if err == nil {
		removed, err = s.Remove(body.Book, body.Key)
	}
	settled(w, err, map[string]int{"removed": removed})
}

func (s *Sim) postGenerate(w http.ResponseWriter, r *http.Request) {
	var o Organisation
	var done Generated
	err := load(r, &o)
	if err == nil {
		done, err = s.Generate(o)
	}
	settled(w, err, done)
}

func (s *Sim) postSpoil(w http.ResponseWriter, r *http.Request) {
	var o Spoiling
	var bad []BadRow
	err := load(r, &o)
	if err == nil {
		bad, err = s.Spoil(o)
	}
	settled(w, err, map[string]any{"bad": bad})
}

func (s *Sim) getRows(w http.ResponseWriter, r *http.Request) {
	book, values := "", Row{}
	for name, given := range r.URL.Query() {
		if name == "book" {
			book = given[0]
			continue
		}
		values[name] = given[0]
	}
	rows, err := s.Rows(book, values)
	settled(w, err, map[string]any{"rows": rows})
}

func (s *Sim) postRows(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Book string `json:"book"`
		Rows []Row  `json:"rows"`
	}
	var added, changed int
	err := load(r, &body)
	if err == nil {
		added, changed, err = s.Put(body.Book, body.Rows)
	}
	settled(w, err, map[string]int{"added": added, "changed": changed})
}

func (s *Sim) postClock(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Advance string `json:"advance"`
	}
	err := load(r, &body)
	if err == nil {
		var d time.Duration
		if d, err = time.ParseDuration(body.Advance); err == nil {
			err = s.Advance(d)
		}
	}
	settled(w, err, map[string]time.Time{"now": s.Now()})
}

func (s *Sim) putFaults(w http.ResponseWriter, r *http.Request) {
	var faults []Fault
	err := load(r, &faults)
	if err == nil {
		err = s.SetFaults(faults)
	}
	settled(w, err, map[string]any{"faults": s.Faults()})
}

// putSettings changes the settings that the body names; within widths and
// duplicate_keys too, only those named.
func (s *Sim) putSettings(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, managementBodyLimit))
	if err == nil {
		err = s.patchSettings(body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.showSettings(w)
}

// patchSettings changes the settings named in a JSON object.
func (s *Sim) patchSettings(body []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	settings := s.settings.clone()
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&settings); err != nil {
		return fmt.Errorf("the settings cannot be read: %w", err)
	}
	return s.setSettings(settings)
}
