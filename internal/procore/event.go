package procore

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
)

// wirePayload is what a webhook carries, in any of its versions (documented).
type wirePayload struct {
	ID           word           `json:"id"`
	ULID         word           `json:"ulid"`
	Timestamp    jsontext.Value `json:"timestamp"`
	Company      recordID       `json:"company_id"`
	Project      recordID       `json:"project_id"`
	User         recordID       `json:"user_id"`
	ResourceName word           `json:"resource_name"`
	ResourceType word           `json:"resource_type"` // v4.0
	ResourceID   recordID       `json:"resource_id"`
	EventType    word           `json:"event_type"`
	Reason       word           `json:"reason"` // v4.0
	Related      jsontext.Value `json:"related_resources"`
	Data         jsontext.Value `json:"data"` // v4.0: may hold related_resources (seen)
}

// decodeEvent reads the payload of a delivery as whoever takes webhooks reads
// it, so that both know one event by one id: the ulid, else the id, else a hash
// of the body. The error says why it names no event; the body is kept even
// then. Blanks between its members are dropped.
func decodeEvent(payload jsontext.Value) (erp.Event, error) {
	if payload.Kind() != '{' {
		return erp.Event{}, errors.New("it has no payload")
	}
	body := payload.Clone()
	if err := body.Compact(); err != nil {
		return erp.Event{Body: payload}, errors.New(explain(err))
	}
	var w wirePayload
	if err := json.Unmarshal(body, &w); err != nil {
		return erp.Event{Body: body}, errors.New(explain(err))
	}
	e := erp.Event{
		ID: string(cmp.Or(w.ULID, w.ID)), Resource: string(cmp.Or(w.ResourceName, w.ResourceType)), ResourceID: erp.ID(w.ResourceID),
		Action: strings.ToLower(string(cmp.Or(w.EventType, w.Reason))), At: timeOf(w.Timestamp),
		Company: erp.ID(w.Company), Project: erp.ID(w.Project), User: erp.ID(w.User), Body: body,
	}
	e.Parent = w.parent(e.Resource)
	if e.ID == "" {
		sum := sha256.Sum256(body)
		e.ID = "body-" + hex.EncodeToString(sum[:])
	}
	if e.Resource == "" || e.Action == "" || e.ResourceID == 0 {
		return erp.Event{Body: body}, errors.New("it names no resource, no resource id or no kind of event")
	}
	return e, nil
}

// parent is the document of a line, where it is named.
func (w wirePayload) parent(resource string) erp.ID {
	var data struct {
		Related jsontext.Value `json:"related_resources"`
	}
	if len(w.Related) == 0 && json.Unmarshal(w.Data, &data, lenient) == nil {
		return erp.ParentIn(data.Related, resource)
	}
	return erp.ParentIn(w.Related, resource)
}

// timeOf is an optional moment in UTC; zero where there is none to be read.
func timeOf(v jsontext.Value) time.Time {
	var text moment
	if len(v) == 0 || text.UnmarshalJSON(v) != nil {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, string(text))
	if at = at.UTC(); err != nil || at.Year() < 1 || at.Year() > 9999 {
		return time.Time{}
	}
	return at
}
