package erp

import (
	"regexp"
	"testing"
)

// The dictionary is complete, in lower case with underscores, and names nothing
// twice.
func TestRequestNames(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^(create|update|delete|sync|link|unlink|merge|reset)(_[a-z]+)+$`)
	seen := map[string]bool{}
	for _, name := range RequestNames() {
		if seen[name] || !form.MatchString(name) {
			t.Errorf("%q", name)
		}
		seen[name] = true
	}
	for _, name := range []string{CreateCommitment, CreateCommitmentChangeOrder, SyncStandardCategories, SyncMetadata, LinkAllVendors, DeleteCostTypeAssignments} {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
	if len(seen) != 51 {
		t.Errorf("%d names, the dictionary has 51", len(seen))
	}
}
