package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/procoresim"
)

// redisRun is a load of documents on two workers while Redis fails.
type redisRun struct {
	*stormCluster
	server   *redisServer
	proxy    *redisProxy
	dice     *rand.Rand
	requests map[int64]int64 // by commitment
}

// redisFault is one way to fail. begin starts it; end ends it; while it lasts,
// again is called now and then. away: the workers cannot use Redis meanwhile,
// and say so.
type redisFault struct {
	name              string
	away              bool
	begin, again, end func(*redisRun)
}

// nothing is the part of a fault that does nothing.
func nothing(*redisRun) {}

// The ways in which Redis fails.
var redisFaults = []redisFault{
	{"everything is flushed, again and again", false, nothing, func(r *redisRun) { r.server.do("FLUSHALL") }, nothing},
	{"it dies and an empty one takes its place", true, func(r *redisRun) { r.server.kill() }, nothing, func(r *redisRun) { r.server.start() }},
	{"it loads the stale state of another run", false, (*redisRun).stale, nothing, nothing},
	{"it evicts claims", false, (*redisRun).squeeze, (*redisRun).fill, (*redisRun).relax},
	{"it hangs", true, func(r *redisRun) { r.server.signal(syscall.SIGSTOP) }, nothing, func(r *redisRun) { r.server.signal(syscall.SIGCONT) }},
	{"its replies are cut off after the command", true, func(r *redisRun) { r.proxy.cutting.Store(true) }, nothing, func(r *redisRun) { r.proxy.cutting.Store(false) }},
}

// Whatever becomes of Redis, at whatever moment, no document is lost or doubled,
// work goes on meanwhile, and the log tells of it. One of the two workers has a
// clock on which its leases are over at once.
func TestRedisFaults(t *testing.T) {
	t.Parallel()
	r := newRedisRun(t)
	rounds := 1
	if tortureLong() {
		rounds = 40
	}
	faults := 0
	for range rounds {
		order := slices.Clone(redisFaults)
		r.dice.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, f := range order {
			r.play(f)
			faults++
		}
	}
	r.settle()
	for _, one := range append(r.workers, r.front) {
		one.stop()
	}
	r.check()
	checkTape(t, r.tape.all(), time.Minute)
	t.Logf("%d documents, %d faults, %d replies cut, %d warnings; lost 0, doubled 0, parked 0; %d calls of the journal linearizable; appends: %s",
		len(r.requests), faults, r.proxy.cuts.Load(), r.warnings(), len(r.tape.all()), outcomes(r.tape.all()))
}

func newRedisRun(t *testing.T) *redisRun {
	t.Helper()
	seed := stormSeed(t)
	nats := startNATS(t)
	w := newWorld(t)
	server := newRedisServer(t)
	proxy := newRedisProxy(t, server)
	r := &redisRun{
		stormCluster: &stormCluster{world: w, nats: nats.url(), redis: proxy.url(), tape: newStormTape(seed, 0), tune: redisTimes},
		server:       server, proxy: proxy, dice: rand.New(rand.NewPCG(seed, 6)), requests: map[int64]int64{},
	}
	w.settings(func(s *procoresim.Settings) { s.SecondEventID, s.Duplicates = true, 2 })
	r.acceptDoubles()
	w.jobpacFaults(jobpacsim.Fault{Operation: orderItem, Kind: jobpacsim.FaultLatency, MS: 10})
	if err := r.startFront(); err != nil {
		t.Fatal(err)
	}
	for place := range 2 {
		if err := r.startWorker(place); err != nil {
			t.Fatal(err)
		}
	}
	w.hook("v4.0")
	return r
}

// acceptDoubles makes Jobpac take a second record of one key, so that one which
// is sent twice is seen.
func (r *redisRun) acceptDoubles() {
	r.t.Helper()
	set := r.jobpac.Settings()
	set.DuplicateNumber = jobpacsim.DuplicateAccept
	if err := r.jobpac.SetSettings(set); err != nil {
		r.t.Fatal(err)
	}
}

// redisTimes makes the claims of the second worker end at once.
func redisTimes(place int, c *config.Config) {
	c.Worker.SendLimit, c.Connections[0].Jobpac.QuietPeriod = config.Duration(2*time.Second), config.Duration(500*time.Millisecond)
	if place == 1 {
		c.Worker.Lease = config.Duration(20 * time.Millisecond)
	}
}

// feed keeps some documents on the road, and gives those sent now.
func (r *redisRun) feed() {
	r.t.Helper()
	for open := len(r.open(0)); open < 8; open++ {
		id := int64(5001 + len(r.requests))
		c := purchase(id, 2)
		if r.dice.IntN(2) == 0 {
			c = subcontract(id, 2)
		}
		r.add(c)
		r.requests[id] = r.export(commitment, id, "N-"+itoa(id))
	}
}

// open are the commitments from that id on that are not answered yet.
func (r *redisRun) open(from int64) []int64 {
	var open []int64
	for id, request := range r.requests {
		if told, _ := r.procore.Request(request); id >= from && told.TimesClosed == 0 {
			open = append(open, id)
		}
	}
	return open
}

// play lets Redis fail at a random moment until some documents that were sent
// after that moment are done, and, where the workers must notice, until they
// have said so.
func (r *redisRun) play(f redisFault) {
	r.t.Helper()
	done := func(from int64) int { return len(r.requests) - int(from-5001) - len(r.open(from)) }
	start, some := int64(5001+len(r.requests)), 1+r.dice.IntN(4)
	r.within(patience, "the moment for: "+f.name, func() bool { r.feed(); return done(start) >= some }, func() any { return r.open(0) })
	from, warned, began := int64(5001+len(r.requests)), r.warnings(), time.Now()
	f.begin(r)
	r.within(patience, "work goes on while "+f.name, func() bool {
		r.feed()
		f.again(r)
		return done(from) >= 4 && (!f.away || r.warnings() > warned)
	}, func() any { return fmt.Sprintf("%d warnings, open %v", r.warnings()-warned, r.open(0)) })
	f.end(r)
	r.t.Logf("%s: %d documents that came meanwhile were done in %v, %d warnings", f.name, done(from), time.Since(began).Round(time.Millisecond), r.warnings()-warned)
}

// warnings counts the lines in which a worker says that Redis cannot tell.
func (r *redisRun) warnings() int {
	n := 0
	for _, one := range r.workers {
		for _, text := range bytes.Split([]byte(one.log.String()), []byte("\n")) {
			if bytes.Contains(text, []byte(`"level":"warn"`)) && bytes.Contains(text, []byte("claims store away")) {
				n++
			}
		}
	}
	return n
}

// stale makes Redis the copy of one that another run has used: claims of owners
// who are long gone on everything that is or will be worked on.
func (r *redisRun) stale() {
	other := newRedisServer(r.t)
	for id := int64(5001); id < int64(5001+len(r.requests)+20); id++ {
		other.do("SET", "idem:"+connection+":commitment-"+itoa(id), "another run/"+itoa(id), "PX", 1500)
	}
	r.server.do("REPLICAOF", "127.0.0.1", other.port)
	r.server.wait("loads the stale state", func() bool {
		info, ok := r.server.do("INFO", "replication").(string)
		return ok && strings.Contains(info, "master_link_status:up")
	})
	r.server.do("REPLICAOF", "NO", "ONE")
	other.kill()
}

// squeeze leaves Redis no room, and lets it evict.
func (r *redisRun) squeeze() {
	r.server.do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	r.server.do("CONFIG", "SET", "maxmemory", "3mb")
}

// fill writes more than there is room for.
func (r *redisRun) fill() {
	junk := strings.Repeat("x", 64<<10)
	for i := range 40 {
		r.server.do("SET", "junk"+itoa(int64(i)), junk)
	}
}

// relax gives the room back, after making sure that keys were evicted.
func (r *redisRun) relax() {
	if info, ok := r.server.do("INFO", "stats").(string); !ok || strings.Contains(info, "evicted_keys:0\r\n") {
		r.t.Error("nothing was evicted")
	}
	r.server.do("CONFIG", "SET", "maxmemory", "128mb")
	r.server.do("CONFIG", "SET", "maxmemory-policy", "noeviction")
}

// settle waits until every document is answered and no event is left.
func (r *redisRun) settle() {
	r.t.Helper()
	r.within(patience, "every document is answered", func() bool { return len(r.open(0)) == 0 }, func() any { return r.open(0) })
	r.idle()
	r.quiet(patience)
}

// check wants every document once, and nothing else.
func (r *redisRun) check() {
	r.t.Helper()
	for id, request := range r.requests {
		r.standsOnce(id, "N-"+itoa(id))
		if told, _ := r.procore.Request(request); told.Status != "success" {
			r.t.Errorf("request %d of commitment %d was closed as %q: %q", request, id, told.Status, told.Messages)
		}
	}
	c := r.jobpac.Counts()
	if n := len(r.requests); c.PurchaseOrders+c.Subcontracts != n || c.PurchaseOrderItems+c.SubcontractItems != 2*n || c.Variations != 0 {
		r.t.Errorf("%d documents, but %+v", n, c)
	}
}

// A worker starts, and works, where there is no Redis at all.
func TestNoRedisAtAll(t *testing.T) {
	t.Parallel()
	r := newRedisRun(t)
	for _, one := range r.workers {
		one.stop()
	}
	r.server.kill()
	if err := r.startWorker(0); err != nil {
		t.Fatal(err)
	}
	r.feed()
	r.settle()
	for _, one := range []*system{r.workers[0], r.front} {
		one.stop()
	}
	r.check()
	if r.warnings() == 0 {
		t.Error("the log says nothing of it")
	}
}
