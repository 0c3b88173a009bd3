package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/procoresim"
)

// tortureLong tells whether the long form of the heavy tests is asked for.
func tortureLong() bool { return os.Getenv("TORTURE") == "long" }

// stormSeed is the seed of this run: SEED, or a new one. It is told in any case.
func stormSeed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano()) % 1_000_000
	if text := os.Getenv("SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("SEED=%s is no number", text)
		}
		seed = given
	}
	t.Logf("seed %d: run it again with SEED=%d", seed, seed)
	return seed
}

// storm is one run.
type storm struct {
	*stormCluster
	seed      uint64
	dice      *rand.Rand
	limit     time.Duration
	documents []*stormDocument
	sender    *stormSender
	bus       *bus
	claims    *redisServer
	bounces   []int // percent of the work at which NATS goes away
	fronts    []int // and at which the receiver is started anew

	unrecorded int // answers that Procore has and the journal does not
}

// Hints for many documents come in no order, each several times under several
// ids, while documents are edited and sent again, the workers are stopped and
// started all the time, Redis forgets the claims, the broker goes away, the
// journal loses answers, and both Procore and Jobpac fail in every way. In the end Jobpac's books are what
// one person would have written who took the requests one by one, the history of
// the journal is that of a register set by compare-and-set, and everything all
// over again changes not a byte.
func TestStorm(t *testing.T) {
	t.Parallel()
	documents, limit, bounces, fronts := 150, 6*time.Minute, []int{30}, []int{60}
	if tortureLong() {
		documents, limit, bounces, fronts = 2000, time.Hour, []int{15, 35, 55, 75}, []int{25, 45, 65}
	}
	s := newStorm(t, documents, limit)
	s.bounces, s.fronts = bounces, fronts
	began := time.Now()
	rolls := s.rage()
	took, struck := time.Since(began), s.struck()
	count := s.compareBooks()
	s.checkAnswers()
	s.checkStored()
	states := s.checkJournal()
	if parked := count.parked + count.halfway; states[journal.Parked] != parked {
		t.Errorf("%d effects are parked, the reference model says %d", states[journal.Parked], parked)
	}
	s.replayAll()
	for _, one := range append(s.workers, s.front) {
		one.stop()
	}
	calls := s.tape.all()
	checkTape(t, calls, 2*time.Minute)
	t.Logf("%d events of %d documents in %v: %d posts, %d answered 200, %d refused and sent again", len(s.sender.ids), count.documents, took.Round(time.Second), s.sender.sent, s.sender.acked, s.sender.refused)
	t.Logf("documents: %d done, %d parked as edited, %d parked half way; lost %d, doubled %d; journal %v", count.done, count.parked, count.halfway, count.lost, count.doubled, states)
	t.Logf("%d workers restarted, %d starts without a broker tried again, %d times no broker, %d times no receiver, %d answers of the journal lost; Jobpac's faults %s", rolls.restarts.Load(), rolls.refused.Load(), len(bounces), len(fronts), s.tape.lost, struck)
	t.Logf("%d calls of the journal linearizable; appends: %s; %d answers stand in Procore alone", len(calls), outcomes(calls), s.unrecorded)
}

// newStorm starts all of it.
func newStorm(t *testing.T, documents int, limit time.Duration) *storm {
	t.Helper()
	seed := stormSeed(t)
	dice := rand.New(rand.NewPCG(seed, 1))
	nats := startNATS(t)
	w := newWorld(t)
	claims := newRedisServer(t)
	s := &storm{
		stormCluster: &stormCluster{world: w, nats: nats.url(), redis: claims.url(), tape: newStormTape(seed, 5)},
		seed:         seed, dice: dice, limit: limit, bus: nats, claims: claims, documents: stormDocuments(dice, documents),
	}
	s.sender = newStormSender(w, rand.New(rand.NewPCG(seed, 3)))
	w.settings(func(set *procoresim.Settings) { set.ExportChecks, set.PrefillCode = false, false })
	if err := s.startFront(); err != nil {
		t.Fatal(err)
	}
	for place := range 3 {
		if err := s.startWorker(place); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// rage sends everything through the storm until all of it is settled, and gives
// what became of the workers.
func (s *storm) rage() *stormRolls {
	s.t.Helper()
	s.trouble()
	for _, d := range s.documents {
		s.approve(d)
		s.sendPhase(d, 0)
	}
	s.sender.noise(len(s.documents) / 5)
	ctx, calm := context.WithCancel(s.t.Context())
	sending, hangUp := context.WithCancel(s.t.Context())
	rolls := &stormRolls{}
	var home sync.WaitGroup
	defer func() { calm(); hangUp(); home.Wait() }()
	home.Go(func() { s.sender.run(sending, 6) })
	var rolled error
	home.Go(func() { rolled = s.roll(ctx, rand.New(rand.NewPCG(s.seed, 4)), rolls) })
	s.within(s.limit, "every request is answered", s.step, s.stuck)
	s.sender.close()
	calm()
	home.Wait()
	if rolled != nil {
		s.t.Fatal(rolled)
	}
	s.quiet(s.limit)
	return rolls
}

// step looks how far it has come, and does what is due then. True: everything
// was answered, by Procore's word and ours.
func (s *storm) step() bool {
	closed, all := s.answered()
	percent := 100 * closed / max(all, 1)
	s.sender.progress(percent)
	if len(s.bounces) > 0 && percent >= s.bounces[0] {
		s.bounces = s.bounces[1:]
		s.bus.stop()
		s.bus.start()
	}
	if len(s.fronts) > 0 && percent >= s.fronts[0] {
		s.fronts = s.fronts[1:]
		s.front.stop()
		if err := s.startFront(); err != nil {
			s.t.Fatal(err)
		}
	}
	if s.dice.IntN(5) == 0 { // so that workers meet, and the journal decides
		s.claims.do("FLUSHALL")
	}
	return closed == all && s.sender.idle()
}

// answered counts the requests, and those that are closed, and sends the next
// phase of every document whose last one was answered.
func (s *storm) answered() (closed, all int) {
	s.t.Helper()
	open := s.open()
	for _, d := range s.documents {
		waits := false
		for _, r := range d.requests {
			if all++; !open[r.id] {
				closed++
			} else {
				waits = true
			}
		}
		if left := len(d.script()) - len(d.requests); left > 0 {
			all += left
			if !waits {
				s.sendPhase(d, d.requests[len(d.requests)-1].phase+1)
			}
		}
	}
	return closed, all
}

// open are the requests that nobody answered yet.
func (s *storm) open() map[int64]bool {
	open := map[int64]bool{}
	for _, r := range s.procore.Requests() {
		if r.TimesClosed == 0 {
			open[r.ID] = true
		}
	}
	return open
}

// stuck tells the stories of the documents whose requests are open, and of the
// commitments they hang on.
func (s *storm) stuck() any {
	open, text := s.open(), ""
	for _, d := range s.documents {
		if slices.ContainsFunc(d.requests, func(r stormRequest) bool { return open[r.id] }) {
			text += s.tell(d)
			if d.of != nil {
				text += s.tell(d.of)
			}
		}
	}
	return text
}

// tell is the whole history of a document.
func (s *storm) tell(d *stormDocument) string {
	story, err := s.front.api.Show(s.t.Context(), d.key().String())
	text := fmt.Sprintf("\n%s, %s, requests %v: %s %v", d.key(), d.fate, d.requests, story.Effect.State, err)
	for _, e := range story.History {
		line, _ := json.Marshal(e) // it came as JSON
		text += "\n    " + string(line)
	}
	return text
}

// approve puts a document into Procore.
func (s *storm) approve(d *stormDocument) {
	s.t.Helper()
	p := d.papers[0]
	if d.kind == changeOrder {
		s.add(procoresim.ChangeOrder{ID: d.id, CommitmentID: d.of.id, Number: itoa(d.id), Title: p.title, Status: "approved", Executed: true, Lines: d.lines(p)})
		return
	}
	c := procoresim.Commitment{
		ID: d.id, ProjectID: procoresim.DemoProjectID, Type: procoresim.PurchaseOrderContract, Number: d.number, Title: p.title, Status: "Approved",
		Executed: true, VendorID: d.vendor, ContractDate: "2026-07-02", CurrencyISOCode: "AUD", Lines: d.lines(p),
	}
	if d.sub {
		c.Type, c.RetainagePercent = procoresim.WorkOrderContract, "5.0"
	}
	s.add(c)
}

// sendPhase exports a document as often as its story says for that phase, each
// time as it is then, and hands the hints to the sender.
func (s *storm) sendPhase(d *stormDocument, phase int64) {
	s.t.Helper()
	from := 0
	if phase == 0 && s.dice.IntN(5) == 0 {
		from = 10 + s.dice.IntN(20) // its change orders come first
	}
	for _, r := range d.script() {
		if r.phase != phase {
			continue
		}
		if len(d.requests) > 0 && d.requests[len(d.requests)-1].paper != r.paper {
			s.rewrite(d, d.papers[r.paper])
		}
		r.id = s.export(d.kind, d.id, d.number)
		d.requests = append(d.requests, r)
		s.sender.request(r.id, from)
	}
}

// rewrite edits a document in Procore.
func (s *storm) rewrite(d *stormDocument, p stormPaper) {
	s.t.Helper()
	var lines []map[string]any
	for i, l := range d.lines(p) {
		line := map[string]any{"id": p.lines[i].id, "amount": nil}
		if p.lines[i].quantity > 0 {
			line["unit_cost"] = l.UnitCost
		} else {
			line["amount"] = l.Amount
		}
		lines = append(lines, line)
	}
	patch, err := json.Marshal(map[string]any{"title": p.title, "line_items": lines})
	if err != nil {
		s.t.Fatal(err)
	}
	change := s.procore.EditCommitment
	if d.kind == changeOrder {
		change = s.procore.EditChangeOrder
	}
	if err := change(d.id, patch); err != nil {
		s.t.Fatal(err)
	}
}

// replayAll sends every request of the storm once more, under new ids and old
// ones, and has an operator replay what is done: Jobpac's books and Procore's
// answers stay as they are, to the byte.
func (s *storm) replayAll() {
	s.t.Helper()
	s.jobpacFaults()
	s.procoreFaults()
	books, answers := s.books(), s.told()
	for _, d := range s.documents {
		for _, r := range d.requests {
			s.sender.again(r.id)
		}
	}
	if _, err := s.front.api.Replay(s.t.Context(), ops.Replay{Filter: ops.Query{States: []string{string(journal.Done)}}, Actor: "kim"}); err != nil {
		s.t.Error(err)
	}
	s.sender.run(s.t.Context(), 6)
	s.quiet(s.limit)
	if s.books() != books {
		s.t.Error("all of it once more changed Jobpac's books")
	}
	if s.told() != answers {
		s.t.Error("all of it once more changed what Procore was told")
	}
}

// told is all of Procore's request details as text.
func (s *storm) told() string {
	text, err := json.Marshal(s.procore.Requests())
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}
