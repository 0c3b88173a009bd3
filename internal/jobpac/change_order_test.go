package jobpac

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

func TestVariations(t *testing.T) {
	fake := newServer(t)
	fake.on("/VariationListing", says(200, `{"data":[
		{"CostingWorkId":"01","Job":"1001","Variation":"V00001","SiteReference":"PCO7"},
		{"WorkId":"02","CostingWorkId":"01","Job":"1001","Variation":"V00001"},
		{"WorkId":"01","Job":"1002","Variation":"V00001"},{"WorkId":"01","Job":"1001","Variation":"V00002"}]}`))
	fake.on("/VariationItemListing", says(200, `{"data":[{"WorkId":"01","Job":"1001","Variation":"V00001","VariationItem":"1","SubcontractPriceApproved":"5.00"},
		{"WorkId":"01","Job":"1001","Variation":"V00002","VariationItem":"2"}]}`))
	c := newTestClient(t, fake, nil)
	book, err := c.Variations(t.Context(), erp.VariationKey{WorkID: "01", Job: "1001", Variation: "v00001"})
	if got := shape(book); err != nil || got != "variation:PCO7[1]" {
		t.Errorf("%q %v", got, err)
	}
	if got := book.Documents[0].Items[0].Get(erp.ColValue); got != "5.00" {
		t.Errorf("value %q", got)
	}
	const want = "map[CostingWorkId:01 Job:1001 Token:TOKEN-1 Variation:v00001]"
	for _, path := range []string{"/VariationListing", "/VariationItemListing"} {
		if got := fmt.Sprint(fake.queries(path)[0]); got != want {
			t.Errorf("%s %s", path, got)
		}
	}
}

func TestVariationsOfAWholeJob(t *testing.T) {
	fake := newServer(t)
	fake.on("/VariationListing", says(200, `{"data":[{"WorkId":"01","Job":"1001","Variation":"V00001"},{"WorkId":"01","Job":"1001","Variation":"X"}]}`))
	c := newTestClient(t, fake, nil)
	book, err := c.Variations(t.Context(), erp.VariationKey{Job: "1001"})
	if err != nil || len(book.Documents) != 2 || fake.count("/VariationItemListing") != 0 || fake.count("/VariationListing") != 1 {
		t.Errorf("%s %v", shape(book), err)
	}
	if _, sent := fake.queries("/VariationListing")[0]["Variation"]; sent {
		t.Error("a whole register is asked with a number")
	}
}

// A register longer than the cap is read to its end.
func TestVariationsOfALongRegister(t *testing.T) {
	const total = 2*longListing + 40
	fake := newServer(t)
	fake.on("/VariationListing", func(w http.ResponseWriter, r *http.Request) {
		var rows []string
		for i := 1; i <= total && len(rows) < longListing; i++ {
			if number := fmt.Sprintf("V%05d", i); number >= r.URL.Query().Get("StartVariation") {
				rows = append(rows, fmt.Sprintf(`{"WorkId":"01","Job":"1001","Variation":"%s"}`, number))
			}
		}
		fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(rows, ","))
	})
	c := newTestClient(t, fake, nil)
	book, err := c.Variations(t.Context(), erp.VariationKey{Job: "1001"})
	if err != nil || len(book.Documents) != total {
		t.Errorf("%d variations, want %d: %v", len(book.Documents), total, err)
	}
}

// One that ignores where we are asks no endless question.
func TestVariationsOfARegisterThatDoesNotMoveOn(t *testing.T) {
	fake := newServer(t)
	same := `{"WorkId":"01","Job":"1001","Variation":"V1"}`
	fake.on("/VariationListing", says(200, `{"data":[`+same+strings.Repeat(","+same, longListing)+`]}`))
	c := newTestClient(t, fake, nil)
	book, err := c.Variations(t.Context(), erp.VariationKey{Job: "1001"})
	if err != nil || len(book.Documents) != 1 || fake.count("/VariationListing") != 2 {
		t.Errorf("%s %v after %d calls", shape(book), err, fake.count("/VariationListing"))
	}
}
