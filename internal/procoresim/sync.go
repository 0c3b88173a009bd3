package procoresim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// outcome is what a row of a sync call did.
type outcome int

const (
	unchanged outcome = iota
	updated
	createdRow
)

// syncKind is one kind of record as its sync call sees it.
type syncKind struct {
	item    string // its item type in external data
	columns *columns
	keeps   []string             // what rows may name beside the columns
	holds   func(id int64) bool  // whether the call may see the record
	show    func(id int64) any   // as the answer shows it
	tell    func(int64, outcome) // raises the event of a change
	// write lays a row over the record, or makes one where id is 0. It does all of the row or nothing.
	write func(id int64, g given) (int64, outcome, error)
}

// originNames are what every kind with origin ids takes. That only companies, projects and staged records take origin_code is inferred.
func originNames(more ...string) []string {
	return append([]string{"id", "origin_id", "origin_data"}, more...)
}

// sync runs a sync call of such a kind.
func (s *Sim) sync(k *call, y syncKind) (reply, error) {
	rows, err := s.namedRows(k, y.columns, y.keeps)
	if err != nil {
		return reply{}, err
	}
	return s.countedSync(k, rows, func(row syncRow) (any, outcome, error) { return s.syncOne(k, y, row) })
}

// namedRows are the rows of a sync call. Where unknown names are the call's fault, by switch, they are looked for before anything is done.
func (s *Sim) namedRows(k *call, c *columns, own []string) ([]syncRow, error) {
	rows, err := k.updates()
	if err != nil || s.settings.UnknownColumns != "call" {
		return rows, err
	}
	for _, row := range rows {
		if err := s.checkNames(c, row, own); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// syncOne follows the documented matching: no ids create, a known id or origin id updates, an unknown origin id creates, an unknown id is
// an error; with both the record is found by its id and its origin id is written.
func (s *Sim) syncOne(k *call, y syncKind, row syncRow) (any, outcome, error) {
	id, origin, err := s.match(k, y, row)
	if err != nil {
		return nil, unchanged, err
	}
	if err := orderedRowError(k.rowFaults, externalKey{y.item, id}, origin); err != nil {
		return nil, unchanged, err
	}
	g, err := s.readRow(y.columns, row, y.keeps...)
	if err != nil {
		return nil, unchanged, err
	}
	id, did, err := y.write(id, g)
	if err != nil {
		return nil, unchanged, err
	}
	if s.tie(k.company, externalKey{y.item, id}, row, origin) && did == unchanged {
		did = updated
	}
	if did != unchanged {
		y.tell(id, did)
	}
	return y.show(id), did, nil
}

// match finds the record of a row; id 0: a new one. The origin id was checked against all other records of the company.
func (s *Sim) match(k *call, y syncKind, row syncRow) (id int64, origin string, err error) {
	origin, isText := row.text("origin_id")
	if !isText {
		return 0, "", invalid("origin_id", "must be a string or null")
	}
	if raw, sent := row.fields["id"]; sent && string(raw) != "null" {
		if id = int64(row.id("id")); id == 0 || !y.holds(id) {
			return 0, origin, invalid("id", "Entity with this ID not found")
		}
	}
	if origin == "" {
		return id, "", nil
	}
	holder, taken := s.data.originTaken[originKey{k.company, y.item, origin}]
	switch {
	case taken && id == 0 && y.holds(holder):
		return holder, origin, nil
	case taken && holder != id:
		return 0, origin, invalid("origin_id", origin+" is already used by another "+y.item+" of this company")
	}
	return id, origin, nil
}

// tie writes what the row says of its link and tells whether that changed it. Null clears; a row that does not name it leaves it alone.
func (s *Sim) tie(company int64, key externalKey, row syncRow, origin string) bool {
	before := s.externalOf(key.itemType, key.itemID)
	if raw, sent := row.fields["origin_id"]; sent && origin == "" && string(raw) != "" {
		return s.clearOrigin(key)
	}
	if origin == "" && before.OriginID == "" {
		return false
	}
	if origin == "" {
		origin = before.OriginID
	}
	x, err := s.setOrigin(company, key, origin)
	if err != nil {
		return false // was checked by match
	}
	keepText(row, "origin_code", &x.OriginCode)
	keepText(row, "origin_data", &x.OriginData)
	return before != *x
}

// countedSync runs rows one by one and counts what they did. The status is 200 even when every row failed (documented).
func (s *Sim) countedSync(k *call, rows []syncRow, one func(syncRow) (any, outcome, error)) (reply, error) {
	count := s.endpointCount(k)
	entities, failed := make([]any, 0, len(rows)), []any{}
	for _, row := range rows {
		entity, did, err := one(row)
		count.row(did, err)
		if err != nil {
			failed = append(failed, refusedRow(row, err))
			continue
		}
		entities = append(entities, entity)
	}
	if s.settings.ReverseEntities {
		slices.Reverse(entities)
	}
	return ok(obj{"entities": entities, "errors": failed})
}

// refusedRow is a row as it was sent, with its errors (documented).
func refusedRow(row syncRow, err error) obj {
	back := obj{}
	for name, value := range row.fields {
		back[name] = value
	}
	e := asAPIError(err)
	field := e.field
	if field == "" {
		field = "base"
	}
	back["errors"] = obj{field: []string{e.message}}
	return back
}

// envelope is the object of the body, read once: bodies of sync calls are large.
func (k *call) envelope() (map[string]json.RawMessage, error) {
	if k.members == nil {
		if err := k.decode(&k.members); err != nil {
			return nil, err
		}
	}
	return k.members, nil
}

// updates are the rows of a sync call: {updates: [...]}.
func (k *call) updates() ([]syncRow, error) {
	body, err := k.envelope()
	if err != nil {
		return nil, err
	}
	var fields []map[string]json.RawMessage
	if err := json.Unmarshal(body["updates"], &fields); err != nil || fields == nil {
		return nil, badRequest("updates", "must be an array of objects")
	}
	if len(fields) > maxRows {
		return nil, tooLarge("updates", len(fields), maxRows)
	}
	rows := make([]syncRow, len(fields))
	for i, f := range fields {
		if rows[i].fields = f; f == nil {
			return nil, badRequest("updates", fmt.Sprintf("row %d is no object", i))
		}
	}
	return rows, nil
}

// idBeside is an id that stands beside the rows; 0 where there is none.
func (k *call) idBeside(name string) (int64, error) {
	body, err := k.envelope()
	if err != nil || body[name] == nil {
		return 0, err
	}
	var id wireID
	if err := json.Unmarshal(body[name], &id); err != nil {
		return 0, badRequest(name, err.Error())
	}
	return int64(id), nil
}

// companyInBody checks the company_id that stands beside the rows.
func (k *call) companyInBody() error {
	company, err := k.idBeside("company_id")
	if err != nil {
		return err
	}
	if company == 0 {
		company = idOrZero(k.query.Get("company_id"))
	}
	switch {
	case company == 0:
		return badRequest("company_id", "is required")
	case company != k.company:
		return forbidden("App is not connected to this company.")
	}
	return nil
}

func idOrZero(text string) int64 {
	id, _ := strconv.ParseInt(text, 10, 64) // what is no id is no record's
	return id
}

// wrappedRow takes {<key>: {...}} of a call that writes one record.
func (k *call) wrappedRow(key string) (syncRow, wireID, error) {
	raw, project, err := k.wrapped(key)
	if err != nil {
		return syncRow{}, 0, err
	}
	row := syncRow{raw: raw}
	return row, project, json.Unmarshal(raw, &row.fields)
}

// writeOne runs a single create or update: the same rules as a row of the sync call, and a refusal is the status of the call.
func (s *Sim) writeOne(k *call, y syncKind, row syncRow) (any, error) {
	entity, did, err := s.syncOne(k, y, row)
	s.endpointCount(k).row(did, err)
	return entity, err
}

// withID is the row with the id of the path.
func (r syncRow) withID(id int64) syncRow {
	fields := map[string]json.RawMessage{"id": json.RawMessage(strconv.FormatInt(id, 10))}
	for name, value := range r.fields {
		if name != "id" {
			fields[name] = value
		}
	}
	return syncRow{raw: r.raw, fields: fields}
}

// listOf answers with one page of a list, as a bare array.
func listOf[T any](k *call, rows []T, lim limits, render func(T) any) (reply, error) {
	part, header, err := page(k, rows, lim)
	list := make([]any, len(part))
	for i, row := range part {
		list[i] = render(row)
	}
	return reply{status: http.StatusOK, body: list, header: header}, err
}
