package translate

import (
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// Vendor is a Jobpac creditor as a Procore company. linked is the company that
// carries the creditor's origin id, 0 for none. A stopped creditor becomes an
// inactive company; that is a note, not a refusal.
func Vendor(row erp.Row, linked erp.ID, r ImportRules) (erp.Entry, []erp.Problem, []string) {
	d := newDraft(erp.EntryVendor, row, r)
	key := erp.CreditorKey{WorkID: d.rules.CreditorWorkID, Creditor: erp.Code(row.Get(erp.ColCreditor))}
	d.known("creditor", key.Origin(), key.Creditor, row.Get(erp.ColName))
	d.work(erp.ColCreditorWork, d.rules.CreditorWorkID)
	if !usable(key.Creditor) {
		d.refuse("CREDITOR-CODE", "its code %q is empty or has characters that cannot be kept. Correct it in Jobpac.", clip(key.Creditor))
	}
	staged := d.stage("vendor", linked)
	name, _ := d.carried(erp.ColName)
	if name == "" {
		d.refuse("CREDITOR-NAME", "it has no name, and a Procore company must have one. Enter its name in Jobpac.")
	}
	d.put("name", erp.FormText, d.fit("name", name))
	d.address()
	d.text("business_phone", erp.ColPhone, "telephone number")
	d.text("fax_number", erp.ColFax, "fax number")
	d.email()
	if !staged {
		d.businessNumber()
	}
	d.flag("is_active", !d.stopped())
	return d.end()
}

// stopped tells whether nothing should be ordered from the creditor.
func (d *draft) stopped() bool {
	why, meaning := "", d.letter()
	switch {
	case d.is(erp.ColStopPayments, "Y"):
		why = "its payments are stopped"
	case d.is(erp.ColActive, "N"):
		why = "it is not active"
	case closed(meaning):
		why = "its status " + clip(erp.Code(d.row.Get(erp.ColStatus))) + " is " + meaning
	default:
		return false
	}
	d.note("%s in Jobpac: the company is marked inactive in Procore (IM-CREDITOR-STOPPED).", why)
	return true
}

// email puts the first of the creditor's addresses: Procore takes one.
func (d *draft) email() {
	given, ok := d.carried(erp.ColEmail)
	if !ok {
		return
	}
	first := ""
	all := strings.FieldsFunc(given, func(r rune) bool { return strings.ContainsRune(";, ", r) })
	if len(all) > 0 {
		first = all[0]
	}
	name, host, _ := strings.Cut(first, "@")
	switch {
	case given != "" && (name == "" || host == "" || strings.Contains(host, "@")):
		d.note("its e-mail address %q cannot be one, so it was not sent. Correct it in Jobpac.", clip(given))
		first = ""
	case len(all) > 1:
		d.note("it has several e-mail addresses; only %s was sent.", clip(first))
	}
	d.put("email_address", erp.FormText, first)
}

// abnDigits is how long an Australian Business Number is (documented by its
// register).
const abnDigits = 11

// businessNumber puts the creditor's ABN, which Jobpac may keep in the column of
// the ACN (seen for debtors). The dots say that the fields are in an object of
// their own. A staged record has no place for them (documented): they follow
// when the company is linked.
func (d *draft) businessNumber() {
	for _, column := range []erp.Name{erp.ColABN, erp.ColACN} {
		given, _ := d.carried(column)
		digits := strings.NewReplacer(" ", "", "-", "", ".", "").Replace(given)
		number := len(digits) == abnDigits && strings.Trim(digits, "0123456789") == ""
		if number {
			d.put("business_register_attributes.type", erp.FormText, "ABN")
			d.put("business_register_attributes.identifier", erp.FormText, digits)
			return
		}
		if column == erp.ColABN && given != "" {
			d.note("its ABN %q is not %d digits, so it was not sent. Correct it in Jobpac.", clip(given), abnDigits)
			return
		}
	}
}
