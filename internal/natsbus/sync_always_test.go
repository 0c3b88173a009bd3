package natsbus

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/procpac/procpac/internal/fault"
)

// operated is a server as its operator set it up: sync or not, monitored or not.
func operated(t *testing.T, change func(*server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{ServerName: "n1", Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true, HTTPHost: "127.0.0.1"}
	change(o)
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("the server outside did not get ready")
	}
	t.Cleanup(func() { stopServer(s) })
	return s
}

// portOf is where a server's monitoring listens.
func portOf(a net.Addr) string { return strconv.Itoa(a.(*net.TCPAddr).Port) }

func TestSyncSettingIsSeenThroughMonitoring(t *testing.T) {
	for _, always := range []bool{true, false} {
		s := operated(t, func(o *server.Options) { o.SyncAlways, o.HTTPPort = always, -1 })
		got, known, words, err := syncAlways(t.Context(), s.ClientURL(), "", portOf(s.MonitorAddr()))
		if err != nil || !known || got != always || !strings.Contains(words, "n1") {
			t.Errorf("sync always %v: always %v, known %v, %q, %v", always, got, known, words, err)
		}
		if !always && !strings.Contains(words, "sync_interval: always") {
			t.Errorf("it does not say what to do: %q", words)
		}
	}
}

func TestServerWithoutMonitoringIsNotKnown(t *testing.T) {
	s := operated(t, func(o *server.Options) { o.SyncAlways = true })
	closed := operated(t, func(o *server.Options) { o.HTTPPort = -1 })
	port := portOf(closed.MonitorAddr())
	stopServer(closed) // nobody listens there any more
	always, known, words, err := syncAlways(t.Context(), s.ClientURL(), "", port)
	if err != nil || known || always || !strings.Contains(words, "127.0.0.1") || !strings.Contains(words, "monitoring") {
		t.Errorf("always %v, known %v, %q, %v", always, known, words, err)
	}
}

func TestSyncSettingIsSeenThroughTheSystemAccount(t *testing.T) {
	for _, always := range []bool{true, false} {
		s := operated(t, func(o *server.Options) {
			system, app := server.NewAccount("SYS"), server.NewAccount("APP")
			o.Accounts, o.SystemAccount, o.SyncAlways = []*server.Account{system, app}, "SYS", always
			o.Users = []*server.User{{Username: "admin", Password: "not-a-secret", Account: system}, {Username: "app", Password: "not-a-secret", Account: app}}
		})
		address := s.Addr().String()
		got, known, words, err := syncAlways(t.Context(), "nats://admin:not-a-secret@"+address, "", "1")
		if err != nil || !known || got != always || !strings.Contains(words, "n1") {
			t.Errorf("sync always %v: always %v, known %v, %q, %v", always, got, known, words, err)
		}
		_, known, words, err = syncAlways(t.Context(), "nats://app:not-a-secret@"+address, "", "1")
		if err != nil || known || strings.Contains(words, "not-a-secret") {
			t.Errorf("with the credentials of another account: known %v, %q, %v", known, words, err)
		}
	}
}

func TestWhatAnswersIsNoNATSServer(t *testing.T) {
	for _, answer := range []string{"", "<html>", "{}"} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }))
		t.Cleanup(web.Close)
		s := operated(t, func(*server.Options) {})
		if _, known, _, err := syncAlways(t.Context(), s.ClientURL(), "", portOf(web.Listener.Addr())); known || err != nil {
			t.Errorf("%q: known %v, %v", answer, known, err)
		}
	}
}

func TestServersThatCannotBeReached(t *testing.T) {
	s := operated(t, func(*server.Options) {})
	url := s.ClientURL()
	stopServer(s)
	if _, known, _, err := SyncAlways(t.Context(), url, ""); known || !fault.IsSystem(err) {
		t.Errorf("known %v, %v", known, err)
	}
	_, _, _, err := SyncAlways(t.Context(), "nats://u:not-a-secret@host:port", "")
	if err == nil || strings.Contains(err.Error(), "not-a-secret") {
		t.Errorf("an address that is none: %v", err)
	}
	if _, err := Open(t.Context(), Options{URL: "nats://u:not-a-secret@host:port"}); err == nil || strings.Contains(err.Error(), "not-a-secret") {
		t.Errorf("opening it: %v", err)
	}
	if _, _, _, err := SyncAlways(t.Context(), url, "/no/such/file.creds"); err == nil {
		t.Error("credentials that are not there")
	}
}

func TestOneServerThatDoesNotSyncIsEnough(t *testing.T) {
	on, off, none := syncing{ID: "A", Name: "n1"}, syncing{ID: "B", Name: "n2"}, syncing{ID: "C", Name: "leaf"}
	on.JetStream.Config = &struct {
		SyncAlways bool `json:"sync_always"`
	}{true}
	off.JetStream.Config = &struct {
		SyncAlways bool `json:"sync_always"`
	}{false}
	for name, c := range map[string]struct {
		seen          []syncing
		unseen        []string
		always, known bool
		says          string
	}{
		"all sync":              {[]syncing{on}, nil, true, true, "n1"},
		"one does not":          {[]syncing{on, off}, nil, false, true, "n2 acknowledges before"},
		"one does not, one out": {[]syncing{off}, []string{"n3"}, false, true, "n2"},
		"one was not seen":      {[]syncing{on}, []string{"n3"}, false, false, "n3"},
		"nobody":                {nil, nil, false, false, "system account"},
		"a leaf only":           {[]syncing{none}, nil, false, false, "cannot be seen"},
		"a leaf beside":         {[]syncing{none, on}, nil, true, true, "n1"},
	} {
		seen := map[string]syncing{}
		for _, s := range c.seen {
			seen[s.ID] = s
		}
		always, known, words := judge(seen, c.unseen, "8222")
		if always != c.always || known != c.known || !strings.Contains(words, c.says) {
			t.Errorf("%s: always %v, known %v, %q", name, always, known, words)
		}
	}
}

func TestCheckThatIsCalledOff(t *testing.T) {
	s := operated(t, func(o *server.Options) { o.HTTPPort = -1 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, known, _, err := syncAlways(ctx, s.ClientURL(), "", portOf(s.MonitorAddr())); known || err != nil {
		t.Errorf("known %v, %v", known, err)
	}
}
