package flow

import (
	"context"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/translate"
)

// plannedRecord is a record as the journal's plan has it.
type plannedRecord struct{ step journal.Step }

// Kind is the first part of the step's id.
func (p plannedRecord) Kind() erp.Kind {
	kind, _, _ := strings.Cut(p.step.ID, " ")
	return erp.Kind(kind)
}

// Key is the second part.
func (p plannedRecord) Key() string {
	_, key, _ := strings.Cut(p.step.ID, " ")
	return key
}

// Fields lists the columns as they were planned.
func (p plannedRecord) Fields() []erp.Field {
	fields := make([]erp.Field, len(p.step.Columns))
	for i, c := range p.step.Columns {
		fields[i] = erp.Field{Name: erp.Name(c.Name), Type: plannedType(erp.Name(c.Name)), Value: c.Value}
	}
	return fields
}

// plannedType is the type of a column of the records that a change order becomes.
func plannedType(name erp.Name) erp.FieldType {
	switch name {
	case erp.ColItem, erp.ColOrderItem, erp.ColQuantity, erp.ColRate, erp.ColValue, erp.ColApprovedSum:
		return erp.TypeNumber
	case erp.ColSubmitted, erp.ColApproved:
		return erp.TypeDate
	case erp.ColDescription, erp.ColReason, erp.ColReference:
		return erp.TypeText
	}
	return erp.TypeCode
}

// preparePlanned goes on with a revision as it was planned, whatever its document
// is by now: what was begun is finished before the next change is.
func (w *work) preparePlanned(ctx context.Context) *Verdict {
	if _, err := w.contract(ctx); err != nil { // whether a person linked the order
		return ptr(w.failed(ctx, err))
	}
	w.target = w.plannedTarget()
	w.target.result = plannedResult(w.planned)
	if err := w.lookAgain(ctx); err != nil {
		return ptr(w.failed(ctx, err))
	}
	return w.check(ctx)
}

// plannedTarget is where the plan's records go: a variation, or items of an order.
func (w *work) plannedTarget() target {
	first := plannedRecord{w.planned.Steps[0]}
	if key, err := erp.ParseVariationKey(first.Key()); err == nil && first.Kind() == erp.KindVariation {
		return w.variationOf(key, erp.Reference(w.planned.Ref))
	}
	order, _, _ := erp.ParseItemOrigin(first.Key()) // as we made it
	return w.itemsOf(order)
}

// plannedResult is the translation that a plan was made of.
func plannedResult(p *journal.Plan) translate.Result {
	r := translate.Result{
		Title: p.Title, Number: p.Number, ProcoreNo: p.ProcoreNo, Reference: p.Ref, Project: p.Project, Creditor: p.Creditor,
		Lines: len(p.Lines), Notes: slices.Clone(p.Notes), Full: p.Full,
	}
	r.Total, _ = erp.ParseMoney(p.Total) // as we wrote it
	for _, s := range p.Steps {
		r.Records = append(r.Records, plannedRecord{s})
	}
	r.Links = externalItems(p.Links)
	for _, l := range p.Lines {
		r.Items = append(r.Items, translate.Linked{Line: erp.ID(l.ID), Origin: l.Origin})
	}
	return r
}
