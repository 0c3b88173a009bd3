package receiver

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"mime"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
)

// payload is a delivery in any of the documented forms: v2.0 and v3.0 with
// numbers and event_type, v4.0 with strings and reason (documented). Members
// that are not named here are skipped, but must be JSON as well.
type payload struct {
	ID           wireID         `json:"id"`
	ULID         wireID         `json:"ulid"` // its form is not checked: the documented sample is too short for one
	Timestamp    jsontext.Value `json:"timestamp"`
	CompanyID    wireID         `json:"company_id"`
	ProjectID    wireID         `json:"project_id"` // absent or null on events of the company
	UserID       wireID         `json:"user_id"`
	ResourceName string         `json:"resource_name"`
	ResourceType string         `json:"resource_type"` // v4.0
	ResourceID   wireID         `json:"resource_id"`
	EventType    string         `json:"event_type"`
	Reason       string         `json:"reason"` // v4.0
	Related      jsontext.Value `json:"related_resources"`
	Data         jsontext.Value `json:"data"` // v4.0: may hold related_resources (seen)
}

// wireID is an id written as a number, as text, or as null. Real ids are
// larger than a float64 holds (seen), so the digits are kept as they stand.
type wireID string

var errNotID = errors.New("an id must be a number or text")

// UnmarshalJSONFrom takes the three forms; anything else is an error.
func (w *wireID) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	token, err := d.ReadToken()
	if err != nil {
		return err
	}
	switch token.Kind() {
	case 'n':
		*w = ""
	case '"', '0':
		*w = wireID(token.String())
	default:
		return errNotID
	}
	return nil
}

// maxDepth is how deep a delivery may be nested; the documented ones reach 3.
const maxDepth = 32

// parse reads the identity of a delivery. A body that is not understood gives
// the reason for the quarantine; the event is then what could be made out.
func parse(contentType string, body []byte) (erp.Event, string) {
	if !isJSON(contentType) {
		return erp.Event{}, "the content type is not JSON"
	}
	if tooDeep(body) {
		return erp.Event{}, "the JSON is nested too deep"
	}
	var p payload
	if err := json.Unmarshal(body, &p); err != nil {
		return erp.Event{}, clip("the body is not the JSON of an event: " + err.Error())
	}
	return p.event(body)
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

// event is the payload in our words.
func (p *payload) event(body []byte) (erp.Event, string) {
	e := erp.Event{
		ID: firstOf(string(p.ULID), string(p.ID)), Resource: firstOf(p.ResourceName, p.ResourceType),
		Action: strings.ToLower(firstOf(p.EventType, p.Reason)), At: timeIn(p.Timestamp),
	}
	e.Parent = p.parent(e.Resource)
	if e.ID == "" {
		sum := sha256.Sum256(body)
		e.ID = "body-" + hex.EncodeToString(sum[:])
	}
	if reason := p.ids(&e); reason != "" {
		return e, reason
	}
	if e.Resource == "" || e.Action == "" || e.ResourceID == 0 {
		return e, "the body names no resource, no resource id or no kind of event"
	}
	return e, ""
}

// parent is the document of a line. Like the time it is no reason to lose a hint.
func (p *payload) parent(resource string) erp.ID {
	var data struct {
		Related jsontext.Value `json:"related_resources"`
	}
	if len(p.Related) == 0 && json.Unmarshal(p.Data, &data) == nil {
		return erp.ParentIn(data.Related, resource)
	}
	return erp.ParentIn(p.Related, resource)
}

// ids reads the ids of the payload into the event, or says which is none.
func (p *payload) ids(e *erp.Event) string {
	for _, id := range [...]struct {
		name string
		from wireID
		to   *erp.ID
	}{
		{"resource_id", p.ResourceID, &e.ResourceID}, {"company_id", p.CompanyID, &e.Company},
		{"project_id", p.ProjectID, &e.Project}, {"user_id", p.UserID, &e.User},
	} {
		n, err := erp.ParseID(string(id.from))
		if err != nil {
			return id.name + ": " + err.Error()
		}
		*id.to = n
	}
	return ""
}

// timeIn is the time of a timestamp, in UTC. It is for people to read and
// decides nothing, so one that cannot be read is no reason to lose a hint; nor
// is one that reads but cannot be written again as JSON (a year of five digits
// once it is in UTC, an offset of 24 hours).
func timeIn(timestamp jsontext.Value) time.Time {
	if timestamp.Kind() != '"' {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, strings.Trim(string(timestamp), `"`))
	if at = at.UTC(); err != nil || at.Year() < 1 || at.Year() > 9999 {
		return time.Time{}
	}
	return at
}

// tooDeep counts brackets outside of strings, before anything parses.
func tooDeep(body []byte) bool {
	depth, inText, escaped := 0, false, false
	for _, c := range body {
		switch {
		case escaped:
			escaped = false
		case inText:
			escaped, inText = c == '\\', c != '"'
		case c == '"':
			inText = true
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func firstOf(first, second string) string {
	if first != "" {
		return first
	}
	return second
}
