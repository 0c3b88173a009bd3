package jobpac

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

// planned is where the windows of an answer with these sections end. Capital
// letters stand for one row each, and > before a section says that it is the
// end that was asked.
func planned(sections string, size int) string {
	w := &walk{src: claimCodeSource()}
	q := question{size: size}
	for _, section := range strings.Fields(sections) {
		name, atEnd := strings.CutPrefix(section, ">")
		r := row{"Section": name}
		q.rows = append(q.rows, r)
		if atEnd {
			x := codes("Section")
			q.bounds = []bound{{axis: x, fin: &name}}
			continue
		}
		q.kept = append(q.kept, r)
	}
	return strings.Join(w.plan(codes("Section"), q), " ")
}

func TestWhereWindowsEnd(t *testing.T) {
	for _, test := range []struct {
		sections string
		size     int
		want     string
	}{
		{"A B C D E F G H I J", 10, "I"},            // nine tenths, and the last one seen is left out
		{"A B C D E F G H I J", 4, "C D E F G H I"}, // three rows at a time, those at both ends included
		{"A A B B C C D D E E", 5, "B C D"},         // never less than one value
		{"A B C", 3, "B"},                           // the fewest that can be cut
		{"A B", 2, ""},                              // the second may go on behind what was shown
		{"A B >C", 3, "B"},                          // but not where the end of the range was shown
		{"A >B", 2, ""},                             // a window must keep something
		{"J I H G F E D C B A", 10, "D F H I"},      // a list in another order shows some rows of each window only
		{"A A A A A A A A A B B C D", 13, "B C"},    // a value may be more than fits: it is asked for alone
		{"", 0, ""},
	} {
		if got := planned(test.sections, test.size); got != test.want {
			t.Errorf("%s of %d: %q, want %q", test.sections, test.size, got, test.want)
		}
	}
}

// More jobs than a mark holds are read on from the list of jobs.
func TestManyJobs(t *testing.T) {
	b := newBooks(t)
	b.cap = 100
	var jobs, claims []row
	for i := range 3*maxQueue + 5 {
		job := fmt.Sprintf("J%04d", i)
		jobs = append(jobs, row{"WorkId": "01", "Job": job})
		claims = append(claims, row{"WorkId": "01", "Job": job, "Section": "A", "ClaimCode": "1"})
	}
	b.put("/JobListing", jobs, "Job")
	b.put("/ClaimCodeListing", claims, "Job")
	rows, marks, _ := readAll(t, b, erp.Reading{Listing: erp.ListClaimCodes, WorkID: "01"}, true)
	if diff := differ(wantNames(jobs, "Job"), names(rows, erp.ColJob)); diff != "" {
		t.Error(diff)
	}
	if longest := slices.MaxFunc(marks, func(a, b string) int { return len(a) - len(b) }); len(longest) > 1500 {
		t.Errorf("a mark of %d characters", len(longest))
	}
}

func TestOnlySoManyRowsOfAnAnswerAreLookedAt(t *testing.T) {
	b := newBooks(t)
	c := bookClient(t, b, nil)
	for rows, more := range map[int]bool{answerRows: false, answerRows + 1: true} {
		b.put("/CostCentreListing", centreRowsOf("1001", rows), "CostCode")
		got, err := c.listSome(t.Context(), costCentreListing(), nil)
		if err != nil || len(got.rows) != answerRows || got.more != more {
			t.Errorf("%d rows of %d, more %v, %v", len(got.rows), rows, got.more, err)
		}
	}
}
