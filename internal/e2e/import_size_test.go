package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/ops"
)

// The memory of the real program stays flat while the organisation grows ten
// times, nothing is written when nothing changed, and the calls come near the
// least that a thousand rows a call allow.
func TestABigOrganisation(t *testing.T) {
	big := jobpacsim.Organisation{WorkID: "01", Jobs: 20, Creditors: 500, CostCentres: 6_000, Seed: 1}
	if torture() {
		big = jobpacsim.Organisation{WorkID: "01", Jobs: 200, Creditors: 5_000, CostCentres: 300_000, Seed: 1}
	}
	small := big
	small.Jobs, small.Creditors, small.CostCentres = big.Jobs/10, big.Creditors/10, big.CostCentres/10
	peaks := map[bool]int{}
	for _, org := range []jobpacsim.Organisation{small, big} {
		peaks[org.Jobs == big.Jobs] = measured(t, org)
	}
	if !torture() {
		return // too small for a ratio
	}
	if peaks[true] > 2*peaks[false] {
		t.Errorf("peak memory %d KiB for ten times the organisation of %d KiB", peaks[true], peaks[false])
	}
}

// measured imports an organisation from nothing, then twice more, and gives the
// program's peak memory in KiB.
func measured(t *testing.T, org jobpacsim.Organisation) int {
	t.Helper()
	w := newCompany(t, org)
	file := w.file("", "")
	p := w.launch(file)
	var phases []int // the peak after each
	phase := func() { phases = append(phases, p.peak()) }
	phase()
	first := w.importedBy(p, file, "all")
	phase()
	w.addStaged()
	p.quiet()
	phase()
	w.syncCalls()
	began := time.Now()
	second := w.importedBy(p, file, "all", "--full")
	took := time.Since(began)
	phase()
	third := w.importedBy(p, file, "all", "--full")
	if calls := w.syncCalls(); calls != 0 && third.written != 0 {
		t.Errorf("%d calls wrote although nothing changed", calls)
	}
	phase()
	t.Logf("%d jobs, %d creditors, %d cost centres: first %+v, filled, full again %+v in %s (%d rows/s), peak memory in KiB at the start, after the first, after what was added, after the second and the third: %d, in Procore %v",
		org.Jobs, org.Creditors, org.CostCentres, first, second, took.Round(time.Millisecond), int(float64(second.read)/took.Seconds()), phases, w.procore.Counts())
	return phases[len(phases)-1]
}

// imported sums an import up.
type imported struct{ read, written, refused, calls int }

// importedBy runs procpac sync and reads its report.
func (w *world) importedBy(p *program, file string, args ...string) imported {
	w.t.Helper()
	out, stderr, code := w.run(p.args(file, append([]string{"sync", "--json", "--actor", "kim"}, args...)...)...)
	var page ops.Page[ops.Job]
	if err := json.Unmarshal([]byte(out), &page); err != nil || code != 0 || len(page.Items) != 1 {
		w.t.Fatalf("sync ended with %d: %s%s%v", code, out, stderr, err)
	}
	var sum imported
	for _, o := range page.Items[0].Sync.Objects {
		sum.read, sum.written, sum.refused, sum.calls = sum.read+o.Read, sum.written+o.New+o.Changed, sum.refused+o.Refused, sum.calls+o.Calls
	}
	return sum
}

// peak is the most memory that the program held, in KiB.
func (p *program) peak() int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}
