package natsbus

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// Inspect looks at the streams of the external server that o names, as Open
// would, and makes and changes nothing: missing names those that are not there
// yet. A setting under which something could be lost is a *StreamError; every
// other error is Transient and of the system.
func (o Options) Inspect(ctx context.Context) (missing []string, err error) {
	nc, err := dial(o.URL, o.CredsFile)
	if err != nil {
		return nil, away("reach the servers", err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, away("look at the streams", err)
	}
	for _, want := range streams(o.filled()) {
		stream, err := js.Stream(ctx, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			missing = append(missing, want.Name)
			continue
		}
		if err != nil {
			return nil, away("look at stream "+want.Name, err)
		}
		if err := verify(stream.CachedInfo().Config, want); err != nil {
			return nil, err
		}
	}
	return missing, nil
}
