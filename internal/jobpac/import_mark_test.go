package jobpac

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

func TestMarksOfOthersAreRefused(t *testing.T) {
	b := newBooks(t)
	b.cap = 30
	b.put("/CostCentreListing", centreRowsOf("1001", 100), "CostCode")
	b.put("/JobListing", []row{{"WorkId": "01", "Job": "1001"}, {"WorkId": "01", "Job": "1002"}}, "Job")
	c := bookClient(t, b, nil)
	p := place{Of: readingOf(erp.Reading{Listing: erp.ListCentres, WorkID: "01", Job: "1001"}), Levels: []level{{Axis: 0, Ends: []string{"00010"}}}}
	mine := p.mark()
	if part, err := c.Read(t.Context(), erp.Reading{Listing: erp.ListCentres, WorkID: "01", Job: "1001", After: mine}); err != nil || len(part.Rows) == 0 {
		t.Fatalf("%d rows, %v", len(part.Rows), err)
	}
	code := func(text string) string { return cursorVersion + base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, r := range map[string]erp.Reading{
		"another job":     {Listing: erp.ListCentres, WorkID: "01", Job: "1002", After: mine},
		"all jobs":        {Listing: erp.ListCentres, WorkID: "01", After: mine},
		"another WorkID":  {Listing: erp.ListCentres, WorkID: "02", Job: "1001", After: mine},
		"another listing": {Listing: erp.ListCentreCosts, WorkID: "01", Job: "1001", After: mine},
		"no mark":         {Listing: erp.ListCentres, WorkID: "01", Job: "1001", After: "17"},
		"newer version":   {Listing: erp.ListCentres, WorkID: "01", Job: "1001", After: "2." + strings.TrimPrefix(mine, cursorVersion)},
		"not JSON":        {Listing: erp.ListCentres, WorkID: "01", Job: "1001", After: code("{")},
		"no such axis":    {Listing: erp.ListCentres, WorkID: "01", Job: "1001", After: code(`{"w":[{"a":9}]}`)},
		"no such order":   {Listing: erp.ListCentres, WorkID: "01", Job: "1001", After: code(`{"o":7}`)},
		"a range as set":  {Listing: erp.ListCentres, WorkID: "01", Job: "1001", After: code(`{"w":[{"a":0,"x":["A"]}]}`)},
	} {
		if _, err := c.Read(t.Context(), r); fault.Of(err) != fault.Permanent || !errors.Is(err, errMark) && !errors.Is(err, errForeign) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzMark(f *testing.F) {
	lo := "A"
	for _, l := range listings() {
		src, _ := sourceOf(l)
		p := place{Of: string(l), Job: "1001", Levels: []level{{Axis: 0, Lo: &lo, Ends: []string{"B"}}}}
		if p.sound(src) {
			f.Add(string(l), p.mark())
		}
	}
	f.Fuzz(func(t *testing.T, listing, mark string) {
		src, ok := sourceOf(erp.Listing(listing))
		if !ok {
			return
		}
		p, err := readMark(mark, listing, src)
		if err != nil {
			return
		}
		w := &walk{src: src, at: p, r: erp.Reading{WorkID: "01"}}
		_ = w.params(w.bounds())
		_, _ = keep(p.Order, w.bounds(), []row{{"Job": "1", "CostCode": "2"}})
		w.raise([]row{{"Job": "1", "CostCode": "2"}})
		for steps := 0; !w.advance(); steps++ {
			if steps > 10000 {
				t.Fatal("the windows do not end")
			}
		}
	})
}

func TestReadingsThatAskTooLittle(t *testing.T) {
	c := newTestClient(t, newServer(t), nil)
	for _, r := range []erp.Reading{{}, {Listing: "drawings"}, {Listing: erp.ListPayables}} {
		if _, err := c.Read(t.Context(), r); fault.Of(err) != fault.Permanent {
			t.Errorf("%+v: %v", r, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Read(ctx, erp.Reading{Listing: erp.ListJobs}); fault.Of(err) != fault.Transient {
		t.Error(err)
	}
}

func TestReadingNothing(t *testing.T) {
	fake := newServer(t)
	c := newTestClient(t, fake, nil)
	for _, l := range listings() {
		part, err := c.Read(t.Context(), erp.Reading{Listing: l, Creditor: "BRICKW"})
		if err != nil || len(part.Rows) > 0 || part.Next != "" {
			t.Errorf("%s: %d rows, next %q, %v", l, len(part.Rows), part.Next, err)
		}
	}
	if q := fake.queries("/GeneralLedgerDetailsByTimeListing"); len(q) != 1 || q[0]["StartLastUpdatedTimestamp"] != "1900-01-01T00:00:00.000Z" || q[0]["Creditor"] != "" {
		t.Errorf("%v", q)
	}
}

// A Jobpac without a cap may answer with far more rows than belong into one
// part, and with more than we take: neither is too much.
func TestAnAnswerWithoutEnd(t *testing.T) {
	b := newBooks(t)
	rows := centreRowsOf("1001", answerRows+700)
	b.put("/CostCentreListing", rows, "CostCode")
	got, marks, _ := readAll(t, b, erp.Reading{Listing: erp.ListCentres, WorkID: "01", Job: "1001"}, true)
	if diff := differ(wantNames(rows, "CostCode"), names(got, erp.ColCostCode)); diff != "" || len(marks) < 2 {
		t.Errorf("%d marks: %s", len(marks), diff)
	}
	fake := newServer(t)
	fake.on("/JobListing", says(http.StatusOK, `{"data":[{"Job":"1"},{"Job":"2"},{"Job":"`+strings.Repeat("3", bodyLimit)+`"}]}`))
	answer, err := newTestClient(t, fake, nil).listSome(t.Context(), jobListing(), nil)
	if err != nil || len(answer.rows) != 2 || !answer.more {
		t.Errorf("%d rows, more %v, %v", len(answer.rows), answer.more, err)
	}
}

func TestShortened(t *testing.T) {
	body := []byte(`{"ErrorMessage":"","data":[` + strings.Repeat(`{"Job":"1"},`, answerRows+50) + `{"Job":"2"}]}`)
	blank := strings.Repeat(" ", longBody)
	for name, test := range map[string]struct {
		a    answer
		rows int // left in the body; 0: it stays as it is
		torn bool
	}{
		"short":           {answer{status: 200, body: body}, 0, false},
		"long":            {answer{status: 200, body: append([]byte(blank), body...)}, answerRows + 1, false},
		"long, few rows":  {answer{status: 200, body: []byte(blank + `{"data":[{"Job":"1"}]}`)}, 0, false},
		"torn":            {answer{status: 200, err: errTooLong, body: append([]byte(blank), body[:200]...)}, 14, true},
		"torn in a row":   {answer{status: 200, err: errTooLong, body: []byte(blank + `{"data":[{"Job":`)}, 0, true},
		"refused":         {answer{status: 500, body: append([]byte(blank), body...)}, 0, false},
		"broken off":      {answer{status: 200, err: errUnreadable, body: append([]byte(blank), body...)}, 0, false},
		"data is no list": {answer{status: 200, body: []byte(blank + `{"data":{"Job":"1"}}`)}, 0, false},
		"no data":         {answer{status: 200, body: []byte(blank + `{"rows":[1]}`)}, 0, false},
	} {
		short, torn := shortened(test.a)
		if test.rows == 0 {
			if len(short.body) != len(test.a.body) || short.err != test.a.err || torn {
				t.Errorf("%s: changed to %d characters, %v", name, len(short.body), short.err)
			}
			continue
		}
		rows, words, err := envelope(short.body)
		if len(rows) != test.rows || words != "" || err != nil || short.err != nil || torn != test.torn {
			t.Errorf("%s: %d rows, %q, %v, torn %v", name, len(rows), words, err, torn)
		}
	}
}

// An error in a long answer is still an error.
func TestALongRefusal(t *testing.T) {
	fake := newServer(t)
	fake.on("/GSTCodeListing", says(http.StatusOK, strings.Repeat(" ", longBody)+`{"data":[],"ErrorMessage":"No such WorkId"}`))
	if _, err := newTestClient(t, fake, nil).Read(t.Context(), erp.Reading{Listing: erp.ListGSTCodes}); fault.Of(err) != fault.Permanent || fault.Said(err) != "No such WorkId" {
		t.Error(err)
	}
}
