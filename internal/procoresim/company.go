package procoresim

import (
	"fmt"
	"strconv"
)

// Company is one Procore company.
type Company struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	ERPList bool   `json:"erp_list,omitempty"` // has its ERP list of standard cost codes from the start, without an ERP connection
}

func (s *Sim) addCompany(c Company) (int64, error) {
	id, err := claimID(s, idCompany, c.ID, s.data.companies)
	if err != nil {
		return 0, err
	}
	c.ID = id
	s.data.companies.put(id, &c)
	if c.ERPList {
		s.erpList(id)
	}
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
