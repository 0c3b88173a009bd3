package translate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

// TestEveryOutFieldIsFilled: each field of each record is filled in at least
// one case, or nobody knows whether it works.
func TestEveryOutFieldIsFilled(t *testing.T) {
	filled := map[string]bool{}
	for _, c := range cases(t) {
		_, r, err := c.run(t, c.in)
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range r.Records {
			v := reflect.ValueOf(rec)
			for i := range v.NumField() {
				name := v.Type().Name() + "." + v.Type().Field(i).Name
				filled[name] = filled[name] || !v.Field(i).IsZero()
			}
		}
	}
	for _, kind := range []any{erp.Order{}, erp.OrderItem{}, erp.Subcontract{}, erp.SubcontractItem{}, erp.Variation{}, erp.VariationItem{}} {
		typ := reflect.TypeOf(kind)
		for i := range typ.NumField() {
			if name := typ.Name() + "." + typ.Field(i).Name; !filled[name] {
				t.Errorf("no case fills %s", name)
			}
		}
	}
}

// ignored reads testdata/ignored.txt: a path and the reason, a line each.
func ignored(t *testing.T) map[string]string {
	t.Helper()
	return reasonsIn(t, "testdata/ignored.txt")
}

func reasonsIn(t *testing.T, file string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		path, reason, _ := strings.Cut(line, " ")
		if len(strings.TrimSpace(reason)) < 10 {
			t.Errorf("%s: %s has no reason", file, path)
		}
		reasons[path] = strings.TrimSpace(reason)
	}
	return reasons
}

// TestEveryInFieldIsRead changes every value of every request, one at a time.
// A value whose change never changes an outcome is not read, and must be listed
// with the reason.
func TestEveryInFieldIsRead(t *testing.T) {
	seen, read, tries := map[string]bool{}, map[string]bool{}, map[string]int{}
	reasons := ignored(t)
	all := cases(t)
	slices.Reverse(all) // whole commitments first: they read the most
	for _, c := range all {
		req, result, err := c.run(t, c.in)
		if err != nil {
			t.Fatal(err)
		}
		if result.Lines > 20 {
			continue // slow, and like the others
		}
		_, want := c.show(t, req, result)
		var root any
		dec := json.NewDecoder(bytes.NewReader(c.in))
		dec.UseNumber()
		if err := dec.Decode(&root); err != nil {
			t.Fatal(err)
		}
		walk(root, "", func(v any) { root = v }, func(path string, set func(any), was any) {
			seen[path] = true
			_, listed := reasons[path]
			if read[path] || (listed && tries[path] > 4) {
				return
			}
			tries[path]++
			read[path] = c.matters(t, &root, set, was, want)
		})
	}
	for _, path := range slices.Sorted(maps.Keys(seen)) {
		_, listed := reasons[path]
		switch {
		case !read[path] && !listed:
			t.Errorf("%s is not read: read it, or list it in testdata/ignored.txt with the reason", path)
		case read[path] && listed:
			t.Errorf("%s is read, but listed in testdata/ignored.txt", path)
		}
	}
	for path := range reasons {
		if !seen[path] {
			t.Errorf("testdata/ignored.txt lists %s, which no case has", path)
		}
	}
}

// matters tells whether any change of one value changes the outcome.
func (c goldenCase) matters(t *testing.T, root *any, set func(any), was any, want []byte) bool {
	defer set(was)
	swap := map[any]any{"amount": "unit", "unit": "amount", "manual": "calculated", "calculated": "manual"}
	for _, other := range []any{nil, "7", "Other words", "2031-07-01T23:00:00Z", fmt.Sprint(was) + "|9", swap[was]} {
		if other == was {
			continue
		}
		set(other)
		data, err := json.Marshal(*root)
		if err != nil {
			t.Fatal(err)
		}
		req, result, err := c.run(t, data)
		if err != nil {
			continue // the adapter read it, not we
		}
		if req.Unreadable != "" {
			continue
		}
		if _, got := c.show(t, req, result); !bytes.Equal(got, want) {
			return true
		}
	}
	return false
}

// walk visits every leaf with its path, in which list positions are []. Of a
// long list the first rows stand for all.
func walk(v any, path string, set func(any), visit func(string, func(any), any)) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			walk(v[key], strings.TrimPrefix(path+"."+key, "."), func(n any) { v[key] = n }, visit)
		}
	case []any:
		for i := range min(len(v), 6) {
			walk(v[i], path+"[]", func(n any) { v[i] = n }, visit)
		}
	default:
		visit(path, set, v)
	}
}

// provenElsewhere are rules that no golden case can break: the adapter reads
// such requests as unreadable, or the caller finds them.
func provenElsewhere() []string {
	return []string{"CONTENT", "DATE", "NUMBER-TAKEN", "NUMBER-DOUBLED"}
}

// TestEveryRuleIsBroken: the table in doc.go and the rules in the cases are the
// same.
func TestEveryRuleIsBroken(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^//\t([A-Z][A-Z-]+)\s`).FindAllStringSubmatch(string(doc), -1) {
		table[m[1]] = false
	}
	for _, c := range cases(t) {
		_, r, err := c.run(t, c.in)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range r.Problems {
			rule := strings.TrimPrefix(strings.TrimPrefix(p.Rule, "CM-"), "CO-")
			if _, ok := table[rule]; !ok {
				t.Errorf("%s: rule %s is not in doc.go", c.path, p.Rule)
			}
			table[rule] = true
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(table)) {
		if !table[rule] && !slices.Contains(provenElsewhere(), rule) {
			t.Errorf("no case breaks %s", rule)
		}
	}
}
