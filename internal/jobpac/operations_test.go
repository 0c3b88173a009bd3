package jobpac

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

// published is one line of the vendor's table.
type published struct {
	method   string
	all      []string
	required []string
}

func publishedOperations(t *testing.T) map[string]published {
	t.Helper()
	text, err := os.ReadFile("../../api/jobpac/operations.tsv")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]published{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		cells := strings.Split(line, "\t")
		p := published{method: cells[1]}
		for _, name := range strings.Fields(cells[3]) {
			bare, required := strings.CutSuffix(name, "*")
			p.all = append(p.all, bare)
			if required {
				p.required = append(p.required, bare)
			}
		}
		table[cells[2]] = p
	}
	return table
}

func writtenKinds() []erp.Kind {
	return []erp.Kind{
		erp.KindOrder, erp.KindOrderItem, erp.KindSubcontract, erp.KindSubcontractItem, erp.KindVariation, erp.KindVariationItem,
	}
}

// used is every operation we call, with all the parameters we may send.
func used() []operation {
	ops := []operation{
		giveToken(), deleteToken(), jobListing(), creditorListing(), costCentreListing(), purchaseOrderListing(),
		purchaseOrderItemListing(), subcontractListing(), subcontractItemListing(), variationListing(), variationItemListing(),
		costCentreDetailListing(), ledgerListing(), payablesListing(), claimCodeListing(), gstCodeListing(),
	}
	for _, kind := range writtenKinds() {
		create, _ := createOperation(kind)
		update, updatable := updateOperation(kind)
		for _, col := range columns(kind, "UserDefinedField3") {
			create.optional = append(create.optional, col.create...)
			update.optional = append(update.optional, col.update...)
		}
		ops = append(ops, create)
		if updatable {
			ops = append(ops, update)
		}
	}
	return ops
}

func TestOperationsAreTheVendors(t *testing.T) {
	table := publishedOperations(t)
	if len(table) != 129 {
		t.Fatalf("the vendor's table has %d operations, want 129", len(table))
	}
	ops := used()
	if len(ops) != 26 {
		t.Fatalf("%d operations are checked, want all 26", len(ops))
	}
	for _, op := range ops {
		want, ok := table[op.path]
		if !ok || want.method != op.method {
			t.Errorf("%s %s is not in the vendor's table (%q)", op.method, op.path, want.method)
			continue
		}
		for _, name := range slices.Concat(op.required, op.optional) {
			if !slices.Contains(want.all, name) {
				t.Errorf("%s has no parameter %s", op.path, name)
			}
		}
		for _, name := range want.required {
			if name != "Token" && !slices.Contains(op.required, name) {
				t.Errorf("%s requires %s, and we do not see to it", op.path, name)
			}
		}
	}
}

func TestVariationsHaveNoUpdate(t *testing.T) {
	for path := range publishedOperations(t) {
		if strings.HasPrefix(path, "/UpdateAVariation") {
			t.Errorf("%s exists: variations can be changed after all", path)
		}
	}
	for _, kind := range []erp.Kind{erp.KindVariation, erp.KindVariationItem} {
		if op, ok := updateOperation(kind); ok {
			t.Errorf("%s: %v", kind, op)
		}
	}
}

func TestEveryColumnOfEveryRecordHasAPlace(t *testing.T) {
	for _, w := range fullRecords() {
		table := columns(w.Kind(), "UserDefinedField1")
		for _, f := range w.Fields() {
			col, ok := findColumn(table, f.Name)
			if !ok || len(col.read) == 0 {
				t.Errorf("%s: %s cannot be read back", w.Kind(), f.Name)
			}
		}
		for _, name := range keyColumns(w.Kind()) {
			if _, ok := findColumn(table, name); !ok {
				t.Errorf("%s: key column %s is not in the table", w.Kind(), name)
			}
		}
	}
}
