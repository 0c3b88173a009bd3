package opsapi

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/ops"
)

// The parameters of the two listings.
var (
	effectParameters = [...]string{"connection", "kind", "state", "project", "ref", "since", "until", "text", "limit", "after"}
	eventParameters  = [...]string{"connection", "ref", "since", "until", "text", "limit", "after"}
)

// parseQuery reads a listing's parameters. Only the known ones are taken, and
// all but kind and state only once.
func parseQuery(values url.Values, known []string, now time.Time) (ops.Query, error) {
	for name, given := range values {
		if !slices.Contains(known, name) {
			return ops.Query{}, &ops.Invalid{Field: name, Value: given[0], Rule: "is not a parameter of this call; it takes " + strings.Join(known, ", ")}
		}
		if len(given) > 1 && name != "kind" && name != "state" {
			return ops.Query{}, &ops.Invalid{Field: name, Value: given[1], Rule: "may be given only once"}
		}
	}
	q := ops.Query{
		Connection: values.Get("connection"), Kinds: Words(values["kind"]), States: Words(values["state"]),
		Project: values.Get("project"), Ref: values.Get("ref"), Text: values.Get("text"), After: values.Get("after"),
	}
	err := parseBounds(&q, values.Get("since"), values.Get("until"), values.Get("limit"), now)
	return q, err
}

// parseBounds reads the times and the limit.
func parseBounds(q *ops.Query, since, until, limit string, now time.Time) error {
	var err error
	if q.Since, err = ParseTime("since", since, now); err != nil {
		return err
	}
	if q.Until, err = ParseTime("until", until, now); err != nil {
		return err
	}
	if limit == "" {
		return nil
	}
	if q.Limit, err = strconv.Atoi(limit); err != nil || q.Limit < 1 {
		return &ops.Invalid{Field: "limit", Value: limit, Rule: "must be a number from 1 to 1000"}
	}
	return nil
}

// Words splits lists written with commas, drops blanks and keeps the order:
// "a,b" and "c" give a, b, c.
func Words(given []string) []string {
	var words []string
	for _, list := range given {
		for word := range strings.SplitSeq(list, ",") {
			if word = strings.TrimSpace(word); word != "" {
				words = append(words, word)
			}
		}
	}
	return words
}

// ParseTime reads a moment: RFC 3339 (2026-03-01T08:00:00+11:00), a day or a
// day and minute in the time zone of now (2026-03-01, 2026-03-01 08:00), or
// how long ago (90m, 24h ago, 7d). Empty text is the zero time. The error is
// an *ops.Invalid that names the field.
func ParseTime(field, text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return at, nil
		}
	}
	if ago, ok := parseAge(strings.TrimSpace(strings.TrimSuffix(text, "ago"))); ok {
		return now.Add(-ago), nil
	}
	return time.Time{}, &ops.Invalid{Field: field, Value: text, Rule: "must be a time such as 2026-03-01T08:00:00+11:00 or 2026-03-01, or an age such as 90m, 24h or 7d"}
}

// maxAgeDays keeps an age inside what a time.Duration holds.
const maxAgeDays = 36500

// parseAge reads a duration; beside Go's units it knows d, a day of 24 hours.
func parseAge(text string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err == nil && n >= 0 && n <= maxAgeDays
	}
	age, err := time.ParseDuration(text)
	return age, err == nil && age >= 0
}

// values writes a query as parameters; parseQuery reads them back.
func values(q ops.Query) url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("connection", q.Connection)
	set("kind", strings.Join(q.Kinds, ","))
	set("state", strings.Join(q.States, ","))
	set("project", q.Project)
	set("ref", q.Ref)
	set("since", moment(q.Since))
	set("until", moment(q.Until))
	set("text", q.Text)
	set("after", q.After)
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return v
}

// moment writes a time for the wire; the zero time is no text.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
