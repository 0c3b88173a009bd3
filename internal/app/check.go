package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/doctor"
	"github.com/procpac/procpac/internal/natsbus"
)

// CheckOptions say what to look at.
type CheckOptions struct {
	Config   *config.Config
	File     string // the configuration file; may be empty
	Log      zerolog.Logger
	Tell     func(words string) // told what takes long; may be nil
	Contract *ContractOptions   // nil: look only
}

// Check looks at everything that the configuration names, and changes nothing;
// with Contract it proves on a test environment what the design rests on. An
// error is a *SetupError: what was asked for cannot be done.
func Check(ctx context.Context, o CheckOptions) (doctor.Report, error) {
	if o.Tell == nil {
		o.Tell = func(string) {}
	}
	clients, closeAll, err := checkClients(o)
	if err != nil {
		return doctor.Report{}, err
	}
	defer closeAll()
	var r doctor.Report
	if o.Contract != nil {
		r, err = contract(ctx, o, clients)
	} else {
		r = doctor.Run(ctx, o.checks(clients), doctor.Options{Waiting: func(topics []string) { o.Tell("still looking at " + strings.Join(topics, ", ")) }})
	}
	hide(&r, secretsOf(o.Config))
	return r, err
}

// checkClients opens both sides of the connections.
func checkClients(o CheckOptions) (all []*clients, closeAll func(), err error) {
	closeAll = func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		for _, c := range all {
			_ = c.close(ctx) // only tells that a token lives on until it expires
		}
	}
	for _, c := range o.Config.Connections {
		l, err := newClients(c, o.Config.Worker, o.Log)
		if err != nil {
			closeAll()
			return nil, nil, err
		}
		all = append(all, l)
	}
	return all, closeAll, nil
}

// checks are the looks in the order in which their lines are shown.
func (o CheckOptions) checks(all []*clients) []doctor.Check {
	c := o.Config
	checks := []doctor.Check{
		doctor.Pure("", "configuration", configured(c, o.File)...),
		doctor.SecretFiles(secretFiles(c), o.File, inlineSecrets(c, o.File), c.DataDir),
		doctor.Links(links(c)),
	}
	for _, l := range all {
		checks = append(checks, o.connection(l)...)
	}
	if c.NATS.URL == "" {
		checks = append(checks, doctor.Check{Steps: []doctor.Step{doctor.Directory(c.DataDir, inUse)}}, doctor.Pure("", "nats", doctor.Embedded()))
	} else {
		checks = append(checks, doctor.Cluster(c.NATS.Replicas, syncAlways(c.NATS), streamsOf(c.NATS)))
	}
	checks = append(checks, doctor.Check{Steps: []doctor.Step{redis(c.Redis, c.NATS.URL != "")}})
	return append(checks, doctor.Check{Steps: []doctor.Step{doctor.Room(c.DataDir, storeMost(c))}}, doctor.Check{Steps: []doctor.Step{doctor.Limits()}})
}

// configured are the lines of a configuration without mistakes.
func configured(c *config.Config, file string) []doctor.Line {
	if file == "" {
		file = "The configuration"
	}
	words := fmt.Sprintf("%s has no mistakes; connections: %d.", file, len(c.Connections))
	if len(c.Connections) == 0 {
		return []doctor.Line{{Level: doctor.Warning, Words: words, Do: "Add a connection: until then nothing is taken or done."}}
	}
	lines := []doctor.Line{{Level: doctor.OK, Words: words}}
	for _, one := range c.Connections {
		for _, words := range one.WithoutEffect("connections." + one.Name) {
			lines = append(lines, doctor.Line{Level: doctor.Warning, Words: words + ".", Do: "Set intake to direct or both, or take the key out."})
		}
	}
	return lines
}

// inUse tells whether a server holds the lock of the data directory. It takes
// the lock, shared, for a moment.
func inUse(dir string) (bool, error) {
	path := filepath.Join(dir, "nats", "lock")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	lock := flock.New(path)
	free, err := lock.TryRLock()
	if err != nil {
		return false, err
	}
	return !free, lock.Close()
}

// storeMost is how much the streams may use on this disk.
func storeMost(c *config.Config) int64 {
	if c.NATS.URL != "" {
		return 0
	}
	return int64(c.NATS.MaxStore)
}

func syncAlways(n config.NATS) doctor.SyncAlways {
	return func(ctx context.Context) (bool, bool, string, error) {
		return natsbus.SyncAlways(ctx, n.URL.Reveal(), n.CredsFile)
	}
}

// inspector is a bus's options that can look at the streams without opening the
// bus, which would make and change them.
type inspector interface {
	Inspect(ctx context.Context) (missing []string, err error)
}

// streamsOf is nil where this build of the bus cannot look without changing.
func streamsOf(n config.NATS) doctor.Streams {
	look, ok := any(natsbus.Options{URL: n.URL.Reveal(), CredsFile: n.CredsFile, Replicas: n.Replicas, EventsMaxAge: n.EventsMaxAge.Std()}).(inspector)
	if !ok {
		return nil
	}
	return look.Inspect
}

// redis looks at Redis, or says what its absence means.
func redis(c config.Redis, several bool) doctor.Step {
	if c.URL != "" {
		return doctor.Redis(c.URL.Reveal(), c.Password.Reveal())
	}
	l := doctor.Line{Level: doctor.OK, Words: "No Redis: claims are kept inside the process."}
	if several {
		l = doctor.Line{Level: doctor.Warning, Words: "nats.url is set and redis.url is not: several workers share no claims, and only the journal keeps them apart.", Do: "Set redis.url; without it it is slower at most."}
	}
	return doctor.Step{Topic: "redis", Look: func(context.Context) ([]doctor.Line, bool) { return []doctor.Line{l}, true }}
}

// hide takes every secret of the configuration out of a report, should another
// system have repeated one.
func hide(r *doctor.Report, secrets []string) {
	clean := func(text string) string {
		for _, secret := range secrets {
			text = strings.ReplaceAll(text, secret, "***")
		}
		return text
	}
	for i := range r.Lines {
		r.Lines[i].Words, r.Lines[i].Do = clean(r.Lines[i].Words), clean(r.Lines[i].Do)
	}
	if r.Contract != nil {
		for i := range r.Contract.Tried {
			r.Contract.Tried[i].Words = clean(r.Contract.Tried[i].Words)
		}
	}
}

// shortestHidden keeps hide from tearing ordinary words apart.
const shortestHidden = 4

// secretsOf lists every secret of a configuration.
func secretsOf(c *config.Config) []string {
	var all []string
	eachSecret(reflect.ValueOf(*c), "", func(_ string, secret, _ string) {
		if len(secret) >= shortestHidden {
			all = append(all, secret)
		}
	})
	return all
}
