package imports

import (
	"context"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// creditors brings Jobpac's creditors as Procore companies. The listing has a
// time stamp, so an incremental run reads what changed.
func (r *Runner) creditors() []phase {
	return []phase{{name: "creditors", window: true, read: readCreditors, take: takeCreditors}}
}

func readCreditors(_ context.Context, j *journey, _ linked) (erp.Reading, error) {
	return erp.Reading{Listing: erp.ListCreditors, WorkID: j.settings.Rules.Creditors(), Since: j.mark.Since}, nil
}

// takeCreditors stages creditors that are not linked, where the company uses
// the ERP tool, and writes the others.
func takeCreditors(ctx context.Context, p *part) error {
	companies, err := p.linkedCompanies(ctx)
	if err != nil {
		return err
	}
	for _, row := range p.rows {
		entry, problems, notes := translate.Vendor(row, companies[creditorOf(row, p.settings.Rules)], p.settings.Rules)
		p.wantOr(entry, problems, notes, row, linked{})
	}
	return nil
}

// linkedCompanies finds which creditors of the part Procore companies are linked
// to. Without the ERP tool nobody links: the sync call decides by origin id.
func (p *part) linkedCompanies(ctx context.Context) (map[string]erp.ID, error) {
	if !p.settings.Rules.Staged || len(p.rows) == 0 {
		return nil, nil
	}
	origins := make([]string, len(p.rows))
	for i, row := range p.rows {
		origins[i] = creditorOf(row, p.settings.Rules)
	}
	return p.lookup(ctx, p.ids, erp.EntryVendor, linked{}, origins)
}

func creditorOf(row erp.Row, rules translate.ImportRules) string {
	return erp.CreditorKey{WorkID: rules.Creditors(), Creditor: row.Get(erp.ColCreditor)}.Origin()
}
