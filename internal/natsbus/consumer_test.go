package natsbus

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/procpac/procpac/internal/erp"
)

func TestConsumerIsBroughtUpToDate(t *testing.T) {
	onBoth(t, Options{}, func(t *testing.T, w world) {
		old := consumerConfig(RunOptions{Connection: "acme", Workers: 1, AckWait: time.Second})
		old.MaxDeliver, old.BackOff = 5, []time.Duration{time.Millisecond}
		if _, err := w.js.CreateConsumer(t.Context(), streamEvents, old); err != nil {
			t.Fatal(err)
		}
		o := RunOptions{Connection: "acme", Workers: 16, AckWait: time.Minute}
		if err := w.ensureConsumer(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		c := consumerInfo(t, w.Bus, "acme").Config
		if c.MaxDeliver != -1 || c.AckWait != time.Minute || len(c.BackOff) != 0 || c.MaxAckPending != 10_064 || c.FilterSubject != "ev.acme.>" {
			t.Errorf("%+v", c)
		}
	})
}

func TestConsumerThatCannotBeMended(t *testing.T) {
	bus := open(t, Options{DataDir: t.TempDir()})
	bad := consumerConfig(RunOptions{Connection: "acme", Workers: 1, AckWait: time.Minute})
	bad.AckPolicy = jetstream.AckNonePolicy
	bad.AckWait, bad.MaxAckPending = 0, 0
	if _, err := bus.js.CreateConsumer(t.Context(), streamEvents, bad); err != nil {
		t.Fatal(err)
	}
	err := bus.Run(t.Context(), RunOptions{Connection: "acme"}, func(context.Context, erp.Event) Verdict { return Verdict{} })
	if err == nil || !strings.Contains(err.Error(), "worker-acme") {
		t.Errorf("run: %v", err)
	}
}
