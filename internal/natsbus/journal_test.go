package natsbus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// claimed is a record of a claim.
func claimed(epoch int) journal.Record {
	return journal.Record{At: time.Date(2026, 11, 22, 9, 1, 0, 0, time.UTC), Epoch: epoch, Owner: "worker", Moves: []journal.Move{{To: journal.Claimed}}}
}

func TestHistoryFolds(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		j, key := w.Journal(), journal.NewKey("acme", journal.KindCommitment, 4101)
		empty, err := j.Load(t.Context(), key)
		if err != nil || empty.Key != key || empty.State != journal.None || empty.Seq != 0 {
			t.Errorf("never planned: %+v, %v", empty, err)
		}
		first := mustAppend(t, w.Bus, key, planned("new"), 0)
		mustAppend(t, w.Bus, journal.NewKey("acme", journal.KindCommitment, 41), planned("another effect"), 0)
		second := mustAppend(t, w.Bus, key, claimed(1), first)
		got, err := j.Load(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		want := journal.Effect{Key: key}
		one, two := planned("new"), claimed(1)
		if err := errors.Join(want.Apply(one, first), want.Apply(two, second)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		history, err := j.History(t.Context(), key)
		if err != nil || len(history) != 2 || history[1].Seq != second || history[1].Record.Owner != "worker" || history[0].At.IsZero() {
			t.Errorf("%+v, %v", history, err)
		}
	})
}

func TestExactlyOneOfRacingAppendsWins(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		key := journal.NewKey("acme", journal.KindCommitment, 4101)
		var after uint64
		for round := range 3 {
			var won atomic.Int64
			var seq atomic.Uint64
			crowd(32, func(i int) {
				got, err := w.Journal().Append(t.Context(), key, planned(fmt.Sprint(i)), after)
				switch {
				case err == nil:
					won.Add(1)
					seq.Store(got)
				case !errors.Is(err, journal.ErrMoved):
					t.Error(err)
				}
			})
			if won.Load() != 1 {
				t.Fatalf("round %d: %d appends won", round, won.Load())
			}
			after = seq.Load()
		}
		if history, err := w.Journal().History(t.Context(), key); err != nil || len(history) != 3 {
			t.Errorf("%d records, %v", len(history), err)
		}
	})
}

func TestManyEffectsAtOnce(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		const effects, records = 60, 5
		crowd(effects, func(i int) {
			key := journal.NewKey("acme", journal.KindChangeOrder, erp.ID(i+1))
			var seq uint64
			for n := range records {
				seq = mustAppend(t, w.Bus, key, planned(fmt.Sprint(n)), seq)
			}
			got, err := w.Journal().Load(t.Context(), key)
			if err != nil || got.Records != records || got.Seq != seq || got.Last.Reason != fmt.Sprint(records-1) {
				t.Errorf("%s: %+v, %v", key, got, err)
			}
		})
		if _, last := ends(t, w.Bus); last != effects*records {
			t.Errorf("%d records, want %d", last, effects*records)
		}
	})
}

func TestLongHistoryTakesSeveralTrips(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	key := journal.NewKey("acme", journal.KindCommitment, 1)
	subject, err := effectSubject(key)
	if err != nil {
		t.Fatal(err)
	}
	var seq uint64
	for seq < 40 {
		seq = mustAppend(t, bus, key, planned("again"), seq)
	}
	var seen []uint64
	for from, more := uint64(1), true; more; {
		more, err = get(t.Context(), bus.nc, streamJournal, wanted{From: from, Of: subject, Most: 7}, func(m stored) error {
			seen, from = append(seen, m.seq), m.seq+1
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 40 || seen[39] != 40 {
		t.Errorf("saw %v", seen)
	}
}

func TestHoleInAHistoryIsNoShorterHistory(t *testing.T) {
	dir := t.TempDir()
	bus := open(t, Options{DataDir: dir})
	for lost := range 2 {
		key := journal.NewKey("acme", journal.KindCommitment, erp.ID(lost))
		var seq uint64
		for n := range 3 {
			seq = mustAppend(t, bus, key, planned(fmt.Sprintf("mark-%d-%d", lost, n)), seq)
		}
	}
	shut(t, bus)
	damage(t, dir, streamJournal, "mark-0-0")
	damage(t, dir, streamJournal, "mark-1-1")

	bus = open(t, Options{DataDir: dir})
	for lost := range 2 {
		key := journal.NewKey("acme", journal.KindCommitment, erp.ID(lost))
		effect, err := bus.Journal().Load(t.Context(), key)
		if !errors.Is(err, ErrBroken) || fault.Of(err) != fault.Permanent || effect.Records != 0 {
			t.Errorf("record %d of 3 lost: %+v, %v", lost+1, effect, err)
		}
		if _, err := bus.Journal().History(t.Context(), key); !errors.Is(err, ErrBroken) {
			t.Errorf("history: %v", err)
		}
	}
}

// damage flips a bit in the payload that holds the mark, as a bad disk does: the
// server then skips that message without a word.
func damage(t *testing.T, dir, stream, mark string) {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(dir, "nats", "jetstream", "*", "streams", stream, "msgs", "*.blk"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range blocks {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(data, []byte(mark)); at >= 0 {
			data[at] ^= 1
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no block of %s holds %s", stream, mark)
}

func TestUnreadableRecords(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	for i, data := range []string{`no json`, `{"v":2}`, `{"v":1,"moves":[{"to":"done"}]}`} {
		key := journal.NewKey("acme", journal.KindCommitment, erp.ID(i+1))
		subject, err := effectSubject(key)
		if err != nil {
			t.Fatal(err)
		}
		if out := bus.journal.do(t.Context(), &slip{subject: subject, data: []byte(data)}); out.err != nil {
			t.Fatal(out.err)
		}
		want := ErrBroken
		if i == 2 {
			want = journal.ErrIllegal
		}
		if _, err := bus.Journal().Load(t.Context(), key); !errors.Is(err, want) {
			t.Errorf("%s: %v", data, err)
		}
	}
}

func TestBadKeysAreRefused(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	if _, err := bus.Journal().Append(t.Context(), journal.Key{Connection: "acme"}, planned(""), 0); fault.Of(err) != fault.Permanent {
		t.Errorf("append: %v", err)
	}
	if _, err := bus.Journal().Load(t.Context(), journal.Key{}); fault.Of(err) != fault.Permanent {
		t.Errorf("load: %v", err)
	}
}

func TestRegisters(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		j := w.Journal()
		const name = "order 01|4500|7"
		reg, seq, err := j.LoadRegister(t.Context(), "acme", name)
		if err != nil || seq != 0 || reg.Name != name {
			t.Fatalf("never saved: %+v %d %v", reg, seq, err)
		}
		var won atomic.Int64
		crowd(8, func(i int) {
			mine := reg
			mine.Reserve(fmt.Sprint("commitment-", i), 0, 3)
			err := j.SaveRegister(t.Context(), "acme", mine, 0)
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, journal.ErrMoved) {
				t.Error(err)
			}
		})
		if won.Load() != 1 {
			t.Errorf("%d saved", won.Load())
		}
		got, seq, err := j.LoadRegister(t.Context(), "acme", name)
		if err != nil || seq == 0 || len(got.Numbers) != 1 || got.Name != name {
			t.Fatalf("%+v %d %v", got, seq, err)
		}
		got.Wait(journal.Waiter{Effect: "change_order-1", Request: 5, Company: 77})
		if err := j.SaveRegister(t.Context(), "acme", got, seq); err != nil {
			t.Fatal(err)
		}
		again, _, err := j.LoadRegister(t.Context(), "acme", name)
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		if other, seq, err := j.LoadRegister(t.Context(), "zenith", name); err != nil || seq != 0 || len(other.Numbers) != 0 {
			t.Errorf("another connection's: %+v %d %v", other, seq, err)
		}
	})
}

func TestUnreadableRegister(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	for name, data := range map[string]string{"a": `no json`, "b": `{"v":9}`, "c": `{"v":1,"register":{"name":"other"}}`} {
		if out := bus.journal.do(t.Context(), &slip{subject: registerSubject("acme", name), data: []byte(data)}); out.err != nil {
			t.Fatal(out.err)
		}
		if reg, _, err := bus.Journal().LoadRegister(t.Context(), "acme", name); !errors.Is(err, ErrBroken) {
			t.Errorf("%s: %+v, %v", data, reg, err)
		}
	}
}

// An answer that breaks off must not pass for a short one.
func TestAnswerWithoutItsEndIsAnError(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	header := func(kv ...string) nats.Header {
		h := nats.Header{}
		for i := 0; i < len(kv); i += 2 {
			h.Set(kv[i], kv[i+1])
		}
		return h
	}
	good := header("Nats-Sequence", "1", "Nats-Time-Stamp", "2026-11-22T09:00:00Z", "Nats-Subject", "s")
	for name, answer := range map[string]*nats.Msg{
		"breaks off":  {Header: good, Data: []byte("{}")},
		"no sequence": {Header: header("Nats-Time-Stamp", "2026-11-22T09:00:00Z"), Data: []byte("{}")},
		"no time":     {Header: header("Nats-Sequence", "1"), Data: []byte("{}")},
		"away":        {Header: header("Status", "503")},
		"refused":     {Header: header("Status", "413", "Description", "Too Many Results")},
	} {
		sub, err := bus.nc.Subscribe("$JS.API.DIRECT.GET.FAKE", func(m *nats.Msg) {
			reply := nats.Msg{Subject: m.Reply, Header: answer.Header, Data: answer.Data}
			if err := bus.nc.PublishMsg(&reply); err != nil {
				t.Error(err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if err := eachOf(ctx, bus.nc, "FAKE", "s", func(stored) error { return nil }); err == nil {
			t.Errorf("%s: taken for a full answer", name)
		}
		cancel()
		if err := sub.Unsubscribe(); err != nil {
			t.Fatal(err)
		}
	}
}

// A server that falls silent in the middle of an answer ends it by itself.
func TestSilenceHasALimit(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	sub, err := bus.nc.SubscribeSync("nobody.speaks")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nextWithin(t.Context(), sub, time.Millisecond); !errors.Is(err, errSilent) {
		t.Error(err)
	}
}
