package imports

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// knownBatch is how many ids go into the cache at a time while Procore's list of
// a type is read: the list itself is never held.
const knownBatch = 500

// lookup finds Procore ids by their keys: in this part, in the cache, and where
// one is missing in Procore's own list, which is read once in a go. A full run
// reads that list first, and so learns what people linked and unlinked.
func (j *journey) lookup(ctx context.Context, own map[string]map[string]erp.ID, t erp.EntryType, job linked, keys []string) (map[string]erp.ID, error) {
	if j.run.Full {
		if err := j.fresh(ctx, t, job); err != nil {
			return nil, err
		}
	}
	found, err := j.peek(ctx, own, t, job, keys)
	if err != nil || len(found) == distinct(keys) || j.loaded[idScope(t, job.Origin)] {
		return found, err
	}
	if err := j.fresh(ctx, t, job); err != nil {
		return nil, err
	}
	return j.peek(ctx, own, t, job, keys)
}

func distinct(keys []string) int {
	seen := make(map[string]bool, len(keys))
	for _, k := range keys {
		seen[k] = true
	}
	return len(seen)
}

// peek finds ids without asking Procore.
func (j *journey) peek(ctx context.Context, own map[string]map[string]erp.ID, t erp.EntryType, job linked, keys []string) (map[string]erp.ID, error) {
	s := idScope(t, job.Origin)
	found, missing := map[string]erp.ID{}, []string{}
	for _, key := range keys {
		if id := max(own[s][key], j.pretend[s][key]); id != 0 {
			found[key] = id
		} else {
			missing = append(missing, key)
		}
	}
	if len(missing) == 0 || j.run.DryRun && j.loaded[s] {
		return found, nil
	}
	values, err := j.parts.Cache.Get(ctx, s, missing)
	for key, value := range values {
		if id := readID(value, job.ID); id != 0 {
			found[key] = id
		}
	}
	return found, err
}

// writeID and readID are an id as the cache holds it: with the project's, since
// a job may be linked to another project one day.
func writeID(project, id erp.ID) string { return project.String() + "/" + id.String() }

func readID(value string, project erp.ID) erp.ID {
	own, id, _ := strings.Cut(value, "/")
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || own != project.String() {
		return 0
	}
	return erp.ID(n)
}

// fresh reads Procore's list of a type into the cache, once in a go.
func (j *journey) fresh(ctx context.Context, t erp.EntryType, job linked) error {
	if j.loaded[idScope(t, job.Origin)] {
		return nil
	}
	return j.reload(ctx, t, job)
}

// reload replaces what the cache knows of a type's ids.
func (j *journey) reload(ctx context.Context, t erp.EntryType, job linked) error {
	s := idScope(t, job.Origin)
	if j.run.DryRun {
		j.pretend[s] = map[string]erp.ID{}
	} else if err := j.parts.Cache.Drop(ctx, s); err != nil {
		return err
	}
	batch := map[[2]string]string{}
	for known, err := range j.parts.Procore.Known(ctx, t, job.ID) {
		if err != nil {
			return fmt.Errorf("list %s: %w", t, err)
		}
		key := keyOf(t, known)
		switch {
		case key == "" || known.ID == 0:
		case j.run.DryRun:
			j.pretend[s][key] = known.ID
		default:
			batch[[2]string{s, key}] = writeID(job.ID, known.ID)
		}
		if len(batch) >= knownBatch {
			if err := j.parts.Cache.Put(ctx, batch); err != nil {
				return err
			}
			clear(batch)
		}
	}
	if err := j.parts.Cache.Put(ctx, batch); err != nil {
		return err
	}
	j.loaded[s] = true
	return nil
}

// keyOf is by what a record is found again. A budget code is a cost code with a
// cost type, and a budget line is that of its budget code; both have no origin
// id (documented).
func keyOf(t erp.EntryType, known erp.Known) string {
	switch t {
	case erp.EntryWBSCode:
		code, kind := known.Fields["cost_code_id"], known.Fields["line_item_type_id"]
		if code == "" || kind == "" {
			return ""
		}
		return code + "/" + kind
	case erp.EntryBudgetLine:
		return known.Fields["wbs_code_id"]
	}
	return known.Origin
}

// leave lets go of what a dry run supposed about the project before.
func (j *journey) leave(job linked) {
	suffix := scope(job.Origin)
	for s := range j.pretend {
		if !strings.HasSuffix(s, "\n\n") && !strings.HasSuffix(s, "\n"+suffix) {
			delete(j.pretend, s)
			delete(j.loaded, s)
		}
	}
}
