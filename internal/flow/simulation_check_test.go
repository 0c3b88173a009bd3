package flow

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// fortune is how one document ended.
type fortune int

const (
	endedStanding fortune = iota // once, with exactly the lines of one version
	endedParked                  // a person's turn, refused, or given up: with words
	endedDoubled
	endedLost
)

// stands gathers what Jobpac has of a document: its headers by our reference,
// its lines by their text.
func (w *world) stands(d *simDocument) (headers []*simRow, lines map[int][]*simRow) {
	lines = map[int][]*simRow{}
	for _, row := range w.jobpac.rows {
		if d.hasHeader() && row.values[erp.ColReference] == d.reference() && row.values[erp.ColItem] == "" {
			headers = append(headers, row)
		}
		for nr := 1; nr < 10; nr++ {
			if row.values[erp.ColItem] != "" && row.values[erp.ColDescription] == d.text(nr) {
				lines[nr] = append(lines[nr], row)
			}
		}
	}
	return headers, lines
}

// isDoubled tells whether anything of a document stands twice.
func (w *world) isDoubled(d *simDocument) bool {
	headers, lines := w.stands(d)
	if len(headers) > 1 {
		return true
	}
	for _, rows := range lines {
		if len(rows) > 1 {
			return true
		}
	}
	return false
}

// complete tells whether a document stands once and exactly as one of its
// versions, held against a model of its own that shares nothing with the road.
func (w *world) complete(d *simDocument) (version int, ok bool) {
	for v := range d.versions {
		if w.isVersion(d, d.versions[v]) {
			return v, true
		}
	}
	return 0, false
}

func (w *world) isVersion(d *simDocument, v simVersion) bool {
	headers, lines := w.stands(d)
	under := ""
	switch {
	case d.hasHeader() && (len(headers) != 1 || headers[0].values[erp.ColDescription] != v.title):
		return false
	case d.hasHeader():
		under = headers[0].key
	default:
		under = "01|" + d.of.code
	}
	if len(lines) != len(v.lines) || !w.totalled(d, headers, v) {
		return false
	}
	for _, l := range v.lines {
		rows := lines[l.nr]
		if len(rows) != 1 || rows[0].values[erp.ColValue] != erp.Money(l.cents).String() || !strings.HasPrefix(rows[0].key, under+"|") {
			return false
		}
	}
	return true
}

// totalled tells whether the header's own sum, where it has one, is that of
// the lines.
func (w *world) totalled(d *simDocument, headers []*simRow, v simVersion) bool {
	if len(headers) == 0 {
		return true
	}
	sum := 0
	for _, l := range v.lines {
		sum += l.cents
	}
	for _, name := range []erp.Name{erp.ColContractSum, erp.ColApprovedSum} {
		if text, ok := headers[0].values[name]; ok && text != erp.Money(sum).String() {
			return false
		}
	}
	return true
}

// judge says how a document ended, and complains of what must not be.
func (w *world) judge(d *simDocument) fortune {
	e := w.journal.effects[d.key()]
	version, whole := w.complete(d)
	switch {
	case w.isDoubled(d):
		w.failLocked("%s is doubled in Jobpac", d.key())
		return endedDoubled
	case w.naive != nil && !whole:
		w.failLocked("%s is lost", d.key())
		return endedLost
	case w.naive != nil:
		return endedStanding
	case !e.State.Settled() || e.State == journal.Superseded:
		w.failLocked("%s ends as %q: %s", d.key(), e.State, e.Last.Reason)
		return endedLost
	case e.State == journal.Done && (!whole || !d.same(version, w.served(d, e))):
		w.failLocked("%s is done, and Jobpac has not what request %d asks for", d.key(), e.Request)
		return endedLost
	case e.State == journal.Done && !d.same(version, len(d.versions)-1):
		w.failLocked("%s is done with the content of version %d, and was sent again with other content later", d.key(), version)
		return endedLost
	case e.Stands && !whole:
		w.failLocked("%s is said to stand in Jobpac and does not", d.key())
		return endedLost
	case e.State == journal.Done:
		w.judgeApprovals(d, e)
		return endedStanding
	}
	w.judgeParked(d, e)
	return endedParked
}

// same tells whether two versions have the same content.
func (d *simDocument) same(a, b int) bool {
	if a < 0 || b < 0 {
		return false
	}
	titled := d.hasHeader() // else Jobpac has no place for it
	return (!titled || d.versions[a].title == d.versions[b].title) && slices.Equal(d.versions[a].lines, d.versions[b].lines)
}

// served is the version that an effect's request asks for.
func (w *world) served(d *simDocument, e journal.Effect) int {
	at := slices.IndexFunc(d.sendings, func(s sending) bool { return s.request == erp.ID(e.Request) })
	if at < 0 {
		return -1
	}
	return d.sendings[at].version
}

// judgeParked asks of everything that waits for a person, or was refused,
// whether there are words, and whether it had to be.
func (w *world) judgeParked(d *simDocument, e journal.Effect) {
	w.passed[string(e.State)+" "+e.Last.Rule]++
	if e.Last.Reason == "" {
		w.failLocked("%s is %s without a word", d.key(), e.State)
	}
	if w.unique && w.belief == Verified && !w.hadTo(d, e) {
		w.failLocked("%s is %s, which it need not be (%s): %s", d.key(), e.State, e.Last.Rule, e.Last.Reason)
	}
}

// hadTo tells whether a document may be parked although Jobpac refuses
// doubles: its content changed under way, its commitment does not stand, or it
// was in doubt for longer than is looked for it.
func (w *world) hadTo(d *simDocument, e journal.Effect) bool {
	edited := []string{ruleChanged, ruleDiffers, ruleEarlierStands, ruleExtra}
	switch {
	case e.State != journal.Parked:
		return false
	case len(d.versions) > 1 && slices.Contains(edited, e.Last.Rule):
		return true
	case e.Last.Rule == ruleWaitedTooLong:
		return d.of != nil && !w.journal.effects[d.of.key()].Stands
	case e.Last.Rule == ruleUnseen:
		for _, m := range e.Steps {
			if m.Doubtful() && e.At.Sub(m.Since) >= sendLimit+w.quiet+time.Hour {
				return true
			}
		}
	}
	return false
}

// judgeDetails asks of every request whether the approver was told, and told
// the truth. A success that was told and not recorded may be overtaken by other
// content; one that is on record stands.
func (w *world) judgeDetails(d *simDocument) {
	for _, s := range d.sendings {
		c, told := w.procore.details[s.request+1000]
		recorded := slices.Contains(w.journal.dones[d.key()], int64(s.request))
		overtaken := !d.same(s.version, len(d.versions)-1)
		switch {
		case !told:
			w.failLocked("the detail of request %d, %s, was never closed", s.request, d.key())
		case len(c.messages) == 0 || c.messages[0] == "":
			w.failLocked("the detail of request %d, %s, was closed as %s without a word", s.request, d.key(), c.outcome)
		case recorded && !d.reverted(s) && !w.has(d, s.version):
			w.failLocked("request %d was done, and %s has other content in Jobpac now", s.request, d.key())
		case c.outcome == erp.Success && !overtaken && !d.reverted(s) && !w.has(d, s.version):
			w.failLocked("the detail of request %d, %s, was closed as success, and Jobpac has not what it asks for", s.request, d.key())
		}
	}
}

// reverted tells whether a sending's content was sent again after other
// content: then the document was begun anew, and may be overtaken.
func (d *simDocument) reverted(s sending) bool {
	other := false
	for _, later := range d.sendings {
		if later.request <= s.request {
			continue
		}
		if !d.same(later.version, s.version) {
			other = true
		} else if other {
			return true
		}
	}
	return false
}

// has tells whether Jobpac has a document once, with that version's content.
func (w *world) has(d *simDocument, version int) bool {
	have, whole := w.complete(d)
	return whole && d.same(have, version)
}

// judgeLinks asks whether what is done is linked to where it stands.
func (w *world) judgeLinks(d *simDocument) {
	headers, lines := w.stands(d)
	for nr, rows := range lines {
		if link := w.procore.links[d.id*100+erp.ID(nr)]; link.Origin != rows[0].key {
			w.failLocked("line %d of %s is linked to %q and stands as %q", nr, d.key(), link.Origin, rows[0].key)
		}
	}
	if link := w.procore.links[d.id]; len(headers) > 0 && link.Origin != headers[0].key {
		w.failLocked("%s is linked to %q and stands as %q", d.key(), link.Origin, headers[0].key)
	}
}

// judgeRows complains of rows that belong to no document.
func (w *world) judgeRows() {
	known := map[*simRow]bool{}
	for _, d := range w.documents {
		headers, lines := w.stands(d)
		for _, row := range headers {
			known[row] = true
		}
		for _, rows := range lines {
			for _, row := range rows {
				known[row] = true
			}
		}
	}
	for _, row := range w.jobpac.rows {
		if !known[row] {
			w.failLocked("Jobpac has %s %s, which nobody asked for", row.kind, row.key)
		}
	}
}

// picture is everything that Jobpac and Procore show to people.
func (w *world) picture() string {
	var b strings.Builder
	for _, row := range w.jobpac.rows {
		fmt.Fprintln(&b, row.kind, row.key, row.values)
	}
	fmt.Fprintln(&b, w.procore.links)
	for id := range erp.ID(len(w.procore.requests)) {
		fmt.Fprintln(&b, id+1001, w.procore.details[id+1001])
	}
	return b.String()
}
