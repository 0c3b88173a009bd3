package procoresim

import (
	"fmt"
	"strconv"
)

// Company is one Procore company.
type Company struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// Vendor is an entry of the company directory; Jobpac calls it a creditor.
type Vendor struct {
	ID        int64  `json:"id"`
	CompanyID int64  `json:"company_id"`
	Name      string `json:"name"`
	OriginID  string `json:"origin_id,omitempty"` // "" : not linked to the ERP
}

// Project is one project; Jobpac calls it a job. Tiers 0 takes the number of change order tiers from the settings.
type Project struct {
	ID        int64  `json:"id"`
	CompanyID int64  `json:"company_id"`
	Name      string `json:"name"`
	Number    string `json:"project_number"`
	Tiers     int    `json:"tiers,omitempty"`
	OriginID  string `json:"origin_id,omitempty"`
}

func (s *Sim) addCompany(c Company) (int64, error) {
	id, err := claimID(s, idCompany, c.ID, s.data.companies)
	if err != nil {
		return 0, err
	}
	c.ID = id
	s.data.companies.put(id, &c)
	return id, nil
}

// theCompany is the given company, or the only one there is.
func (s *Sim) theCompany(id int64) (int64, error) {
	if id == 0 && len(s.data.companies.ids) == 1 {
		return s.data.companies.ids[0], nil
	}
	if _, known := s.data.companies.get(id); !known {
		return 0, invalid("company_id", fmt.Sprintf("names no company: %d", id))
	}
	return id, nil
}

func (s *Sim) addProject(p Project) (int64, error) {
	company, err := s.theCompany(p.CompanyID)
	if err != nil {
		return 0, err
	}
	if p.Tiers < 0 || p.Tiers > 3 {
		return 0, invalid("tiers", fmt.Sprintf("is %d; use 1, 2 or 3", p.Tiers))
	}
	id, err := claimID(s, idProject, p.ID, s.data.projects)
	if err != nil {
		return 0, err
	}
	p.ID, p.CompanyID = id, company
	s.data.projects.put(id, &p)
	return id, s.link(company, itemProject, id, p.OriginID)
}

func (s *Sim) addVendor(v Vendor) (int64, error) {
	company, err := s.theCompany(v.CompanyID)
	if err != nil {
		return 0, err
	}
	id, err := claimID(s, idVendor, v.ID, s.data.vendors)
	if err != nil {
		return 0, err
	}
	v.ID, v.CompanyID = id, company
	s.data.vendors.put(id, &v)
	return id, s.link(company, itemVendor, id, v.OriginID)
}

// listProjects is GET of the projects of a company, v1.
func (s *Sim) listProjects(k *call) (reply, error) {
	if err := k.ownCompany(); err != nil {
		return reply{}, err
	}
	rows := s.data.projects.where(func(p *Project) bool { return p.CompanyID == k.company },
		in(k.filter("id"), func(p *Project) string { return strconv.FormatInt(p.ID, 10) }),
		in(k.filter("origin_id"), func(p *Project) string { return s.externalOf(itemProject, p.ID).OriginID }))
	return listV1(s, k, rows, func(p *Project) obj {
		x := s.externalOf(itemProject, p.ID)
		return obj{
			"id": p.ID, "name": p.Name, "display_name": p.Number + " - " + p.Name, "project_number": p.Number, "active": true,
			"origin_id": textOrNull(x.OriginID), "origin_code": textOrNull(x.OriginCode), "origin_data": textOrNull(x.OriginData),
		}
	})
}

// ownCompany wants the parameter company_id, and that it names the company of the header.
func (k *call) ownCompany() error {
	company, err := strconv.ParseInt(k.query.Get("company_id"), 10, 64)
	if err != nil {
		return badRequest("company_id", "is required")
	}
	if company != k.company {
		return forbidden("App is not connected to this company.")
	}
	return nil
}
