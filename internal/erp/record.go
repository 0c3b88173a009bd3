package erp

import "sort"

// Kind is a kind of Jobpac record that this program writes.
type Kind string

// The kinds.
const (
	KindOrder           Kind = "purchase_order"
	KindOrderItem       Kind = "purchase_order_item"
	KindSubcontract     Kind = "subcontract"
	KindSubcontractItem Kind = "subcontract_item"
	KindVariation       Kind = "variation"
	KindVariationItem   Kind = "variation_item"
)

// Name is one column in our words. Which Jobpac parameter writes it and which
// answer column shows it, package jobpac knows.
type Name string

// The columns of the records this build writes.
const (
	ColWorkID       Name = "work_id"
	ColCostingWork  Name = "costing_work_id"
	ColOrder        Name = "order"
	ColItem         Name = "item"
	ColOrderItem    Name = "order_item"
	ColJob          Name = "job"
	ColCreditorWork Name = "creditor_work_id"
	ColCreditor     Name = "creditor"
	ColDescription  Name = "description"
	ColDate         Name = "date"
	ColDelivery     Name = "delivery_date"
	ColRequisition  Name = "requisition_number"
	ColReference    Name = "reference"
	ColMethod       Name = "schedule_of_rates_or_lump_sum"
	ColRetention    Name = "retention_percentage"
	ColRetentionOn  Name = "retention_based_on"
	ColContractSum  Name = "contract_sum"
	ColAcceptance   Name = "acceptance_date"
	ColStart        Name = "start_date"
	ColCompletion   Name = "completion_date"
	ColSent         Name = "agreement_sent_date"
	ColReceived     Name = "agreement_received_date"
	ColCostCode     Name = "cost_code"
	ColCostType     Name = "cost_type"
	ColQuantity     Name = "quantity"
	ColUnit         Name = "unit_of_measure"
	ColRate         Name = "rate"
	ColValue        Name = "value"
	ColTaxCode      Name = "tax_code"
	ColVariation    Name = "variation"
	ColVariationTyp Name = "variation_type"
	ColReason       Name = "reason"
	ColSubmitted    Name = "submitted_date"
	ColApproved     Name = "approval_date"
	ColApprovedSum  Name = "approved_price"
	ColComplete     Name = "complete"
	ColFinalised    Name = "finalised"
)

// FieldType says how two values of a column are compared.
type FieldType int

// The types of a column.
const (
	TypeText   FieldType = iota // trimmed, case kept
	TypeCode                    // trimmed, upper-cased
	TypeNumber                  // as exact decimals
	TypeDate                    // yyyy-mm-dd, time of day ignored
)

// Field is one column with its value as text.
type Field struct {
	Name  Name
	Type  FieldType
	Value string
}

// Record is one record wanted in Jobpac.
type Record interface {
	// Kind is what sort of record it is.
	Kind() Kind
	// Key is its natural key as an origin id, unique within the kind.
	Key() string
	// Fields lists its columns in a fixed order, empty ones left out.
	Fields() []Field
}

// Write is one call that changes Jobpac: it creates the record, or updates the
// one that stands under its key.
type Write struct {
	Record
	Update bool
}

// Problem is one rule that a document breaks, told to an accountant.
type Problem struct {
	Rule    string // stable id, for example CM-LINE-COST-CODE
	Where   string // "line 2", "retention"; empty: the whole document
	Message string // which document and value, which rule, what to do
}

// Row is a record as Jobpac shows it: only the columns the answer carried.
type Row struct {
	Kind   Kind
	Values map[Name]string
}

// Get is a column's value, trimmed of nothing; "" when it is not carried.
func (r Row) Get(name Name) string { return r.Values[name] }

// Document is what Jobpac holds under one number: a header and its items.
type Document struct {
	Header Row
	Items  []Row
}

// Book is everything found under one natural key. More than one document
// means the number is doubled in Jobpac.
type Book struct{ Documents []Document }

// Difference is one column that differs.
type Difference struct {
	Name       Name
	Want, Have string
}

// Differences compares what we want with what Jobpac shows, column by column.
// A column the row does not carry is no difference. Where the row carries no
// value but quantity and rate, their product stands for it.
func Differences(want Record, have Row) []Difference {
	var found []Difference
	for _, f := range want.Fields() {
		value, carried := have.Values[f.Name]
		if !carried && f.Name == ColValue {
			value, carried = product(have)
		}
		if carried && !same(f.Type, f.Value, value) {
			found = append(found, Difference{Name: f.Name, Want: f.Value, Have: value})
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Name < found[j].Name })
	return found
}

// product is quantity x rate of a row in cents, if the row carries both.
func product(have Row) (string, bool) {
	q, errQ := ParseDecimal(have.Values[ColQuantity])
	r, errR := ParseDecimal(have.Values[ColRate])
	if errQ != nil || errR != nil || !q.Given() || !r.Given() {
		return "", false
	}
	quantity, errQ := q.Quantity()
	rate, errR := r.Rate()
	value, errV := quantity.Times(rate)
	if errQ != nil || errR != nil || errV != nil {
		return "", false
	}
	return value.String(), true
}

// same compares two values of one type.
func same(t FieldType, want, have string) bool {
	switch t {
	case TypeCode:
		return Code(want) == Code(have)
	case TypeNumber:
		return sameNumber(want, have)
	case TypeDate:
		return day(want) == day(have)
	}
	return squeeze(want) == squeeze(have)
}
