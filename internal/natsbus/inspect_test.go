package natsbus

import (
	"errors"
	"slices"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/rs/zerolog"
)

func TestInspectLooksAndChangesNothing(t *testing.T) {
	s := operated(t, func(o *server.Options) { o.SyncAlways = true })
	o := Options{URL: s.ClientURL(), Replicas: 1, EventsMaxAge: 400 * 24 * 3600e9, Log: zerolog.Nop()}
	all := []string{"EVENTS", "JOURNAL", "DLQ", "QUARANTINE"}
	for range 2 { // it makes none
		if missing, err := o.Inspect(t.Context()); err != nil || !slices.Equal(missing, all) {
			t.Fatal(missing, err)
		}
	}
	b, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close(t.Context()) }()
	if missing, err := o.Inspect(t.Context()); err != nil || len(missing) > 0 {
		t.Fatal(missing, err)
	}
	shorter := o
	shorter.EventsMaxAge /= 2
	if _, err := shorter.Inspect(t.Context()); err != nil {
		t.Error(err)
	}
	stream, err := b.js.Stream(t.Context(), "EVENTS")
	if err != nil || stream.CachedInfo().Config.MaxAge != o.EventsMaxAge {
		t.Error("it changed a stream", err)
	}
	three := o
	three.Replicas = 3
	var wrong *StreamError
	if _, err := three.Inspect(t.Context()); !errors.As(err, &wrong) || wrong.Setting != "num_replicas" {
		t.Error(err)
	}
	stopServer(s)
	if _, err := o.Inspect(t.Context()); err == nil || errors.As(err, &wrong) {
		t.Error(err)
	}
}
