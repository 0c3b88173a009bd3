package erp

import (
	"fmt"
	"strconv"
	"strings"
)

// Origin ids are Jobpac keys as Procore stores them: parts joined by "|", each
// trimmed and upper-cased, "|" and "\" escaped by "\". This file is the only
// place that writes and reads them.
//
// Why they are composite: Procore keeps an origin id unique per type of record in
// the whole company, across its projects (documented), while Jobpac numbers most
// things within a job or a WorkID. Cost code 03-100 stands on every job, so as a
// project's cost code it must say which job: with the code alone the second
// project would take the record away from the first. A sync call, too, finds the
// record to update by its origin id and by nothing else. What Jobpac keeps once
// for all jobs, a standard cost code or a cost type, has its code alone.
//
//	job, head contract       WORKID|JOB
//	creditor                 CREDITORWORKID|CREDITOR
//	standard cost code       CODE
//	project cost code        WORKID|JOB|CODE
//	cost type                TYPE
//	cost centre              WORKID|JOB|CODE|TYPE      never sent: Procore keys it by the two ids
//	GST code                 WORKID|GSTCODE
//	order, its line          WORKID|ORDER, WORKID|ORDER|ITEM
//	variation, its line      WORKID|JOB|VARIATION, WORKID|JOB|VARIATION|ITEM
//	head contract's line     WORKID|JOB|HC|SECTION|CLAIMCODE
//	cost transaction         WORKID|JOB|ROW
//	its line                 WORKID|JOB|DC|ROW|1
//
// All lines may be one type of record to Procore. Those of orders, of variations
// and the others differ in how many parts they have, so that no two of them are
// ever the same: HC and DC are there for that alone.

// Code trims and upper-cases a Jobpac code.
func Code(text string) string { return strings.ToUpper(strings.TrimSpace(text)) }

var originEscape = strings.NewReplacer(`\`, `\\`, `|`, `\|`)

// joinOrigin writes parts as one origin id.
func joinOrigin(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, part := range parts {
		escaped[i] = originEscape.Replace(Code(part))
	}
	return strings.Join(escaped, "|")
}

// splitOrigin reads an origin id of n parts, none of them empty.
func splitOrigin(what, origin string, n int) ([]string, error) {
	parts := cutOrigin(origin)
	ok := len(parts) == n
	for i := range parts {
		parts[i] = Code(parts[i])
		ok = ok && parts[i] != ""
	}
	if !ok {
		return nil, fmt.Errorf("%s link %q must have %d parts joined by |", what, clip(origin), n)
	}
	return parts, nil
}

// cutOrigin splits at every unescaped bar and undoes the escapes.
func cutOrigin(origin string) []string {
	parts, part := []string{}, strings.Builder{}
	for i := 0; i < len(origin); i++ {
		switch c := origin[i]; {
		case c == '\\' && i+1 < len(origin):
			i++
			part.WriteByte(origin[i])
		case c == '|':
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteByte(c)
		}
	}
	return append(parts, part.String())
}

// JobKey names a job: WORKID|JOB.
type JobKey struct{ WorkID, Job string }

// Origin is the key as Procore stores it.
func (k JobKey) Origin() string { return joinOrigin(k.WorkID, k.Job) }

// ParseJobKey reads WORKID|JOB.
func ParseJobKey(origin string) (JobKey, error) {
	p, err := splitOrigin("job", origin, 2)
	if err != nil {
		return JobKey{}, err
	}
	return JobKey{WorkID: p[0], Job: p[1]}, nil
}

// CreditorKey names a creditor: CREDITORWORKID|CREDITOR.
type CreditorKey struct{ WorkID, Creditor string }

// Origin is the key as Procore stores it.
func (k CreditorKey) Origin() string { return joinOrigin(k.WorkID, k.Creditor) }

// ParseCreditorKey reads CREDITORWORKID|CREDITOR.
func ParseCreditorKey(origin string) (CreditorKey, error) {
	p, err := splitOrigin("creditor", origin, 2)
	if err != nil {
		return CreditorKey{}, err
	}
	return CreditorKey{WorkID: p[0], Creditor: p[1]}, nil
}

// ParseCostCode reads the code out of a standard cost code's link (CODE) or of
// a project cost code's (WORKID|JOB|CODE), which must name that job.
func ParseCostCode(origin string, job JobKey) (string, error) {
	if parts := cutOrigin(origin); len(parts) == 1 && Code(parts[0]) != "" {
		return Code(parts[0]), nil
	}
	p, err := splitOrigin("cost code", origin, 3)
	if err != nil {
		return "", err
	}
	if (JobKey{WorkID: p[0], Job: p[1]}) != job {
		return "", fmt.Errorf("cost code link %q belongs to another job than %s", clip(origin), job.Origin())
	}
	return p[2], nil
}

// ParseCostType reads TYPE.
func ParseCostType(origin string) (string, error) {
	p, err := splitOrigin("cost type", origin, 1)
	if err != nil {
		return "", err
	}
	return p[0], nil
}

// OrderKey names a purchase order or a subcontract, which share one space of
// numbers: WORKID|ORDER.
type OrderKey struct{ WorkID, Order string }

// Origin is the key as Procore stores it.
func (k OrderKey) Origin() string { return joinOrigin(k.WorkID, k.Order) }

// ItemOrigin is the key of one of its lines: WORKID|ORDER|ITEM.
func (k OrderKey) ItemOrigin(item int) string {
	return joinOrigin(k.WorkID, k.Order, fmt.Sprint(item))
}

// ParseOrderKey reads WORKID|ORDER.
func ParseOrderKey(origin string) (OrderKey, error) {
	p, err := splitOrigin("order", origin, 2)
	if err != nil {
		return OrderKey{}, err
	}
	return OrderKey{WorkID: p[0], Order: p[1]}, nil
}

// ParseItemOrigin reads WORKID|ORDER|ITEM, the key of an order's line.
func ParseItemOrigin(origin string) (order OrderKey, item int, ok bool) {
	p, err := splitOrigin("line", origin, 3)
	if err != nil {
		return OrderKey{}, 0, false
	}
	item, err = strconv.Atoi(p[2])
	return OrderKey{WorkID: p[0], Order: p[1]}, item, err == nil
}

// VariationKey names a variation in its job's register: WORKID|JOB|VARIATION.
type VariationKey struct{ WorkID, Job, Variation string }

// Origin is the key as Procore stores it.
func (k VariationKey) Origin() string { return joinOrigin(k.WorkID, k.Job, k.Variation) }

// ItemOrigin is the key of one of its items: WORKID|JOB|VARIATION|ITEM.
func (k VariationKey) ItemOrigin(item int) string {
	return joinOrigin(k.WorkID, k.Job, k.Variation, fmt.Sprint(item))
}

// CostCentreKey names a cost centre: a cost code and a cost type on a job.
type CostCentreKey struct {
	JobKey
	CostCode, CostType string
}

// ParseVariationKey reads WORKID|JOB|VARIATION.
func ParseVariationKey(origin string) (VariationKey, error) {
	p, err := splitOrigin("variation", origin, 3)
	if err != nil {
		return VariationKey{}, err
	}
	return VariationKey{WorkID: p[0], Job: p[1], Variation: p[2]}, nil
}

// CodeOrigin is the key of the project's cost code: WORKID|JOB|CODE.
func (k CostCentreKey) CodeOrigin() string { return joinOrigin(k.WorkID, k.Job, k.CostCode) }

// Origin is the key of the cost code with its type: WORKID|JOB|CODE|TYPE.
func (k CostCentreKey) Origin() string {
	return joinOrigin(k.WorkID, k.Job, k.CostCode, k.CostType)
}

// StandardCodeOrigin is the key of a code of the company's one list: CODE.
func StandardCodeOrigin(code string) string { return joinOrigin(code) }

// CostTypeOrigin is the key of a cost type: TYPE.
func CostTypeOrigin(costType string) string { return joinOrigin(costType) }

// TaxCodeKey names a GST code: WORKID|GSTCODE.
type TaxCodeKey struct{ WorkID, Code string }

// Origin is the key as Procore stores it.
func (k TaxCodeKey) Origin() string { return joinOrigin(k.WorkID, k.Code) }

// HeadContractKey names a job's head contract, which has no number of its own:
// WORKID|JOB.
type HeadContractKey struct{ WorkID, Job string }

// Origin is the key as Procore stores it.
func (k HeadContractKey) Origin() string { return joinOrigin(k.WorkID, k.Job) }

// LineOrigin is the key of one of its lines; a claim code need not be in a
// section: WORKID|JOB|HC|SECTION|CLAIMCODE.
func (k HeadContractKey) LineOrigin(section, claimCode string) string {
	return joinOrigin(k.WorkID, k.Job, "HC", section, claimCode)
}

// LedgerKey names a cost transaction on a job: WORKID|JOB|ROW.
type LedgerKey struct{ WorkID, Job, Row string }

// Origin is the key as Procore stores it.
func (k LedgerKey) Origin() string { return joinOrigin(k.WorkID, k.Job, k.Row) }

// LineOrigin is the key of its one line: WORKID|JOB|DC|ROW|1.
func (k LedgerKey) LineOrigin() string { return joinOrigin(k.WorkID, k.Job, "DC", k.Row, "1") }
