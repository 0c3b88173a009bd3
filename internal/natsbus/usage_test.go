package natsbus

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/fault"
)

func TestUsageOfTheEmbeddedServer(t *testing.T) {
	dir := t.TempDir()
	bus := open(t, Options{DataDir: dir, MaxStore: 8 << 20})
	before, most, err := bus.Usage(t.Context())
	if err != nil || most != 8<<20 {
		t.Fatalf("most %d, %v", most, err)
	}
	e := hook("big")
	e.Body = noise(1, 300<<10)
	mustStore(t, bus, e)
	after, _, err := bus.Usage(t.Context())
	if err != nil || after-before < 300<<10 || after > 1<<20 {
		t.Errorf("used %d, then %d, %v", before, after, err)
	}
	shut(t, bus)

	bus = open(t, Options{DataDir: dir, MaxStore: 1 << 60}) // more than any disk has
	free, total, err := diskSpace(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, most, err = bus.Usage(t.Context())
	if slack := int64(2 << 30); err != nil || most > free-reserve(total)+slack || most < free-reserve(total)-slack {
		t.Errorf("most %d with %d free of %d, %v", most, free, total, err)
	}
}

func TestUsageOfAServerOutside(t *testing.T) {
	s := outside(t, t.TempDir(), -1)
	bus := open(t, Options{URL: s.ClientURL()})
	mustStore(t, bus, hook("1"))
	if used, most, err := bus.Usage(t.Context()); err != nil || used == 0 || most != 0 {
		t.Errorf("no limit: %d of %d, %v", used, most, err)
	}
	stopServer(s)
	if _, _, err := bus.Usage(t.Context()); !fault.IsSystem(err) {
		t.Errorf("away: %v", err)
	}
}

func TestUsageOfADirectoryThatIsGone(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	lost := &Bus{js: bus.js, embedded: &embedded{dir: filepath.Join(t.TempDir(), "gone"), options: bus.embedded.options}}
	if _, _, err := lost.Usage(t.Context()); !errors.Is(err, fs.ErrNotExist) || !fault.IsSystem(err) {
		t.Error(err)
	}
}

func TestRoomIsToldWhenItGetsScarce(t *testing.T) {
	var r room
	var told string
	for _, used := range []int64{10, 79, 80, 99, 81, 70, 85, 69, 79, 80, 100, 0} {
		if r.crossed(used*10, 1000) {
			told += fmt.Sprint(" ", used)
		}
	}
	if told != " 80 80" {
		t.Errorf("told at%s, want 80 twice: at first, and again after less than 70", told)
	}
	if r.crossed(1<<40, 0) {
		t.Error("told although no limit is known")
	}
}

func TestFullIsCalledOnce(t *testing.T) {
	var log lines
	calls := make(chan [2]int64, 9)
	dir := t.TempDir()
	bus := open(t, Options{DataDir: dir, MaxStore: 1 << 20, Log: zerolog.New(&log), Full: func(used, most int64) { calls <- [2]int64{used, most} }})
	e := hook("big")
	e.Body = noise(1, 700<<10)
	mustStore(t, bus, e)
	shut(t, bus)
	bus = open(t, Options{DataDir: dir, MaxStore: 1 << 20, Log: zerolog.New(&log), Full: func(used, most int64) { calls <- [2]int64{used, most} }})
	got := <-calls
	if got[1] != 1<<20 || got[0] < 900<<10 || !log.has("filling up") {
		t.Errorf("told %v", got)
	}
	until(t, "the look is over", func() bool { return bus.Stats().Used == got[0] && bus.Stats().Most == got[1] })
	shut(t, bus) // the watcher is home now
	if len(calls) != 0 {
		t.Error("told twice")
	}
}

// At its own limit the server refuses everything while its streams look well.
func TestStoreThatHasReachedItsLimitIsNotHealthy(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir(), MaxStore: 2 << 20})
	var err error
	for i := 0; err == nil && i < 10; i++ {
		e := hook(fmt.Sprint(i))
		e.Body = noise(int64(i), 500<<10)
		_, err = bus.Store(t.Context(), e)
	}
	if fault.Of(err) != fault.Transient || !fault.IsSystem(err) {
		t.Errorf("store: %v", err)
	}
	if err := bus.Healthy(t.Context()); !fault.IsSystem(err) || !strings.Contains(err.Error(), "max_store") {
		t.Errorf("healthy: %v", err)
	}
}
