package procore

import (
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// perPage is how many rows we ask for at once: v2 gives no more (documented).
// mostPages is where a list without end is given up.
const (
	perPage   = 100
	mostPages = 10_000
)

// onePage is one page of a list; more: another follows.
type onePage[T any] struct {
	rows []T
	more bool
}

// pages walks a list of either version page by page. id tells rows apart: a
// list that answers every page with the same rows does not page. After an error
// the sequence ends.
func pages[T any](page func(number int) (onePage[T], error), id func(T) erp.ID) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var before erp.ID
		for number := 1; number <= mostPages; number++ {
			got, err := page(number)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			if len(got.rows) == 0 || id(got.rows[0]) == before {
				return
			}
			before = id(got.rows[0])
			for _, row := range got.rows {
				if !yield(row, nil) {
					return
				}
			}
			if !got.more {
				return
			}
		}
	}
}

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
