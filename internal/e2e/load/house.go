package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/procoresim"
)

// firstCommitment is the id of the first purchase order here.
const firstCommitment = 1_000_000

// house is both simulators with a meter before each.
type house struct {
	procore  *procoresim.Sim
	jobpac   *jobpacsim.Sim
	asProc   meter
	asJob    meter
	servers  []*http.Server
	home     sync.WaitGroup
	requests []int64
}

// open starts the simulators, with a latency of every call in milliseconds,
// and approves purchase orders of two lines.
func (h *house) open(orders, procoreMS, jobpacMS int) (addresses childOptions, err error) {
	h.procore = procoresim.New(procoresim.Config{})
	var faults []jobpacsim.Fault
	if jobpacMS > 0 {
		faults = append(faults, jobpacsim.Fault{Operation: "*", Kind: jobpacsim.FaultLatency, MS: jobpacMS})
	}
	if h.jobpac, err = jobpacsim.New(jobpacsim.Config{Seed: jobpacsim.DemoSeed(), Faults: faults, JournalSize: 1}); err != nil {
		return addresses, err
	}
	if procoreMS > 0 {
		if err := h.procore.SetFaults(procoresim.Fault{LatencyMS: procoreMS}); err != nil {
			return addresses, err
		}
	}
	if err := h.approve(orders); err != nil {
		return addresses, err
	}
	addresses.procore, err = h.listen(h.asProc.before(h.procore.Handler()))
	if err != nil {
		return addresses, err
	}
	addresses.jobpac, err = h.listen(h.asJob.before(h.jobpac.Handler()))
	return addresses, err
}

// approve exports that many purchase orders.
func (h *house) approve(orders int) error {
	if err := h.procore.Seed(procoresim.DemoSeed()); err != nil {
		return err
	}
	for i := range orders {
		number := fmt.Sprintf("PO%06d", i+1)
		id, err := h.procore.AddCommitment(procoresim.Commitment{
			ID: firstCommitment + int64(i), ProjectID: procoresim.DemoProjectID, Type: procoresim.PurchaseOrderContract,
			Number: number, Title: "Reinforcing steel", Status: "Approved", Executed: true, RetainagePercent: "0.0", VendorID: 7002,
			ContractDate: "2026-07-02", DeliveryDate: "2026-07-20", CurrencyISOCode: "AUD",
			Lines: []procoresim.Line{
				{Description: "N12 bars", Quantity: "12.5", UnitCost: "1980.00", CostCode: "03-200", CostType: "M", UOM: "t"},
				{Description: "SL82 mesh", Quantity: "60.0", UnitCost: "94.30", CostCode: "03-300", CostType: "M", UOM: "ea"},
			},
		})
		if err != nil {
			return err
		}
		request, _, err := h.procore.ExportCommitment(id, number)
		if err != nil {
			return err
		}
		h.requests = append(h.requests, request)
	}
	return nil
}

// webhooks are the bodies that tell of the approvals.
func (h *house) webhooks() [][]byte {
	var bodies [][]byte
	for _, r := range h.requests {
		bodies = append(bodies, fmt.Appendf(nil, `{"id":"01JF%022d","timestamp":"2026-11-23T09:29:58.123456Z","reason":"Create","company_id":"%d",`+
			`"project_id":"%d","user_id":"77","resource_type":"ERP Requests","resource_id":"%d","data":{}}`,
			r, procoresim.DemoCompanyID, procoresim.DemoProjectID, r))
	}
	return bodies
}

func (h *house) listen(handler http.Handler) (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	h.servers = append(h.servers, s)
	h.home.Go(func() { _ = s.Serve(l) }) // it ends when close closes it
	return "http://" + l.Addr().String(), nil
}

func (h *house) close() error {
	var errs []error
	for _, s := range h.servers {
		errs = append(errs, s.Close())
	}
	if h.procore != nil {
		h.procore.Close()
	}
	if h.jobpac != nil {
		h.jobpac.Close()
	}
	h.home.Wait()
	return errors.Join(errs...)
}

// count checks the books of Jobpac: every order stands once, with its lines.
func (h *house) count(orders int) error {
	if c := h.jobpac.Counts(); c.PurchaseOrders != orders || c.PurchaseOrderItems != 2*orders {
		return fmt.Errorf("there are %d orders with %d items in Jobpac, expected %d with %d", c.PurchaseOrders, c.PurchaseOrderItems, orders, 2*orders)
	}
	return nil
}

// span is one call, from when its head was read to when it was answered.
type span struct{ from, to time.Time }

// meter notes the calls that a simulator serves.
type meter struct {
	mu     sync.Mutex
	spans  []span
	closed int // request details closed
}

func (m *meter) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := time.Now()
		defer m.note(r, from)
		next.ServeHTTP(w, r)
	})
}

func (m *meter) note(r *http.Request, from time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.spans = append(m.spans, span{from, time.Now()})
	if r.Method == http.MethodPatch || r.Method == http.MethodPut {
		m.closed++
	}
}

// take gives the calls noted so far and forgets them.
func (m *meter) take() []span {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.spans
	m.spans = nil
	return all
}

// closings is how many request details were closed.
func (m *meter) closings() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}

// sumOf is the time of all calls, one after the other.
func sumOf(spans []span) (sum time.Duration) {
	for _, s := range spans {
		sum += s.to.Sub(s.from)
	}
	return sum
}

// pathOf is the time in which at least one call was under way: calls that ran
// side by side count once.
func pathOf(spans []span) (path time.Duration) {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from.UnixNano(), b.from.UnixNano()) })
	var end time.Time
	for _, s := range spans {
		if s.from.Before(end) {
			s.from = end
		}
		if s.to.After(end) {
			path, end = path+s.to.Sub(s.from), s.to
		}
	}
	return path
}
