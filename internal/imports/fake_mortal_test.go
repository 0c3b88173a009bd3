package imports_test

import (
	"context"
	"iter"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/imports"
	"github.com/procpac/procpac/internal/journal"
)

// mortal lets a process die at one of its calls to the outside: before the call
// does anything, or after it has done all and before its answer is heard.
type mortal struct {
	at, passed int // dies at the moment number at; 0: never
}

// death is what a dying process panics with.
type death struct{}

func (m *mortal) moment() {
	if m.passed++; m.passed == m.at {
		panic(death{})
	}
}

func (m *mortal) wrap(p imports.Parts) imports.Parts {
	p.Jobpac = mortalJobpac{m, p.Jobpac}
	p.Procore = mortalProcore{m, p.Procore}
	p.Cache = mortalCache{m, p.Cache}
	p.Registers = mortalRegisters{m, p.Registers}
	return p
}

type mortalJobpac struct {
	*mortal
	imports.Jobpac
}

func (m mortalJobpac) Read(ctx context.Context, r erp.Reading) (erp.Part, error) {
	m.moment()
	return m.Jobpac.Read(ctx, r)
}

type mortalProcore struct {
	*mortal
	imports.Procore
}

func (m mortalProcore) Sync(ctx context.Context, b erp.EntryBatch) ([]erp.Synced, error) {
	m.moment()
	defer m.moment()
	return m.Procore.Sync(ctx, b)
}

func (m mortalProcore) Known(ctx context.Context, t erp.EntryType, project erp.ID) iter.Seq2[erp.Known, error] {
	m.moment()
	return m.Procore.Known(ctx, t, project)
}

type mortalCache struct {
	*mortal
	imports.Cache
}

func (m mortalCache) Get(ctx context.Context, scope string, keys []string) (map[string]string, error) {
	m.moment()
	return m.Cache.Get(ctx, scope, keys)
}

func (m mortalCache) Put(ctx context.Context, values map[[2]string]string) error {
	m.moment()
	defer m.moment()
	return m.Cache.Put(ctx, values)
}

func (m mortalCache) Drop(ctx context.Context, prefixes ...string) error {
	m.moment()
	defer m.moment()
	return m.Cache.Drop(ctx, prefixes...)
}

type mortalRegisters struct {
	*mortal
	imports.Registers
}

func (m mortalRegisters) LoadRegister(ctx context.Context, connection, name string) (journal.Register, uint64, error) {
	m.moment()
	return m.Registers.LoadRegister(ctx, connection, name)
}

func (m mortalRegisters) SaveRegister(ctx context.Context, connection string, reg journal.Register, after uint64) error {
	m.moment()
	defer m.moment()
	return m.Registers.SaveRegister(ctx, connection, reg, after)
}
