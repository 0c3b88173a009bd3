package jobpac

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/procpac/procpac/internal/erp"
)

func testQuery(codes ...string) erp.FactsQuery {
	return erp.FactsQuery{
		Job: erp.JobKey{WorkID: "01", Job: "1001"}, Creditor: erp.CreditorKey{WorkID: "09", Creditor: "BRICKW"}, CostCodes: codes,
	}
}

// masters answers with one job, one creditor and the given cost codes, and
// with strangers that nobody asked for.
func masters(fake *server, codes ...string) {
	fake.on("/JobListing", says(200, `{"data":[
		{"WorkId":"02","Job":"1001","Description":"another company"},{"WorkId":"01","Job":"10010","Description":"another job"},
		{"WorkId":"01 ","Job":"1001  ","Description":"Harbour Street  ","Active":"Y","AllowCostUpdates":"n","FinanciallyComplete":"","Status":"A"}]}`))
	fake.on("/CreditorListing", says(200, `{"data":[{"CreditorWorkId":"01","Creditor":"BRICKW","Name":"another company's"},
		{"CreditorWorkId":"09","Creditor":"BRICKW","Name":"Brickworkers","StopPayments":false,"Status":"A","Currency":"AUD"}]}`))
	fake.on("/CostCentreListing", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		rows := []string{`{"CostingWorkId":"02","Job":"1001","CostCode":"02-400","CostType":"X"}`, `{"CostingWorkId":"01","Job":"9","CostCode":"02-400","CostType":"X"}`}
		for _, code := range codes {
			if one := q.Get("CostCode"); one != "" && one != code {
				continue
			}
			if q.Get("CostCode") == "" && (code < q.Get("StartCostCode") || code > q.Get("FinishCostCode")) {
				continue
			}
			rows = append(rows, fmt.Sprintf(`{"CostingWorkId":"01","Job":"1001","CostCode":"%s","CostType":"S","AllowCostUpdates":"Y","Status":"A"}`, code))
		}
		fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(rows, ","))
	})
}

func centreCodes(facts erp.Facts) string {
	var codes []string
	for _, c := range facts.Centres {
		codes = append(codes, c.Key.CostCode+"/"+c.Key.CostType)
	}
	return strings.Join(codes, " ")
}

func TestFacts(t *testing.T) {
	fake := newServer(t)
	masters(fake, "02-300", "02-400")
	c := newTestClient(t, fake, nil)
	facts, err := c.Facts(t.Context(), testQuery("02-400", " 02-400 ", "02-300", ""))
	if err != nil {
		t.Fatal(err)
	}
	want := erp.Facts{
		Job:      &erp.Job{Key: erp.JobKey{WorkID: "01", Job: "1001"}, Description: "Harbour Street", Active: erp.Yes, AllowCostUpdates: erp.No, Status: "A"},
		Creditor: &erp.Creditor{Key: erp.CreditorKey{WorkID: "09", Creditor: "BRICKW"}, Name: "Brickworkers", StopPayments: erp.No, Status: "A", Currency: "AUD"},
	}
	if diff := cmp.Diff(want.Job, facts.Job) + cmp.Diff(want.Creditor, facts.Creditor); diff != "" {
		t.Error(diff)
	}
	if got := centreCodes(facts); got != "02-400/S 02-300/S" {
		t.Error(got)
	}
	if q := fake.queries("/JobListing")[0]; q["WorkId"] != "01" || q["Job"] != "1001" {
		t.Errorf("%v", q)
	}
	if q := fake.queries("/CreditorListing")[0]; q["CreditorWorkId"] != "09" || q["Creditor"] != "BRICKW" {
		t.Errorf("%v", q)
	}
}

func TestFactsThatAreNotThereOrNotAsked(t *testing.T) {
	fake := newServer(t)
	c := newTestClient(t, fake, nil)
	facts, err := c.Facts(t.Context(), testQuery("02-400"))
	if err != nil || facts.Job != nil || facts.Creditor != nil || facts.Centres != nil {
		t.Errorf("%+v %v", facts, err)
	}
	before := len(fake.calls)
	if facts, err = c.Facts(t.Context(), erp.FactsQuery{CostCodes: []string{"1"}}); err != nil || facts.Job != nil || len(fake.calls) != before {
		t.Errorf("%+v %v, %d calls", facts, err, len(fake.calls)-before)
	}
}

func TestFactsWithoutWorkIDUseTheConnections(t *testing.T) {
	fake := newServer(t)
	c := newTestClient(t, fake, func(config *Config) { config.CreditorWorkID = "09" })
	_, err := c.Facts(t.Context(), erp.FactsQuery{Job: erp.JobKey{Job: "1001"}, Creditor: erp.CreditorKey{Creditor: "X"}})
	if err != nil || fake.queries("/JobListing")[0]["WorkId"] != "01" || fake.queries("/CreditorListing")[0]["CreditorWorkId"] != "09" {
		t.Error(err)
	}
}

func TestFactsAreAskedAtTheSameTime(t *testing.T) {
	fake := newServer(t)
	var all sync.WaitGroup
	all.Add(3)
	for _, path := range []string{"/JobListing", "/CreditorListing", "/CostCentreListing"} {
		fake.on(path, func(w http.ResponseWriter, r *http.Request) {
			all.Done()
			all.Wait() // each waits until all three are here
			says(200, `{"data":[]}`)(w, r)
		})
	}
	c := newTestClient(t, fake, nil)
	if _, err := c.Facts(t.Context(), testQuery("1")); err != nil {
		t.Error(err)
	}
}

func TestFactsStormReadsOnce(t *testing.T) {
	fake := newServer(t)
	masters(fake, "02-400")
	at := newClock()
	c := newTestClient(t, fake, func(config *Config) { config.Now = at.now })
	var storm sync.WaitGroup
	for range 20 {
		storm.Go(func() {
			facts, err := c.Facts(t.Context(), testQuery("02-400"))
			if err != nil || facts.Job == nil || len(facts.Centres) != 1 {
				t.Errorf("%+v %v", facts, err)
				return
			}
			facts.Job.Description, facts.Centres[0].Status = "mine", "mine" // belongs to the caller
		})
	}
	storm.Wait()
	paths := []string{"/JobListing", "/CreditorListing", "/CostCentreListing"}
	for _, path := range paths {
		if n := fake.count(path); n != 1 {
			t.Errorf("%s was asked %d times", path, n)
		}
	}
	at.pass(30 * time.Second)
	facts, err := c.Facts(t.Context(), testQuery("02-400"))
	if err != nil || facts.Job.Description != "Harbour Street" {
		t.Errorf("%+v %v", facts.Job, err)
	}
	for _, path := range paths {
		if n := fake.count(path); n != 2 {
			t.Errorf("%s was asked %d times, want again after 30 s", path, n)
		}
	}
}

func TestFactsRememberNeitherErrorsNorAbsence(t *testing.T) {
	fake := newServer(t)
	masters(fake, "02-400")
	job := fake.answers["/JobListing"]
	fake.on("/JobListing", then(says(400, "no"), says(200, `{"data":[]}`), job))
	c := newTestClient(t, fake, nil)
	if _, err := c.Facts(t.Context(), testQuery()); classOf(err) != "permanent" {
		t.Error(err)
	}
	if facts, err := c.Facts(t.Context(), testQuery()); err != nil || facts.Job != nil {
		t.Errorf("%+v %v", facts, err)
	}
	if facts, err := c.Facts(t.Context(), testQuery()); err != nil || facts.Job == nil {
		t.Errorf("%+v %v", facts, err)
	}
}

func TestNoCacheWhenItIsOff(t *testing.T) {
	fake := newServer(t)
	masters(fake)
	c := newTestClient(t, fake, func(config *Config) { config.CacheFor = -1 })
	for range 2 {
		if _, err := c.Facts(t.Context(), testQuery()); err != nil {
			t.Fatal(err)
		}
	}
	if n := fake.count("/JobListing"); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := newCache[int](t.Context(), Config{CacheFor: time.Hour, Now: time.Now, Timeout: time.Second})
	for i := range cacheSize + 10 {
		c.put(fmt.Sprint(i), i, true)
	}
	if n := len(c.kept); n != 10 {
		t.Errorf("%d kept", n)
	}
}

func TestManyCostCodesAreARangeWithItsGapsAskedAgain(t *testing.T) {
	fake := newServer(t)
	masters(fake, "01-100", "01-200", "01-300", "01-400", "01-500", "01-600")
	c := newTestClient(t, fake, nil)
	asked := []string{"01-500", "01-100", "01-200", "01-300", "09-999"}
	facts, err := c.Facts(t.Context(), testQuery(asked...))
	if got := centreCodes(facts); err != nil || got != "01-500/S 01-100/S 01-200/S 01-300/S" {
		t.Errorf("%s %v", got, err)
	}
	q := fake.queries("/CostCentreListing")
	if len(q) != 2 || q[0]["StartCostCode"] != "01-100" || q[0]["FinishCostCode"] != "09-999" || q[0]["CostCode"] != "" || q[1]["CostCode"] != "09-999" {
		t.Errorf("%v", q)
	}
	if _, err = c.Facts(t.Context(), testQuery(asked...)); err != nil || fake.count("/CostCentreListing") != 3 {
		t.Errorf("%d calls, want only the absent code again: %v", fake.count("/CostCentreListing"), err)
	}
}

// A Jobpac that cuts its listings, or sorts letters before digits, hides no
// cost centre.
func TestACutRangeHidesNoCostCentre(t *testing.T) {
	asked := []string{"A1", "B1", "C1", "D1", "E1", "1F"}
	for name, inRange := range map[string]string{
		"cut at the cap": strings.Repeat(`{"CostingWorkId":"01","Job":"1001","CostCode":"A1","CostType":"S"},`, longListing-1) +
			`{"CostingWorkId":"01","Job":"1001","CostCode":"A1","CostType":"S"}`,
		"nothing": "",
	} {
		t.Run(name, func(t *testing.T) {
			fake := newServer(t)
			masters(fake, asked...)
			plain := fake.answers["/CostCentreListing"]
			fake.on("/CostCentreListing", func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("CostCode") != "" {
					plain(w, r)
					return
				}
				fmt.Fprintf(w, `{"data":[%s]}`, inRange)
			})
			c := newTestClient(t, fake, nil)
			facts, err := c.Facts(t.Context(), testQuery(asked...))
			if err != nil || len(facts.Centres) != len(asked) {
				t.Errorf("%s %v", centreCodes(facts), err)
			}
		})
	}
}

func TestHeadings(t *testing.T) {
	c := newTestClient(t, newServer(t), nil)
	for cells, want := range map[string]bool{"S|": false, "S|0": false, "S|00": false, "S|1": true, "|": true, "|0": true, "|1": true} {
		costType, level, _ := strings.Cut(cells, "|")
		if got := c.readCentre(erp.JobKey{}, "1", row{"CostType": costType, "HeadingLevel": level}); got.Heading != want {
			t.Errorf("%q: %v", cells, got.Heading)
		}
	}
}

func TestStatusLetters(t *testing.T) {
	logged := &lines{}
	c := newTestClient(t, newServer(t), func(config *Config) {
		config.StatusLetters = map[string]string{"a": LetterOpen, "S": LetterStopped, "C": LetterComplete}
		config.Log = testLog(logged)
	})
	for letter, want := range map[string][]erp.Tristate{ // active, financially complete, stop payments, allow cost updates
		"A": {erp.Yes, erp.No, erp.No, erp.Yes}, "s": {erp.No, erp.Unshown, erp.Yes, erp.No},
		"C": {erp.Unshown, erp.Yes, erp.Yes, erp.No}, "X": {erp.Unshown, erp.Unshown, erp.Unshown, erp.Unshown}, "": {erp.Unshown, erp.Unshown, erp.Unshown, erp.Unshown},
	} {
		r := row{"Status": letter, "CostType": "S"}
		job := c.readJob(erp.JobKey{}, r)
		got := []erp.Tristate{job.Active, job.FinanciallyComplete, c.readCreditor(erp.CreditorKey{}, r).StopPayments, c.readCentre(erp.JobKey{}, "1", r).AllowCostUpdates}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", letter, got, want)
		}
	}
	_ = c.readJob(erp.JobKey{}, row{"Status": "X"})
	if n := strings.Count(logged.String(), `"record":"job","letter":"X"`); n != 1 {
		t.Errorf("an unknown letter is told %d times: %s", n, logged)
	}
	if shut := c.readJob(erp.JobKey{}, row{"Status": "A", "Active": "N"}); shut.Active != erp.No {
		t.Error("an open letter overruled a flag that says no")
	}
}

func TestRowsThatDoNotShowTheirKeyAreUnreadable(t *testing.T) {
	for path, body := range map[string]string{
		"/JobListing": `{"data":[{"WorkId":"01"}]}`, "/CreditorListing": `{"data":[{"CreditorWorkId":"09"}]}`,
		"/CostCentreListing": `{"data":[{"CostingWorkId":"01","CostCode":"1"}]}`,
	} {
		fake := newServer(t)
		fake.on(path, says(200, body))
		c := newTestClient(t, fake, nil)
		if _, err := c.Facts(t.Context(), testQuery("1")); classOf(err) != "transient" || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestFreshFactsAreReadAnew(t *testing.T) {
	fake := newServer(t)
	masters(fake, "01-100")
	c := newTestClient(t, fake, nil)
	q := testQuery("01-100")
	for _, fresh := range []bool{false, false, true} {
		q.Fresh = fresh
		if _, err := c.Facts(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/JobListing", "/CreditorListing", "/CostCentreListing"} {
		if n := fake.count(path); n != 2 {
			t.Errorf("%s: %d calls, want the first and the fresh one", path, n)
		}
	}
}
