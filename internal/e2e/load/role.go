package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/flow"
	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
	"github.com/procpac/procpac/internal/procoresim"
	"github.com/procpac/procpac/internal/receiver"
)

// token is the Authorization value of all webhooks here.
const token = "Bearer load-webhook-token"

// workers is how many approvals are worked on at once.
const workers = 64

// roles are what a child can be: the receiver on its bus, the least that a
// receiver could do, the whole program, and a server with the default sync.
var roles = map[string]role{"receive": receive, "bare": bare, "work": work, "bus": lazyBus}

// receive is the receiver with its bus and nothing else.
func receive(ctx context.Context, o childOptions, ready func(string, func() natsbus.Stats)) error {
	bus, err := natsbus.Open(ctx, natsbus.Options{DataDir: o.dir, URL: o.bus, NoGroupCommit: o.alone, Log: zerolog.Nop()})
	if err != nil {
		return err
	}
	handler := receiver.New(receiver.Config{
		Connections: map[string]receiver.Connection{"demo": {Tokens: func() []string { return []string{token} }, Company: procoresim.DemoCompanyID}},
		Store:       bus.Store, Quarantine: bus.Quarantine, Ready: bus.Healthy,
		Log: zerolog.New(os.Stderr).Level(zerolog.WarnLevel), Now: time.Now,
	})
	err = serve(ctx, handler, func(address string) { ready(address, bus.Stats) })
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	return errors.Join(err, bus.Close(end))
}

// bare is Echo with a comparison of the token and a parse of the body.
func bare(ctx context.Context, _ childOptions, ready func(string, func() natsbus.Stats)) error {
	e := echo.New()
	e.POST("/hooks/procore/:connection", func(c echo.Context) error {
		if c.Request().Header.Get(echo.HeaderAuthorization) != token {
			return c.NoContent(http.StatusUnauthorized)
		}
		var event struct {
			ID           json.Number `json:"id"`
			ULID         string      `json:"ulid"`
			ResourceName string      `json:"resource_name"`
			ResourceID   json.Number `json:"resource_id"`
			EventType    string      `json:"event_type"`
			CompanyID    json.Number `json:"company_id"`
		}
		if err := json.NewDecoder(c.Request().Body).Decode(&event); err != nil {
			return c.NoContent(http.StatusBadRequest)
		}
		return c.NoContent(http.StatusOK)
	})
	return serve(ctx, e, func(address string) { ready(address, func() natsbus.Stats { return natsbus.Stats{} }) })
}

// serve serves on a free port until ctx ends.
func serve(ctx context.Context, handler http.Handler, ready func(address string)) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := receiver.Server(handler)
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	ready(l.Addr().String())
	<-ctx.Done()
	err = s.Close()
	<-done
	return err
}

// lazyBus is an external server with the default sync interval.
func lazyBus(ctx context.Context, o childOptions, ready func(string, func() natsbus.Stats)) error {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: o.dir})
	if err != nil {
		return err
	}
	s.Start()
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	if !s.ReadyForConnections(10 * time.Second) {
		return errors.New("the server did not get ready")
	}
	ready(s.ClientURL(), func() natsbus.Stats { return natsbus.Stats{} })
	<-ctx.Done()
	return nil
}

// work is the whole program.
func work(ctx context.Context, o childOptions, ready func(string, func() natsbus.Stats)) error {
	var bus *natsbus.Bus
	options := app.ServeOptions{
		Config: configuration(o), Log: zerolog.New(&lines{w: os.Stdout}).Level(zerolog.InfoLevel), Version: "load",
		Opened: func(b *natsbus.Bus) { bus = b }, NoGroupCommit: o.alone,
		Ready: func(webhooks, _ string) { ready(webhooks, bus.Stats) },
	}
	if o.split {
		options.Journal = func(j flow.Journal) flow.Journal { return splitting{j} }
	}
	return app.Serve(ctx, options)
}

// configuration is one connection to the simulators, without limits.
func configuration(o childOptions) *config.Config {
	cfg := config.Default()
	cfg.Listen, cfg.Operator.Listen, cfg.DataDir = "127.0.0.1:0", "127.0.0.1:0", o.dir
	cfg.Worker.Concurrency = workers
	seed := jobpacsim.DemoSeed()
	application, user := seed.Applications[0], seed.Users[0]
	c := config.DefaultConnection("demo")
	c.Procore.LoginURL, c.Procore.APIURL = o.procore, o.procore
	c.Procore.CompanyID = fmt.Sprint(procoresim.DemoCompanyID)
	c.Procore.ClientID, c.Procore.ClientSecret = procoresim.DefaultClientID, procoresim.DefaultClientSecret
	c.Procore.WebhookTokens = []config.Secret{token}
	c.Jobpac.AuthURL, c.Jobpac.RequestURL = o.jobpac, o.jobpac
	c.Jobpac.Environment, c.Jobpac.Application, c.Jobpac.Version = application.Environment, application.Name, application.Version
	c.Jobpac.EncryptionKey, c.Jobpac.User, c.Jobpac.Password = config.Secret(application.Key), user.Name, config.Secret(user.Password)
	c.Jobpac.WorkID, c.Jobpac.UniqueDocumentNumber = "01", "verified"
	c.Jobpac.MaxConcurrent, c.Jobpac.RequestsPerSecond = 0, 0
	cfg.Connections = []config.Connection{c}
	return cfg
}

// splitting is a journal that stores every arrow by itself: what the riding of
// arrows saves.
type splitting struct{ flow.Journal }

// Append stores the arrows of a record one after the other.
func (s splitting) Append(ctx context.Context, key journal.Key, r journal.Record, after uint64) (uint64, error) {
	moves, plan, closed := r.Moves, r.Plan, r.Closed
	if len(moves) == 0 {
		return s.Journal.Append(ctx, key, r, after)
	}
	for i := range moves {
		r.Moves, r.Closed = moves[i:i+1], nil
		if r.Plan = nil; i == 0 {
			r.Plan = plan
		}
		if i == len(moves)-1 {
			r.Closed = closed
		}
		seq, err := s.Journal.Append(ctx, key, r, after)
		if err != nil {
			return 0, err
		}
		after = seq
	}
	return after, nil
}
