package procoresim

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// erpRequest is the envelope Procore makes when somebody exports, refreshes or unlinks.
type erpRequest struct {
	id, company, detail int64
	name                string
	data                json.RawMessage
	rows                []int64 // details of rows that are closed one by one
	created, updated    time.Time
}

// requestDetail is what the integrator has to close.
type requestDetail struct {
	id, request, company int64
	itemType             string
	itemID               int64
	status               string
	messages             []string
	timesClosed          int
	contradicted         int // closings with another status than the first, all but by a switch refused
	created, updated     time.Time
}

func (d *requestDetail) closed() bool { return d.timesClosed > 0 }

// Request is an ERP request with the state of its detail, as read back by a test.
type Request struct {
	ID           int64           `json:"id"`
	CompanyID    int64           `json:"company_id"`
	Name         string          `json:"request_name"`
	Data         json.RawMessage `json:"request_data"`
	DetailID     int64           `json:"request_detail_id"` // 0: nothing to close
	Status       string          `json:"status"`            // of the detail
	Messages     []string        `json:"messages"`
	TimesClosed  int             `json:"times_closed"` // accepted closings
	Contradicted int             `json:"contradicted"` // closings that came with another status than the first
	ItemType     string          `json:"item_type"`
	ItemID       int64           `json:"item_id"`
	Details      []RowDetail     `json:"details,omitempty"` // of a request whose rows are closed one by one
	CreatedAt    time.Time       `json:"created_at"`
}

// RowDetail is what has to be closed for one row of a request.
type RowDetail struct {
	ID           int64    `json:"id"`
	ItemType     string   `json:"item_type"`
	ItemID       int64    `json:"item_id"`
	Status       string   `json:"status"`
	Messages     []string `json:"messages"`
	TimesClosed  int      `json:"times_closed"`
	Contradicted int      `json:"contradicted"`
}

// AddERPRequest makes a request of any name and raises its event. data is the request_data, an object; with a detail, its id is put into it
// or beside it as the settings say. The company is the only one, or the one named by company_id in data.
func (s *Sim) AddERPRequest(name string, data json.RawMessage, withDetail bool) (requestID, detailID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var fields obj
	if len(data) == 0 {
		data = json.RawMessage("{}")
	}
	if err := decodeExact(data, &fields); err != nil {
		return 0, 0, badRequest("request_data", "must be an object: "+err.Error())
	}
	var named struct {
		CompanyID wireID `json:"company_id"`
	}
	if err := json.Unmarshal(data, &named); err != nil {
		return 0, 0, badRequest("company_id", err.Error())
	}
	company, err := s.theCompany(int64(named.CompanyID))
	if err != nil {
		return 0, 0, err
	}
	return s.makeRequest(company, name, externalKey{}, fields, withDetail)
}

// makeRequest stores a request, with a detail if wanted, and raises its event.
func (s *Sim) makeRequest(company int64, name string, about externalKey, data obj, withDetail bool) (requestID, detailID int64, err error) {
	r := s.newRequest(company, name)
	if withDetail {
		r.detail = s.newDetail(r, about)
		if s.settings.RequestDetailLevel != "envelope" {
			data["request_detail_id"] = r.detail
		}
	}
	return r.id, r.detail, s.file(r, data)
}

// makeRowsRequest is makeRequest for a request whose rows have a detail each.
func (s *Sim) makeRowsRequest(company int64, name string, data obj, rows []obj, about []externalKey) (int64, error) {
	r := s.newRequest(company, name)
	for i, row := range rows {
		id := s.newDetail(r, about[i])
		row["request_detail_id"] = id
		r.rows = append(r.rows, id)
	}
	return r.id, s.file(r, data)
}

func (s *Sim) newRequest(company int64, name string) *erpRequest {
	now := s.clock.Now()
	return &erpRequest{id: s.nextID(idRequest), company: company, name: name, created: now, updated: now}
}

func (s *Sim) newDetail(r *erpRequest, about externalKey) int64 {
	id := s.nextID(idDetail)
	s.data.details.put(id, &requestDetail{id: id, request: r.id, company: r.company, itemType: about.itemType, itemID: about.itemID,
		status: s.settings.InProgressStatus, messages: []string{}, created: r.created, updated: r.created})
	return id
}

// file keeps a request and tells the hooks.
func (s *Sim) file(r *erpRequest, data obj) (err error) {
	if r.data, err = json.Marshal(data); err != nil {
		return fmt.Errorf("request_data of %s: %w", r.name, err)
	}
	s.data.requests.put(r.id, r)
	s.raise(event{company: r.company, user: s.settings.ApproverUserID, kind: "create", resource: "ERP Requests", resourceID: r.id})
	return nil
}

// showRequest is GET of one ERP request.
func (s *Sim) showRequest(k *call) (reply, error) {
	id, err := k.id("id")
	if err != nil {
		return reply{}, err
	}
	r, known := s.data.requests.get(id)
	if !known || r.company != k.company {
		return reply{}, notFound("ERP request", id)
	}
	return ok(s.renderRequest(r))
}

// listRequests is GET of all, oldest first. That it exists is inferred; a switch takes it away.
func (s *Sim) listRequests(k *call) (reply, error) {
	if !s.settings.ERPRequestsListed {
		return s.noSuchPath(k)
	}
	made, err := within(k, "created_at", func(r *erpRequest) time.Time { return r.created })
	if err != nil {
		return reply{}, err
	}
	rows := s.data.requests.where(func(r *erpRequest) bool { return r.company == k.company }, made,
		in(k.filter("id"), func(r *erpRequest) string { return strconv.FormatInt(r.id, 10) }),
		in(k.filter("request_name"), func(r *erpRequest) string { return r.name }))
	return listV1(s, k, rows, s.renderRequest)
}

func (s *Sim) renderRequest(r *erpRequest) obj {
	o := obj{
		"id": r.id, "company_id": r.company, "request_name": r.name, "request_data": r.data, "created_at": stamp(r.created),
		"updated_at": stamp(r.updated), "integration_app_name": "procoresim",
	}
	if r.detail != 0 && s.settings.RequestDetailLevel != "request_data" {
		o["request_detail_id"] = r.detail
	}
	return o
}

// Requests lists all ERP requests in order of creation.
func (s *Sim) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Request, len(s.data.requests.ids))
	for i, r := range s.data.requests.all() {
		list[i] = s.snapshotRequest(r)
	}
	return list
}

// Request returns one ERP request with the state of its detail; false when there is none of that id.
func (s *Sim) Request(id int64) (Request, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, known := s.data.requests.get(id)
	if !known {
		return Request{}, false
	}
	return s.snapshotRequest(r), true
}

func (s *Sim) snapshotRequest(r *erpRequest) Request {
	out := Request{ID: r.id, CompanyID: r.company, Name: r.name, Data: r.data, DetailID: r.detail, CreatedAt: r.created, Messages: []string{}}
	for _, id := range r.rows {
		d, _ := s.data.details.get(id)
		out.Details = append(out.Details, RowDetail{d.id, d.itemType, d.itemID, d.status, d.messages, d.timesClosed, d.contradicted})
	}
	if d, known := s.data.details.get(r.detail); known {
		out.Status, out.Messages, out.TimesClosed, out.ItemType, out.ItemID = d.status, d.messages, d.timesClosed, d.itemType, d.itemID
		out.Contradicted = d.contradicted
	}
	return out
}
