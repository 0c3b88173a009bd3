package ops

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// KindSync is a job that imports.
const KindSync = "sync"

// Object is one kind of record that is imported.
type Object = erp.Object

// Objects lists what can be imported, in the order in which it depends on each
// other.
func Objects() []Object { return erp.Objects() }

// ImportSummary is what came of the import of one object.
type ImportSummary struct {
	Object    erp.Object      `json:"object"`
	Read      int             `json:"read"`      // rows that Jobpac showed
	New       int             `json:"new"`       // records that were not known to be in Procore
	Changed   int             `json:"changed"`   // records that were there with other content
	Unchanged int             `json:"unchanged"` // records that were there as they should be
	Refused   int             `json:"refused"`   // records that a rule or Procore refused
	Calls     int             `json:"calls"`     // that wrote to Procore
	Refusals  []ImportRefusal `json:"refusals"`  // the first 200
	Notes     []string        `json:"notes,omitempty"`
	Started   time.Time       `json:"started"`
	Ended     time.Time       `json:"ended,omitzero"`
}

// ImportRefusal is one record that was not brought.
type ImportRefusal struct {
	Rule    string `json:"rule"`
	Where   string `json:"where,omitempty"` // the record
	Message string `json:"message"`         // what is wrong and what to do
}

// SyncOrder says what to import.
type SyncOrder struct {
	Connection string
	Objects    []erp.Object // none: all
	Project    string       // a job, as 1001 or 01|1001; empty: all
	Full       bool         // everything, not only what changed
	DryRun     bool         // only tell what would be written
	Actor      string       // required unless it is a dry run
}

// SyncReport is what an import did, also one that was cut short.
type SyncReport struct {
	Effect  string          `json:"effect,omitempty"` // its history; a dry run has none
	State   string          `json:"state,omitempty"`  // of the effect
	Reason  string          `json:"reason,omitempty"` // why it did not end well
	Objects []ImportSummary `json:"objects"`
}

// StartSync puts an import on the road and follows it: the job ends with the
// import, and one that is cancelled leaves the import running. A dry run is done
// by this process. Errors: *Invalid, *NotHere, *Busy while one is running.
func (s *Service) StartSync(ctx context.Context, o SyncOrder) (Job, error) {
	o.Actor, o.Project = tidy(o.Actor), strings.TrimSpace(o.Project)
	if len(o.Objects) == 0 {
		o.Objects = erp.Objects()
	}
	switch {
	case s.Sync == nil:
		return Job{}, &NotHere{"imports"}
	case o.Actor == "" && !o.DryRun:
		return Job{}, invalid("actor", "", "an import is recorded with who asked for it")
	}
	for _, object := range o.Objects {
		if !slices.Contains(erp.Objects(), object) {
			return Job{}, invalid("object", string(object), "must be one of "+objectNames()+" or all")
		}
	}
	job := Job{Kind: KindSync, Connection: o.Connection, Actor: o.Actor}
	return s.start(ctx, job, func(ctx context.Context, j *Job, tell func(Progress)) error {
		r, err := s.Sync(ctx, o, tell)
		j.Sync = &r
		return err
	})
}

// objectNames lists what can be imported.
func objectNames() string {
	names := fmt.Sprint(erp.Objects())
	return strings.ReplaceAll(strings.Trim(names, "[]"), " ", ", ")
}
