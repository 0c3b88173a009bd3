package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/procpac/procpac/internal/natsbus"
)

// variant is one way to keep the journal.
type variant struct {
	name         string
	alone, split bool
}

// variants of the journal: the product first, the plainest last.
var variants = []variant{
	{"shared syncs, arrows ride", false, false},
	{"a sync each, arrows ride", true, false},
	{"a sync each, an append each", true, true},
}

// drained is what one drain showed.
type drained struct {
	approvals       int
	rate            float64       // approvals a second, from the worker's start to the last end
	steady          float64       // the same between the first and the last tenth
	appends, sends  float64       // per approval
	batches, inEach float64       // batches per approval, appends in each
	cpu, outside    time.Duration // of the program, and of this process with the simulators
	peak            float64       // MB
	others          float64       // cores that other programs of the machine used meanwhile
}

// backlog makes a data directory with that many stored webhooks.
func backlog(ctx context.Context, dir string, approvals int) error {
	var h house
	_, err := h.open(approvals, 0, 0)
	if err = errors.Join(err, h.close()); err != nil {
		return err
	}
	p, err := start(ctx, "receive", childOptions{dir: dir})
	if err != nil {
		return err
	}
	err = post(ctx, p.address, 64, h.webhooks())
	_, _, stopErr := p.stop()
	return errors.Join(err, stopErr)
}

// drain works a copy of a backlog off.
func drain(ctx context.Context, from string, approvals, jobpacMS int, v variant, profile string) (d drained, err error) {
	dir, err := os.MkdirTemp("", "procpac-load-")
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.CopyFS(filepath.Join(dir, "data"), os.DirFS(from)); err != nil {
		return d, err
	}
	var h house
	o, err := h.open(approvals, 0, jobpacMS)
	defer func() { err = errors.Join(err, h.close()) }()
	if err != nil {
		return d, err
	}
	o.dir, o.alone, o.split, o.profile = filepath.Join(dir, "data"), v.alone, v.split, profile
	p, err := start(ctx, "work", o)
	if err != nil {
		return d, err
	}
	begun, before, machine := time.Now(), ownCPU(), machineCPU()
	ends, waitErr := p.await(ctx, approvals)
	outside, machine, took := ownCPU()-before, machineCPU()-machine, time.Since(begun)
	stats, statsErr := p.stats()
	cpu, peak, stopErr := p.stop()
	if err := errors.Join(waitErr, statsErr, stopErr); err != nil {
		return d, err
	}
	d = summed(begun, ends, stats)
	d.cpu, d.outside, d.peak, d.others = cpu, outside, peak, max(0, (machine-cpu-outside).Seconds()/took.Seconds())
	return d, h.count(approvals)
}

// await waits for that many approvals to end well.
func (p *process) await(ctx context.Context, approvals int) (ends []time.Time, err error) {
	limit := time.NewTimer(30*time.Second + time.Duration(approvals)*50*time.Millisecond)
	defer limit.Stop()
	for len(ends) < approvals {
		select {
		case at := <-p.dones:
			ends = append(ends, at)
		case <-p.ended:
			return ends, fmt.Errorf("the worker ended after %d of %d approvals", len(ends), approvals)
		case <-limit.C:
			return ends, fmt.Errorf("%d of %d approvals in time; it said: %s", len(ends), approvals, p.complaint())
		case <-ctx.Done():
			return ends, ctx.Err()
		}
	}
	return ends, nil
}

// complaint is the first thing that went wrong.
func (p *process) complaint() string {
	select {
	case line := <-p.other:
		return line
	default:
		return "nothing"
	}
}

func summed(begun time.Time, ends []time.Time, s natsbus.Stats) drained {
	n, j := float64(len(ends)), s.Journal
	tenth := len(ends) / 10
	low, high := ends[tenth], ends[len(ends)-1-tenth]
	d := drained{
		approvals: len(ends), rate: n / ends[len(ends)-1].Sub(begun).Seconds(), steady: float64(len(ends)-1-2*tenth) / high.Sub(low).Seconds(),
		appends: float64(j.Appends) / n, sends: float64(j.Singles+j.Batches) / n, batches: float64(j.Batches) / n,
	}
	if j.Batches > 0 {
		d.inEach = float64(j.Batched) / float64(j.Batches)
	}
	return d
}

func (r *report) drained(name string, d drained) {
	r.row(name, d.approvals, fmt.Sprintf("%.0f", d.rate), fmt.Sprintf("%.0f", d.steady), fmt.Sprintf("%.2f", d.appends), fmt.Sprintf("%.2f", d.sends),
		fmt.Sprintf("%.2f of %.0f", d.batches, d.inEach), fmt.Sprintf("%.1f + %.1f", millis(d.cpu)/float64(d.approvals), millis(d.outside)/float64(d.approvals)), fmt.Sprintf("%.0f", d.peak), fmt.Sprintf("%.1f", d.others))
}

func (r *report) drainHead() {
	r.row("journal", "approvals", "approvals/s", "steady/s", "appends each", "sends each", "batches each", "CPU + sims ms", "peak RSS MB", "others' cores")
}

// measureDrain works backlogs off with simulators that answer at once.
func measureDrain(ctx context.Context, o options, r *report) (err error) {
	dir, err := os.MkdirTemp("", "procpac-load-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := backlog(ctx, filepath.Join(dir, "slice"), o.slice); err != nil {
		return err
	}
	r.title("approvals end to end, %d workers, latency 0, backlogs of %d, %d rounds", workers, o.slice, o.rounds)
	r.drainHead()
	rates := map[string][]float64{}
	for range o.rounds {
		for i, v := range variants {
			d, err := drain(ctx, filepath.Join(dir, "slice"), o.slice, 0, v, profileOf(o, fmt.Sprint("drain-", i)))
			if err != nil {
				return fmt.Errorf("%s: %w", v.name, err)
			}
			rates[v.name] = append(rates[v.name], d.rate)
			r.drained(v.name, d)
		}
	}
	judgeDrain(r, rates)
	if o.backlog == 0 {
		return nil
	}
	return longDrain(ctx, filepath.Join(dir, "long"), o, r)
}

func profileOf(o options, name string) string {
	if o.profile == "" {
		return ""
	}
	return o.profile + "-" + name + ".pprof"
}

func judgeDrain(r *report, rates map[string][]float64) {
	product, plain, each := rates[variants[0].name], rates[variants[2].name], rates[variants[1].name]
	ratio := ratios(product, plain)
	r.row("  ratio shared / an append each", "", span3(ratio, 2))
	r.row("  ratio shared / a sync each", "", span3(ratios(product, each), 2))
	r.target(median(ratio) >= 4, "drain at zero latency over one append one sync for every arrow, at least 4",
		"%s (of it by shared syncs alone: %s)", span3(ratio, 2), span3(ratios(product, each), 2))
}

// longDrain works the long backlog off once, as the product does.
func longDrain(ctx context.Context, dir string, o options, r *report) error {
	if err := backlog(ctx, dir, o.backlog); err != nil {
		return err
	}
	d, err := drain(ctx, dir, o.backlog, 0, variants[0], "")
	if err != nil {
		return err
	}
	r.drained("long backlog: "+variants[0].name, d)
	r.note(fmt.Sprintf("backlog of %d approvals, %d workers, journal on disk", o.backlog, workers),
		"%.0f approvals/s; %.2f journal appends and %.2f sends (each at least one sync) an approval", d.rate, d.appends, d.sends)
	return nil
}
