package app

import (
	"context"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/imports"
	"github.com/procpac/procpac/internal/rowcache"
	"github.com/procpac/procpac/internal/translate"
)

// newImports makes a connection's importer. Its cache is this process's own:
// where it is lost, or another process ran in between, rows are sent again.
func (p *process) newImports(ctx context.Context, c *clients) (*imports.Runner, error) {
	cache, err := rowcache.Open(ctx, cachePath(p.Config.DataDir, c.name), strings.Join([]string{c.config.Procore.APIURL, c.config.Procore.CompanyID, c.config.Jobpac.Environment, c.config.Jobpac.WorkID}, " "))
	if err != nil {
		return nil, setup(err, "the cache of imports in data_dir %s cannot be opened: %v", p.Config.DataDir, err)
	}
	p.onClose(func(context.Context) error { return cache.Close() })
	return imports.New(imports.Parts{
		Jobpac: c.jobpac, Procore: c.procore, Cache: cache, Registers: p.bus.Journal(), Log: c.log, Now: time.Now,
	}, imports.Settings{Connection: c.name, Rules: importRules(c.config, c.zone), DirectCosts: c.config.Sync.Transactions}), nil
}

// importRules turns a connection's configuration into the rules of imports.
func importRules(c config.Connection, zone *time.Location) translate.ImportRules {
	tool := c.Intake != "direct"
	return translate.ImportRules{
		WorkID: c.Jobpac.WorkID, CreditorWorkID: c.Jobpac.CreditorWorkID, Staged: tool, ERPTool: tool,
		CostTypes: c.Mapping.CostTypes, StatusLetters: c.Jobpac.StatusLetters, Zone: zone, Units: c.Mapping.Units,
	}
}
