package translate

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// CommitmentKey is the order key that a request's commitment wants or has: for
// a change order the one it is linked to, else the code the approver typed,
// else the template's. Order is "" when there is no number, or none that Jobpac
// can hold.
func CommitmentKey(req erp.Request, r Rules) erp.OrderKey {
	r = r.ready()
	key := erp.OrderKey{WorkID: r.WorkID}
	c := req.Commitment
	if c == nil {
		return key
	}
	if linked, err := erp.ParseOrderKey(c.Origin); err == nil && req.ChangeOrder != nil {
		return linked
	}
	if number := orderNumber(*c, r); number != "" && legal(number) && len(number) <= r.OrderNumber.Width {
		key.Order = number
	}
	return key
}

// TypedVariation is the variation number that a change order brings along; ""
// when one must be reserved in its job.
func TypedVariation(req erp.Request, r Rules) string {
	if req.ChangeOrder == nil {
		return ""
	}
	o, template := req.ChangeOrder, r.ready().Variation.Number
	code := erp.Code(o.Code)
	if o.Revision != nil {
		return code
	}
	if code == "" && strings.Contains(template, "{code}") {
		return ""
	}
	return erp.Code(strings.NewReplacer("{code}", code, "{number}", o.Number).Replace(template))
}

// ReservedVariation is the n-th number of our own in a job's register: V00001.
func ReservedVariation(n int, r Rules) string {
	return fmt.Sprintf("V%0*d", r.ready().Variation.Width-1, n)
}

// orderNumber is the typed code, or the template of the contract's type.
func orderNumber(c erp.Commitment, r Rules) string {
	if code := erp.Code(c.Code); code != "" {
		return code
	}
	template := r.OrderNumber.PurchaseOrder
	if c.Type == erp.WorkOrderContract {
		template = r.OrderNumber.Subcontract
	}
	return erp.Code(strings.ReplaceAll(cmp.Or(template, "{number}"), "{number}", c.Number))
}

// legal tells whether a code has only characters that Jobpac's keys may hold
// (assumed: letters, digits and four signs).
func legal(code string) bool {
	return strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/._") == ""
}

// order checks the number a commitment wants.
func (s *sheet) order(c erp.Commitment) erp.OrderKey {
	number := orderNumber(c, s.rules)
	if number == "" {
		s.refuse("NUMBER", "code", "it has no code and no number, so Jobpac's order number is not known. Give it a code when you accept it, and send it again.")
	}
	s.number("code", "order number", number, s.rules.OrderNumber.Width)
	return CommitmentKey(s.req, s.rules)
}

// number refuses a number that Jobpac cannot hold; "" passes.
func (s *sheet) number(where, what, number string, width int) {
	if !legal(number) {
		s.refuse("NUMBER-CHARS", where, "%s %q may have only letters, digits and - / . _ in Jobpac. Give it another code when you accept it, and send it again.", what, clip(number))
	}
	if n := len([]rune(number)); n > width {
		s.refuse("NUMBER-WIDTH", where, "%s %q is %d characters long, Jobpac holds %d. Give it a shorter code when you accept it, and send it again.", what, clip(number), n, width)
	}
}
