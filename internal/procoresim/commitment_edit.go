package procoresim

import (
	"encoding/json"
	"slices"
)

// EditCommitment lays the given fields over a commitment, lines included, whatever its lock says, and raises an update event: the hand of
// somebody with every right. Lines are replaced as a whole; a line that names a known id keeps what it does not mention.
func (s *Sim) EditCommitment(id int64, patch json.RawMessage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.data.commitments.get(id)
	if !known {
		return notFound("commitment", id)
	}
	before := c.Lines
	if err := s.patchCommitment(c, patch); err != nil {
		return err
	}
	s.raiseLines(c.oneOf(), c.ID, c.ProjectID, before, c.Lines)
	if !s.settings.LinesAlone || !linesOnly(patch) {
		s.raise(s.byApprover(c.resource(), "update", c.ID, c.ProjectID))
	}
	return nil
}

// patchCommitment works on a copy, so that a refused patch leaves nothing behind.
func (s *Sim) patchCommitment(c *Commitment, patch json.RawMessage) error {
	next := *c
	next.Lines = nil
	if err := json.Unmarshal(patch, &next); err != nil {
		return badRequest("body", "cannot be read: "+err.Error())
	}
	lines, err := patchedLines(c.Lines, patch)
	if err != nil {
		return err
	}
	next.ID, next.ProjectID, next.Type, next.Lines = c.ID, c.ProjectID, c.Type, lines
	if err := s.checkCommitment(&next); err != nil {
		return err
	}
	if err := s.settleLines(next.Lines, lineOwner{project: c.ProjectID, commitment: c.ID}); err != nil {
		return err
	}
	if err := s.relink(c.ProjectID, externalKey{c.itemType(), c.ID}, patch); err != nil {
		return err
	}
	s.forgetLines(c.Lines, next.Lines)
	next.UpdatedAt, next.OriginID = s.clock.Now(), ""
	*c = next
	return nil
}

// relink follows an origin_id in a patch: a text sets it, null clears it.
func (s *Sim) relink(project int64, key externalKey, patch json.RawMessage) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(patch, &fields); err != nil {
		return badRequest("body", "cannot be read: "+err.Error())
	}
	raw, named := fields["origin_id"]
	if !named {
		return nil
	}
	var origin string
	if err := json.Unmarshal(raw, &origin); err != nil {
		return badRequest("origin_id", "is not a text")
	}
	if origin == "" {
		s.clearOrigin(key)
		return nil
	}
	return s.link(s.companyOfProject(project), key.itemType, key.itemID, origin)
}

// patchedLines is the new list of lines, or the old one where the patch names none.
func patchedLines(old []Line, patch json.RawMessage) ([]Line, error) {
	var body struct {
		Lines []json.RawMessage `json:"line_items"`
	}
	if err := json.Unmarshal(patch, &body); err != nil {
		return nil, badRequest("line_items", "cannot be read: "+err.Error())
	}
	if body.Lines == nil {
		return slices.Clone(old), nil
	}
	lines := make([]Line, len(body.Lines))
	for i, raw := range body.Lines {
		line, err := patchedLine(old, raw)
		if err != nil {
			return nil, badRequest("line_items", "cannot be read: "+err.Error())
		}
		lines[i] = line
	}
	return lines, nil
}

func patchedLine(old []Line, raw json.RawMessage) (Line, error) {
	var named struct {
		ID int64 `json:"id"`
	}
	if err := json.Unmarshal(raw, &named); err != nil {
		return Line{}, err
	}
	var line Line
	if i := slices.IndexFunc(old, func(l Line) bool { return l.ID == named.ID }); i >= 0 {
		line = old[i]
	}
	err := json.Unmarshal(raw, &line)
	return line, err
}

// forgetLines drops lines that left a document, with their origin ids.
func (s *Sim) forgetLines(old, kept []Line) {
	for _, l := range old {
		if !slices.ContainsFunc(kept, func(k Line) bool { return k.ID == l.ID }) {
			delete(s.data.lines, l.ID)
			s.clearOrigin(externalKey{itemLine, l.ID})
		}
	}
}

// DeleteCommitment hides a commitment from reads and raises its delete event.
func (s *Sim) DeleteCommitment(id int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.data.commitments.get(id)
	if !known || c.DeletedAt != nil {
		return notFound("commitment", id)
	}
	now := s.clock.Now()
	c.DeletedAt, c.UpdatedAt = &now, now
	s.raise(s.byApprover(c.resource(), "delete", c.ID, c.ProjectID))
	return nil
}

// updateCommitment is PATCH of one commitment through the API: refused while the record is locked.
func updateCommitment(kind string) handler {
	return func(s *Sim, k *call) (reply, error) {
		patch, project, err := k.wrapped(kind)
		if err != nil {
			return reply{}, err
		}
		c, err := s.visibleCommitment(k, kind, project)
		if err != nil {
			return reply{}, err
		}
		if err := s.checkLock(c.itemType(), c.ID, c.lastDetail, patch); err != nil {
			return reply{}, err
		}
		if err := s.patchCommitment(c, patch); err != nil {
			return reply{}, err
		}
		s.raise(s.byApp(k, c.resource(), "update", c.ID, c.ProjectID))
		return ok(s.renderCommitment(c, true, false))
	}
}

// wrapped takes the record out of {project_id, <key>: {...}} and drops the lines, which have calls of their own.
func (k *call) wrapped(key string) (json.RawMessage, wireID, error) {
	var body map[string]json.RawMessage
	if err := k.decode(&body); err != nil {
		return nil, 0, err
	}
	var project wireID
	if raw, named := body["project_id"]; named {
		if err := json.Unmarshal(raw, &project); err != nil {
			return nil, 0, badRequest("project_id", err.Error())
		}
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body[key], &fields); err != nil {
		return nil, 0, badRequest(key, "is required and must be an object")
	}
	delete(fields, "line_items")
	patch, err := json.Marshal(fields)
	return patch, project, err
}

// checkLock refuses edits of a record that is synced, and of the locked fields of one that is on its way (documented: an edit of a synced
// record is 422; sending locks company, title, status and retainage).
func (s *Sim) checkLock(itemType string, id, detail int64, patch json.RawMessage) error {
	if s.externalOf(itemType, id).OriginID != "" {
		return invalid("base", "is synced with the ERP and locked; unlink it to make changes")
	}
	d, known := s.data.details.get(detail)
	if !known || d.closed() {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(patch, &fields); err != nil {
		return badRequest("body", "cannot be read: "+err.Error())
	}
	for _, name := range []string{"vendor_id", "title", "status", "retainage_percent"} {
		if _, named := fields[name]; named {
			return invalid(name, "is locked while the record is on its way to the ERP")
		}
	}
	return nil
}
