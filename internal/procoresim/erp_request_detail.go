package procoresim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// maxRows is the most a sync call may carry (documented).
const maxRows = 1000

// closeDetail is PATCH or PUT of one request detail; Procore's own pages disagree about the verb.
func (s *Sim) closeDetail(k *call) (reply, error) {
	if verbs := s.settings.DetailVerbs; verbs != "both" && verbs != k.Request().Method {
		return reply{}, &apiError{status: http.StatusMethodNotAllowed, message: "use " + verbs}
	}
	id, err := k.id("id")
	if err != nil {
		return reply{}, err
	}
	var body struct {
		Detail json.RawMessage `json:"request_detail"`
	}
	if err := k.decode(&body); err != nil {
		return reply{}, err
	}
	if body.Detail == nil {
		return reply{}, badRequest("request_detail", "is required")
	}
	d, err := s.answerDetail(k, id, body.Detail)
	if err != nil {
		return reply{}, err
	}
	return ok(renderDetail(d))
}

// answerDetail checks one answer and writes it down.
func (s *Sim) answerDetail(k *call, id int64, raw json.RawMessage) (*requestDetail, error) {
	d, known := s.data.details.get(id)
	if !known || d.company != k.company {
		return nil, notFound("ERP request detail", id)
	}
	var answer struct {
		Status   string          `json:"status"`
		Messages json.RawMessage `json:"messages"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, badRequest("request_detail", "cannot be read: "+err.Error())
	}
	if !contains(s.writableStatuses(), answer.Status) {
		return nil, invalid("status", fmt.Sprintf("is %q; use one of %v", answer.Status, s.writableStatuses()))
	}
	messages := []string{}
	if len(answer.Messages) > 0 && json.Unmarshal(answer.Messages, &messages) != nil {
		return nil, invalid("messages", "must be an array of strings")
	}
	if err := s.checkSecondClose(d, answer.Status); err != nil {
		return nil, err
	}
	d.status, d.messages, d.updated = answer.Status, messages, k.now
	d.timesClosed++
	return d, nil
}

func (s *Sim) writableStatuses() []string {
	if s.settings.AllowRejected {
		return []string{"success", "failed", "rejected"}
	}
	return []string{"success", "failed"}
}

// checkSecondClose follows the switch, because Procore does not say what happens.
func (s *Sim) checkSecondClose(d *requestDetail, status string) error {
	if d.closed() && d.status != status {
		d.contradicted++
	}
	same := s.settings.SecondClose == "same" && d.status == status
	if !d.closed() || same || s.settings.SecondClose == "accept" {
		return nil
	}
	return invalid("status", "is already "+d.status+" and cannot change")
}

func renderDetail(d *requestDetail) obj {
	return obj{
		"id": d.id, "erp_request_id": d.request, "company_id": d.company, "item_type": textOrNull(d.itemType), "item_id": idOrNull(d.itemID),
		"status": d.status, "messages": d.messages, "created_at": stamp(d.created), "updated_at": stamp(d.updated),
	}
}

// listDetails finds details by item (seen in a public tool).
func (s *Sim) listDetails(k *call) (reply, error) {
	rows := s.data.details.where(func(d *requestDetail) bool { return d.company == k.company },
		in(k.filter("id"), func(d *requestDetail) string { return strconv.FormatInt(d.id, 10) }),
		in(k.filter("item_id"), func(d *requestDetail) string { return strconv.FormatInt(d.itemID, 10) }),
		in(k.filter("item_type"), func(d *requestDetail) string { return d.itemType }),
		in(k.filter("status"), func(d *requestDetail) string { return d.status }))
	return listV1(s, k, rows, renderDetail)
}

// syncDetails closes many details: 200 with entities and errors.
func (s *Sim) syncDetails(k *call) (reply, error) {
	rows, err := syncRows(k, s.settings.DetailBulkBody)
	if err != nil {
		return reply{}, err
	}
	return syncReply(rows, func(row syncRow) (obj, error) {
		d, err := s.answerDetail(k, int64(row.id("id")), row.raw)
		if err != nil {
			return nil, err
		}
		return renderDetail(d), nil
	})
}

// syncRow is one row of a sync call: as sent, and by field.
type syncRow struct {
	raw    json.RawMessage
	fields map[string]json.RawMessage
}

func (r syncRow) id(name string) wireID {
	var id wireID
	_ = json.Unmarshal(r.fields[name], &id) // what is no id stays 0, which no record has
	return id
}

func (r syncRow) text(name string) (string, bool) {
	var text string
	return text, r.fields[name] == nil || json.Unmarshal(r.fields[name], &text) == nil
}

// syncRows reads {updates: [...]} or a bare array; form both takes either.
func syncRows(k *call, form string) ([]syncRow, error) {
	list := json.RawMessage(bytes.TrimSpace(k.body))
	bare := bytes.HasPrefix(list, []byte("["))
	if bare && form == "envelope" || !bare && form == "bare" {
		return nil, badRequest("body", "must be sent as "+form)
	}
	if !bare {
		var body struct {
			Updates json.RawMessage `json:"updates"`
		}
		if err := k.decode(&body); err != nil {
			return nil, err
		}
		list = body.Updates
	}
	var raws []json.RawMessage
	if err := json.Unmarshal(list, &raws); err != nil {
		return nil, badRequest("updates", "must be an array of objects")
	}
	if len(raws) > maxRows {
		return nil, tooLarge("updates", len(raws), maxRows)
	}
	return splitRows(raws)
}

func splitRows(raws []json.RawMessage) ([]syncRow, error) {
	rows := make([]syncRow, len(raws))
	for i, raw := range raws {
		rows[i].raw = raw
		if err := json.Unmarshal(raw, &rows[i].fields); err != nil || rows[i].fields == nil {
			return nil, badRequest("updates", fmt.Sprintf("row %d is no object", i))
		}
	}
	return rows, nil
}

// syncReply runs each row on its own. A failed row comes back as sent, with its errors (documented); the status is 200 either way.
func syncReply(rows []syncRow, one func(syncRow) (obj, error)) (reply, error) {
	entities, failed := []obj{}, []obj{}
	for _, row := range rows {
		entity, err := one(row)
		if err == nil {
			entities = append(entities, entity)
			continue
		}
		back := obj{}
		for name, value := range row.fields {
			back[name] = value
		}
		e := asAPIError(err)
		field := e.field
		if field == "" {
			field = "id"
		}
		back["errors"] = obj{field: []string{e.message}}
		failed = append(failed, back)
	}
	return ok(obj{"entities": entities, "errors": failed})
}

// decodeExact reads JSON without turning numbers into floating point.
func decodeExact(data []byte, v any) error {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	return d.Decode(v)
}
