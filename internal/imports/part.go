package imports

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// part is the rows of one part of a listing on their way to Procore. Nothing of
// a row outlives it but a hash and an id in the cache.
type part struct {
	*journey
	phase  phase
	job    linked // of the phase; without one in company phases
	list   erp.ID // the standard cost code list, for standard codes
	rows   []erp.Row
	wanted []*wanted
	places map[string]int // kind and origin -> place in wanted
	ids    map[string]map[string]erp.ID
	puts   map[[2]string]string // for the cache once the part was taken
	calls  int
}

// wanted is one entry that should stand in Procore.
type wanted struct {
	erp.Entry
	job     linked // whose record it is
	changed string // the row's own time of change
	hash    string
	stored  bool        // another content was taken before
	known   bool        // Procore has the record
	too     bool        // only counted if it is sent
	used    [][2]string // where the ids it refers to stand in the cache
}

// want takes an entry into the part. Where two rows of a part mean the same
// record the later one counts, as Procore would take them one after the other.
func (p *part) want(e erp.Entry, row erp.Row, job linked) {
	w := &wanted{Entry: e, job: job, changed: row.Get(erp.ColChanged)}
	w.hash = contentHash(e, job.ID, p.list)
	key := kindOf(e) + "\n" + e.Origin
	if at, twice := p.places[key]; twice {
		p.wanted[at] = w
		return
	}
	p.places[key] = len(p.wanted)
	p.wanted = append(p.wanted, w)
}

// contentHash stands for what Procore would be sent, and to which project or
// list: 128 bits, so that among all rows of an organisation no two contents
// meet by chance. Ids of other records are not in it, their origin ids are.
func contentHash(e erp.Entry, project, list erp.ID) string {
	e.ID = 0
	h := sha256.New()
	_, _ = io.WriteString(h, fmt.Sprintf("%d %d %s %s\n", project, list, e.Type, translate.Fingerprint(e)))
	return string(h.Sum(nil)[:16])
}

// flush sends what differs from what was sent before. It tells whether Procore
// was changed.
//
// Before anything is sent, the hashes of the rows that will be are removed, and
// the new ones are kept after Procore has answered. A death in between leaves
// rows without a hash, which are sent again. With the old hash still there, a
// row that returned to its old content would never be sent.
func (p *part) flush(ctx context.Context) (bool, error) {
	changed, err := p.compare(ctx)
	if err != nil || len(changed) == 0 {
		return false, err
	}
	if err := p.forgetHashes(ctx, changed); err != nil {
		return false, err
	}
	for _, group := range grouped(changed) {
		if err := p.send(ctx, group); err != nil {
			return false, err
		}
	}
	if !p.run.DryRun {
		err = p.parts.Cache.Put(ctx, p.puts)
	}
	return p.calls > 0, err
}

// compare drops what Procore was sent already, and counts it.
func (p *part) compare(ctx context.Context) ([]*wanted, error) {
	hashes := map[string]map[string]string{}
	for s, keys := range p.scopes() {
		if p.blind {
			continue
		}
		var err error
		if hashes[s], err = p.parts.Cache.Get(ctx, s, keys); err != nil {
			return nil, err
		}
	}
	var changed []*wanted
	for _, w := range p.wanted {
		hash, stored := hashes[p.hashScope(w)][w.Origin]
		w.stored = stored
		if stored && hash == w.hash {
			if !w.too {
				p.mark.Counts.Unchanged++
			}
			continue
		}
		changed = append(changed, w)
	}
	return changed, nil
}

// scopes groups the keys of the part by the scope of their hashes.
func (p *part) scopes() map[string][]string {
	keys := map[string][]string{}
	for _, w := range p.wanted {
		s := p.hashScope(w)
		keys[s] = append(keys[s], w.Origin)
	}
	return keys
}

func (p *part) hashScope(w *wanted) string {
	return hashScope(p.lineage(p.run.Object), w.job.Origin, kindOf(w.Entry))
}

// forgetHashes removes the hashes of rows that are about to be sent.
func (p *part) forgetHashes(ctx context.Context, changed []*wanted) error {
	gone := map[[2]string]string{}
	for _, w := range changed {
		if w.stored {
			gone[[2]string{p.hashScope(w), w.Origin}] = ""
		}
	}
	if p.run.DryRun || len(gone) == 0 {
		return nil
	}
	return p.parts.Cache.Put(ctx, gone)
}

// grouped sorts entries into what one call may carry, in an order in which each
// group finds what it refers to: types as they first came, within a type those
// that refer to others of it after those that do not, and each job by itself.
func grouped(all []*wanted) [][]*wanted {
	first := map[erp.EntryType]int{}
	for i, w := range all {
		if _, known := first[w.Type]; !known {
			first[w.Type] = i
		}
	}
	order := func(a, b *wanted) int {
		return cmp.Or(cmp.Compare(first[a.Type], first[b.Type]), cmp.Compare(tier(a.Entry), tier(b.Entry)), cmp.Compare(a.job.Origin, b.job.Origin))
	}
	slices.SortStableFunc(all, order)
	var groups [][]*wanted
	for i, w := range all {
		if i == 0 || order(all[i-1], w) != 0 {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], w)
	}
	return groups
}

// tier is 1 for an entry that refers to another of its type.
func tier(e erp.Entry) int {
	for _, ref := range e.Refs {
		if ref.Type == e.Type {
			return 1
		}
	}
	return 0
}

// again notes that a row must be tried in the next run.
func (p *part) again(w *wanted) {
	if p.phase.window {
		p.hold(w.changed)
	}
}

// wantOr takes an entry, or refuses it where a rule does. An entry without a type
// is nothing for Procore.
func (p *part) wantOr(e erp.Entry, problems []erp.Problem, notes []string, row erp.Row, job linked) {
	if len(problems) > 0 {
		p.refuse(problems...)
		return
	}
	p.note(notes...)
	if e.Type != "" {
		p.want(e, row, job)
	}
}

// wantToo takes an entry that others need and that a row of its own may bring
// as well: it is not counted where it stands already.
func (p *part) wantToo(e erp.Entry, job linked) {
	if _, there := p.places[kindOf(e)+"\n"+e.Origin]; there {
		return
	}
	p.want(e, erp.Row{}, job)
	p.wanted[len(p.wanted)-1].too = true
}
