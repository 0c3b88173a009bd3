package procoresim

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"
)

// event is one change that hooks are told about.
type event struct {
	id         int64
	ulid       string
	at         time.Time
	company    int64
	project    int64 // 0: a company event
	user       int64
	app        string // client id of the app that wrote; empty: a person on the screen
	kind       string // create, update or delete
	resource   string
	resourceID int64
	related    []obj
}

// byApprover is an event caused by a person. The caller fills nothing in: raise adds id and time.
func (s *Sim) byApprover(resource, kind string, id, project int64) event {
	return event{company: s.companyOfProject(project), project: project, user: s.settings.ApproverUserID, kind: kind, resource: resource, resourceID: id}
}

// byApp is an event caused by an API call; the payload's metadata names the app, so that it can know its own writes.
func (s *Sim) byApp(k *call, resource, kind string, id, project int64) event {
	return event{company: k.company, project: project, user: k.client.UserID, app: k.client.ID, kind: kind, resource: resource, resourceID: id}
}

// raise queues an event for every hook that asked for it; twice with two ids and one time stamp if so switched. The caller holds the lock.
func (s *Sim) raise(ev event) {
	ev.at = s.clock.Now()
	copies := 1
	if s.settings.SecondEventID {
		copies = 2
	}
	for range copies {
		ev.id, ev.ulid = s.nextID(idEvent), newULID(ev.at)
		s.data.counts.Events++
		for _, h := range s.data.hooks.all() {
			if h.Status == hookActive && s.wants(h, ev) {
				s.enqueue(h, ev)
			}
		}
	}
}

// wants says whether a hook has a trigger for the event and the right scope. A trigger of another payload version than its hook's is
// silent (documented).
func (s *Sim) wants(h *hook, ev event) bool {
	if h.CompanyID != ev.company {
		return false
	}
	projectLevel := resourceScope(ev.resource) == scopeProject
	switch {
	case h.ProjectID != 0 && (h.ProjectID != ev.project || !projectLevel):
		return false
	case h.ProjectID == 0 && projectLevel && !s.settings.CompanyHookProjectEvent:
		return false
	}
	for _, t := range h.triggers {
		if t.ResourceName == ev.resource && t.EventType == ev.kind && t.Version == h.Version {
			return true
		}
	}
	return false
}

// payload is the body of a delivery in one of the three formats.
func (ev event) payload(version string, set *Settings) json.RawMessage {
	o := obj{"timestamp": ev.at.UTC().Format("2006-01-02T15:04:05.000000Z")}
	if version == payloadV4 {
		ev.fillV4(o)
	} else {
		ev.fillV2(o, version, set)
	}
	data, _ := json.Marshal(o) // made of texts and whole numbers only, cannot fail
	return data
}

func (ev event) fillV4(o obj) {
	o["id"], o["reason"], o["resource_type"] = ev.ulid, ev.kind, ev.resource
	o["resource_id"], o["company_id"], o["user_id"] = idText(ev.resourceID), idText(ev.company), idText(ev.user)
	o["project_id"] = idText(ev.project)
	if len(ev.related) > 0 {
		o["data"] = obj{"related_resources": ev.related} // seen in a public receiver
	}
}

// fillV2 is v2.0 and v3.0, which differ in api_version and related_resources.
func (ev event) fillV2(o obj, version string, set *Settings) {
	o["id"], o["ulid"], o["event_type"] = ev.id, ev.ulid, ev.kind
	o["resource_name"], o["resource_id"] = ev.resource, ev.resourceID
	o["user_id"], o["company_id"] = ev.user, ev.company
	if ev.project != 0 || !set.OmitNullProject {
		o["project_id"] = idOrNull(ev.project)
	}
	o["metadata"] = ev.metadata(set)
	o["api_version"] = set.EventAPIVersion
	if version == payloadV3 {
		o["api_version"], o["related_resources"] = payloadV3, append([]obj{}, ev.related...)
	}
}

func (ev event) metadata(set *Settings) any {
	if set.NullMetadata {
		return nil
	}
	return obj{
		"source_user_id": ev.user, "source_project_id": idOrNull(ev.project), "source_operation_id": nil, "source_company_id": ev.company,
		"source_application_id": textOrNull(ev.app),
	}
}

// newULID is a time-ordered id of 26 characters: 48 bits of milliseconds, 80 bits of chance.
func newULID(t time.Time) string {
	const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var raw [16]byte
	_, _ = rand.Read(raw[6:]) // never fails since Go 1.24
	ms := uint64(t.UnixMilli())
	for i := range 6 {
		raw[i] = byte(ms >> (40 - 8*i))
	}
	var b strings.Builder
	for i := range 26 {
		b.WriteByte(letters[bits5(raw, i*5-2)])
	}
	return b.String()
}

// bits5 reads five bits of raw, starting at a bit; bits before the first are zero.
func bits5(raw [16]byte, from int) (v byte) {
	for bit := from; bit < from+5; bit++ {
		v <<= 1
		if bit >= 0 {
			v |= raw[bit/8] >> (7 - bit%8) & 1
		}
	}
	return v
}
