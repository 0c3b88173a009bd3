package translate

import (
	"github.com/procpac/procpac/internal/erp"
)

// TaxCode is a Jobpac GST code as a Procore tax code with one rate in percent.
func TaxCode(row erp.Row, r ImportRules) (erp.Entry, []erp.Problem, []string) {
	d := newDraft(erp.EntryTaxCode, row, r)
	key := erp.TaxCodeKey{WorkID: d.rules.WorkID, Code: erp.Code(row.Get(erp.ColGSTCode))}
	d.known("GST code", key.Origin(), key.Code, row.Get(erp.ColDescription))
	d.work(erp.ColWorkID, d.rules.WorkID)
	if !usable(key.Code) {
		d.refuse("GST-CODE", "its code %q is empty or has characters that cannot be kept. Correct it in Jobpac.", clip(key.Code))
	}
	d.put("code", erp.FormText, key.Code)
	d.put("description", erp.FormText, d.fit("description", firstGiven(row.Get(erp.ColDescription), key.Code)))
	d.put("rate1", erp.FormNumber, d.percent())
	return d.end()
}

// percent is the rate, refused where it is not 0 to 100.
func (d *draft) percent() string {
	given, _ := d.carried(erp.ColTaxPercent)
	rate, err := erp.ParseDecimal(given)
	hundred, _ := erp.ParseDecimal("100")
	if err != nil || !rate.Given() || rate.Sign() < 0 || !rate.Fits(4) || more(rate, hundred) {
		d.refuse("GST-RATE", "its rate %q is not a percentage from 0 to 100 with at most four decimals. Correct it in Jobpac.", clip(given))
	}
	return shortest(rate)
}
