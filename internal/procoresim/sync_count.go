package procoresim

import (
	"maps"
	"net/http"
)

// EndpointCount is how much one call of the API was used since the last reset of the counts. Rows and below are filled for sync calls and for
// calls that write one imported record.
type EndpointCount struct {
	Calls     int `json:"calls"` // refused ones included
	Rows      int `json:"rows"`
	Refused   int `json:"refused"`
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"` // rows that said what was there already
}

// row counts one row.
func (c *EndpointCount) row(did outcome, err error) {
	c.Rows++
	switch {
	case err != nil:
		c.Refused++
	case did == createdRow:
		c.Created++
	case did == updated:
		c.Updated++
	default:
		c.Unchanged++
	}
}

// endpointCount is the count of the call's endpoint.
func (s *Sim) endpointCount(k *call) *EndpointCount {
	c := s.counts[k.endpoint]
	if c == nil {
		c = &EndpointCount{}
		s.counts[k.endpoint] = c
	}
	return c
}

// EndpointCounts tells how often each call was made that came past token and company, by its method and path as GET /sim/assumptions prints
// them: "PATCH /rest/v1.0/vendors/sync".
func (s *Sim) EndpointCounts() map[string]EndpointCount {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]EndpointCount, len(s.counts))
	for name, c := range s.counts {
		out[name] = *c
	}
	return out
}

// ImportWrites adds up all calls that write imported records, deletions included: all zero means that nothing was sent.
func (s *Sim) ImportWrites() EndpointCount {
	s.mu.Lock()
	defer s.mu.Unlock()
	var total EndpointCount
	for _, ep := range importPaths() {
		c := s.counts[ep.Method+" "+ep.Path]
		if c == nil || ep.Method == http.MethodGet {
			continue
		}
		total.Calls, total.Rows, total.Refused = total.Calls+c.Calls, total.Rows+c.Rows, total.Refused+c.Refused
		total.Created, total.Updated, total.Unchanged = total.Created+c.Created, total.Updated+c.Updated, total.Unchanged+c.Unchanged
	}
	return total
}

// ResetEndpointCounts starts counting anew.
func (s *Sim) ResetEndpointCounts() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.counts)
}

// recordCounts is how many records of each kind there are.
func (s *Sim) recordCounts() map[string]int {
	d := s.data
	out := map[string]int{
		"commitments": len(d.commitments.ids), "change_orders": len(d.changes.ids), "requisitions": len(d.requisitions.ids),
		"prime_contract_change_orders": len(d.primeChanges.ids), "erp_requests": len(d.requests.ids),
		"external_data": len(d.external), "hooks": len(d.hooks.ids), "tokens": len(d.tokens),
	}
	maps.Copy(out, map[string]int{
		kindVendors: len(d.vendors.ids), kindProjects: len(d.projects.ids), kindStandardCodes: len(d.standard.ids),
		kindCostCodes: len(d.costCodes.ids), kindCostTypes: len(d.costTypes.ids), kindStaged: len(d.staged.ids),
	})
	for kind, h := range s.shelvesByKind() {
		out[kind] = h.live
	}
	return out
}
