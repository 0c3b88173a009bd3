package journal

import (
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// ImportRegister is the name of the register that keeps how far the imports of
// an object have come.
func ImportRegister(o erp.Object) string { return "import " + string(o) }

// ImportJobRegister is the same of imports of a single job, named by its origin
// id: they must not move the checkpoint of a run over all jobs.
func ImportJobRegister(o erp.Object, job string) string { return ImportRegister(o) + " " + job }

// ImportMark is how far the imports of one object have come: the run under way
// or the last one, where it goes on, what it has found so far, and from when
// the next one must read. It is saved after each part that wrote something, so
// that a death repeats one part at most.
type ImportMark struct {
	Run      string          `json:"run"`               // id of the run
	Started  time.Time       `json:"started"`           // when its first go began
	Ended    time.Time       `json:"ended,omitzero"`    // zero: not done
	Since    time.Time       `json:"since,omitzero"`    // it reads what changed from here on; zero: everything
	Hold     time.Time       `json:"hold,omitzero"`     // oldest change among rows that must be tried again; zero: none
	HoldAll  bool            `json:"hold_all,omitzero"` // such a row showed no time of change: the next run reads everything
	Place    ImportPlace     `json:"place"`
	Counts   ImportCounts    `json:"counts"`
	Refusals []ImportProblem `json:"refusals,omitempty"` // the first of them; Counts.Refused counts all
	Notes    []string        `json:"notes,omitempty"`
	Writer   ImportWriter    `json:"writer,omitzero"` // of the register that all runs of the object share
	Last     *ImportLast     `json:"last,omitempty"`  // the last run that was done, whichever is under way
}

// ImportPlace is where a run goes on.
type ImportPlace struct {
	Phase string `json:"phase,omitempty"`
	Job   string `json:"job,omitempty"`  // origin id of the job under way
	Next  string `json:"next,omitempty"` // the listing's own mark; empty: from its beginning
}

// ImportCounts counts rows, and the calls that wrote.
type ImportCounts struct {
	Read      int `json:"read,omitzero"`
	New       int `json:"new,omitzero"`
	Changed   int `json:"changed,omitzero"`
	Unchanged int `json:"unchanged,omitzero"`
	Refused   int `json:"refused,omitzero"`
	Calls     int `json:"calls,omitzero"`
}

// ImportProblem is the stored form of erp.Problem.
type ImportProblem struct {
	Rule    string `json:"rule"`
	Where   string `json:"where,omitempty"`
	Message string `json:"message"`
}

// ImportWriter says which copy of the row cache took part in the last run that
// could write, and which run that was. A cache that says otherwise of itself is
// older, new or of another process: what it remembers of these rows is void.
type ImportWriter struct {
	Cache string `json:"cache,omitempty"`
	Run   string `json:"run,omitempty"`
}

// ImportLast is the last run that was done.
type ImportLast struct {
	Run   string    `json:"run"`
	From  time.Time `json:"from,omitzero"` // the next one reads what changed from here on, less the overlap; zero: everything
	Ended time.Time `json:"ended"`
}
