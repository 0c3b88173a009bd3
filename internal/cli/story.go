package cli

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/procpac/procpac/internal/ops"
)

// printStory writes an effect's story for a person: what it is, what it sets
// out to do, what is wrong, and everything that happened.
func (s *shell) printStory(story ops.Story) error {
	var b bytes.Buffer
	s.writeHead(&b, story)
	writeSection(&b, "Refused because", problems(story))
	if len(story.Choices) > 0 {
		writeSection(&b, "What failed", s.failures(story))
		writeSection(&b, "What can be done", choices(story))
	}
	writeSection(&b, "May stand in Jobpac unseen", named(story, story.Doubts))
	writeSection(&b, "Steps", steps(story))
	writeSection(&b, "Links in Procore", links(story))
	writeSection(&b, "Notes", story.Plan.Notes)
	s.writeHistory(&b, story)
	_, err := s.Out.Write(b.Bytes())
	return err
}

// writeHead tells what the effect is, leaving out what is not known.
func (s *shell) writeHead(b *bytes.Buffer, story ops.Story) {
	e := story.Effect
	fmt.Fprintf(b, "%s  %s\n", plain(e.ID), plain(e.State))
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, pair := range [][2]string{
		{"title", e.Title}, {"in Procore", e.ProcoreNo}, {"in Jobpac", e.Number}, {"reference", e.Ref}, {"project", e.Project},
		{"creditor", e.Creditor}, {"total", e.Total}, {"class", failed(story)}, {"rule", e.Rule}, {"reason", e.Reason}, {"first seen", s.when(e.First)},
		{"last change", s.when(e.Updated)}, {"goes on at", s.when(e.WakeAt)}, {"failed tries", number(int64(e.Attempt))},
		{"read from", readFrom(story)}, {"ERP request", requestOf(story)}, {"event", e.Event},
	} {
		if pair[1] != "" {
			fmt.Fprintf(t, "  %s\t%s\n", pair[0], plain(pair[1]))
		}
	}
	_ = t.Flush() // into memory: cannot fail
}

// readFrom names the record of Procore that was read by itself.
func readFrom(story ops.Story) string {
	if s := story.Plan.Source; s != nil {
		return fmt.Sprintf("%s %d of project %d", s.Resource, s.ID, s.Project)
	}
	return ""
}

// requestOf is the ERP request that asked for the effect, if one did.
func requestOf(story ops.Story) string {
	if story.Plan.Source != nil {
		return ""
	}
	return number(story.Effect.Request)
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// writeSection writes a heading and its lines, or nothing.
func writeSection(b *bytes.Buffer, heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", heading)
	for _, line := range lines {
		fmt.Fprintf(b, "  %s\n", plain(line))
	}
}

func problems(story ops.Story) []string {
	var lines []string
	for _, p := range story.Plan.Problems {
		lines = append(lines, strings.TrimLeft(p.Where+": ", ": ")+p.Message+" ("+p.Rule+")")
	}
	return lines
}

// failed is the class of the last failure, where that is still of interest.
func failed(story ops.Story) string {
	if len(story.Choices) == 0 {
		return ""
	}
	return story.Class
}

// failures tells every try that failed, and what was answered last.
func (s *shell) failures(story ops.Story) []string {
	var lines []string
	for _, a := range story.Attempts {
		head := fmt.Sprintf("%s  try %d  %s", s.exactly(a.At), a.Try, a.State)
		if a.Step != "" {
			head += "  " + stepName(story, a.Step)
		}
		what := strings.TrimPrefix(a.Class+": "+a.Answer, ": ")
		if a.Answer == "" {
			what = strings.TrimPrefix(a.Class+": "+a.Reason, ": ")
		}
		lines = append(lines, head+"  "+what)
	}
	return lines
}

// choices tells what a person can do, each with its command.
func choices(story ops.Story) []string {
	var lines []string
	for _, c := range story.Choices {
		command := "procpac replay " + story.Effect.ID
		switch c.Do {
		case "replay":
		case "adopt":
			command = "procpac resolve " + story.Effect.ID + " --adopt JOBPAC_NUMBER --reason TEXT"
		default:
			command = "procpac resolve " + story.Effect.ID + " --" + c.Do + " --reason TEXT"
		}
		lines = append(lines, command, "    "+c.Words)
	}
	return lines
}

func steps(story ops.Story) []string {
	var lines []string
	for i, step := range story.Plan.Steps {
		lines = append(lines, fmt.Sprintf("%d. %s (%s)", i+1, step.Label, step.ID))
	}
	return lines
}

func links(story ops.Story) []string {
	var lines []string
	for _, l := range story.Plan.Links {
		lines = append(lines, fmt.Sprintf("%s %d = %s", l.Type, l.ID, l.Origin))
	}
	return lines
}

// named gives steps their labels.
func named(story ops.Story, ids []string) []string {
	lines := make([]string, len(ids))
	for i, id := range ids {
		lines[i] = stepName(story, id)
	}
	return lines
}

// stepName is a step as a person knows it: by the label it has in the latest
// plan, or by its id.
func stepName(story ops.Story, id string) string {
	for _, step := range story.Plan.Steps {
		if step.ID == id && step.Label != "" {
			return step.Label
		}
	}
	return id
}

// writeHistory writes one line per arrow, and below it why.
func (s *shell) writeHistory(b *bytes.Buffer, story ops.Story) {
	fmt.Fprint(b, "\nHistory\n")
	for _, entry := range story.History {
		r := entry.Record
		at := s.exactly(r.At)
		for _, m := range r.Moves {
			words := []string{string(m.To), stepName(story, m.Step)}
			if m.Found {
				words = append(words, "(found in Jobpac)")
			}
			fmt.Fprintf(b, "  %s  try %d  %s\n", at, r.Attempt+1, plain(strings.TrimSpace(strings.Join(words, " "))))
			at = strings.Repeat(" ", len(at))
			writeWhy(b, at, "because", m.Reason)
			writeWhy(b, at, "rule", m.Rule)
			writeWhy(b, at, "failure", strings.TrimPrefix(m.Class+": "+m.Cause, ": "))
			writeWhy(b, at, "goes on at", s.when(m.WakeAt))
		}
		writeWhy(b, at, "asked for by", r.Actor)
		if r.Closed != nil {
			writeWhy(b, at, "closed in Procore", strings.TrimSpace(r.Closed.Outcome+" "+strings.Join(r.Closed.Messages, " ")))
		}
	}
}

// writeWhy writes one remark below an arrow, or nothing.
func writeWhy(b *bytes.Buffer, indent, name, text string) {
	if text = strings.TrimSuffix(strings.TrimSpace(text), ":"); text != "" {
		fmt.Fprintf(b, "  %s    %s: %s\n", strings.Repeat(" ", len(indent)), name, plain(text))
	}
}
