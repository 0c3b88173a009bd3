package procore

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
)

// sentRow is an entry of a batch as it is sent.
type sentRow struct {
	at    int // its place in the batch
	entry erp.Entry
	json  jsontext.Value
}

// wireSync is the answer of a sync call: the rows taken, and those refused as
// they were sent with their errors (documented).
type wireSync struct {
	Entities []jsontext.Value `json:"entities"`
	Errors   []jsontext.Value `json:"errors"`
}

// wireSynced is what of a row of the answer says which row of ours it is about.
// An id may stand alone or in the record it belongs to.
type wireSynced struct {
	ID       jsontext.Value   `json:"id"`
	ItemType jsontext.Value   `json:"item_type"`
	Origin   jsontext.Value   `json:"origin_id"`
	CodeID   jsontext.Value   `json:"cost_code_id"`
	Code     jsontext.Value   `json:"cost_code"`
	TypeID   jsontext.Value   `json:"line_item_type_id"`
	Type     jsontext.Value   `json:"line_item_type"`
	BudgetID jsontext.Value   `json:"wbs_code_id"`
	Budget   jsontext.Value   `json:"wbs_code"`
	Children []jsontext.Value `json:"children"`
}

// The fields that join rows without an origin id.
const (
	fieldCostCode = "cost_code_id"
	fieldCostType = "line_item_type_id"
	fieldBudget   = "wbs_code_id"
)

// keyFields names the fields that a row of the kind must have.
func keyFields(by linkedBy) []string {
	switch by {
	case byPair:
		return []string{fieldCostCode, fieldCostType}
	case byBudget:
		return []string{fieldBudget}
	}
	return []string{"origin_id"}
}

// The keys that join a row with its answer.
func originKey(kind, origin string) string { return "origin " + kind + "|" + origin }
func idKey(id erp.ID) string               { return "id " + id.String() }
func pairKey(code, kind erp.ID) string     { return "pair " + code.String() + "/" + kind.String() }
func budgetKey(id erp.ID) string           { return "budget " + id.String() }

// ownKeys are the keys of a row that is sent; none: its answer could not be
// told from another's.
func ownKeys(r road, e erp.Entry) []string {
	var keys []string
	if r.by == byPair {
		if code, kind := fieldID(e, fieldCostCode), fieldID(e, fieldCostType); code > 0 && kind > 0 {
			keys = append(keys, pairKey(code, kind))
		}
		return keys
	}
	if budget := fieldID(e, fieldBudget); r.by == byBudget && budget > 0 {
		keys = append(keys, budgetKey(budget))
	}
	if r.by == byOrigin && e.Origin != "" {
		keys = append(keys, originKey(e.ItemType, e.Origin))
	}
	if e.ID > 0 {
		keys = append(keys, idKey(e.ID))
	}
	return keys
}

// fieldID is the value of a field as an id; 0: it is not there or is none.
func fieldID(e erp.Entry, name string) erp.ID {
	for _, f := range e.Fields {
		if f.Name == name {
			id, _ := erp.ParseID(f.Value) // what is no id is refused where it is written
			return id
		}
	}
	return 0
}

// keys are the keys of a row of the answer, the surest first. kind is the item
// type of a row that names none.
func (w wireSynced) keys(r road, kind string) []string {
	id := idOf(w.ID)
	kind = cmp.Or(textOf(w.ItemType), kind)
	switch r.by {
	case byPair:
		return []string{pairKey(idIn(w.CodeID, w.Code), idIn(w.TypeID, w.Type))}
	case byBudget:
		return []string{idKey(id), budgetKey(idIn(w.BudgetID, w.Budget))}
	}
	return []string{originKey(kind, textOf(w.Origin)), idKey(id)}
}

// idIn is an id that stands alone or within its record.
func idIn(alone, record jsontext.Value) erp.ID {
	if id := idOf(alone); id > 0 || record.Kind() != '{' {
		return id
	}
	var inner struct {
		ID jsontext.Value `json:"id"`
	}
	_ = json.Unmarshal(record, &inner, lenient) // it was read as JSON already
	return idOf(inner.ID)
}

// reckoning joins an answer with the rows that were sent.
type reckoning struct {
	road   road
	rows   []sentRow
	kind   string           // the item type that all rows have; empty: they differ
	places map[string][]int // by key
	inner  map[string]int   // children of staged records, by key
	told   []bool
	synced []erp.Synced
	hidden []string // secrets
	loose  []string // words of refused rows that name none of ours
}

func newReckoning(r road, rows []sentRow, secrets []string) *reckoning {
	k := &reckoning{
		road: r, rows: rows, places: map[string][]int{}, inner: map[string]int{},
		told: make([]bool, len(rows)), synced: make([]erp.Synced, len(rows)), hidden: secrets,
	}
	for i, row := range rows {
		if i == 0 {
			k.kind = row.entry.ItemType
		} else if k.kind != row.entry.ItemType {
			k.kind = ""
		}
		k.synced[i].ID = row.entry.ID
		for _, key := range ownKeys(r, row.entry) {
			k.places[key] = append(k.places[key], i)
		}
		for _, child := range row.entry.Children {
			k.inner[originKey(child.ItemType, child.Origin)] = i
		}
	}
	return k
}

// decodeSync reads the answer of a sync call: one Synced per row that was sent,
// in their order. Procore promises no order of its own, so rows are joined by
// what they are known by. An error means that the answer cannot be read, or
// does not say what became of every row. Budget lines are answered by a bare
// list (seen); either form is taken for all.
func decodeSync(r road, rows []sentRow, body []byte, secrets ...string) ([]erp.Synced, error) {
	var w wireSync
	var into any = &w
	if jsontext.Value(body).Kind() == '[' {
		into = &w.Entities
	}
	if err := json.Unmarshal(body, into, lenient); err != nil {
		return nil, errors.New(explain(err))
	}
	k := newReckoning(r, rows, secrets)
	for _, row := range w.Entities {
		k.taken(row)
	}
	for _, row := range w.Errors {
		k.refused(row)
	}
	return k.closed()
}

// taken notes a row that Procore shows.
func (k *reckoning) taken(row jsontext.Value) {
	var w wireSynced
	if json.Unmarshal(row, &w, lenient) != nil {
		return
	}
	places, child := k.find(w)
	for _, i := range places {
		if child {
			return // shown beside its parent
		}
		k.told[i] = true
		if id := idOf(w.ID); id > 0 {
			k.synced[i].ID = id
		}
		want, shown := k.rows[i].entry.Origin, textOf(w.Origin)
		if k.road.by == byOrigin && want != "" && shown != "" && shown != want {
			k.refuse(i, fmt.Sprintf("Procore keeps the origin id %q", clip(shown, 80)))
		}
	}
}

// refused notes a row of errors. A child of a staged record counts as its
// parent.
func (k *reckoning) refused(row jsontext.Value) {
	var w wireSynced
	said := refusedRow(row, k.hidden...).Message
	if json.Unmarshal(row, &w, lenient) != nil {
		k.loose = append(k.loose, said)
		return
	}
	if inner := k.ofChildren(w.Children); inner != "" {
		said = inner
	}
	places, child := k.find(w)
	if len(places) == 0 {
		k.loose = append(k.loose, said)
	}
	for _, i := range places {
		k.told[i] = true
		if child {
			said = clip("item "+textOf(w.Origin), 80) + " " + said
		}
		k.refuse(i, said)
	}
}

// find gives the rows of ours that a row of the answer is about; child: about a
// child of that row.
func (k *reckoning) find(w wireSynced) (places []int, child bool) {
	keys := w.keys(k.road, k.kind)
	for _, key := range keys {
		if places := k.places[key]; len(places) > 0 {
			return places, false
		}
	}
	if i, ok := k.inner[keys[0]]; ok {
		return []int{i}, true
	}
	return nil, false
}

// ofChildren are the words of children that were refused within their parent.
func (k *reckoning) ofChildren(children []jsontext.Value) string {
	var said []string
	for _, child := range children {
		var w struct {
			Origin word           `json:"origin_id"`
			Errors jsontext.Value `json:"errors"`
		}
		if json.Unmarshal(child, &w, lenient) != nil || len(w.Errors) == 0 {
			continue
		}
		if inner := words("", w.Errors, k.hidden...); inner != "" {
			said = append(said, "item "+clip(string(w.Origin), 80)+" "+inner)
		}
	}
	return clip(strings.Join(said, "; "), maxSaid)
}

// refuse adds words to what a row was refused for, once.
func (k *reckoning) refuse(i int, said string) {
	before := k.synced[i].Refused
	switch {
	case strings.Contains("; "+before+"; ", "; "+said+"; "):
		return
	case before != "":
		said = clip(before+"; "+said, maxSaid)
	}
	k.synced[i].Refused = said
}

// closed ends the reckoning. Where as many refusals name no row as there are
// rows without an answer, these are those.
func (k *reckoning) closed() ([]erp.Synced, error) {
	var open []int
	for i, told := range k.told {
		if !told {
			open = append(open, i)
		}
	}
	if len(open) > 0 && len(open) != len(k.loose) {
		return nil, fmt.Errorf("it says nothing about %d of %d rows", len(open), len(k.rows))
	}
	for _, i := range open {
		for _, said := range k.loose {
			k.refuse(i, said)
		}
	}
	return k.synced, nil
}
