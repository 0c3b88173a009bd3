package jobpacsim_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"runtime"
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
)

// large is the organisation that imports are measured with.
func large() jobpacsim.Organisation {
	return jobpacsim.Organisation{Jobs: 200, Creditors: 5_000, CostCentres: 300_000, LedgerRows: 1, ClaimCodes: 20, Seed: 7}
}

// generated gives a simulator that holds an organisation, and a token.
func generated(b *testing.B, o jobpacsim.Organisation) (*jobpacsim.Sim, string) {
	b.Helper()
	sim, err := jobpacsim.New(jobpacsim.Config{Seed: jobpacsim.DemoSeed()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(sim.Close)
	if _, err := sim.Generate(o); err != nil {
		b.Fatal(err)
	}
	return sim, benchmarkToken(b, sim)
}

// Generating 300,000 cost centres; MB/op is what the books then hold.
func BenchmarkGenerate(b *testing.B) {
	var before, after runtime.MemStats
	for b.Loop() {
		sim, err := jobpacsim.New(jobpacsim.Config{})
		if err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&before)
		if _, err := sim.Generate(large()); err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		sim.Close()
	}
	b.ReportMetric(float64((after.HeapAlloc-before.HeapAlloc)>>20), "MB/op")
}

// The totals of one job of 1,500 cost centres in an organisation of 300,000,
// and other listings that an import reads, without the network.
func BenchmarkListing(b *testing.B) {
	sim, token := generated(b, large())
	for name, query := range map[string]string{
		"CostCentreDetailListing":           "/CostCentreDetailListing?WorkId=01&Job=2100",
		"CostCentreDetailListing range":     "/CostCentreDetailListing?WorkId=01&StartJob=2100&FinishJob=2101",
		"CostCentreListing":                 "/CostCentreListing?CostingWorkId=01&Job=2100",
		"CostCentreListing since":           "/CostCentreListing?CostingWorkId=01&StartLastUpdateTimestamp=" + url.QueryEscape(sim.Now().AddDate(0, 0, -1).Format("2006-01-02T15:04:05Z")),
		"GeneralLedgerDetailsByTimeListing": "/GeneralLedgerDetailsByTimeListing?CostingWorkId=01&StartLastUpdatedTimestamp=" + url.QueryEscape(sim.Now().AddDate(0, 0, -2).Format("2006-01-02T15:04:05Z")),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				recorder := httptest.NewRecorder()
				sim.Handler().ServeHTTP(recorder, httptest.NewRequest("GET", fmt.Sprintf("%s&Token=%s", query, token), nil))
				if recorder.Code != 200 || recorder.Body.Len() < 100_000 {
					b.Fatal(recorder.Code, recorder.Body.String())
				}
			}
		})
	}
}
