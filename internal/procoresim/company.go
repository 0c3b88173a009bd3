package procoresim

import "fmt"

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
