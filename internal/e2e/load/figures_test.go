package main

import (
	"bufio"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/flow"
	"github.com/procpac/procpac/internal/journal"
)

func TestPathCountsCallsSideBySideOnce(t *testing.T) {
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	call := func(from, to int) span {
		return span{start.Add(time.Duration(from) * time.Millisecond), start.Add(time.Duration(to) * time.Millisecond)}
	}
	calls := []span{call(60, 80), call(0, 20), call(10, 30), call(12, 18)}
	if path, sum := pathOf(calls), sumOf(calls); path != 50*time.Millisecond || sum != 66*time.Millisecond {
		t.Errorf("path %s, sum %s; want 50ms and 66ms", path, sum)
	}
}

func TestFigures(t *testing.T) {
	if got := span3([]float64{3, 1, 2}, 1); got != "2.0 [1.0..3.0]" {
		t.Errorf("span3: %q", got)
	}
	if got := median(ratios([]float64{4, 9, 5}, []float64{2, 3, 5})); got != 2 {
		t.Errorf("median of ratios is %v, want 2", got)
	}
	if got := at([]time.Duration{1, 2, 3, 4}, 100); got != 4 {
		t.Errorf("the 100th percentile is %d, want the last", got)
	}
}

func TestAnswer(t *testing.T) {
	for head, want := range map[string]string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP": "",
		"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n":     "answered HTTP/1.1 503 Busy",
		"HTTP/1.1 200 OK\r\n":                                "EOF",
	} {
		g := &gun{in: bufio.NewReader(strings.NewReader(head))}
		err := g.answer()
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%q: got %v, want %q", head, err, want)
		}
	}
}

// kept is a journal that keeps what it is given.
type kept struct {
	flow.Journal
	records []journal.Record
}

func (k *kept) Append(_ context.Context, _ journal.Key, r journal.Record, after uint64) (uint64, error) {
	k.records = append(k.records, r)
	return after + 1, nil
}

func TestSplittingStoresEveryArrowByItself(t *testing.T) {
	k := &kept{}
	record := journal.Record{
		Plan: &journal.Plan{Title: "steel"}, Closed: &journal.Closing{Request: 7},
		Moves: []journal.Move{{To: journal.Planned}, {To: journal.Claimed}, {To: journal.Intent}},
	}
	last, err := splitting{k}.Append(t.Context(), journal.Key{}, record, 40)
	if err != nil || last != 43 || len(k.records) != 3 {
		t.Fatalf("got sequence %d, %d records, %v; want 43, 3, nil", last, len(k.records), err)
	}
	for i, r := range k.records {
		if len(r.Moves) != 1 || r.Moves[0].To != record.Moves[i].To || (r.Plan != nil) != (i == 0) || (r.Closed != nil) != (i == 2) {
			t.Errorf("record %d is %+v", i, r)
		}
	}
	if _, err := (splitting{k}).Append(t.Context(), journal.Key{}, journal.Record{Closed: record.Closed}, last); err != nil || len(k.records) != 4 {
		t.Errorf("a record without arrows: %d records, %v", len(k.records), err)
	}
}
