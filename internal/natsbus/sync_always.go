package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	monitorPort = "8222" // of a server's monitoring, unless its operator chose another (documented)
	lookWithin  = 2 * time.Second
	replyGap    = 500 * time.Millisecond // after which no further server answers a ping of the system account
	varzMost    = 1 << 20
)

// SyncAlways tells whether the servers at url sync every message to the disk
// before they acknowledge it (sync_interval: always). No client can see that
// over the normal connection (reliability: an acknowledgement may mean "in
// memory"), so each server that the client knows of is asked through its
// monitoring on port 8222, and all together through the system account, if creds
// are those. always counts when known is true: then every server was seen, or
// one that does not sync was. words is one sentence for a person: what was seen,
// and what to do. An error means that no server was reached; it is Transient and
// of the system.
func SyncAlways(ctx context.Context, url string, creds string) (always bool, known bool, words string, err error) {
	return syncAlways(ctx, url, creds, monitorPort)
}

// syncAlways is SyncAlways on a port.
func syncAlways(ctx context.Context, servers, creds, port string) (always, known bool, words string, err error) {
	nc, err := dial(servers, creds)
	if err != nil {
		return false, false, "", away("reach the servers", err)
	}
	defer nc.Close()
	seen := map[string]syncing{} // by server id
	var unseen []string
	for _, host := range hosts(nc) {
		s, err := overMonitor(ctx, net.JoinHostPort(host, port))
		if err != nil {
			unseen = append(unseen, host)
			continue
		}
		seen[s.ID] = s
	}
	answers := overSystem(ctx, nc)
	if len(answers) > 0 { // that reaches every server of the cluster
		unseen = nil
	}
	for _, s := range answers {
		seen[s.ID] = s
	}
	always, known, words = judge(seen, unseen, port)
	return always, known, words, nil
}

// dial connects once, without the patience of a bus.
func dial(servers, creds string) (*nats.Conn, error) {
	options := []nats.Option{nats.Name("procpac check"), nats.Timeout(lookWithin), nats.NoReconnect()}
	if creds != "" {
		options = append(options, nats.UserCredentials(creds))
	}
	nc, err := nats.Connect(servers, options...)
	return nc, withoutAddress(err)
}

// withoutAddress takes the address out of an error: it may hold a password.
func withoutAddress(err error) error {
	var wrong *url.Error
	if errors.As(err, &wrong) {
		return fmt.Errorf("nats.url is no address: %w", wrong.Err)
	}
	return err
}

// hosts are the machines of all servers that the client knows, once each.
func hosts(nc *nats.Conn) []string {
	var all []string
	for _, text := range slices.Concat(nc.Servers(), nc.DiscoveredServers()) {
		if u, err := url.Parse(text); err == nil && !slices.Contains(all, u.Hostname()) {
			all = append(all, u.Hostname())
		}
	}
	return all
}

// syncing is what a server says of itself; only what is needed of /varz.
type syncing struct {
	ID        string `json:"server_id"`
	Name      string `json:"server_name"`
	JetStream struct {
		Config *struct {
			SyncAlways bool `json:"sync_always"`
		} `json:"config"`
	} `json:"jetstream"`
}

// stores tells whether the server keeps streams at all; one that does not (a
// gateway to the others) acknowledges nothing.
func (s syncing) stores() bool { return s.JetStream.Config != nil }

// overMonitor asks one server's monitoring.
func overMonitor(ctx context.Context, address string) (s syncing, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/varz", nil)
	if err != nil {
		return s, err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: lookWithin}
	response, err := client.Do(request)
	if err != nil {
		return s, err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(io.LimitReader(response.Body, varzMost)).Decode(&s); err != nil {
		return s, err
	}
	if response.StatusCode != http.StatusOK || s.ID == "" {
		return s, errors.New("what answers there is no NATS server")
	}
	return s, nil
}

// overSystem asks all servers through the system account; none answers to other
// credentials.
func overSystem(ctx context.Context, nc *nats.Conn) []syncing {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	sub, err := request(nc, "$SYS.REQ.SERVER.PING.VARZ", struct{}{})
	if err != nil {
		return nil
	}
	defer func() { _ = sub.Unsubscribe() }() // the connection closes next
	var all []syncing
	for {
		m, err := nextWithin(ctx, sub, replyGap)
		if err != nil {
			return all
		}
		var a struct{ Data syncing }
		if json.Unmarshal(m.Data, &a) == nil && a.Data.ID != "" {
			all = append(all, a.Data)
		}
	}
}

// judge puts what was seen in words.
func judge(seen map[string]syncing, unseen []string, port string) (always, known bool, words string) {
	var lazy, good []string
	for _, s := range seen {
		switch {
		case s.stores() && s.JetStream.Config.SyncAlways:
			good = append(good, s.Name)
		case s.stores():
			lazy = append(lazy, s.Name)
		}
	}
	slices.Sort(lazy)
	slices.Sort(good)
	switch {
	case len(lazy) > 0:
		return false, true, fmt.Sprintf("An acknowledgement does not mean durable here: NATS server %s acknowledges before it syncs. "+
			`Set "sync_interval: always" in its jetstream block and restart it.`, strings.Join(lazy, ", "))
	case len(unseen) > 0 || len(good) == 0:
		return false, false, fmt.Sprintf("Whether %s syncs before it acknowledges cannot be seen from here: "+
			"make its monitoring (http: %s) reachable, or give this check credentials of the system account, "+
			`or look yourself for "sync_interval: always" in its jetstream block.`, orServer(unseen), port)
	}
	return true, true, fmt.Sprintf("NATS server %s syncs before it acknowledges.", strings.Join(good, ", "))
}

// orServer names the hosts that were not seen.
func orServer(unseen []string) string {
	if len(unseen) == 0 {
		return "the NATS server"
	}
	return "NATS server " + strings.Join(unseen, ", ")
}
