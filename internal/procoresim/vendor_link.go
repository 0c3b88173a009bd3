package procoresim

import (
	"fmt"
	"slices"
	"strings"
)

// LinkVendor plays the approver who links a staged vendor to a company that is in Procore already. It raises link_vendor.
func (s *Sim) LinkVendor(staged, vendor int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, known := s.data.staged.get(staged)
	if !known || r.ItemType != itemVendor {
		return 0, notFound("staged vendor", staged)
	}
	if err := s.entityOn(r.CompanyID, "vendors"); err != nil {
		return 0, err
	}
	if err := s.linkStaged(r, vendor); err != nil {
		return 0, err
	}
	return s.tellERP(r.CompanyID, "link_vendor", obj{"vendor": s.namedVendor(vendor), "company_id": r.CompanyID})
}

func (s *Sim) linkStaged(r *StagedRecord, vendor int64) error {
	v, known := s.data.vendors.get(vendor)
	switch {
	case !known || v.CompanyID != r.CompanyID:
		return notFound("vendor", vendor)
	case r.Status != StagedStatus:
		return invalid("status", "is "+r.Status+"; only a staged record can be linked")
	case s.externalOf(itemVendor, vendor).OriginID != "":
		return invalid("vendor_id", "is linked already; unlink it first")
	}
	if err := s.free(r); err != nil {
		return err
	}
	return s.become(r, vendor)
}

// LinkAllVendors links every staged vendor to the company of the same name, letter case aside, that is not linked (that names decide is
// assumed). It raises one link_all_vendors, or nothing where none fits.
func (s *Sim) LinkAllVendors(company int64) (requestID int64, linked int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if company, err = s.theCompany(company); err != nil {
		return 0, 0, err
	}
	if err := s.entityOn(company, "vendors"); err != nil {
		return 0, 0, err
	}
	byName := map[string]int64{}
	for _, v := range s.data.vendors.all() {
		if v.CompanyID == company && s.externalOf(itemVendor, v.ID).OriginID == "" {
			byName[strings.ToLower(v.Name)] = v.ID
		}
	}
	rows := []obj{}
	for _, r := range s.data.staged.all() {
		if r.CompanyID != company || r.ItemType != itemVendor || r.Status != StagedStatus {
			continue
		}
		name := strings.ToLower(s.columns.staged[itemVendor].text(r.values, "name"))
		if id := byName[name]; id != 0 && s.linkStaged(r, id) == nil {
			delete(byName, name)
			rows = append(rows, s.namedVendor(id))
		}
	}
	if len(rows) == 0 {
		return 0, 0, nil
	}
	requestID, err = s.tellERP(company, "link_all_vendors", obj{"vendors": rows, "company_id": company})
	return requestID, len(rows), err
}

// MergeVendors plays the person who merges companies into one: the sources go, what points at them points at the master, and a master without
// a link takes that of the first linked source. It raises merge_vendors, whose source_vendors are the linked ones; so the list may be empty
// and a source may have the master's origin id (both documented).
func (s *Sim) MergeVendors(master int64, sources ...int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, known := s.data.vendors.get(master)
	if !known {
		return 0, notFound("vendor", master)
	}
	for i, id := range sources {
		if v, known := s.data.vendors.get(id); !known || v.CompanyID != m.CompanyID || id == master || slices.Contains(sources[:i], id) {
			return 0, invalid("source_vendors", fmt.Sprintf("%d is no other vendor of the company", id))
		}
	}
	rows := []obj{}
	for _, id := range sources {
		if x := s.externalOf(itemVendor, id); x.OriginID != "" {
			rows = append(rows, s.namedVendor(id))
		}
		if err := s.mergeVendor(m, id); err != nil {
			return 0, err
		}
	}
	return s.tellERP(m.CompanyID, "merge_vendors", obj{"master_vendor": s.namedVendor(master), "source_vendors": rows, "company_id": m.CompanyID})
}

func (s *Sim) mergeVendor(m *Vendor, id int64) error {
	x := s.externalOf(itemVendor, id)
	s.clearOrigin(externalKey{itemVendor, id})
	for _, c := range s.data.commitments.all() {
		if c.VendorID == id {
			c.VendorID = m.ID
		}
	}
	for _, h := range []struct {
		shelf   *shelf
		columns *columns
	}{{s.data.directCosts, s.columns.directCosts}, {s.data.primes, s.columns.primes}} {
		for i := range h.shelf.items {
			if it := &h.shelf.items[i]; !it.gone && h.columns.id(it.values, "vendor_id") == id {
				it.values = h.columns.merge(it.values, given{"vendor_id": fmt.Sprint(m.ID)})
			}
		}
	}
	v, _ := s.data.vendors.get(id)
	s.forgetRegister(v)
	s.data.vendors.drop(id)
	if x.OriginID == "" || s.externalOf(itemVendor, m.ID).OriginID != "" {
		return nil
	}
	to, err := s.setOrigin(m.CompanyID, externalKey{itemVendor, m.ID}, x.OriginID)
	if err != nil {
		return err
	}
	to.OriginCode, to.OriginData = x.OriginCode, x.OriginData
	return nil
}

// UnlinkVendor plays the person who unlinks a company; what it was imported from is staged again (documented). It raises unlink_vendor.
func (s *Sim) UnlinkVendor(vendor int64) (requestID int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, known := s.data.vendors.get(vendor)
	if !known {
		return 0, notFound("vendor", vendor)
	}
	named, origin := s.namedVendor(vendor), s.externalOf(itemVendor, vendor).OriginID
	if origin == "" {
		return 0, invalid("vendor_id", "is not linked")
	}
	s.clearOrigin(externalKey{itemVendor, vendor})
	if r := s.stagedOf(v.CompanyID, itemVendor, origin); r != nil {
		s.restage(r)
	}
	return s.tellERP(v.CompanyID, "unlink_vendor", obj{"vendor": named, "company_id": v.CompanyID})
}
