package app

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/doctor"
	"github.com/procpac/procpac/internal/jobpac"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/natsbus"
	"github.com/procpac/procpac/internal/procoresim"
)

// surgery is a connection whose two sides are simulators, and its configuration.
type surgery struct {
	t       *testing.T
	procore *procoresim.Sim
	jobpac  *jobpacsim.Sim
	cfg     *config.Config
	skew    time.Duration // of the Procore simulator's clock
}

// newSurgery is one in which everything is well.
func newSurgery(t *testing.T) *surgery {
	t.Helper()
	sim, err := jobpacsim.New(jobpacsim.Config{Seed: jobpacsim.DemoSeed()})
	if err != nil {
		t.Fatal(err)
	}
	s := &surgery{t: t, jobpac: sim, procore: procoresim.New(procoresim.Config{})}
	for _, seed := range []procoresim.Seed{procoresim.DemoSeed(), procoresim.DemoDocuments()} {
		if err := s.procore.Seed(seed); err != nil {
			t.Fatal(err)
		}
	}
	left, right := httptest.NewServer(s.skewed(s.procore.Handler())), httptest.NewServer(sim.Handler())
	t.Cleanup(func() { s.procore.Close(); sim.Close(); left.Close(); right.Close() })
	s.cfg = surgeryConfig(t, left.URL, right.URL)
	proof := doctor.Record{Version: 1, Connection: "acme", Environment: "DEMO", At: time.Now().UTC(), Unique: map[string]string{}}
	for _, name := range doctor.Records() {
		proof.Unique[name] = doctor.Verified
	}
	if err := proof.Save(s.cfg.DataDir); err != nil {
		t.Fatal(err)
	}
	return s
}

// skewed answers with a clock of its own.
func (s *surgery) skewed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.skew != 0 {
			w.Header().Set("Date", time.Now().Add(s.skew).UTC().Format(http.TimeFormat))
		}
		next.ServeHTTP(w, r)
	})
}

func surgeryConfig(t *testing.T, procore, jobpac string) *config.Config {
	t.Helper()
	cfg, seed := config.Default(), jobpacsim.DemoSeed()
	cfg.DataDir, cfg.NATS.MaxStore = filepath.Join(t.TempDir(), "data"), 1<<20
	app, user := seed.Applications[0], seed.Users[0]
	c := config.DefaultConnection("acme")
	c.GoLive = time.Now().Add(-time.Hour).Format(time.RFC3339)
	c.Procore.LoginURL, c.Procore.APIURL, c.Procore.CompanyID = procore, procore, "1357908642"
	c.Procore.ClientID, c.Procore.ClientSecret = procoresim.DefaultClientID, procoresim.DefaultClientSecret
	c.Procore.WebhookTokens = []config.Secret{"not-a-real-hook-token"}
	c.Jobpac.AuthURL, c.Jobpac.RequestURL, c.Jobpac.Environment, c.Jobpac.Application = jobpac, jobpac, app.Environment, app.Name
	c.Jobpac.EncryptionKey, c.Jobpac.User, c.Jobpac.Password = config.Secret(app.Key), user.Name, config.Secret(user.Password)
	c.Jobpac.WorkID, c.Jobpac.UniqueDocumentNumber, c.Jobpac.RequestsPerSecond = "01", "verified", 0
	cfg.Connections = []config.Connection{c}
	return cfg
}

func (s *surgery) connection() *config.Connection { return &s.cfg.Connections[0] }

// check looks, and sees that no secret is printed.
func (s *surgery) check() doctor.Report {
	s.t.Helper()
	r, err := Check(s.t.Context(), CheckOptions{Config: s.cfg, Log: zerolog.Nop()})
	if err != nil {
		s.t.Fatal(err)
	}
	s.clean(r)
	return r
}

func (s *surgery) clean(r doctor.Report) {
	s.t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, secret := range append(secretsOf(s.cfg), "not-a-secret") {
		if strings.Contains(string(text), secret) {
			s.t.Errorf("a secret is printed: %s", text)
		}
	}
}

// wants fails the test unless exactly one line is not ok: that one.
func (s *surgery) wants(r doctor.Report, topic string, level doctor.Level, words ...string) {
	s.t.Helper()
	var bad []doctor.Line
	for _, l := range r.Lines {
		if l.Level != doctor.OK {
			bad = append(bad, l)
		}
	}
	if len(bad) != 1 || bad[0].Topic != topic || bad[0].Level != level {
		s.t.Fatalf("want one line, %s %s: %+v", level, topic, bad)
	}
	for _, w := range words {
		if !strings.Contains(bad[0].Words+" "+bad[0].Do, w) {
			s.t.Errorf("no %q in %+v", w, bad[0])
		}
	}
}

func TestCheckOfAWellSystem(t *testing.T) {
	t.Parallel()
	s := newSurgery(t)
	r := s.check()
	var topics []string
	for _, l := range r.Lines {
		if l.Level != doctor.OK {
			t.Errorf("%+v", l)
		}
		if len(topics) == 0 || topics[len(topics)-1] != l.Topic {
			topics = append(topics, l.Topic)
		}
	}
	want := "configuration, secrets, links, clock, procore token, procore company, procore requests, procore hooks, jobpac login, jobpac work id, " +
		"jobpac gst codes, jobpac status letters, go live, unique keys, quiet period, contract, data directory, nats, redis, disk, limits"
	if got := strings.Join(topics, ", "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	n := s.jobpac.Counts()
	if n.PurchaseOrders+n.Subcontracts+n.Variations != 0 {
		t.Errorf("a look wrote: %+v", n)
	}
}

// Each trouble gives exactly its line.
func TestCheckOfEachTrouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trouble func(t *testing.T, s *surgery)
		topic   string
		level   doctor.Level
		words   []string
	}{
		"wrong secret":                        {func(_ *testing.T, s *surgery) { s.connection().Procore.ClientSecret = "wrong-not-a-secret" }, "procore token", doctor.Wrong, []string{"gives no token", "client_secret"}},
		"one side repeats the other's secret": {procoreFault(procoresim.Fault{Path: "/me$", StatusBefore: 403, Message: "it is demo-only"}), "procore company", doctor.Wrong, []string{"it is ***"}},
		"company disconnected": {func(t *testing.T, s *surgery) {
			settings := s.procore.Settings()
			settings.DisconnectedCompanies = []int64{procoresim.DemoCompanyID}
			must(t, s.procore.SetSettings(settings))
		}, "procore company", doctor.Wrong, []string{"403", "connect the app"}},
		"company unknown":       {procoreFault(procoresim.Fault{Path: "/me$", StatusBefore: 404}), "procore company", doctor.Wrong, []string{"404", "company_id"}},
		"requests forbidden":    {procoreFault(procoresim.Fault{Path: "/erp_requests$", StatusBefore: 403}), "procore requests", doctor.Wrong, []string{"403", "admin rights"}},
		"requests unknown":      {procoreFault(procoresim.Fault{Path: "/erp_requests$", StatusBefore: 404}), "procore requests", doctor.Warning, []string{"404", "ERP Integrations tool"}},
		"requests unauthorized": {procoreFault(procoresim.Fault{Path: "/erp_requests$", StatusBefore: 401}), "procore requests", doctor.Wrong, []string{"401"}},
		"hooks forbidden":       {procoreFault(procoresim.Fault{Path: "/webhooks/", StatusBefore: 403}), "procore hooks", doctor.Warning, []string{"403"}},
		"wrong password":        {func(_ *testing.T, s *surgery) { s.connection().Jobpac.Password = "wrong-pwd" }, "jobpac login", doctor.Wrong, []string{"password", "locks"}},
		"wrong key": {func(_ *testing.T, s *surgery) {
			s.connection().Jobpac.EncryptionKey = "not-a-real-key-not-a-real-key-32"
		}, "jobpac login", doctor.Wrong, []string{"encryption_key"}},
		"jobs forbidden":      {jobpacFault(jobpacsim.Fault{Operation: "JobListing", Kind: jobpacsim.FaultStatusBefore, Status: 403}), "jobpac work id", doctor.Wrong, []string{"403", "work_id"}},
		"creditors not there": {jobpacFault(jobpacsim.Fault{Operation: "CreditorListing", Kind: jobpacsim.FaultStatusBefore, Status: 404}), "jobpac work id", doctor.Wrong, []string{"work_id"}},
		"clock ahead":         {func(_ *testing.T, s *surgery) { s.skew = 2 * time.Minute }, "clock", doctor.Wrong, []string{"behind that of Procore"}},
		"clock behind":        {func(_ *testing.T, s *surgery) { s.skew = -2 * time.Minute }, "clock", doctor.Wrong, []string{"ahead of that of Procore"}},
		"no go-live":          {func(_ *testing.T, s *surgery) { s.connection().GoLive = "" }, "go live", doctor.Warning, []string{"any age"}},
		"unique unknown": {func(_ *testing.T, s *surgery) {
			s.connection().Jobpac.UniqueKeys = map[string]string{"item": "unknown"}
		}, "unique keys", doctor.Warning, []string{"item (unknown)"}},
		"quiet period short":     {func(_ *testing.T, s *surgery) { s.connection().Jobpac.QuietPeriod = config.Duration(time.Second) }, "quiet period", doctor.Warning, []string{"short"}},
		"verified, never proven": {func(t *testing.T, s *surgery) { must(t, os.Remove(doctor.Path(s.cfg.DataDir, "acme"))) }, "contract", doctor.Warning, []string{"no contract check"}},
		"data directory open":    {func(t *testing.T, s *surgery) { must(t, os.Chmod(s.cfg.DataDir, 0o755)) }, "secrets", doctor.Warning, []string{"chmod 700"}},
		"operators in the clear": {func(_ *testing.T, s *surgery) { s.cfg.Operator.Listen = "192.0.2.1:8081" }, "links", doctor.Warning, []string{"operator.listen"}},
		"mail in the clear":      {func(_ *testing.T, s *surgery) { s.cfg.Notify.SMTP.Host, s.cfg.Notify.SMTP.TLS = "mail.example", "none" }, "links", doctor.Warning, []string{"mail.example"}},
		"store larger than disk": {func(_ *testing.T, s *surgery) { s.cfg.NATS.MaxStore = 1 << 55 }, "disk", doctor.Warning, []string{"max_store"}},
		"redis evicts":           {func(t *testing.T, s *surgery) { s.cfg.Redis.URL = startRedis(t, "allkeys-lru") }, "redis", doctor.Warning, []string{"allkeys-lru", "slower at most"}},
		"status letter not known": {func(t *testing.T, s *surgery) {
			s.export(t)
			s.connection().Jobpac.StatusLetters = map[string]string{"X": "stopped"}
		}, "jobpac status letters", doctor.Warning, []string{"letter A"}},
		"secret file open": {func(t *testing.T, s *surgery) {
			path := filepath.Join(s.cfg.DataDir, "secret")
			must(t, os.WriteFile(path, []byte("x"), 0o644))
			s.connection().Jobpac.PasswordFile = path
		}, "secrets", doctor.Wrong, []string{"jobpac.password_file", "chmod 600"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSurgery(t)
			c.trouble(t, s)
			s.wants(s.check(), c.topic, c.level, c.words...)
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func procoreFault(f procoresim.Fault) func(*testing.T, *surgery) {
	return func(t *testing.T, s *surgery) { must(t, s.procore.SetFaults(f)) }
}

func jobpacFault(f jobpacsim.Fault) func(*testing.T, *surgery) {
	return func(t *testing.T, s *surgery) { must(t, s.jobpac.SetFaults([]jobpacsim.Fault{f})) }
}

// export sends a commitment to the ERP, so that there is a document to learn
// job, creditor and cost centre from.
func (s *surgery) export(t *testing.T) {
	t.Helper()
	_, _, err := s.procore.ExportCommitment(procoresim.DemoSubcontractID, "SC0001")
	must(t, err)
}

// startRedis runs a real redis-server with that eviction and gives its address.
func startRedis(t *testing.T, policy string) config.Address {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is missing: install it (Debian: apt-get install redis-server), or run scripts/test, which does")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := l.Addr().String()
	must(t, l.Close())
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(binary, "--bind", "127.0.0.1", "--port", port, "--dir", t.TempDir(), "--logfile", os.DevNull, "--appendonly", "yes", "--maxmemory-policy", policy)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }) // killed: it says so
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(20 * time.Second)
	for {
		if c, err := net.Dial("tcp", address); err == nil {
			return config.Address("redis://" + address + "/0" + closed(c))
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("redis-server does not answer")
		}
	}
}

// closed ends a connection that was only to see that somebody listens.
func closed(c net.Conn) string { _ = c.Close(); return "" }

// startNATS runs a NATS server whose settings the system account shows.
func startNATS(t *testing.T, always bool) config.Address {
	t.Helper()
	system := server.NewAccount("SYS")
	nats, err := server.NewServer(&server.Options{
		ServerName: "outside", Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true, SyncAlways: always,
		Accounts: []*server.Account{system}, SystemAccount: "SYS", Users: []*server.User{{Username: "admin", Password: "not-a-secret", Account: system}},
	})
	must(t, err)
	nats.Start()
	t.Cleanup(func() { nats.Shutdown(); nats.WaitForShutdown() })
	if !nats.ReadyForConnections(30 * time.Second) {
		t.Fatal("the server outside did not get ready")
	}
	return config.Address("nats://admin:not-a-secret@" + nats.Addr().String())
}

// A cluster that acknowledges before it syncs, and one that does not. A system
// account holds no streams, so those are not looked at here.
func TestCheckOfAClustersSync(t *testing.T) {
	t.Parallel()
	for _, always := range []bool{false, true} {
		s := newSurgery(t)
		s.cfg.NATS.URL, s.cfg.NATS.Replicas, s.cfg.Redis.URL = startNATS(t, always), 3, startRedis(t, "noeviction")
		r := s.check()
		r.Lines = keep(r.Lines, "nats", "nats sync", "redis")
		if always {
			if r.Count(doctor.OK) != 3 {
				t.Errorf("%+v", r.Lines)
			}
			continue
		}
		s.wants(r, "nats sync", doctor.Wrong, "does not mean durable", "sync_interval: always")
	}
	s := newSurgery(t)
	s.cfg.NATS.URL = "nats://admin:not-a-secret@127.0.0.1:1"
	r := s.check()
	r.Lines = keep(r.Lines, "nats", "nats sync", "nats streams")
	s.wants(r, "nats", doctor.Wrong, "cannot be reached")
}

func keep(lines []doctor.Line, topics ...string) []doctor.Line {
	var kept []doctor.Line
	for _, l := range lines {
		for _, topic := range topics {
			if l.Topic == topic {
				kept = append(kept, l)
			}
		}
	}
	return kept
}

// A code that Jobpac does not have is wrong, where the client can list them.
func TestCheckOfGSTCodes(t *testing.T) {
	t.Parallel()
	s := newSurgery(t)
	s.connection().Mapping.GST.Default = "ZZ"
	r := s.check()
	if _, can := any((*jobpac.Client)(nil)).(gstLister); can {
		s.wants(r, "jobpac gst codes", doctor.Wrong, "ZZ", "G, I and N")
		return
	}
	if l := keep(r.Lines, "jobpac gst codes"); len(l) != 1 || l[0].Level != doctor.OK || !strings.Contains(l[0].Words, "cannot list") {
		t.Errorf("%+v", l)
	}
}

// A check beside a running server is well, and does not disturb it.
func TestCheckBesideAServer(t *testing.T) {
	t.Parallel()
	s := newSurgery(t)
	bus, err := natsbus.Open(t.Context(), natsbus.Options{DataDir: s.cfg.DataDir, MaxStore: 1 << 26, Log: zerolog.Nop()})
	must(t, err)
	if l := keep(s.check().Lines, "data directory"); len(l) != 1 || l[0].Level != doctor.OK || !strings.Contains(l[0].Words, "a server is running") {
		t.Errorf("%+v", l)
	}
	must(t, bus.Close(t.Context()))
	if l := keep(s.check().Lines, "data directory"); len(l) != 1 || !strings.Contains(l[0].Words, "no server is running") {
		t.Errorf("%+v", l)
	}
	again, err := natsbus.Open(t.Context(), natsbus.Options{DataDir: s.cfg.DataDir, MaxStore: 1 << 26, Log: zerolog.Nop()})
	must(t, err)
	must(t, again.Close(context.WithoutCancel(t.Context())))
}

// Secrets that stand in a file that others can read are wrong; secrets of the
// environment beside such a file are not.
func TestCheckOfAConfigurationFile(t *testing.T) {
	t.Parallel()
	s := newSurgery(t)
	path := filepath.Join(s.cfg.DataDir, "procpac.yaml")
	for text, want := range map[string][]string{
		"listen: 127.0.0.1:8080\n": nil,
		"client_secret: " + s.connection().Procore.ClientSecret.Reveal() + "\n": {"holds connections.acme.procore.client_secret.", "chmod 600"},
	} {
		must(t, os.WriteFile(path, []byte(text), 0o644))
		r, err := Check(t.Context(), CheckOptions{Config: s.cfg, File: path, Log: zerolog.Nop()})
		must(t, err)
		s.clean(r)
		if want == nil {
			if r.Count(doctor.OK) != len(r.Lines) {
				t.Errorf("%+v", r.Lines)
			}
			continue
		}
		s.wants(r, "secrets", doctor.Wrong, want...)
	}
}

func TestCheckOfASettingWithoutEffect(t *testing.T) {
	t.Parallel()
	s := newSurgery(t)
	s.connection().Revised = "vary"
	s.wants(s.check(), "configuration", doctor.Warning, ".revised vary has no effect with intake erp", "Set intake to direct or both")
}

func TestCheckWithoutAConnection(t *testing.T) {
	t.Parallel()
	s := newSurgery(t)
	s.cfg.Connections = nil
	s.wants(s.check(), "configuration", doctor.Warning, "Add a connection")
	s = newSurgery(t)
	s.connection().TimeZone = "Nowhere/At_All"
	_, err := Check(t.Context(), CheckOptions{Config: s.cfg, Log: zerolog.Nop()})
	var mistake *SetupError
	if !errors.As(err, &mistake) {
		t.Errorf("%v", err)
	}
}
