package procore

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
)

// sentFor are rows as they would be sent.
func sentFor(t testing.TB, r road, entries ...erp.Entry) []sentRow {
	t.Helper()
	rows := make([]sentRow, len(entries))
	for i, e := range entries {
		json, err := encodeRow(r, e)
		if err != nil {
			t.Fatal(err)
		}
		rows[i] = sentRow{at: i, entry: e, json: json}
	}
	return rows
}

func roadOf(t testing.TB, kind erp.EntryType) road {
	t.Helper()
	r, ok := roads(kind)
	if !ok {
		t.Fatalf("no road for %s", kind)
	}
	return r
}

func TestDecodeSync(t *testing.T) {
	t.Parallel()
	vendors := []erp.Entry{entry(erp.EntryVendor, "01|A"), {Type: erp.EntryVendor, ID: 7, Origin: "01|B"}, entry(erp.EntryVendor, "01|C")}
	staged := []erp.Entry{
		{Type: erp.EntryStaged, ItemType: "project", Origin: "01|J1"},
		{Type: erp.EntryStaged, ItemType: "prime_contract", Origin: "01|J1", Children: []erp.Entry{{Type: erp.EntryStaged, ItemType: "line_item", Origin: "01|J1|HC|A|1"}}},
	}
	costs := []erp.Entry{pair(erp.EntryJobCost, "5", "6"), pair(erp.EntryJobCost, "6", "5")}
	for name, c := range map[string]struct {
		kind erp.EntryType
		rows []erp.Entry
		body string
		want []erp.Synced
		says string // of the error
	}{
		"any order, ids as text": {erp.EntryVendor, vendors, `{"entities":[{"id":"3","origin_id":"01|C"},{"id":7,"origin_id":"01|B"},{"id":1,"origin_id":"01|A"}],"errors":null}`,
			[]erp.Synced{{ID: 1}, {ID: 7}, {ID: 3}}, ""},
		"by the id": {erp.EntryVendor, vendors, `{"entities":[{"id":7},{"id":1,"origin_id":"01|A"}],"errors":[{"origin_id":"01|C","errors":{"name":["is long"],"zip":["is odd"]}}]}`,
			[]erp.Synced{{ID: 1}, {ID: 7}, {Refused: "name is long; zip is odd"}}, ""},
		"refused by the id": {erp.EntryVendor, vendors, `{"entities":[{"id":1,"origin_id":"01|A"},{"id":3,"origin_id":"01|C"}],"errors":[{"id":7,"errors":{"id":["Entity with this ID not found"]}}]}`,
			[]erp.Synced{{ID: 1}, {ID: 7, Refused: "id Entity with this ID not found"}, {ID: 3}}, ""},
		"another origin id stays": {erp.EntryVendor, vendors[1:2], `{"entities":[{"id":7,"origin_id":"99|Z"}]}`,
			[]erp.Synced{{ID: 7, Refused: `Procore keeps the origin id "99|Z"`}}, ""},
		"taken and refused": {erp.EntryVendor, vendors[:1], `{"entities":[{"id":1,"origin_id":"01|A"}],"errors":[{"origin_id":"01|A","errors":["half done"]}]}`,
			[]erp.Synced{{ID: 1, Refused: "half done"}}, ""},
		"refused twice": {erp.EntryVendor, vendors[:1], `{"errors":[{"origin_id":"01|A","errors":["a"]},{"origin_id":"01|A","errors":["b"]},{"origin_id":"01|A","errors":["b"]}]}`,
			[]erp.Synced{{Refused: "a; b"}}, ""},
		"no reason":        {erp.EntryVendor, vendors[:1], `{"errors":[{"origin_id":"01|A","name":"words of ours"}]}`, []erp.Synced{{Refused: "Procore gave no reason"}}, ""},
		"nameless refusal": {erp.EntryVendor, vendors[:2], `{"entities":[{"id":7,"origin_id":"01|B"}],"errors":["bad row"]}`, []erp.Synced{{Refused: "bad row"}, {ID: 7}}, ""},
		"nameless refusals": {erp.EntryVendor, vendors[:2], `{"errors":["x",{"errors":{"name":["is long"]}}]}`,
			[]erp.Synced{{Refused: "x; name is long"}, {ID: 7, Refused: "x; name is long"}}, ""},
		"one nameless for two": {erp.EntryVendor, vendors[:2], `{"errors":["bad row"]}`, nil, "nothing about 2 of 2 rows"},
		"one row missing":      {erp.EntryVendor, vendors, `{"entities":[{"id":7},{"id":1,"origin_id":"01|A"}]}`, nil, "nothing about 1 of 3 rows"},
		"strange entities":     {erp.EntryVendor, vendors[:1], `{"entities":[null,5,"x",[],{"id":{}},{"id":1,"origin_id":["01|A"]}]}`, nil, "nothing about 1 of 1 rows"},
		"not JSON":             {erp.EntryVendor, vendors[:1], `{"entities":[`, nil, "JSON is broken"},
		"twice the same row":   {erp.EntryVendor, []erp.Entry{vendors[0], vendors[0]}, `{"entities":[{"id":1,"origin_id":"01|A"}]}`, []erp.Synced{{ID: 1}, {ID: 1}}, ""},
		"staged by type too": {erp.EntryStaged, staged, `{"entities":[{"id":2,"item_type":"prime_contract","origin_id":"01|J1"},{"id":3,"item_type":"line_item","origin_id":"01|J1|HC|A|1"},{"id":1,"item_type":"project","origin_id":"01|J1"}]}`,
			[]erp.Synced{{ID: 1}, {ID: 2}}, ""},
		"staged, type not shown":  {erp.EntryStaged, staged[1:], `{"entities":[{"id":2,"origin_id":"01|J1"}]}`, []erp.Synced{{ID: 2}}, ""},
		"types differ, not shown": {erp.EntryStaged, staged, `{"entities":[{"id":2,"origin_id":"01|J1"}]}`, nil, "nothing about 2 of 2 rows"},
		"a child is refused": {erp.EntryStaged, staged, `{"entities":[{"id":2,"item_type":"prime_contract","origin_id":"01|J1"},{"id":1,"item_type":"project","origin_id":"01|J1"}],"errors":[{"item_type":"line_item","origin_id":"01|J1|HC|A|1","errors":{"amount":["is not a number"]}}]}`,
			[]erp.Synced{{ID: 1}, {ID: 2, Refused: "item 01|J1|HC|A|1 amount is not a number"}}, ""},
		"a child is refused within": {erp.EntryStaged, staged[1:], `{"errors":[{"item_type":"prime_contract","origin_id":"01|J1","children":[{"origin_id":"x","errors":{}},{"origin_id":"01|J1|HC|A|1","errors":{"amount":["is odd"]}},7]}]}`,
			[]erp.Synced{{Refused: "item 01|J1|HC|A|1 amount is odd"}}, ""},
		"only a child is told": {erp.EntryStaged, staged[1:], `{"entities":[{"id":3,"item_type":"line_item","origin_id":"01|J1|HC|A|1"}]}`, nil, "nothing about 1 of 1 rows"},
		"pairs, not ids":       {erp.EntryJobCost, costs, `{"entities":[{"id":5,"cost_code":{"id":6},"line_item_type":{"id":"5"}},{"id":6,"cost_code_id":5,"line_item_type_id":6}]}`, []erp.Synced{{ID: 6}, {ID: 5}}, ""},
		"a pair is refused":    {erp.EntryJobCost, costs, `{"entities":[{"cost_code_id":5,"line_item_type_id":6}],"errors":[{"cost_code_id":6,"line_item_type_id":5,"errors":["is closed"]}]}`, []erp.Synced{{}, {Refused: "is closed"}}, ""},
		"half a pair":          {erp.EntryJobCost, costs[:1], `{"entities":[{"id":5,"cost_code_id":5}]}`, nil, "nothing about 1 of 1 rows"},
		"a list and errors of a budget": {erp.EntryBudgetLine, budget(2).Rows, `{"entities":[{"id":9,"wbs_code_id":2}],"errors":[{"wbs_code_id":1,"errors":["is locked"]}]}`,
			[]erp.Synced{{Refused: "is locked"}, {ID: 9}}, ""},
	} {
		r := roadOf(t, c.kind)
		got, err := decodeSync(r, sentFor(t, r, c.rows...), []byte(c.body))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Whatever comes: no panic, and either every row has an end or none is told.
func FuzzDecodeSync(f *testing.F) {
	for name := range importAnswers {
		f.Add([]byte(samples(f)[name].Body))
	}
	f.Add([]byte(`{"entities":[{"id":1,"origin_id":"01|A"}],"errors":[{"origin_id":"01|B","errors":["x"]},"y",null]}`))
	f.Add([]byte(`[{"id":6201,"wbs_code":{"id":1}},{"cost_code":{"id":5},"line_item_type_id":"6"}]`))
	kinds := map[erp.EntryType][]erp.Entry{
		erp.EntryVendor:     {entry(erp.EntryVendor, "01|A"), {Type: erp.EntryVendor, ID: 7, Origin: "01|B"}},
		erp.EntryStaged:     importAnswers["sync_staged_records"].batch.Rows,
		erp.EntryJobCost:    {pair(erp.EntryJobCost, "5", "6")},
		erp.EntryBudgetLine: budget(2).Rows,
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for kind, entries := range kinds {
			r := roadOf(t, kind)
			got, err := decodeSync(r, sentFor(t, r, entries...), body, madeUp)
			if err != nil && got != nil || err == nil && len(got) != len(entries) {
				t.Fatalf("%s: %v %v", kind, got, err)
			}
			for _, one := range got {
				if one.ID < 0 || len([]rune(one.Refused)) > maxSaid || strings.Contains(one.Refused, madeUp) {
					t.Fatalf("%s: %+v", kind, one)
				}
			}
		}
	})
}
