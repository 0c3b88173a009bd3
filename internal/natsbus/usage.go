package natsbus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

const (
	roomEvery   = 15 * time.Second // between two looks at the room
	warnFrom    = 80               // per cent
	calmBelow   = 70               // per cent
	reserveMost = 1 << 30
)

// room is what the last look saw, and whether it was too much.
type room struct {
	used, most atomic.Int64

	mu   sync.Mutex
	over bool
}

// Usage tells how many bytes the streams use and how many they may. For the
// embedded server that is max_store, or less when the disk has less: what the
// streams use and what is free, without the last twentieth of the disk (at most
// 1 GiB), which other files of this machine may need at any time. For a server
// outside it is the account's limit; most 0: it has none, or one that cannot be
// seen. An error is Transient and of the system.
func (b *Bus) Usage(ctx context.Context) (used, most int64, err error) {
	used, most, err = b.account(ctx)
	if err != nil || b.embedded == nil {
		return used, most, err
	}
	free, total, err := diskSpace(b.embedded.dir)
	if errors.Is(err, errors.ErrUnsupported) {
		return used, most, nil
	}
	if err != nil {
		return 0, 0, away("look at the disk of "+b.embedded.dir, err)
	}
	return used, min(most, used+max(0, free-reserve(total))), nil
}

// reserve is the part of a disk that is not counted as room.
func reserve(total int64) int64 { return min(total/20, reserveMost) }

// account is what the server itself counts and allows.
func (b *Bus) account(ctx context.Context) (used, most int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	info, err := b.js.AccountInfo(ctx)
	if err != nil {
		return 0, 0, away("look at the store", err)
	}
	used, most = int64(info.Store), max(0, info.Limits.MaxStore)
	if b.embedded != nil {
		most = b.embedded.options.JetStreamMaxStore
	}
	return used, most, nil
}

// hasRoom tells whether the server still takes messages, as far as its own limit
// goes: at that it refuses every one, while its streams look well (measured).
func (b *Bus) hasRoom(ctx context.Context) error {
	used, most, err := b.account(ctx)
	if err != nil {
		return err
	}
	if most > 0 && used >= most {
		err := fmt.Errorf("it holds %d bytes of the %d that it may: raise nats.max_store, or let events age sooner (nats.events_max_age)", used, most)
		return away("the store is full", err)
	}
	return nil
}

// watchRoom looks at the room now and then until the bus closes.
func (b *Bus) watchRoom(ctx context.Context, full func(used, most int64)) {
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	var home sync.WaitGroup
	b.onClose(func(context.Context) error { end(); home.Wait(); return nil })
	home.Go(func() {
		tick := time.NewTicker(roomEvery)
		defer tick.Stop()
		for {
			b.lookAtRoom(ctx, full)
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
}

// lookAtRoom makes one look. A server that is away is told by others.
func (b *Bus) lookAtRoom(ctx context.Context, full func(used, most int64)) {
	used, most, err := b.Usage(ctx)
	if err != nil {
		return
	}
	if b.room.crossed(used, most) {
		warn(b.log, used, most)
		if full != nil {
			full(used, most)
		}
	}
}

// crossed notes a look and tells whether the room has just become scarce.
func (r *room) crossed(used, most int64) bool {
	r.used.Store(used)
	r.most.Store(most)
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.over
	switch {
	case most <= 0:
	case used >= most/100*warnFrom:
		r.over = true
	case used < most/100*calmBelow:
		r.over = false
	}
	return r.over && !before
}

// warn says it to whoever reads the log.
func warn(log zerolog.Logger, used, most int64) {
	log.Warn().Int64("used", used).Int64("most", most).
		Msg("the store is filling up: free some disk, raise nats.max_store, or let events age sooner (nats.events_max_age)")
}
