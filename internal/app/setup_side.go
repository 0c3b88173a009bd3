package app

import (
	"context"
	"net"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/procore"
	preparing "github.com/procpac/procpac/internal/setup"
)

var (
	_ preparing.Hooks           = preparingSide{}
	_ preparing.Places          = preparingSide{}
	_ preparing.Connections     = preparingSide{}
	_ preparing.HookMaker       = preparingSide{}
	_ preparing.ConnectionMaker = preparingSide{}
	_ preparing.Queue           = preparingSide{}
	_ preparing.Memory          = fingerprintFile("")
)

// preparingSide is the Procore client as package setup asks it.
type preparingSide struct {
	*procore.Client
	memory fingerprintFile
}

func (s preparingSide) reader() preparing.Reader {
	return preparing.Reader{Hooks: s, Places: s, Connections: s, Memory: s.memory}
}

func (s preparingSide) maker() preparing.Maker {
	return preparing.Maker{Hooks: s, Connections: s, Memory: s.memory}
}

// Hooks lists hooks, without their triggers.
func (s preparingSide) Hooks(ctx context.Context, project erp.ID) ([]preparing.Hook, error) {
	list, err := s.Client.Hooks(ctx, project)
	all := make([]preparing.Hook, len(list))
	for i, h := range list {
		all[i] = hookShown(h)
	}
	return all, err
}

func hookShown(h procore.Hook) preparing.Hook {
	return preparing.Hook{
		ID: h.ID, Project: h.Project, Namespace: h.Namespace, URL: h.URL, Header: h.Header, Disabled: h.Disabled, Changed: h.Changed, Old: h.Old, Format: h.Format,
	}
}

// hookNamed is as much of a hook as a call needs.
func hookNamed(h preparing.Hook) procore.Hook {
	return procore.Hook{ID: h.ID, Project: h.Project, Old: h.Old, Format: h.Format}
}

// Triggers lists what a hook asks for.
func (s preparingSide) Triggers(ctx context.Context, h preparing.Hook) ([]preparing.Trigger, error) {
	list, err := s.Client.Triggers(ctx, hookNamed(h))
	all := make([]preparing.Trigger, len(list))
	for i, t := range list {
		all[i] = preparing.Trigger(t)
	}
	return all, err
}

// Projects lists the projects that the service account sees.
func (s preparingSide) Projects(ctx context.Context) ([]preparing.Project, error) {
	list, err := s.ProjectNames(ctx)
	all := make([]preparing.Project, len(list))
	for i, p := range list {
		all[i] = preparing.Project(p)
	}
	return all, err
}

// CreateHook makes a hook.
func (s preparingSide) CreateHook(ctx context.Context, project erp.ID, f preparing.Fields) (preparing.Hook, error) {
	h, err := s.Client.CreateHook(ctx, project, procore.HookFields(f))
	return hookShown(h), err
}

// ChangeHook sets fields of a hook.
func (s preparingSide) ChangeHook(ctx context.Context, h preparing.Hook, f preparing.Fields) error {
	return s.Client.ChangeHook(ctx, hookNamed(h), procore.HookFields(f))
}

// AddTrigger lets a hook ask for more.
func (s preparingSide) AddTrigger(ctx context.Context, h preparing.Hook, t preparing.Trigger) error {
	return s.Client.AddTrigger(ctx, hookNamed(h), procore.Trigger(t))
}

// Pending counts deliveries that have not ended.
func (s preparingSide) Pending(ctx context.Context, h preparing.Hook, until time.Time) (int, error) {
	return s.Client.Pending(ctx, hookNamed(h), until)
}

// onThisMachine tells whether a host is this machine.
func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
