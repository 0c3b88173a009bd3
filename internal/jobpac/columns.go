package jobpac

import "github.com/procpac/procpac/internal/erp"

// column joins one of our columns to its parameters and answer columns.
// Parameter names are documented; that answers use the same names is assumed.
type column struct {
	name   erp.Name
	create []string // parameters of the create call; all get the value
	update []string // parameters of the update call
	read   []string // answer columns, the first one carried counts
}

// both is a column that create, update and answers call the same.
func both(name erp.Name, param string) column {
	return column{name: name, create: []string{param}, update: []string{param}, read: []string{param}}
}

// fixed is a column that can be set at creation only.
func fixed(name erp.Name, param string) column {
	return column{name: name, create: []string{param}, read: []string{param}}
}

// shown is a column that we only read, or only change later.
func shown(name erp.Name, param string) column {
	return column{name: name, update: []string{param}, read: []string{param}}
}

// columns is the table of one kind; nil for a kind we do not know.
func columns(kind erp.Kind, referenceField string) []column {
	switch kind {
	case erp.KindOrder:
		return orderColumns(referenceField)
	case erp.KindOrderItem:
		return orderItemColumns()
	case erp.KindSubcontract:
		return subcontractColumns(referenceField)
	case erp.KindSubcontractItem:
		return subcontractItemColumns()
	case erp.KindVariation:
		return variationColumns()
	case erp.KindVariationItem:
		return variationItemColumns()
	}
	return invoiceColumns(kind)
}

// keyColumns are the columns that name one record of that kind.
func keyColumns(kind erp.Kind) []erp.Name {
	switch kind {
	case erp.KindOrder, erp.KindSubcontract, erp.KindOrderCompletion, erp.KindSubcontractCompletion:
		return []erp.Name{erp.ColWorkID, erp.ColOrder}
	case erp.KindOrderItem, erp.KindSubcontractItem:
		return []erp.Name{erp.ColWorkID, erp.ColOrder, erp.ColItem}
	case erp.KindVariation:
		return []erp.Name{erp.ColWorkID, erp.ColJob, erp.ColVariation}
	case erp.KindVariationItem:
		return []erp.Name{erp.ColWorkID, erp.ColJob, erp.ColVariation, erp.ColItem}
	}
	return invoiceKeyColumns(kind)
}
