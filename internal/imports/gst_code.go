package imports

import (
	"context"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// gstCodes brings Jobpac's GST codes as Procore tax codes.
func (r *Runner) gstCodes() []phase {
	return []phase{{name: "GST codes", read: readGSTCodes, take: takeGSTCodes}}
}

func readGSTCodes(_ context.Context, j *journey, _ linked) (erp.Reading, error) {
	return erp.Reading{Listing: erp.ListGSTCodes, WorkID: j.settings.Rules.WorkID}, nil
}

func takeGSTCodes(_ context.Context, p *part) error {
	for _, row := range p.rows {
		entry, problems, notes := translate.TaxCode(row, p.settings.Rules)
		p.wantOr(entry, problems, notes, row, linked{})
	}
	return nil
}
