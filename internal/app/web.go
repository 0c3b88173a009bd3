package app

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/notify"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/opsapi"
	"github.com/procpac/procpac/internal/receiver"
)

// startServers serves the listeners.
func (p *process) startServers(start func(string, func(context.Context) error)) {
	if p.webhooks != nil {
		start("webhooks", serveHTTP(p.webhooks, receiver.Server(p.newReceiver())))
	}
	server := receiver.Server(p.operatorHandler())
	server.WriteTimeout = 35 * time.Second
	start("operator", serveHTTP(p.operator, server))
}

// serveHTTP serves until ctx ends, then lets requests under way finish.
func serveHTTP(l net.Listener, server *http.Server) func(context.Context) error {
	return func(ctx context.Context) error {
		done := make(chan error, 1)
		go func() { done <- server.Serve(l) }()
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
		}
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err := server.Shutdown(end)
		if err != nil {
			err = server.Close()
		}
		<-done
		return err
	}
}

// newReceiver makes the webhook route. It is closed before the bus: what it
// has promised to store is stored.
func (p *process) newReceiver() http.Handler {
	connections := map[string]receiver.Connection{}
	for _, c := range p.Config.Connections {
		tokens := make([]string, len(c.Procore.WebhookTokens))
		for i, t := range c.Procore.WebhookTokens {
			tokens[i] = t.Reveal()
		}
		company, _ := erp.ParseID(c.Procore.CompanyID) // checked when it was loaded
		connections[c.Name] = receiver.Connection{Tokens: func() []string { return tokens }, Company: company}
	}
	return p.closed(receiver.Config{
		Connections: connections, Store: p.bus.Store, Quarantine: p.bus.Quarantine, Ready: p.bus.Healthy,
		Observe: p.webhook, Log: p.Log, Now: time.Now, Points: p.Points,
	})
}

// closed makes a receiver that close closes.
func (p *process) closed(c receiver.Config) http.Handler {
	r := receiver.New(c)
	p.onClose(r.Close)
	return r
}

// webhook passes a webhook's outcome on; a refused token is told to people.
func (p *process) webhook(connection, outcome string) {
	if p.Observe != nil {
		p.Observe(connection, outcome)
	}
	if outcome == receiver.Refused && p.notifier != nil {
		p.notifier.Tell([]notify.Note{{
			On: notify.TokenRefused, Connection: connection, At: time.Now(),
			Reason: "a webhook came with a token that is not live: check the hook's Authorization header in Procore",
		}}, nil)
	}
}

// operatorHandler is the whole operator API in the console's role, and health
// alone in the others.
func (p *process) operatorHandler() http.Handler {
	if !p.has(Console) {
		return p.closed(receiver.Config{Ready: p.bus.Healthy, Log: p.Log, Now: time.Now})
	}
	service := &ops.Service{
		View: view{p.view, p.bus}, Journal: history{p.bus.Journal()}, Bus: p.bus,
		Version: p.Version, Started: p.started, Now: time.Now, Log: p.Log,
		Sweep: p.sweep, Audit: p.audit, Sync: p.sync, Safe: p.guard, Backup: p.bus.Backup,
	}
	p.onClose(service.Close)
	for _, c := range p.Config.Connections {
		service.Connections = append(service.Connections, ops.Connection{Name: c.Name, Mode: c.Mode, Company: c.Procore.CompanyID, WorkID: c.Jobpac.WorkID})
	}
	o := opsapi.Options{Service: service, Metrics: newStoreMetrics(p.bus), Log: p.Log}
	if token := p.Config.Operator.Token; token.Set() {
		o.Tokens = func() []string { return []string{token.Reveal()} }
	}
	return opsapi.Handler(o)
}
