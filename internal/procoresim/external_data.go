package procoresim

import (
	"fmt"
	"slices"
	"strconv"
)

// ExternalData is one mapping between a Procore record and the ERP, as read back by a test.
type ExternalData struct {
	ID         int64  `json:"id"`
	CompanyID  int64  `json:"company_id"`
	ItemType   string `json:"item_type"`
	ItemID     int64  `json:"item_id"`
	OriginID   string `json:"origin_id"`
	OriginCode string `json:"origin_code"`
	OriginData string `json:"origin_data"`
}

// ExternalData lists all mappings in order of creation, those of the seed included.
func (s *Sim) ExternalData() []ExternalData {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]ExternalData, 0, len(s.data.external))
	for _, row := range s.data.external {
		list = append(list, row.snapshot())
	}
	slices.SortFunc(list, func(a, b ExternalData) int { return int(a.ID - b.ID) })
	return list
}

// OriginID is the origin id of one record; empty when it is not linked.
func (s *Sim) OriginID(itemType string, id int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.externalOf(itemType, id).OriginID
}

func (x *externalRow) snapshot() ExternalData {
	return ExternalData{ID: x.ID, CompanyID: x.CompanyID, ItemType: x.Key.itemType, ItemID: x.Key.itemID, OriginID: x.OriginID,
		OriginCode: x.OriginCode, OriginData: x.OriginData}
}

// showExternal is GET of one mapping by item_type and item_id. Whether an object or an array comes is a switch.
func (s *Sim) showExternal(k *call) (reply, error) {
	key, err := externalKeyOf(k.query.Get("item_type"), k.query.Get("item_id"))
	if err != nil {
		return reply{}, err
	}
	row, known := s.data.external[key]
	known = known && row.CompanyID == k.company
	switch {
	case s.settings.ExternalDataShow == "array" && !known:
		return ok([]obj{})
	case !known:
		return reply{}, notFound("external data of "+key.itemType, key.itemID)
	case s.settings.ExternalDataShow == "array":
		return ok([]obj{renderExternal(row)})
	}
	return ok(renderExternal(row))
}

func externalKeyOf(itemType, itemID string) (externalKey, error) {
	id, err := strconv.ParseInt(itemID, 10, 64)
	if err != nil {
		return externalKey{}, badRequest("item_id", "is required and must be a number")
	}
	if !contains(knownItemTypes(), itemType) {
		return externalKey{}, badRequest("item_type", fmt.Sprintf("%q is not known", itemType))
	}
	return externalKey{itemType, id}, nil
}

func renderExternal(x *externalRow) obj {
	return obj{
		"id": x.ID, "item_type": x.Key.itemType, "item_id": x.Key.itemID, "origin_id": textOrNull(x.OriginID),
		"origin_code": textOrNull(x.OriginCode), "origin_data": textOrNull(x.OriginData),
	}
}

// syncExternal sets and clears origin ids, row by row. Setting one locks the record.
func (s *Sim) syncExternal(k *call) (reply, error) {
	rows, err := syncRows(k, "both")
	if err != nil {
		return reply{}, err
	}
	return syncReply(rows, func(row syncRow) (obj, error) { return s.syncExternalRow(k, row) })
}

func (s *Sim) syncExternalRow(k *call, row syncRow) (obj, error) {
	key, origin, err := s.externalRowOf(k, row)
	if err != nil {
		return nil, err
	}
	if err := orderedRowError(k.rowFaults, key, origin); err != nil {
		return nil, err
	}
	if origin == "" {
		if s.clearOrigin(key) {
			s.tellLinked(k, key)
		}
		return obj{"id": nil, "item_type": key.itemType, "item_id": key.itemID, "origin_id": nil}, nil
	}
	before := s.externalOf(key.itemType, key.itemID)
	x, err := s.setOrigin(k.company, key, origin)
	if err != nil {
		return nil, err
	}
	keepText(row, "origin_code", &x.OriginCode)
	keepText(row, "origin_data", &x.OriginData)
	if before != *x {
		s.tellLinked(k, key)
	}
	return obj{"id": x.ID, "item_type": key.itemType, "item_id": key.itemID, "origin_id": x.OriginID}, nil
}

// externalRowOf reads a row; a null or empty origin_id clears, an absent one is a mistake.
func (s *Sim) externalRowOf(k *call, row syncRow) (externalKey, string, error) {
	itemType, isText := row.text("item_type")
	if !isText || !contains(knownItemTypes(), itemType) {
		return externalKey{}, "", invalid("item_type", fmt.Sprintf("%q is not known", itemType))
	}
	key := externalKey{itemType, int64(row.id("item_id"))}
	if owner, known := s.companyOf(key); !known || owner != k.company {
		return key, "", invalid("item_id", "Entity with this ID not found")
	}
	if _, named := row.fields["origin_id"]; !named {
		return key, "", invalid("origin_id", "is required; null clears it")
	}
	origin, isText := row.text("origin_id")
	if !isText {
		return key, "", invalid("origin_id", "must be a string or null")
	}
	return key, origin, nil
}

func keepText(row syncRow, name string, to *string) {
	if _, named := row.fields[name]; !named {
		return
	}
	if text, isText := row.text(name); isText {
		*to = text
	}
}

// orderedRowError is the refusal that a fault orders for a row, known by its record or by the origin id it was sent with.
func orderedRowError(faults []RowFault, key externalKey, origin string) error {
	for _, f := range faults {
		if f.ItemType != "" && f.ItemType != key.itemType || f.ItemID != 0 && f.ItemID != key.itemID || f.OriginID != "" && f.OriginID != origin {
			continue
		}
		field, message := f.Field, f.Message
		if field == "" {
			field = "origin_id"
		}
		if message == "" {
			message = "the simulator was told to refuse this row"
		}
		return invalid(field, message)
	}
	return nil
}

// tellLinked raises the update event that our own write causes (documented: such events feed back), and moves the record's time of change.
func (s *Sim) tellLinked(k *call, key externalKey) {
	switch key.itemType {
	case itemPurchaseOrder, itemWorkOrder:
		c, _ := s.data.commitments.get(key.itemID)
		c.UpdatedAt = k.now
		s.raise(s.byApp(k, c.resource(), "update", c.ID, c.ProjectID))
	case itemChangeOrder:
		if o, prime := s.data.primeChanges.get(key.itemID); prime {
			o.UpdatedAt = k.now // no webhook resource has its name
			return
		}
		o, _ := s.data.changes.get(key.itemID)
		o.UpdatedAt = k.now
		s.raise(s.byApp(k, "Change Order Packages", "update", o.ID, o.ProjectID))
	case itemRequisition:
		r, _ := s.data.requisitions.get(key.itemID)
		r.UpdatedAt = k.now
	case itemVendor:
		s.raise(s.byApp(k, "Company Vendors", "update", key.itemID, 0))
	case itemProject:
		s.raise(s.byApp(k, "Projects", "update", key.itemID, 0))
	}
}

// destroyExternal deletes mappings of one type (seen in a public tool): 204.
func (s *Sim) destroyExternal(k *call) (reply, error) {
	var body struct {
		ItemType string   `json:"item_type"`
		ItemIDs  []wireID `json:"item_ids"`
	}
	if err := k.decode(&body); err != nil {
		return reply{}, err
	}
	if !contains(knownItemTypes(), body.ItemType) {
		return reply{}, badRequest("item_type", fmt.Sprintf("%q is not known", body.ItemType))
	}
	for _, id := range body.ItemIDs {
		key := externalKey{body.ItemType, int64(id)}
		if row, known := s.data.external[key]; known && row.CompanyID == k.company && s.clearOrigin(key) {
			s.tellLinked(k, key)
		}
	}
	return noContent()
}
