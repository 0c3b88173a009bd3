package e2e

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
	"github.com/procpac/procpac/internal/redisstore"
)

const natsPassword = "e2e-nats-password"

// bus is a real NATS server with the deployment's settings, which can be
// stopped and started again on its port and directory.
type bus struct {
	t       *testing.T
	options *server.Options
	server  *server.Server
}

// startNATS runs one.
func startNATS(t *testing.T) *bus {
	t.Helper()
	options, err := server.ProcessConfigFile("../../deployments/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	options.Host, options.Port, options.StoreDir, options.NoSigs, options.NoLog = "127.0.0.1", -1, t.TempDir(), true, true
	options.HTTPHost, options.HTTPPort = "", 0
	if !options.SyncAlways {
		t.Fatal("deployments/nats.conf does not sync always")
	}
	b := &bus{t: t, options: options}
	b.start()
	t.Cleanup(b.stop)
	return b
}

func (b *bus) start() {
	b.t.Helper()
	options := b.options.Clone()
	s, err := server.NewServer(options)
	if err != nil {
		b.t.Fatal(err)
	}
	s.Start()
	if b.server = s; !s.ReadyForConnections(30 * time.Second) {
		b.t.Fatal("the NATS server is not ready")
	}
	b.options.Port = s.Addr().(*net.TCPAddr).Port
}

func (b *bus) stop() {
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

// url is the address with the password.
func (b *bus) url() config.Address {
	return config.Address(fmt.Sprintf("nats://procpac:%s@127.0.0.1:%d", natsPassword, b.options.Port))
}

// startRedis runs a real server with the deployment's settings. kill ends it.
func startRedis(w *world) (address config.Address, kill func()) {
	w.t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		w.t.Fatal("redis-server is missing: install it (Debian: apt-get install redis-server), or run scripts/test, which does")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	cmd := exec.Command(path, "../../deployments/redis.conf", "--bind", "127.0.0.1", "--port", port, "--dir", w.t.TempDir(), "--logfile", os.DevNull)
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	done := false
	kill = func() {
		if done {
			return
		}
		done = true
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
			w.t.Error(err)
		}
		_ = cmd.Wait() // killed: it says so
	}
	w.t.Cleanup(kill)
	address = config.Address("redis://127.0.0.1:" + port + "/0")
	r, err := redisstore.Open(address.Reveal(), "")
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Close()
	w.await("redis-server answers", func() bool { return r.Ping(w.t.Context()) == nil })
	return address, kill
}

// Receiver with console and two workers, each a Serve of its own, on real NATS
// and Redis servers: one order per approval, also when Redis is killed in the
// middle.
func TestCluster(t *testing.T) {
	t.Parallel()
	for name, killed := range map[string]bool{"redis stays": false, "redis is killed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster(t, killed)
		})
	}
}

func cluster(t *testing.T, killed bool) {
	nats := startNATS(t)
	w := newWorld(t)
	redis, kill := startRedis(w)
	w.settings(func(s *procoresim.Settings) { s.SecondEventID, s.Duplicates = true, 2 })
	cfg := func(dir string) *config.Config {
		c := w.config()
		c.NATS.URL, c.Redis.URL, c.DataDir = nats.url(), redis, filepath.Join(w.dir, dir)
		c.Worker.AckWait, c.Worker.Lease = config.Duration(5*time.Second), config.Duration(5*time.Second)
		c.Worker.SendWindow, c.Worker.SendLimit = config.Duration(2*time.Second), config.Duration(2*time.Second)
		return c
	}
	s := w.serve(cfg("front"), app.Receiver, app.Console)
	workers := []*system{w.serve(cfg("one"), app.Worker), w.serve(cfg("two"), app.Worker)}
	w.hook("v4.0")
	w.jobpacFaults(jobpacsim.Fault{Operation: orderItem, Kind: jobpacsim.FaultLatency, MS: 20})
	requests := map[int64]int64{}
	for id := int64(5001); id <= 5016; id++ {
		w.add(purchase(id, 4))
		requests[id] = w.export(commitment, id, "PO-"+itoa(id))
	}
	if killed {
		w.await("half of the work is done", func() bool { return w.jobpac.Counts().PurchaseOrderItems >= 20 })
		kill()
	}
	for id, r := range requests {
		s.settled(commitment, id, r, journal.Done)
	}
	s.idle()
	for _, one := range workers {
		one.stop()
	}
	s.stop()
	for id, r := range requests {
		w.standsOnce(id, "PO-"+itoa(id))
		w.closed(r, "success")
	}
	if c := w.jobpac.Counts(); c.PurchaseOrders != 16 || c.PurchaseOrderItems != 64 {
		t.Errorf("%+v", c)
	}
	for i, one := range workers {
		if len(one.log.ended()) == 0 {
			t.Errorf("worker %d did nothing", i)
		}
	}
}

// A worker of several that dies in the middle of an order leaves it to the
// others.
func TestWorkerKilledInCluster(t *testing.T) {
	t.Parallel()
	nats := startNATS(t)
	w := newWorld(t)
	redis, _ := startRedis(w)
	front := w.config()
	front.NATS.URL, front.Redis.URL, front.DataDir = nats.url(), redis, filepath.Join(w.dir, "front")
	s := w.serve(front, app.Receiver, app.Console)
	stores := fmt.Sprintf("nats: {url: %q}\nredis: {url: %q}", nats.url().Reveal(), redis.Reveal())
	file := w.file(stores, "")
	p := w.launchRoles(file, app.Worker)
	w.hook("v4.0")
	w.jobpacFaults(jobpacsim.Fault{Operation: writeItem, Kind: jobpacsim.FaultLatency, MS: 60})
	w.add(subcontract(5002, 10))
	r := w.export(commitment, 5002, "SC-1")
	w.await("five lines stand", func() bool { return w.jobpac.Counts().SubcontractItems >= 5 })
	p.kill()
	again := w.launchRoles(file, app.Worker)
	s.settled(commitment, 5002, r, journal.Done)
	again.end(os.Interrupt)
	s.stop()
	w.standsOnce(5002, "SC-1")
	w.closed(r, "success")
}
