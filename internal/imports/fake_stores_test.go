package imports_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/procpac/procpac/internal/journal"
)

// registersFake keeps registers in their stored form, by compare-and-set.
type registersFake struct {
	data  map[string][]byte
	seqs  map[string]uint64
	saves int
}

func newRegisters() *registersFake {
	return &registersFake{data: map[string][]byte{}, seqs: map[string]uint64{}}
}

func (f *registersFake) LoadRegister(_ context.Context, _, name string) (journal.Register, uint64, error) {
	reg := journal.Register{Name: name}
	if data := f.data[name]; data != nil {
		if err := json.Unmarshal(data, &reg); err != nil {
			return reg, 0, err
		}
	}
	return reg, f.seqs[name], nil
}

func (f *registersFake) SaveRegister(_ context.Context, _ string, reg journal.Register, after uint64) error {
	if f.seqs[reg.Name] != after {
		return fmt.Errorf("after %d: %w", after, journal.ErrMoved)
	}
	data, err := json.Marshal(reg)
	if err != nil {
		return err
	}
	f.saves++
	f.data[reg.Name], f.seqs[reg.Name] = data, after+1
	return nil
}

// cacheFake is a cache in memory.
type cacheFake struct {
	id     string
	values map[[2]string]string
}

func newCache(id string) *cacheFake { return &cacheFake{id: id, values: map[[2]string]string{}} }

func (f *cacheFake) ID() string { return f.id }

func (f *cacheFake) Get(_ context.Context, scope string, keys []string) (map[string]string, error) {
	found := map[string]string{}
	for _, key := range keys {
		if value, ok := f.values[[2]string{scope, key}]; ok {
			found[key] = value
		}
	}
	return found, nil
}

func (f *cacheFake) Put(_ context.Context, values map[[2]string]string) error {
	maps.Copy(f.values, values)
	maps.DeleteFunc(f.values, func(_ [2]string, value string) bool { return value == "" })
	return nil
}

func (f *cacheFake) Drop(_ context.Context, prefixes ...string) error {
	for _, prefix := range prefixes {
		maps.DeleteFunc(f.values, func(slot [2]string, _ string) bool { return strings.HasPrefix(slot[0], prefix) })
	}
	return nil
}
