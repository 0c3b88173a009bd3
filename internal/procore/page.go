package procore

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// follows tells whether another page follows one of that many rows. The rel
// "next" of the Link header decides, then the Total (both documented); its
// address is never called, we count the pages ourselves. Without either, a full
// page has a next one.
func follows(h http.Header, page, rows int) bool {
	if link := h.Values("Link"); len(link) > 0 {
		return hasNext(strings.Join(link, ","))
	}
	if total, err := strconv.Atoi(h.Get("Total")); err == nil {
		return rows > 0 && page*perPage < total
	}
	return rows == perPage
}

// hasNext finds rel="next" in a Link header.
func hasNext(link string) bool {
	for _, part := range strings.FieldsFunc(link, func(r rune) bool { return r == ',' || r == ';' }) {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if strings.EqualFold(name, "rel") && strings.EqualFold(strings.Trim(value, `" `), "next") {
			return true
		}
	}
	return false
}

// span is a range filter: two times joined by three dots (documented).
func span(from, to time.Time) string {
	return from.UTC().Format(time.RFC3339) + "..." + to.UTC().Format(time.RFC3339)
}
