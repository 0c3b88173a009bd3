package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
)

const (
	connection = "acme"
	mostPicks  = 50 // entries of the register, then it begins anew under the next name
)

// writer appends and says what was acknowledged. Safe for concurrent use.
type writer struct {
	bus     *natsbus.Bus
	journal *natsbus.Journal
	seed    uint64
	stop    context.CancelCauseFunc

	mu sync.Mutex
}

// say writes one line, at once.
func (w *writer) say(words ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := fmt.Fprintln(os.Stdout, strings.Join(words, " ")); err != nil {
		w.stop(err)
	}
}

// events stores events of 1 to 8 KiB, now and then one of 60.
func (w *writer) events(ctx context.Context, writer int) error {
	random := rand.New(rand.NewPCG(w.seed, uint64(writer)))
	for n := 0; ctx.Err() == nil; n++ {
		size := 1<<10 + random.IntN(7<<10)
		if n%50 == 49 {
			size = 60 << 10
		}
		e := erp.Event{
			ID: fmt.Sprintf("event-%d-%d", writer, n), Connection: connection, Resource: "ERP Requests", ResourceID: erp.ID(n + 1),
			Action: "create", Received: time.Now(), Source: erp.FromWebhook, Body: []byte(strings.Repeat("x", size)),
		}
		if err := w.bus.Publish(ctx, e); err != nil {
			return err
		}
		w.say("e", e.ID)
	}
	return nil
}

// road is a document of three steps, an append for each arrow but the last two.
func road() [][]journal.Move {
	all := [][]journal.Move{{{To: journal.Planned}}, {{To: journal.Claimed}}}
	for _, step := range []string{"order", "order/1", "order/2"} {
		all = append(all, []journal.Move{{To: journal.Intent, Step: step, Fingerprint: "f"}}, []journal.Move{{To: journal.Committed, Step: step}})
	}
	return append(all, []journal.Move{{To: journal.Applied}}, []journal.Move{{To: journal.Confirmed}, {To: journal.Done}})
}

// histories writes one effect's history after the other.
func (w *writer) histories(ctx context.Context, writer int) error {
	for n := 1; ctx.Err() == nil; n++ {
		key := journal.NewKey(connection, journal.KindCommitment, erp.ID(writer*1_000_000+n))
		var last uint64
		for _, moves := range road() {
			r := journal.Record{At: time.Now().UTC(), Epoch: 1, Owner: "powerwriter", Moves: moves}
			if moves[0].To == journal.Planned {
				r.Plan = &journal.Plan{Kind: journal.KindCommitment, Title: strings.Repeat("t", 500)}
			}
			var err error
			if last, err = w.journal.Append(ctx, key, r, last); err != nil {
				return err
			}
			w.say("j", key.String(), fmt.Sprint(last))
		}
	}
	return nil
}

// register saves a register that grows, and then the next one.
func (w *writer) register(ctx context.Context) error {
	for n := 1; ctx.Err() == nil; n++ {
		reg := journal.Register{Name: fmt.Sprintf("numbers %d", (n-1)/mostPicks)}
		loaded, last, err := w.journal.LoadRegister(ctx, connection, reg.Name)
		if err != nil {
			return err
		}
		loaded.Reserve(fmt.Sprintf("effect-%d", n), 0, 1)
		if err := w.journal.SaveRegister(ctx, connection, loaded, last); err != nil {
			return err
		}
		w.say("r", fmt.Sprint(n))
	}
	return nil
}
