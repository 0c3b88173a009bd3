package jobpacsim

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// call is one request on its way through the simulator.
type call struct {
	op       *operation
	path     string
	method   string
	host     string
	raw      map[string]string // as sent, without Token and Value
	given    map[string]string // checked
	token    string
	problem  error // what is wrong with the arguments
	settings *Settings
	at       time.Time
	plan     plan
}

// serve answers one request of the vendor's API.
func (s *Sim) serve(w http.ResponseWriter, r *http.Request) {
	c := s.receive(r)
	answer := s.answer(c)
	s.note(c, answer)
	answer.write(w, c.settings)
}

// receive reads the request and asks the faults.
func (s *Sim) receive(r *http.Request) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{op: s.operations[r.URL.Path], path: r.URL.Path, method: r.Method, host: r.Host, settings: s.settings, at: s.now()}
	if c.op == nil || c.op.method != r.Method {
		return c
	}
	s.calls[c.op.name]++
	c.read(r.URL.RawQuery)
	c.plan = s.planFor(c)
	return c
}

// read checks the arguments and takes the secrets out of what the journal keeps.
func (c *call) read(query string) {
	c.raw, c.problem = c.op.read(query, c.settings.Strict)
	if c.problem == nil {
		c.given, c.problem = c.op.typed(c.raw, c.settings)
	}
	c.token = c.raw["Token"]
	delete(c.given, "Token")
	for name := range c.raw { // misspelt ones too
		if strings.EqualFold(name, "Token") || strings.EqualFold(name, "Value") {
			delete(c.raw, name)
		}
	}
}

func (s *Sim) answer(c *call) reply {
	switch {
	case c.op == nil:
		return textReply(http.StatusNotFound, "unknown path", fmt.Sprintf("There is no operation %s.", c.path))
	case c.op.method != c.method:
		r := textReply(http.StatusMethodNotAllowed, "wrong verb", fmt.Sprintf("%s is called with %s, not %s.", c.op.name, c.op.method, c.method))
		r.allow = c.op.method
		return r
	}
	if !s.wait(c.plan.latency) {
		return reply{cut: true, outcome: "cut", message: "the simulator was closed"}
	}
	if r, done := c.plan.before(); done {
		return r
	}
	return c.plan.after(s.perform(c))
}

// wait holds a call back; it is false when the simulator closes meanwhile. A
// caller that goes away does not end the wait: the work is done all the same.
func (s *Sim) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.closing:
		return false
	}
}

// perform checks arguments and token and does the work, now or later.
func (s *Sim) perform(c *call) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settleDue()
	if c.problem != nil {
		return textReply(http.StatusBadRequest, "refused", c.problem.Error())
	}
	if c.plan.expireToken {
		delete(s.gate.sessions, c.token)
	}
	if c.op.needsToken() && !s.gate.enter(c.token, c.settings, s.now()) {
		return c.tokenRefused()
	}
	if c.plan.end != nil && c.plan.end.Kind == FaultLateCommit {
		s.later(c)
		return reply{cut: true, outcome: "late"}
	}
	return s.run(c)
}

// run does the work of a call; the caller holds the mutex.
func (s *Sim) run(c *call) reply {
	r, err := c.op.run(c)
	if err == nil {
		return r
	}
	var no refusal
	if !errors.As(err, &no) || c.settings.WriteRefusal == AnswerStatus || !c.op.isWrite() {
		return textReply(http.StatusBadRequest, "refused", err.Error())
	}
	return c.refusedRow(err)
}

// refusedRow is a refused write as a row: the key as sent, and the reason.
func (c *call) refusedRow(err error) reply {
	r := rowReply("refused")
	for _, name := range c.op.key {
		r.pairs = append(r.pairs, pair{name, c.given[name]})
	}
	r.pairs = append(r.pairs, pair{"ErrorMessage", err.Error()})
	r.message = err.Error()
	return r
}

// listRows is the work of the listings that show a book as it is.
func (s *Sim) listRows(c *call) (reply, error) {
	rows := s.books.list(c.op, c.given, c.settings.RowCap, s.viewOf(c), nil)
	return reply{outcome: "ok", columns: s.books.byName[c.op.book].columns, rows: rows}, nil
}

// viewOf is what the faults of a call let it see.
func (s *Sim) viewOf(c *call) view {
	var v view
	if c.plan.stale > 0 {
		v.youngest = s.now().Add(-c.plan.stale).UnixNano()
	}
	if c.plan.lag > 0 {
		v.at = s.now().Add(-c.plan.lag).UnixNano()
	}
	return v
}

// write makes the work of a create or update from its rule.
func (s *Sim) write(rule func(*writer) (*record, error)) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		w := &writer{books: s.books, settings: c.settings, op: c.op, given: c.given, now: s.now()}
		row, err := rule(w)
		if err != nil {
			return reply{}, err
		}
		t := s.books.byName[c.op.book]
		r := reply{outcome: "ok", committed: true}
		for _, name := range c.op.key {
			r.pairs = append(r.pairs, pair{name, t.get(row, t.alias(name))})
		}
		r.pairs = append(r.pairs, pair{"ErrorMessage", ""})
		return r, nil
	}
}

// works gives the work of every operation by name.
func (s *Sim) works() map[string]func(*call) (reply, error) {
	return map[string]func(*call) (reply, error){
		"GiveMeAToken": s.giveToken, "DeleteAToken": s.deleteToken, "GiveMeAPort": s.givePort,
		"CostCentreDetailListing":     s.listCentreDetails,
		"CreateANewPurchaseOrder":     s.write((*writer).createPurchaseOrder),
		"UpdateAPurchaseOrder":        s.write((*writer).updatePurchaseOrder),
		"CreateANewPurchaseOrderItem": s.write((*writer).createPurchaseOrderItem),
		"UpdateAPurchaseOrderItem":    s.write((*writer).updatePurchaseOrderItem),
		"CreateANewSubcontract":       s.write((*writer).createSubcontract),
		"UpdateASubcontract":          s.write((*writer).updateSubcontract),
		"CreateANewSubcontractItem":   s.write((*writer).createSubcontractItem),
		"UpdateASubcontractItem":      s.write((*writer).updateSubcontractItem),
		"CreateANewVariation":         s.write((*writer).createVariation),
		"CreateANewVariationItem":     s.write((*writer).createVariationItem),

		"OrderItemsPendingApprovalListing": s.listPendingItems,
		"ApproveOrderItem":                 s.write((*writer).approveOrderItem),
		"CreateANewSubcontractClaimHeader": s.write((*writer).createClaimHeader),
		"CreateANewSubcontractClaimDetail": s.write((*writer).createClaimDetail),
		"CreateANewPendingInvoiceUpload":   s.write((*writer).uploadInvoice),
		"PostAPendingInvoice":              s.write((*writer).postInvoice),
	}
}

// note writes the call into the journal.
func (s *Sim) note(c *call, r reply) {
	line := Call{
		Time: c.at, Method: c.method, Operation: c.path, Params: c.raw, Status: r.code(),
		Outcome: r.outcome, Message: r.message, Committed: r.committed, Faults: c.plan.names,
	}
	if c.op != nil {
		line.Operation = c.op.name
	}
	if r.cut {
		line.Status = 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal.add(line)
}
