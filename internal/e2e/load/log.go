package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
)

// Appends of one purchase order of two lines: as the product makes them, and
// with every arrow by itself (the drain counts both).
const (
	ridingAppends = 5
	plainAppends  = 11
)

// measureJournal appends as many workers do, with nothing else to do: how many
// approvals the journal alone could carry. The drain has the calls besides.
func measureJournal(ctx context.Context, o options, r *report) (err error) {
	dir, err := os.MkdirTemp("", "procpac-load-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var buses []*natsbus.Bus
	for _, v := range []string{"/shared", "/alone"} {
		bus, err := natsbus.Open(ctx, natsbus.Options{DataDir: dir + v, NoGroupCommit: v == "/alone", Log: zerolog.Nop()})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, bus.Close(context.WithoutCancel(ctx))) }()
		buses = append(buses, bus)
	}
	rates := make([][]float64, len(buses))
	for range o.rounds {
		for i, bus := range buses {
			rate, err := appends(ctx, bus, o.loop, len(rates[i])*workers)
			if err != nil {
				return err
			}
			rates[i] = append(rates[i], rate)
		}
	}
	r.title("the journal alone, %d callers, loops of %s, %d rounds", workers, o.loop, o.rounds)
	r.row("", "appends/s     ", "", "approvals it could carry/s")
	carried := make([][]float64, len(rates))
	for i, each := range []int{ridingAppends, plainAppends} {
		for _, rate := range rates[i] {
			carried[i] = append(carried[i], rate/float64(each))
		}
	}
	r.row("shared syncs, arrows ride", span3(rates[0], 0), "", span3(carried[0], 0))
	r.row("a sync each, an append each", span3(rates[1], 0), "", span3(carried[1], 0))
	ratio := ratios(carried[0], carried[1])
	r.row("  ratio", span3(ratio, 2))
	r.note("journal alone, approvals it could carry, shared over one append one sync", "%s", span3(ratio, 2))
	return nil
}

// appends runs the callers for a time, each on an effect of its own.
func appends(ctx context.Context, bus *natsbus.Bus, d time.Duration, first int) (perSecond float64, err error) {
	record := journal.Record{Owner: "load", Moves: []journal.Move{{To: journal.Planned, Reason: strings.Repeat("as good as any ", 30)}}}
	var home sync.WaitGroup
	var count atomic.Int64
	errs, begun := make([]error, workers), time.Now()
	for caller := range workers {
		home.Go(func() {
			log, key, last := bus.Journal(), journal.NewKey("demo", journal.KindCommitment, erp.ID(first+caller+1)), uint64(0)
			for errs[caller] == nil && time.Since(begun) < d {
				last, errs[caller] = log.Append(ctx, key, record, last)
				count.Add(1)
			}
		})
	}
	home.Wait()
	return float64(count.Load()) / time.Since(begun).Seconds(), errors.Join(errs...)
}
