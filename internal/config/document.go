package config

import (
	"maps"
	"slices"
	"strings"
)

// Orders is what becomes of purchase orders in Jobpac beyond their entry.
type Orders struct {
	Approve string `key:"approve" doc:"items of our purchase orders that wait for approval in Jobpac: no, a person approves them and is told which; yes, this program's user does once the order stands"`
}

func (o *Orders) check(p *Problems, at string) {
	p.oneOf(at+".approve", o.Approve, "no", "yes")
}

// Invoices is how subcontractor invoices go over.
type Invoices struct {
	Portal   string            `key:"portal" doc:"an invoice on a subcontract whose claims come from an external portal: refuse, or flag: entered, with a note"`
	Tax      string            `key:"tax" doc:"who works tax out: jobpac; or this program, net: on what is left after retention, gross: before it"`
	Rates    map[string]string `key:"rates" doc:"with tax net or gross: Jobpac tax code to its percentage; a code that is not named is left to Jobpac"`
	Approval InvoiceApproval   `key:"approval" doc:"what a claim says of its approval"`
}

// InvoiceApproval is sent with a claim as it stands here.
type InvoiceApproval struct {
	Status string `key:"status" doc:"Jobpac's approval status of a claim, at most 10 characters; empty: none is sent"`
	User   string `key:"user" doc:"who approved it, at most 10 characters; empty: nobody is sent"`
}

func (i *Invoices) check(p *Problems, at string) {
	p.oneOf(at+".portal", i.Portal, "refuse", "flag")
	p.oneOf(at+".tax", i.Tax, "jobpac", "net", "gross")
	i.checkRates(p, at+".rates")
	status, user := i.Approval.Status, i.Approval.User
	p.must(len(status) <= 10, at+".approval.status", status, "must have at most 10 characters")
	p.must(len(user) <= 10, at+".approval.user", user, "must have at most 10 characters")
	p.must(user == "" || status != "", at+".approval.user", user, "is sent with a status only: give approval.status too")
}

// checkRates wants percentages where we work tax out, and none where Jobpac
// does. A code is meant without regard to case and blanks around it.
func (i *Invoices) checkRates(p *Problems, at string) {
	switch {
	case i.Tax == "jobpac" && len(i.Rates) > 0:
		p.add(at, strings.Join(slices.Sorted(maps.Keys(i.Rates)), ", "), "is used with tax net or gross only: choose one, or leave the rates out")
	case (i.Tax == "net" || i.Tax == "gross") && len(i.Rates) == 0:
		p.add(at, "", "must name at least one tax code with tax "+i.Tax+`, for example {G: "10"}`)
	}
	seen := map[string]string{}
	for _, code := range slices.Sorted(maps.Keys(i.Rates)) {
		folded := strings.ToUpper(strings.TrimSpace(code))
		p.must(folded != "", at, code, "must name a tax code")
		p.must(seen[folded] == "", at, code, "is the same tax code as "+seen[folded]+": keep one")
		seen[folded] = code
		p.must(percentForm.MatchString(i.Rates[code]), at+"."+code, i.Rates[code], "must be 0 to 100 with at most two decimals")
	}
}
