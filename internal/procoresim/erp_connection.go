package procoresim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// ERPConnection is the ERP integration of a company: who serves it, and the metadata that turns features of Procore's screens on.
type ERPConnection struct {
	CompanyID  int64           `json:"company_id"`
	ServiceURL string          `json:"service_url"`
	ListID     int64           `json:"standard_cost_code_list_id"`
	Metadata   json.RawMessage `json:"metadata"`
	settings   metadata
}

// erpConnectionPaths: only the creation is documented. That there is a read and that PATCH changes the metadata is assumed; an operation
// that updates metadata is documented to exist, without its path.
func erpConnectionPaths() []Endpoint {
	const path = v1Company + "/erp_connections"
	return []Endpoint{
		{http.MethodPost, path, Documented, "a second one is refused is assumed", (*Sim).createERPConnection},
		{http.MethodGet, path, Assumed, "", (*Sim).showERPConnection},
		{http.MethodPatch, path, Assumed, "metadata is replaced as a whole", (*Sim).updateERPConnection},
	}
}

// ERPConnection returns a snapshot of the company's ERP connection; false when there is none.
func (s *Sim) ERPConnection(company int64) (ERPConnection, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.data.erpConnections[company]
	if !known {
		return ERPConnection{}, false
	}
	return *c, true
}

// erpConnectionBody is what both writing calls carry.
type erpConnectionBody struct {
	Connection *struct {
		ServiceURL *string         `json:"service_url"`
		Metadata   json.RawMessage `json:"metadata"`
	} `json:"connection"`
}

func (s *Sim) createERPConnection(k *call) (reply, error) {
	var body erpConnectionBody
	if err := k.decode(&body); err != nil {
		return reply{}, err
	}
	if _, known := s.data.erpConnections[k.company]; known {
		return reply{}, invalid("connection", "already exists for this company")
	}
	if body.Connection == nil || body.Connection.ServiceURL == nil || !strings.Contains(*body.Connection.ServiceURL, "://") {
		return reply{}, badRequest("connection", "needs a service_url")
	}
	c := &ERPConnection{CompanyID: k.company, ServiceURL: *body.Connection.ServiceURL, ListID: s.erpList(k.company)}
	if err := c.take(body.Connection.Metadata); err != nil {
		return reply{}, err
	}
	if s.data.erpConnections == nil {
		s.data.erpConnections = map[int64]*ERPConnection{}
	}
	s.data.erpConnections[k.company] = c
	return created(obj{"id": c.CompanyID, "standard_cost_code_list_id": c.ListID})
}

// take checks the metadata and then keeps it as it came.
func (c *ERPConnection) take(text json.RawMessage) error {
	m, err := parseMetadata(text)
	if err != nil {
		return err
	}
	c.Metadata, c.settings = text, m
	return nil
}

func (s *Sim) showERPConnection(k *call) (reply, error) {
	c, known := s.data.erpConnections[k.company]
	if !known {
		return reply{}, notFound("ERP connection of company", k.company)
	}
	return ok(renderERPConnection(c))
}

func (s *Sim) updateERPConnection(k *call) (reply, error) {
	var body erpConnectionBody
	if err := k.decode(&body); err != nil {
		return reply{}, err
	}
	c, known := s.data.erpConnections[k.company]
	if !known {
		return reply{}, notFound("ERP connection of company", k.company)
	}
	if body.Connection == nil {
		return reply{}, badRequest("connection", "is required")
	}
	if err := c.take(body.Connection.Metadata); err != nil {
		return reply{}, err
	}
	if url := body.Connection.ServiceURL; url != nil {
		c.ServiceURL = *url
	}
	return ok(renderERPConnection(c))
}

func renderERPConnection(c *ERPConnection) obj {
	return obj{"id": c.CompanyID, "service_url": c.ServiceURL, "standard_cost_code_list_id": c.ListID, "metadata": c.Metadata}
}

// exportCode is the code an approver's export gets, checked by the rules of the metadata. Without an ERP connection there are none.
func (s *Sim) exportCode(entity string, project int64, code, number string) (string, error) {
	code = s.prefilled(code, number)
	c, known := s.data.erpConnections[s.companyOfProject(project)]
	if !known {
		return code, nil
	}
	e, known := c.settings.Settings.Entities[entity]
	if !known || !e.Enabled {
		return code, invalid("base", fmt.Sprintf("the metadata does not enable %s", entity))
	}
	return code, e.Rules["export"].Fields["code"].refuse("code", code)
}
