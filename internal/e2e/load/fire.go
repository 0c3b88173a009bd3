package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// events numbers the webhooks of this run, so that no two are alike.
type events struct{ last atomic.Int64 }

// next is a webhook of about 400 bytes with an id of its own.
func (e *events) next() []byte {
	n := e.last.Add(1)
	return fmt.Appendf(nil, `{"id":%d,"ulid":"01J9%022d","timestamp":"2026-11-23T09:29:58.123456Z","metadata":{"source_user_id":77,`+
		`"source_project_id":12,"source_operation_id":"op","source_company_id":1357908642,"source_application_id":"app"},"user_id":77,`+
		`"company_id":1357908642,"project_id":null,"api_version":"v3.0","event_type":"create","resource_name":"ERP Requests",`+
		`"resource_id":%d,"related_resources":[{"id":4101,"name":"Work Order Contracts"}]}`, 5_982_000_000_000_000_000+n, n, 8800+n)
}

// gun is one kept connection. It speaks just enough HTTP to cost little beside
// what it measures.
type gun struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
}

func draw(ctx context.Context, address string) (*gun, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &gun{conn: conn, in: bufio.NewReader(conn)}, nil
}

// fire posts a webhook and waits for its answer; anything but 200 is an error.
func (g *gun) fire(body []byte) error {
	g.out = fmt.Appendf(g.out[:0], "POST /hooks/procore/demo HTTP/1.1\r\nHost: load\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", token, len(body))
	g.out = append(g.out, body...)
	if err := g.conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if _, err := g.conn.Write(g.out); err != nil {
		return err
	}
	return g.answer()
}

// answer reads the head of an answer and throws its body away.
func (g *gun) answer() error {
	status, err := g.in.ReadString('\n')
	if err != nil {
		return err
	}
	length := 0
	for {
		line, err := g.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(bytes.ToLower(line), []byte("content-length:")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if _, err := g.in.Discard(length); err != nil {
		return err
	}
	if !strings.Contains(status, " 200 ") {
		return errors.New("answered " + strings.TrimSpace(status))
	}
	return nil
}

// shots is what a run of webhooks showed.
type shots struct {
	took    []time.Duration // sorted
	seconds float64
}

func (s shots) rate() float64 { return float64(len(s.took)) / s.seconds }

func (s shots) ms(percent int) float64 { return millis(at(s.took, percent)) }

// at is a percentile of sorted durations.
func at(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// salvo runs shooters on connections of their own. Each calls its shoot until
// that says it is over; shoot gives the moment from which the answer counts.
func salvo(ctx context.Context, address string, connections int, shoot func(g *gun) (from time.Time, over bool, err error)) (shots, error) {
	guns := make([]*gun, connections)
	for i := range guns {
		g, err := draw(ctx, address)
		if err != nil {
			return shots{}, err
		}
		defer func() { _ = g.conn.Close() }()
		guns[i] = g
	}
	var home sync.WaitGroup
	took, errs := make([][]time.Duration, connections), make([]error, connections)
	begun := time.Now()
	for i, g := range guns {
		home.Go(func() { took[i], errs[i] = shootAll(ctx, g, shoot) })
	}
	home.Wait()
	all := slices.Concat(took...)
	slices.Sort(all)
	return shots{took: all, seconds: time.Since(begun).Seconds()}, errors.Join(errs...)
}

func shootAll(ctx context.Context, g *gun, shoot func(g *gun) (time.Time, bool, error)) (took []time.Duration, err error) {
	for ctx.Err() == nil {
		from, over, err := shoot(g)
		if over || err != nil {
			return took, err
		}
		took = append(took, time.Since(from))
	}
	return took, ctx.Err()
}

// closedLoop sends on every connection the next webhook when the last is
// answered, for a time.
func closedLoop(ctx context.Context, address string, connections int, d time.Duration, e *events) (shots, error) {
	end := time.Now().Add(d)
	return salvo(ctx, address, connections, func(g *gun) (time.Time, bool, error) {
		from := time.Now()
		if from.After(end) {
			return from, true, nil
		}
		return from, false, g.fire(e.next())
	})
}

// openLoop sends at a steady rate; an answer's time counts from when its
// webhook was due, so that a slow receiver cannot slow the sender down.
func openLoop(ctx context.Context, address string, perSecond int, d time.Duration, e *events) (shots, error) {
	begun, total := time.Now().Add(50*time.Millisecond), int64(d.Seconds()*float64(perSecond))
	var sent atomic.Int64
	return salvo(ctx, address, 128, func(g *gun) (time.Time, bool, error) {
		n := sent.Add(1) - 1
		due := begun.Add(time.Duration(n) * time.Second / time.Duration(perSecond))
		if n >= total {
			return due, true, nil
		}
		if err := until(ctx, due); err != nil {
			return due, false, err
		}
		return due, false, g.fire(e.next())
	})
}

// until waits for a moment.
func until(ctx context.Context, at time.Time) error {
	t := time.NewTimer(time.Until(at))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// post sends the given bodies, shared among connections.
func post(ctx context.Context, address string, connections int, bodies [][]byte) error {
	var next atomic.Int64
	_, err := salvo(ctx, address, connections, func(g *gun) (time.Time, bool, error) {
		n := next.Add(1) - 1
		if n >= int64(len(bodies)) {
			return time.Time{}, true, nil
		}
		return time.Now(), false, g.fire(bodies[n])
	})
	return err
}
