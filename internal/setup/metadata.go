package setup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// fingerprint tells two metadata apart.
func fingerprint(metadata []byte) string {
	var text bytes.Buffer
	if json.Compact(&text, metadata) != nil {
		text.Write(metadata)
	}
	sum := sha256.Sum256(text.Bytes())
	return hex.EncodeToString(sum[:])
}

// tree reads JSON, numbers as they are written.
func tree(text []byte) (any, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := d.Decode(&v)
	return v, err
}

// differ lists the places where have does not say what want says. What only
// have says does not count.
func differ(want, have any, at string) []string {
	switch w := want.(type) {
	case map[string]any:
		h, _ := have.(map[string]any)
		var all []string
		for name, value := range w {
			all = append(all, differ(value, h[name], strings.TrimPrefix(at+"."+name, "."))...)
		}
		if len(w) == 0 && h == nil {
			all = []string{at}
		}
		slices.Sort(all)
		return all
	case []any:
		h, _ := have.([]any)
		for _, row := range w {
			if len(differ(row, like(h, row), at)) > 0 {
				return []string{at}
			}
		}
		return nil
	}
	if have == nil || fmt.Sprint(want) != fmt.Sprint(have) {
		return []string{at}
	}
	return nil
}

// like is the row of a list that has the key of another; nil: none.
func like(list []any, row any) any {
	if i := indexOf(list, row); i >= 0 {
		return list[i]
	}
	return nil
}

func indexOf(list []any, row any) int {
	return slices.IndexFunc(list, func(one any) bool { return keyOf(one) == keyOf(row) })
}

// keyOf is the key of a custom field; of anything else its text.
func keyOf(row any) string {
	if m, ok := row.(map[string]any); ok {
		return fmt.Sprint(m["key"])
	}
	return fmt.Sprint(row)
}

// overlay lays want over have: what only have says stays.
func overlay(have, want any) any {
	switch w := want.(type) {
	case map[string]any:
		h, _ := have.(map[string]any)
		all := map[string]any{}
		for name, value := range h {
			all[name] = value
		}
		for name, value := range w {
			all[name] = overlay(h[name], value)
		}
		return all
	case []any:
		h, _ := have.([]any)
		all := slices.Clone(h)
		for _, row := range w {
			if i := indexOf(all, row); i >= 0 {
				all[i] = overlay(all[i], row)
			} else {
				all = append(all, row)
			}
		}
		return all
	}
	return want
}

// connector plans the ERP connection.
func (w Want) connector(have Connector, p *Plan) error {
	want, err := tree(w.Metadata)
	if err != nil {
		return fmt.Errorf("the metadata that is wanted is no JSON: %w", err)
	}
	switch {
	case have.Metadata != nil:
		return w.shownMetadata(have, want, p)
	case have.Remembered == fingerprint(w.Metadata) && !w.RewriteMetadata:
		p.note("Procore does not show the metadata of its ERP connection. The same was written by the last set-up, so it is left alone; --rewrite-metadata writes it again.")
	case have.Shown || have.Remembered != "":
		p.add(Step{Do: UpdateMetadata, Metadata: w.Metadata, Words: "Write the metadata of the ERP connection: Procore does not show it, and it is not known to be right."})
	default:
		p.add(Step{Do: CreateConnection, Metadata: w.Metadata, fields: Fields{URL: w.URL},
			Words: "Create the company's ERP connection, named Jobpac, with Jobpac's widths as rules. This also makes its list of standard cost codes."})
	}
	return nil
}

// shownMetadata compares what Procore shows.
func (w Want) shownMetadata(have Connector, want any, p *Plan) error {
	shown, err := tree(have.Metadata)
	if err != nil {
		return fmt.Errorf("the metadata that Procore shows cannot be read: %w", err)
	}
	places := differ(want, shown, "")
	why := ""
	switch {
	case len(places) > 0:
		why = "it differs at " + listed(places)
	case w.RewriteMetadata:
		why = "it was asked to be written again"
	default:
		return nil
	}
	text, err := json.Marshal(overlay(shown, want))
	if err != nil {
		return fmt.Errorf("the metadata cannot be written as JSON: %w", err)
	}
	p.add(Step{Do: UpdateMetadata, Metadata: text, Words: "Update the metadata of the ERP connection: " + why + "."})
	return nil
}

// listed names the first few of a list.
func listed(places []string) string {
	const most = 4
	short := make([]string, 0, most)
	for _, place := range places[:min(most, len(places))] {
		short = append(short, strings.TrimPrefix(place, "settings."))
	}
	words := strings.Join(short, ", ")
	if more := len(places) - len(short); more > 0 {
		words += fmt.Sprintf(" and %d more places", more)
	}
	return words
}
