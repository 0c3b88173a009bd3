package flow

import (
	"context"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// find gives the row that stands under a record's natural key in the book.
func (w *work) find(rec erp.Record) (erp.Row, bool) {
	for _, doc := range w.book.Documents {
		if doc.Header.Kind == rec.Kind() {
			return doc.Header, true
		}
		for _, item := range doc.Items {
			if item.Kind == rec.Kind() && sameItem(rec, item) {
				return item, true
			}
		}
	}
	return erp.Row{}, false
}

// sameItem compares item numbers: the header's key is the book's own.
func sameItem(rec erp.Record, row erp.Row) bool {
	want, _ := erp.ParseDecimal(field(rec, erp.ColItem))
	have, err := erp.ParseDecimal(row.Get(erp.ColItem))
	if err != nil || !want.Given() || !have.Given() {
		return false
	}
	return want.String() == have.String()
}

// field is one column of a record.
func field(rec erp.Record, name erp.Name) string {
	for _, f := range rec.Fields() {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// numberTaken tells whether the number belongs to somebody else: another
// reference, another kind of order, or more than one record of that number.
func (w *work) numberTaken() (erp.Problem, bool) {
	if w.target.result.Number == "" {
		return erp.Problem{}, false
	}
	switch docs := w.book.Documents; {
	case len(docs) > 1:
		return w.target.doubled(len(docs)), true
	case len(docs) == 1 && !w.ours(docs[0].Header):
		return w.target.taken(docs[0].Header), true
	}
	return erp.Problem{}, false
}

// ours tells whether a header carries our reference and is of the right kind.
func (w *work) ours(header erp.Row) bool {
	reference := strings.TrimSpace(header.Get(erp.ColReference))
	if w.target.slow && reference == "" && len(w.effect.Steps) > 0 {
		return true // a claim's header carries no reference before it has lines, and we began it
	}
	if reference != string(w.target.header) {
		return false
	}
	records := w.target.result.Records
	return w.target.shared || len(records) == 0 || records[0].Kind() == header.Kind
}

// stale looks for records of an earlier plan that the new one no longer
// wants. One that still stands in Jobpac would make a second document, so a
// person decides.
func (w *work) stale(ctx context.Context) *Verdict {
	wanted := map[string]bool{}
	for _, rec := range w.target.result.Records {
		wanted[stepID(rec)] = true
	}
	if len(wanted) == 0 {
		return nil
	}
	for _, id := range w.effect.StepIDs() {
		memory := w.effect.Steps[id]
		if wanted[id] || isApproval(id) {
			continue
		}
		stands, err := w.stands(ctx, id)
		if err != nil {
			return ptr(w.failed(ctx, err))
		}
		if stands || memory.Doubtful() {
			return ptr(w.park(ctx, ruleEarlierStands, wordsEarlierStands(w.effect, id)))
		}
		if w.Now().Sub(memory.Since) < w.Quiet {
			return ptr(w.later(firstLook, wordsEarlierNotShown(id), nil))
		}
	}
	return nil
}

// stands tells whether the record of an earlier plan's step is in Jobpac under
// our reference. An approval is no record.
func (w *work) stands(ctx context.Context, id string) (bool, error) {
	kind, origin, _ := strings.Cut(id, " ")
	switch erp.Kind(kind) {
	case erp.KindOrder, erp.KindSubcontract:
		key, err := erp.ParseOrderKey(origin)
		if err != nil {
			return false, err
		}
		book, err := w.Ledger.Orders(ctx, key)
		return w.anyOurs(book), err
	case erp.KindVariation:
		key, err := erp.ParseVariationKey(origin)
		if err != nil {
			return false, err
		}
		book, err := w.Ledger.Variations(ctx, key)
		return w.anyOurs(book), err
	case erp.KindClaim:
		return w.claimStands(ctx, origin)
	case erp.KindApproval:
		return false, nil
	}
	return w.itemStands(origin), nil
}

func (w *work) anyOurs(book erp.Book) bool {
	for _, doc := range book.Documents {
		if strings.TrimSpace(doc.Header.Get(erp.ColReference)) == string(w.target.header) {
			return true
		}
	}
	return false
}

// itemStands looks for an item by the last part of its key, in the document
// just read. Items under another number are told by their header.
func (w *work) itemStands(origin string) bool {
	number := origin[strings.LastIndexByte(origin, '|')+1:]
	under := origin[:len(origin)-len(number)-1]
	if len(w.target.result.Records) == 0 || !strings.HasPrefix(w.target.result.Records[0].Key()+"|", under+"|") {
		return false
	}
	for _, doc := range w.book.Documents {
		for _, item := range doc.Items {
			if strings.TrimSpace(item.Get(erp.ColItem)) == number {
				return true
			}
		}
	}
	return false
}

// findUpdates lists, for each record, the earlier versions of it that may stand
// as we left them: those may be changed by Jobpac's update call.
func (w *work) findUpdates() {
	w.target.updates = map[string][]journal.Step{}
	for _, rec := range w.target.result.Records {
		id, memory := stepID(rec), w.effect.Steps[stepID(rec)]
		if memory.Stands() == "" {
			continue
		}
		for _, fingerprint := range slices.Compact([]string{memory.Stands(), memory.Fingerprint}) { // the second differs while an update is in doubt
			if version, ok := w.sent(id, fingerprint); ok && fingerprint != stepFingerprint(rec) {
				w.target.updates[id] = append(w.target.updates[id], version)
			}
		}
	}
}

// sent gives a step as it was sent under that fingerprint.
func (w *work) sent(id, fingerprint string) (version journal.Step, ok bool) {
	for _, s := range slices.Concat(w.effect.Plan.Steps, w.effect.Plan.Before) {
		if s.ID == id && s.Fingerprint == fingerprint && len(s.Columns) > 0 {
			return s, true
		}
	}
	return version, false
}

// before lists what earlier plans sent of the records that this one changes.
func (w *work) before() []journal.Step {
	var steps []journal.Step
	for _, rec := range w.target.result.Records {
		steps = append(steps, w.target.updates[stepID(rec)]...)
	}
	return steps
}

// untouched tells whether a row still is what we once sent.
func untouched(rec erp.Record, versions []journal.Step, row erp.Row) bool {
	return slices.ContainsFunc(versions, func(v journal.Step) bool { return len(erp.Differences(earlier{rec, v.Columns}, row)) == 0 })
}

// earlier is a record with the values that an earlier plan sent.
type earlier struct {
	erp.Record
	was []journal.Column
}

// Fields lists the earlier values with the types that the record gives them.
func (e earlier) Fields() []erp.Field {
	types := map[erp.Name]erp.FieldType{}
	for _, f := range e.Record.Fields() {
		types[f.Name] = f.Type
	}
	fields := make([]erp.Field, 0, len(e.was))
	for _, c := range e.was {
		fields = append(fields, erp.Field{Name: erp.Name(c.Name), Type: types[erp.Name(c.Name)], Value: c.Value})
	}
	return fields
}
