package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"
)

// measureDisk appends small blocks with a sync each: what every durable answer
// rests on.
func measureDisk(ctx context.Context, _ options, r *report) (err error) {
	f, err := os.CreateTemp("", "procpac-load-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	const count, size = 1000, 450
	block := make([]byte, size)
	var took []time.Duration
	for len(took) < count && ctx.Err() == nil {
		begun := time.Now()
		if _, err := f.Write(block); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	r.title("disk: %d times %d bytes with a sync each", len(took), size)
	r.row("p50, p99, worst in ms", millis(at(took, 50)), millis(at(took, 99)), millis(at(took, 100)))
	return ctx.Err()
}
