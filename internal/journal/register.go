package journal

import "github.com/procpac/procpac/internal/erp"

// Register is a small shared list beside the effects, itself kept by
// compare-and-set: which numbers are taken, and who waits for whom. An order
// has one for its item numbers, a job one for its variation numbers, a
// commitment one for the change orders that wait for it. The whole register is
// written each time.
type Register struct {
	Name    string        `json:"name"`
	Numbers []Reservation `json:"numbers,omitempty"`
	Waiters []Waiter      `json:"waiters,omitempty"`
	Safe    *Safe         `json:"safe,omitempty"`   // of the one register that keeps safe mode
	Import  *ImportMark   `json:"import,omitempty"` // of the registers that keep how far imports have come
}

// Reservation is a run of numbers that belongs to one effect for good.
type Reservation struct {
	Effect string `json:"effect"`
	First  int    `json:"first"`
	Count  int    `json:"count"`
}

// Waiter is an effect that waits, and the request to serve once it may go on.
type Waiter struct {
	Effect  string  `json:"effect"`
	Request int64   `json:"request"`
	Company int64   `json:"company"`
	Source  *Source `json:"source,omitempty"` // of one that no ERP request brought
}

// The names of registers.
func OrderRegister(k erp.OrderKey) string   { return "order " + k.Origin() }
func VariationRegister(k erp.JobKey) string { return "variations " + k.Origin() }
func CommitmentRegister(id erp.ID) string   { return "commitment " + id.String() }

// Reserve gives the effect's run of count numbers: the one it has, or the next
// free above both floor and every reservation. Changed tells whether the
// register must be saved.
func (r *Register) Reserve(effect string, floor, count int) (first int, changed bool) {
	next := floor + 1
	for _, taken := range r.Numbers {
		if taken.Effect == effect && taken.Count >= count {
			return taken.First, false
		}
		next = max(next, taken.First+taken.Count)
	}
	r.Numbers = append(r.Numbers, Reservation{Effect: effect, First: next, Count: count})
	return next, true
}

// Has tells whether a number is reserved, whoever's it is.
func (r Register) Has(n int) bool {
	for _, taken := range r.Numbers {
		if taken.First <= n && n < taken.First+taken.Count {
			return true
		}
	}
	return false
}

// Wait notes a waiter; false when it stands there already.
func (r *Register) Wait(w Waiter) (changed bool) {
	for i, known := range r.Waiters {
		if known.Effect == w.Effect {
			r.Waiters[i] = w
			return !known.same(w)
		}
	}
	r.Waiters = append(r.Waiters, w)
	return true
}

// same compares two waiters by value.
func (w Waiter) same(o Waiter) bool {
	source := w.Source == o.Source || w.Source != nil && o.Source != nil && *w.Source == *o.Source
	return source && w.Effect == o.Effect && w.Request == o.Request && w.Company == o.Company
}
