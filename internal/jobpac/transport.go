package jobpac

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

const (
	dialLimit = 10 * time.Second
	readIdle  = 60 * time.Second
	// writeIdle is short: the lines of one document follow each other within
	// it, and a connection that the other side may have dropped meanwhile,
	// which would put a write in doubt, is not used.
	writeIdle = 3 * time.Second
	// connections are kept per host: two look-ups at a time for each of many
	// workers. Fewer would mean dialling again and again.
	connections = 256
)

// newReadTransport may repeat what it sends: reads change nothing.
func newReadTransport(limit time.Duration) *http.Transport {
	return newTransport(limit, readIdle)
}

// newWriteTransport never repeats a call that may have left. net/http itself
// repeats on a broken kept connection only methods that read, or calls of
// which not one byte was written; PUT and POST carry no idempotency header and
// no body here, so that rule holds, and a test proves it. HTTP/2 has rules of
// its own and stays off.
func newWriteTransport(limit time.Duration) *http.Transport {
	t := newTransport(limit, writeIdle)
	t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	return t
}

func newTransport(limit, idle time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: min(limit, dialLimit), KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext,
		TLSHandshakeTimeout: min(limit, dialLimit), ResponseHeaderTimeout: limit,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
		MaxIdleConns:    connections, MaxIdleConnsPerHost: connections, IdleConnTimeout: idle,
	}
}

// newHTTPClient follows no redirect: it would carry the token to another host.
func newHTTPClient(t *http.Transport, limit time.Duration) *http.Client {
	return &http.Client{
		Transport: t, Timeout: limit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
