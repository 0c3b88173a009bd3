package imports_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"iter"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/imports"
	"github.com/procpac/procpac/internal/rowcache"
)

// generated is an organisation of any size that nobody holds: rows are made as
// they are read, and Procore keeps nothing but counts.
type generated struct {
	jobs, codes, creditors int
	postings               int // of all jobs
	rows, calls            int
	ledger                 int // answers of the ledger's listing
}

const generatedPart = 1000

func (g *generated) Read(_ context.Context, r erp.Reading) (erp.Part, error) {
	if r.Listing == erp.ListLedger {
		return g.readLedger(r), nil
	}
	at, _ := strconv.Atoi(r.After)
	total, row := g.listing(r)
	var part erp.Part
	for ; at < total && len(part.Rows) < generatedPart; at++ {
		part.Rows = append(part.Rows, erp.Row{Values: row(at)})
	}
	if at < total {
		part.Next = strconv.Itoa(at)
	}
	return part, nil
}

// readLedger shows postings by time, those of all jobs mixed. As with Jobpac, one
// job's cannot be asked for: the answers are read to find them.
func (g *generated) readLedger(r erp.Reading) (part erp.Part) {
	at, _ := strconv.Atoi(r.After)
	for ; at < g.postings && len(part.Rows) == 0; at += generatedPart {
		g.ledger++
		for n := at; n < min(at+generatedPart, g.postings); n++ {
			row := posting(1+n%g.jobs, n, codeName(n%g.codes), "LAB", day.Add(-time.Hour))
			if r.Job == "" || row[erp.ColJob] == r.Job {
				part.Rows = append(part.Rows, erp.Row{Values: row})
			}
		}
	}
	if at < g.postings {
		part.Next = strconv.Itoa(at)
	}
	return part
}

// listing is how many rows a reading has, and the nth of them.
func (g *generated) listing(r erp.Reading) (int, func(int) map[erp.Name]string) {
	first, jobs := 1, g.jobs
	if r.Job != "" {
		first, _ = strconv.Atoi(r.Job[1:])
		jobs = 1
	}
	perJob := g.codes + g.codes/10
	switch r.Listing {
	case erp.ListCreditors:
		return g.creditors, func(n int) map[erp.Name]string { return creditor(n, day.Add(-time.Hour)) }
	case erp.ListJobs:
		return jobs, func(n int) map[erp.Name]string { return job(first + n) }
	case erp.ListCentres:
		return jobs * perJob, func(n int) map[erp.Name]string { return centreAt(first+n/perJob, n%perJob) }
	case erp.ListCentreCosts:
		return jobs * g.codes, func(n int) map[erp.Name]string {
			return detail(first+n/g.codes, codeName(n%g.codes), "LAB", n)
		}
	}
	return 0, nil
}

// centreAt is the nth row of a job: a heading, then ten codes, and so on.
func centreAt(j, n int) map[erp.Name]string {
	if n%11 == 0 {
		return heading(j, fmt.Sprintf("%02d", n/11+1))
	}
	return centre(j, codeName(n/11*10+n%11-1), "LAB", n)
}

func (g *generated) Sync(_ context.Context, b erp.EntryBatch) ([]erp.Synced, error) {
	g.calls++
	g.rows += len(b.Rows)
	synced := make([]erp.Synced, len(b.Rows))
	for i, e := range b.Rows {
		synced[i].ID = idOf(e.Origin)
	}
	return synced, nil
}

func idOf(origin string) erp.ID {
	h := fnv.New32a()
	_, _ = h.Write([]byte(origin))
	return erp.ID(h.Sum32()) + 1
}

func (g *generated) Known(_ context.Context, t erp.EntryType, _ erp.ID) iter.Seq2[erp.Known, error] {
	return func(yield func(erp.Known, error) bool) {
		switch t {
		case erp.EntryProject:
			for n := 1; n <= g.jobs && yield(erp.Known{ID: idOf(jobOrigin(n)), Origin: jobOrigin(n)}, nil); n++ {
			}
		case erp.EntryCodeList:
			yield(erp.Known{ID: 7, Fields: map[string]string{"is_erp_list": "true"}}, nil)
		}
	}
}

func (g *generated) Remove(context.Context, erp.EntryType, erp.ID, erp.ID) error { return nil }

// bring imports the generated organisation with a cache on disk, and calls heard
// after each part.
func (g *generated) bring(t testing.TB, cache imports.Cache, id string, heard func(imports.Progress), objects ...erp.Object) {
	t.Helper()
	parts := imports.Parts{
		Jobpac: g, Procore: g, Cache: cache, Registers: newRegisters(), Log: zerolog.Nop(), Now: func() time.Time { return day },
	}
	runner := imports.New(parts, imports.Settings{Connection: "acme", Rules: rulesOf(true), DirectCosts: g.postings > 0})
	for _, o := range objects {
		report, err := runner.Run(t.Context(), imports.Run{ID: id, Object: o, Progress: heard})
		if err != nil || !report.Done || report.Summary.Refused != 0 {
			t.Fatalf("%s: %+v, %v", o, report, err)
		}
	}
}

func diskCache(t testing.TB) *rowcache.Cache {
	t.Helper()
	cache, err := rowcache.Open(t.Context(), t.TempDir()+"/rows.db", "acme")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	return cache
}

// TestMemoryStaysFlat brings an organisation and one of ten times its jobs,
// creditors and cost centres, and compares the most memory in use between parts.
func TestMemoryStaysFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 60,000 rows")
	}
	most := func(size int) (peak uint64) {
		g := &generated{jobs: 2 * size, codes: 500, creditors: 1000 * size, postings: 1000 * size}
		g.bring(t, diskCache(t), "run", func(imports.Progress) {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}, erp.Creditors, erp.Jobs, erp.CostTypes, erp.CostCodes, erp.JobCosts)
		if want := 1000*size + 2*size + 2*size*(550+500+500) + 2*1000*size; g.rows < want {
			t.Fatalf("%d rows were sent, want %d", g.rows, want)
		}
		return peak
	}
	most(1) // what is loaded once counts for neither
	one, ten := most(1), most(10)
	t.Logf("heap in use: %d KiB, ten times the organisation: %d KiB", one>>10, ten>>10)
	if ten > 2*one {
		t.Errorf("heap in use grew from %d to %d KiB", one>>10, ten>>10)
	}
}

// TestTheLeastCallsAreMade counts calls against rows / 1,000 for each kind.
func TestTheLeastCallsAreMade(t *testing.T) {
	g := &generated{jobs: 1, creditors: 3500}
	g.bring(t, diskCache(t), "run", nil, erp.Creditors)
	if g.calls != 4 {
		t.Errorf("%d calls for 3,500 creditors", g.calls)
	}
}

func BenchmarkRunOf20000Rows(b *testing.B) {
	for _, c := range []struct {
		name  string
		again bool
	}{{"first", false}, {"unchanged", true}} {
		b.Run(c.name, func(b *testing.B) {
			g := &generated{jobs: 1, creditors: 20_000}
			cache := diskCache(b)
			regs := newRegisters()
			for i := range b.N + 1 {
				if i == 1 {
					b.ResetTimer()
				}
				if !c.again {
					cache = diskCache(b)
				}
				parts := imports.Parts{
					Jobpac: g, Procore: g, Cache: cache, Registers: regs, Log: zerolog.Nop(), Now: func() time.Time { return day },
				}
				run := imports.Run{ID: fmt.Sprint(i), Object: erp.Creditors, Full: true}
				if _, err := imports.New(parts, imports.Settings{Connection: "acme", Rules: rulesOf(false)}).Run(b.Context(), run); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(20_000*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
