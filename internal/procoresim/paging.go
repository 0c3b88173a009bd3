package procoresim

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// limits are the page sizes of one family of lists.
type limits struct{ usual, most int }

func (s *Sim) v1Limits() limits { return limits{usual: s.settings.DefaultPerPage, most: 2000} }

// v2Limits are documented.
func v2Limits() limits { return limits{usual: 10, most: 100} }

// page cuts one page out of rows and makes the headers Link, Total and Per-Page (documented for both versions).
func page[T any](k *call, rows []T, lim limits) ([]T, http.Header, error) {
	number, err := positive(k.query, "page", 1)
	if err != nil {
		return nil, nil, err
	}
	size, err := positive(k.query, "per_page", lim.usual)
	if err != nil {
		return nil, nil, err
	}
	size = min(size, lim.most)
	from := min((number-1)*size, len(rows))
	header := http.Header{"Total": {strconv.Itoa(len(rows))}, "Per-Page": {strconv.Itoa(size)}}
	if links := pageLinks(k, number, size, len(rows)); links != "" {
		header["Link"] = []string{links}
	}
	return rows[from:min(from+size, len(rows))], header, nil
}

func positive(q url.Values, name string, usual int) (int, error) {
	text := q.Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1<<31 {
		return 0, badRequest(name, fmt.Sprintf("is %q; it must be a number from 1", text))
	}
	return n, nil
}

// pageLinks leaves out every rel that would lead nowhere.
func pageLinks(k *call, number, size, total int) string {
	last := max(1, (total+size-1)/size)
	var links []string
	add := func(rel string, n int, wanted bool) {
		if wanted {
			links = append(links, fmt.Sprintf("<%s>; rel=%q", pageURL(k, n, size), rel))
		}
	}
	add("first", 1, number > 1)
	add("prev", number-1, number > 1)
	add("next", number+1, number < last)
	add("last", last, number < last)
	return strings.Join(links, ", ")
}

func pageURL(k *call, number, size int) string {
	u := *k.Request().URL
	q := u.Query()
	q.Set("page", strconv.Itoa(number))
	q.Set("per_page", strconv.Itoa(size))
	u.RawQuery = q.Encode()
	u.Host, u.Scheme = k.Request().Host, k.Scheme()
	return u.String()
}

// listV1 answers with one page of rows as a bare array.
func listV1[T any](s *Sim, k *call, rows []*T, render func(*T) obj) (reply, error) {
	part, header, err := page(k, rows, s.v1Limits())
	return reply{status: http.StatusOK, body: rendered(part, render), header: header}, err
}

// listV2 answers with one page of rows in a data envelope.
func listV2[T any](k *call, rows []*T, render func(*T) obj) (reply, error) {
	part, header, err := page(k, rows, v2Limits())
	return reply{status: http.StatusOK, body: obj{"data": rendered(part, render)}, header: header}, err
}

func rendered[T any](rows []*T, render func(*T) obj) []obj {
	list := make([]obj, len(rows))
	for i, row := range rows {
		list[i] = render(row)
	}
	return list
}

// in passes rows whose value is one of those asked for; without a filter all pass. Letter case does not count.
func in[T any](wanted []string, value func(*T) string) func(*T) bool {
	return func(row *T) bool {
		return len(wanted) == 0 || slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, value(row)) })
	}
}

// span is a closed range of time; a zero end is open.
type span struct{ from, to time.Time }

// within passes rows whose time lies in the range of filters[name], written from...to (documented: three dots).
func within[T any](k *call, name string, value func(*T) time.Time) (func(*T) bool, error) {
	texts := k.filter(name)
	if len(texts) == 0 {
		return func(*T) bool { return true }, nil
	}
	sp, err := parseSpan(texts[0])
	if err != nil {
		return nil, badRequest(name, err.Error())
	}
	return func(row *T) bool { return sp.holds(value(row)) }, nil
}

func (sp span) holds(t time.Time) bool {
	return !t.Before(sp.from) && (sp.to.IsZero() || !t.After(sp.to))
}

func parseSpan(text string) (span, error) {
	from, to, ranged := strings.Cut(text, "...")
	start, err := parseMoment(from)
	if err != nil || !ranged {
		return span{from: start, to: start}, err
	}
	end, err := parseMoment(to)
	return span{from: start, to: end}, err
}

func parseMoment(text string) (time.Time, error) {
	text = strings.Trim(text, `"`)
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("is %q; write it as 2026-01-31T00:00:00Z or as from...to", text)
}
