package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Record is what a contract check found.
type Record struct {
	Version     int               `json:"version"`
	Connection  string            `json:"connection"`
	Environment string            `json:"environment"`
	WorkID      string            `json:"work_id"`
	Job         string            `json:"job"`
	At          time.Time         `json:"at"`
	Numbers     []string          `json:"numbers"` // documents that were made and may be deleted
	Unique      map[string]string `json:"unique"`  // per record: verified, no or unknown
	AtOnce      bool              `json:"look_up_at_once"`
	LookUpMS    int64             `json:"slowest_look_up_ms"` // from an answered write to the look-up that showed it; -1: never within the limit
	CommitMS    int64             `json:"slowest_commit_ms"`  // from a write without an answer to the look-up that showed it
	AnswerMS    int64             `json:"slowest_answer_ms"`  // of a write
	Reference   string            `json:"reference"`          // shown, hidden or unknown
	Tried       []Tried           `json:"tried"`
}

// Tried is what was found of one kind of record.
type Tried struct {
	Record   string `json:"record"` // its name in unique_keys
	Kind     string `json:"kind"`
	Key      string `json:"key"`
	Created  bool   `json:"created"`
	Unique   string `json:"unique"`
	Rows     int    `json:"rows"` // that stood under the key at the end
	AnswerMS int64  `json:"answer_ms"`
	Doubt    bool   `json:"doubt"` // the write got no clear answer
	AtOnce   bool   `json:"at_once"`
	Seen     bool   `json:"seen"`
	LateMS   int64  `json:"late_ms"`
	Words    string `json:"words,omitempty"` // why something is not proven
	shows    string // its reference: shown, hidden or ""
}

// recordVersion is the form of the file.
const recordVersion = 1

// Path is where the record of a connection lies.
func Path(dataDir, connection string) string {
	return filepath.Join(dataDir, "contract-"+connection+".json")
}

// LoadRecord reads a record; nil without an error: there is none.
func LoadRecord(dataDir, connection string) (*Record, error) {
	text, err := os.ReadFile(Path(dataDir, connection))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var r Record
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("contract record: %w", err)
	}
	if r.Version != recordVersion || r.Connection != connection {
		return nil, fmt.Errorf("contract record: it is of version %d and connection %q", r.Version, r.Connection)
	}
	return &r, nil
}

// Save writes the record whole or not at all; dataDir is made where it is missing.
func (r Record) Save(dataDir string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dataDir, ".contract-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), Path(dataDir, r.Connection))
}

// floor is the longest that a record was seen to take to show; 0 without one.
func (r *Record) floor() time.Duration {
	if r == nil {
		return 0
	}
	return time.Duration(max(r.AnswerMS, r.LookUpMS, r.CommitMS)) * time.Millisecond
}

// The quiet period that is printed: never below the one in force, the usual one
// or a few times what was seen, for a few writes never meet the slowest commit.
const (
	usualQuiet = 10 * time.Minute
	quietTimes = 4
)

// Quiet is the quiet period to set.
func (r Record) Quiet(inForce time.Duration) time.Duration {
	wanted := quietTimes * r.floor()
	if whole := wanted.Truncate(time.Minute); whole < wanted {
		wanted = whole + time.Minute
	}
	return max(wanted, usualQuiet, inForce)
}

// YAML is what to put into the configuration of the connection's jobpac. Claims
// and invoices are not written by this build, so nothing is said of them.
func (r Record) YAML(inForce time.Duration) string {
	whole, keys := r.values()
	var b strings.Builder
	fmt.Fprintf(&b, "# connections.%s.jobpac, proven %s on environment %s\n", r.Connection, day(r.At), r.Environment)
	fmt.Fprintf(&b, "unique_document_number: %s\n", whole)
	fmt.Fprintf(&b, "unique_keys: {%s}\n", strings.Join(keys, ", "))
	fmt.Fprintf(&b, "quiet_period: %s\n", minutes(r.Quiet(inForce)))
	return b.String()
}

// values are unique_document_number and the entries of unique_keys.
func (r Record) values() (whole string, keys []string) {
	seen := map[string]int{}
	for _, name := range Records() {
		seen[r.Unique[name]]++
		if r.Unique[name] != Unknown {
			keys = append(keys, name+": "+r.Unique[name])
		}
	}
	switch len(Records()) {
	case seen[Verified]:
		return Verified, []string{"claim: unknown", "invoice: unknown"}
	case seen[No]:
		return No, nil
	}
	return Unknown, keys
}

// minutes is a duration without empty units, as the configuration writes it.
func minutes(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// join is the value of one name of unique_keys from all records under it: the
// worst of them, "no" before "unknown" before "verified".
func join(values []string) string {
	switch {
	case slices.Contains(values, No):
		return No
	case len(values) == 0, slices.ContainsFunc(values, func(v string) bool { return v != Verified }):
		return Unknown
	}
	return Verified
}

// decimal is tenths with one decimal, and none where it is whole.
func decimal(tenths int64) string {
	if tenths%10 == 0 {
		return fmt.Sprint(tenths / 10)
	}
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}
