package procore

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"strconv"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// Known lists the records of a type that Procore shows to us, in Procore's
// order: of the company, or of the project where the type belongs to one. A
// record without a link to Jobpac is listed too, with an empty Origin. After an
// error the sequence ends; a list that Procore refuses (403, 404) is
// erp.ErrNotShown.
//
// Fields holds further values by Procore's name, those that are there:
//
//	vendor          abbreviated_name, is_active, business_register.type, business_register.identifier
//	project         active, accounting_project_number, created_at
//	standard code   code, parent_id, standard_cost_code_list_id
//	code list       is_erp_list (true or false), available_to_use_on_new_projects
//	cost type       base_type
//	cost code       code, parent_id, standard_cost_code_id
//	tax code        rate1, archived
//	direct cost     direct_cost_type, grand_total, vendor_id
//	direct line     direct_cost_id, amount
//	prime contract  grand_total
//	prime line      prime_contract_id, amount
//	staged record   item_type
//	WBS code        cost_code_id, line_item_type_id, cost_code, line_item_type (the last two are codes)
//	budget line     wbs_code_id, cost_code_id, line_item_type_id, original_budget_amount
//
// Standard codes are those of the ERP list; without one there are none. Staged
// records are listed for each item type that imports stage. Budget lines have no
// list of their own: they are the rows of a budget view, and a project without a
// view is Permanent. Assignments and job costs have no list that is known to us:
// asking for them is Permanent.
func (c *Client) Known(ctx context.Context, t erp.EntryType, project erp.ID) iter.Seq2[erp.Known, error] {
	op := "procore list " + string(t)
	l, ok := listings(t)
	switch {
	case !ok:
		return failing(fault.New(fault.Permanent, op, errors.New("records of this type are not read")))
	case l.scope != ofCompany && project <= 0:
		return failing(fault.New(fault.Permanent, op, errors.New("the list belongs to a project, and none was named")))
	}
	switch t {
	case erp.EntryStandardCode:
		return c.standardCodes(ctx, l)
	case erp.EntryStaged:
		return c.stagedRecords(ctx, l)
	case erp.EntryPrimeLine:
		return c.primeLines(ctx, l, project)
	case erp.EntryBudgetLine:
		return c.budgetLines(ctx, l, project)
	}
	return c.list(ctx, l, project, 0, nil)
}

// failing is a sequence of one error.
func failing(err error) iter.Seq2[erp.Known, error] {
	return func(yield func(erp.Known, error) bool) { yield(erp.Known{}, err) }
}

// list walks one list. record is the record in the path, where that is not the
// project; more is added to the query.
func (c *Client) list(ctx context.Context, l listing, project, record erp.ID, more url.Values) iter.Seq2[erp.Known, error] {
	query := url.Values{"per_page": {strconv.Itoa(l.rows())}}
	switch l.scope {
	case ofCompany:
		query.Set("company_id", c.company.String())
	case ofProject:
		query.Set("project_id", project.String())
	case inProject:
		record = project
	}
	for _, values := range []url.Values{l.query, more} {
		for name := range values {
			query.Set(name, values.Get(name))
		}
	}
	return pages(func(number int) (onePage[erp.Known], error) {
		query.Set("page", strconv.Itoa(number))
		got, err := fetch(ctx, c, c.get(l.path, record, query), func(a answer) (onePage[erp.Known], error) {
			rows, err := l.decode(a.body)
			return onePage[erp.Known]{rows: rows, more: goesOn(a.header, number, l.rows(), len(rows))}, err
		})
		return got, notShown(err)
	}, func(k erp.Known) erp.ID { return k.ID })
}

// joined walks a sequence for each of several keys, one after the other.
func joined[K any](keys iter.Seq2[K, error], of func(K) iter.Seq2[erp.Known, error]) iter.Seq2[erp.Known, error] {
	return func(yield func(erp.Known, error) bool) {
		for key, err := range keys {
			if err != nil {
				yield(erp.Known{}, err)
				return
			}
			for k, err := range of(key) {
				if !yield(k, err) || err != nil {
					return
				}
			}
		}
	}
}

// standardCodes lists the codes of the ERP list, of which a company has one
// (documented).
func (c *Client) standardCodes(ctx context.Context, l listing) iter.Seq2[erp.Known, error] {
	return joined(c.Known(ctx, erp.EntryCodeList, 0), func(list erp.Known) iter.Seq2[erp.Known, error] {
		if list.Fields["is_erp_list"] != "true" {
			return nothing
		}
		return c.list(ctx, l, 0, 0, url.Values{"standard_cost_code_list_id": {list.ID.String()}})
	})
}

func nothing(func(erp.Known, error) bool) {}

// stagedRecords lists the item types that imports stage; the list must be told
// which it is to show (documented, the parameter's place assumed).
func (c *Client) stagedRecords(ctx context.Context, l listing) iter.Seq2[erp.Known, error] {
	kinds := func(yield func(string, error) bool) {
		_ = yield("vendor", nil) && yield("project", nil) && yield("prime_contract", nil)
	}
	return joined(kinds, func(kind string) iter.Seq2[erp.Known, error] {
		return func(yield func(erp.Known, error) bool) {
			for k, err := range c.list(ctx, l, 0, 0, url.Values{"item_type": {kind}}) {
				if shown := k.Fields["item_type"]; err == nil && shown != "" && shown != kind {
					continue // the list does not know the parameter
				}
				if err == nil {
					k.Fields["item_type"] = kind
				}
				if !yield(k, err) {
					return
				}
			}
		}
	})
}

// primeLines lists the lines of every prime contract of a project.
func (c *Client) primeLines(ctx context.Context, l listing, project erp.ID) iter.Seq2[erp.Known, error] {
	return joined(c.Known(ctx, erp.EntryPrime, project), func(contract erp.Known) iter.Seq2[erp.Known, error] {
		return func(yield func(erp.Known, error) bool) {
			for k, err := range c.list(ctx, l, project, contract.ID, nil) {
				if err == nil {
					k.Fields["prime_contract_id"] = contract.ID.String()
				}
				if !yield(k, err) {
					return
				}
			}
		}
	})
}

// budgetLines lists the budgeted rows of a project's first budget view: each is
// a budget line (inferred: rows can be asked for by the ids of budget lines, and
// unbudgeted rows have no id).
func (c *Client) budgetLines(ctx context.Context, l listing, project erp.ID) iter.Seq2[erp.Known, error] {
	return func(yield func(erp.Known, error) bool) {
		for view, err := range c.list(ctx, budgetViews(), project, 0, nil) {
			if err != nil {
				yield(erp.Known{}, err)
				return
			}
			c.list(ctx, l, project, view.ID, nil)(yield)
			return
		}
		yield(erp.Known{}, fault.New(fault.Permanent, "procore list budget_line", nil).Saying("Project "+project.String()+
			" has no budget view that the service account may see, so its budget lines cannot be told apart. Add a budget view to the project in Procore."))
	}
}
