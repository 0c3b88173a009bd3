package imports

import (
	"context"
	"fmt"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// The rules of rows that wait for another record, and of those that Procore
// refuses.
const (
	ruleNoCostCode = "IM-NO-COST-CODE"
	ruleNoCostType = "IM-NO-COST-TYPE"
	ruleNoProject  = "IM-NO-PROJECT"
	ruleNoJob      = "IM-NO-JOB"
	ruleNoCreditor = "IM-NO-CREDITOR"
	ruleNoTaxCode  = "IM-NO-TAX-CODE"
	ruleNoRecord   = "IM-NO-RECORD"
	ruleProcore    = "IM-PROCORE"
)

// resolve puts Procore ids in the place of origin ids. An entry that needs a
// record which Procore does not have is refused, and tried in the next run. What
// is left may be sent.
func (p *part) resolve(ctx context.Context, group []*wanted) ([]*wanted, error) {
	ids, err := p.referred(ctx, group)
	if err != nil {
		return nil, err
	}
	if err := p.own(ctx, group); err != nil {
		return nil, err
	}
	ready := make([]*wanted, 0, len(group))
	for _, w := range group {
		entry, missing := p.filled(w, w.Entry, ids)
		if missing != nil {
			p.refuse(waits(w.Entry, *missing))
			p.again(w)
			continue
		}
		w.Entry = entry
		ready = append(ready, w)
	}
	return p.numbered(ctx, ready)
}

// refTypes are the types a ref may have, in the order in which they are looked
// up: a budget code is found by the ids of the two before it.
var refTypes = [...]erp.EntryType{
	erp.EntryVendor, erp.EntryProject, erp.EntryTaxCode, erp.EntryCostType, erp.EntryStandardCode,
	erp.EntryCostCode, erp.EntryDirectCost, erp.EntryPrime, erp.EntryWBSCode,
}

// referred finds the ids that a group refers to, by type and origin id.
func (p *part) referred(ctx context.Context, group []*wanted) (map[erp.EntryType]map[string]erp.ID, error) {
	origins := map[erp.EntryType][]string{}
	for _, w := range group {
		refsOf(w.Entry, func(ref erp.EntryRef) {
			origins[ref.Type] = append(origins[ref.Type], ref.Origin)
			if ref.Type == erp.EntryWBSCode {
				code, kind := centreOf(ref.Origin)
				origins[erp.EntryCostCode] = append(origins[erp.EntryCostCode], code)
				origins[erp.EntryCostType] = append(origins[erp.EntryCostType], kind)
			}
		})
	}
	ids := map[erp.EntryType]map[string]erp.ID{}
	for _, t := range refTypes {
		if len(origins[t]) == 0 {
			continue
		}
		found, err := p.findRefs(ctx, t, group[0].job, origins[t], ids)
		if err != nil {
			return nil, err
		}
		ids[t] = found
	}
	return ids, nil
}

// findRefs looks up one type. Budget codes stand under the ids of their two
// halves.
func (p *part) findRefs(ctx context.Context, t erp.EntryType, job linked, origins []string, ids map[erp.EntryType]map[string]erp.ID) (map[string]erp.ID, error) {
	if !ofProject(t) {
		job = linked{}
	}
	if t != erp.EntryWBSCode {
		return p.lookup(ctx, p.ids, t, job, origins)
	}
	byKey, keys := map[string][]string{}, []string{}
	for _, origin := range origins {
		if key := budgetKey(origin, ids); key != "" {
			byKey[key] = append(byKey[key], origin)
			keys = append(keys, key)
		}
	}
	byIDs, err := p.lookup(ctx, p.ids, t, job, keys)
	found := map[string]erp.ID{}
	for key, id := range byIDs {
		for _, origin := range byKey[key] {
			found[origin] = id
		}
	}
	return found, err
}

// budgetKey is what a budget code stands under; "" where a half is not known.
func budgetKey(origin string, ids map[erp.EntryType]map[string]erp.ID) string {
	code, kind := centreOf(origin)
	codeID, kindID := ids[erp.EntryCostCode][code], ids[erp.EntryCostType][kind]
	if codeID == 0 || kindID == 0 {
		return ""
	}
	return codeID.String() + "/" + kindID.String()
}

// centreOf splits WORKID|JOB|CODE|TYPE before its last part.
func centreOf(origin string) (code, kind string) {
	at := -1
	for i := 0; i < len(origin); i++ {
		switch origin[i] {
		case '\\':
			i++
		case '|':
			at = i
		}
	}
	if at < 0 {
		return "", origin
	}
	return origin[:at], origin[at+1:]
}

func refsOf(e erp.Entry, visit func(erp.EntryRef)) {
	for _, ref := range e.Refs {
		visit(ref)
	}
	for _, child := range e.Children {
		refsOf(child, visit)
	}
}

// filled is the entry with its refs written as fields; missing is the first one
// it cannot do without.
func (p *part) filled(w *wanted, e erp.Entry, ids map[erp.EntryType]map[string]erp.ID) (erp.Entry, *erp.EntryRef) {
	fields := append(make([]erp.EntryField, 0, len(e.Fields)+len(e.Refs)), e.Fields...)
	for _, ref := range e.Refs {
		id := ids[ref.Type][ref.Origin]
		if id == 0 && ref.Must {
			return e, &ref
		}
		if id == 0 {
			continue
		}
		p.uses(w, ref, ids)
		fields = append(fields, erp.EntryField{Name: ref.Field, Form: erp.FormID, Value: id.String()})
	}
	children := make([]erp.Entry, 0, len(e.Children))
	for _, child := range e.Children {
		full, missing := p.filled(w, child, ids)
		if missing != nil {
			return e, missing
		}
		children = append(children, full)
	}
	e.Fields, e.Refs, e.Children = fields, nil, children
	return e, nil
}

// uses notes where an id came from: where Procore refuses the row, the id may be
// that of a record which is gone.
func (p *part) uses(w *wanted, ref erp.EntryRef, ids map[erp.EntryType]map[string]erp.ID) {
	job, key := w.job.Origin, ref.Origin
	if !ofProject(ref.Type) {
		job = ""
	}
	if ref.Type == erp.EntryWBSCode {
		key = budgetKey(ref.Origin, ids)
		code, kind := centreOf(ref.Origin)
		w.used = append(w.used, [2]string{idScope(erp.EntryCostCode, w.job.Origin), code}, [2]string{idScope(erp.EntryCostType, ""), kind})
	}
	w.used = append(w.used, [2]string{idScope(ref.Type, job), key})
}

// own notes which records Procore is known to have, for the summary.
func (p *part) own(ctx context.Context, group []*wanted) error {
	t, job := group[0].Type, group[0].job
	if !hasOrigin(t) {
		for _, w := range group {
			w.known = w.stored
		}
		return nil
	}
	if !ofProject(t) {
		job = linked{}
	}
	keys := make([]string, len(group))
	for i, w := range group {
		keys[i] = w.Origin
	}
	found, err := p.peek(ctx, p.ids, t, job, keys)
	for _, w := range group {
		w.known = w.stored || found[w.Origin] != 0
	}
	return err
}

// hasOrigin tells whether records of a type are found again by origin id.
func hasOrigin(t erp.EntryType) bool {
	switch t {
	case erp.EntryAssignment, erp.EntryJobCost, erp.EntryBudgetLine, erp.EntryStaged, erp.EntryWBSCode:
		return false
	}
	return true
}

// postOnly tells whether Procore would make a second record of a type where a
// call is repeated without its id: there is no update by origin id (documented).
func postOnly(t erp.EntryType) bool { return t == erp.EntryBudgetLine || t == erp.EntryPrime }

// numbered gives entries of such a type the ids that Procore shows now. What
// the cache knows of them does not count: a call whose answer was lost may have
// made more.
func (p *part) numbered(ctx context.Context, ready []*wanted) ([]*wanted, error) {
	if len(ready) == 0 || !postOnly(ready[0].Type) {
		return ready, nil
	}
	t, job := ready[0].Type, ready[0].job
	if err := p.fresh(ctx, t, job); err != nil {
		return nil, err
	}
	keys := make([]string, len(ready))
	for i, w := range ready {
		keys[i] = ownKey(w.Entry)
	}
	found, err := p.peek(ctx, p.ids, t, job, keys)
	for i, w := range ready {
		w.ID = found[keys[i]]
		w.known = w.ID != 0
	}
	return ready, err
}

// ownKey is by what keyOf will know the entry once Procore has it.
func ownKey(e erp.Entry) string {
	if e.Type != erp.EntryBudgetLine {
		return e.Origin
	}
	for _, f := range e.Fields {
		if f.Name == "wbs_code_id" {
			return f.Value
		}
	}
	return ""
}

// waits is the problem of an entry whose parent is not in Procore.
func waits(e erp.Entry, ref erp.EntryRef) erp.Problem {
	rule, what := ruleNoRecord, strings.ReplaceAll(string(ref.Type), "_", " ")
	switch ref.Type {
	case erp.EntryCostCode, erp.EntryStandardCode:
		rule, what = ruleNoCostCode, "cost code"
	case erp.EntryWBSCode:
		rule, what = ruleNoCostCode, "budget code (cost code with cost type)"
	case erp.EntryCostType:
		rule, what = ruleNoCostType, "cost type"
	case erp.EntryProject:
		rule = ruleNoProject
	case erp.EntryVendor:
		rule, what = ruleNoCreditor, "creditor"
	case erp.EntryTaxCode:
		rule = ruleNoTaxCode
	}
	return erp.Problem{Rule: rule, Where: e.Label, Message: fmt.Sprintf(
		"%s waits: the %s %s that it belongs to is not in Procore yet. Import that first; this row is tried again with the next run.", e.Label, what, ref.Origin)}
}
