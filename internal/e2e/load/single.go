package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// oneByOne is what approvals showed that went one at a time; medians.
type oneByOne struct {
	total, sum, path time.Duration // all of it; its calls one after the other; the time with a call under way
	worst            time.Duration
	calls, jobpac    int
	over             []float64 // per approval: total over path
	jobpacPath       time.Duration
}

// singles sends approvals one at a time and waits for each.
func singles(ctx context.Context, count, procoreMS, jobpacMS int) (one oneByOne, err error) {
	dir, err := os.MkdirTemp("", "procpac-load-")
	if err != nil {
		return one, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	const warm = 3 // tokens, kept connections, believed facts
	var h house
	o, err := h.open(count+warm, procoreMS, jobpacMS)
	defer func() { err = errors.Join(err, h.close()) }()
	if err != nil {
		return one, err
	}
	o.dir = dir
	p, err := start(ctx, "work", o)
	if err != nil {
		return one, err
	}
	defer func() {
		_, _, stopErr := p.stop()
		err = errors.Join(err, stopErr)
	}()
	g, err := draw(ctx, p.address)
	if err != nil {
		return one, err
	}
	defer func() { _ = g.conn.Close() }()
	return eachAlone(ctx, &h, p, g, warm)
}

func eachAlone(ctx context.Context, h *house, p *process, g *gun, warm int) (one oneByOne, err error) {
	var totals, sums, paths, jobpac []time.Duration
	for i, body := range h.webhooks() {
		h.asProc.take()
		h.asJob.take()
		from := time.Now()
		if err := g.fire(body); err != nil {
			return one, err
		}
		ends, err := p.await(ctx, 1)
		if err != nil {
			return one, err
		}
		if i < warm {
			continue
		}
		inJobpac := h.asJob.take()
		calls := append(h.asProc.take(), inJobpac...)
		totals, sums, paths = append(totals, ends[0].Sub(from)), append(sums, sumOf(calls)), append(paths, pathOf(calls))
		jobpac = append(jobpac, pathOf(inJobpac))
		one.calls, one.jobpac = len(calls), len(inJobpac)
		one.over = append(one.over, float64(totals[len(totals)-1])/float64(paths[len(paths)-1]))
	}
	for _, list := range [][]time.Duration{totals, sums, paths, jobpac} {
		slices.Sort(list)
	}
	one.total, one.sum, one.path, one.jobpacPath, one.worst = at(totals, 50), at(sums, 50), at(paths, 50), at(jobpac, 50), at(totals, 100)
	return one, nil
}

// measureSingle compares a single approval with its own calls.
func measureSingle(ctx context.Context, o options, r *report) error {
	r.title("one approval at a time, from webhook to done in the journal, %d of them; medians", o.singles)
	r.row("latency of both sides", "total ms", "worst ms", "calls", "their sum ms", "their path ms", "total / path", "ms over path")
	for _, ms := range []int{0, 20} {
		one, err := singles(ctx, o.singles, ms, ms)
		if err != nil {
			return err
		}
		over := millis(one.total - one.path)
		r.row(fmt.Sprintf("%d ms a call", ms), fmt.Sprintf("%.1f", millis(one.total)), fmt.Sprintf("%.1f", millis(one.worst)), one.calls,
			fmt.Sprintf("%.1f", millis(one.sum)), fmt.Sprintf("%.1f", millis(one.path)), span3(one.over, 2), fmt.Sprintf("%.1f", over))
		if ms > 0 {
			limit := one.path*6/5 + 20*time.Millisecond
			r.target(one.total <= limit, "single approval, at most 1.2 times its own calls plus 20 ms (calls side by side counted once: the stricter way)",
				"%.1f ms against a limit of %.1f ms; ratio %.2f, %.1f ms over", millis(one.total), millis(limit), float64(one.total)/float64(one.path), over)
		}
	}
	r.say("  sum: every call of the approval added up; path: the time with at least one call under way, measured at the simulators")
	return nil
}

// measureSlow drains with a Jobpac that takes 100 ms a call.
func measureSlow(ctx context.Context, o options, r *report) (err error) {
	const ms = 100
	zero, err := singles(ctx, max(o.singles/2, 1), 0, 0)
	if err != nil {
		return err
	}
	one, err := singles(ctx, max(o.singles/4, 1), 0, ms)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "procpac-load-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := backlog(ctx, dir, o.slow); err != nil {
		return err
	}
	steps := int((one.jobpacPath + 50*time.Millisecond) / (ms * time.Millisecond))
	could := workers / (float64(steps)*ms/1000 + zero.total.Seconds())
	r.title("approvals end to end, %d workers, %d ms in every Jobpac call, backlog of %d", workers, ms, o.slow)
	r.drainHead()
	var rates []float64
	for range max(o.rounds/2, 1) {
		d, err := drain(ctx, dir, o.slow, ms, variants[0], profileOf(o, "slow"))
		if err != nil {
			return err
		}
		rates = append(rates, d.steady)
		r.drained(variants[0].name, d)
	}
	r.say("  Jobpac calls one after the other: %d of %d; one approval alone at zero latency %.1f ms; so %d workers could do %.1f/s", steps, one.jobpac, millis(zero.total), workers, could)
	ratio := median(rates) / could
	r.target(ratio >= 0.9, "approvals/s with 100 ms in Jobpac over what the workers could do, at least 0.9", "%.2f (%s of %.1f/s, between the first and the last tenth)", ratio, span3(rates, 1), could)
	return nil
}
