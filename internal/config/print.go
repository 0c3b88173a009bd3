package config

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"

	"gopkg.in/yaml.v3"
)

// Print writes the configuration as it is in force, without its secrets:
// "***" where one is set. format is yaml or json.
func (c *Config) Print(w io.Writer, format string) error {
	node := tree(reflect.ValueOf(*c))
	switch format {
	case "yaml":
		e := yaml.NewEncoder(w)
		e.SetIndent(2)
		if err := e.Encode(node); err != nil {
			return err
		}
		return e.Close()
	case "json":
		var plain any
		if err := node.Decode(&plain); err != nil {
			return err
		}
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(plain)
	}
	return fmt.Errorf("format %q must be yaml or json", format)
}

// tree writes a value as YAML nodes, fields in their order, maps sorted.
func tree(v reflect.Value) *yaml.Node {
	if text, ok := v.Interface().(interface{ MarshalText() ([]byte, error) }); ok {
		shown, _ := text.MarshalText() // ours never fail
		return scalar(string(shown))
	}
	node := &yaml.Node{}
	switch v.Kind() {
	case reflect.Struct:
		node.Kind = yaml.MappingNode
		for i := range v.NumField() {
			node.Content = append(node.Content, scalar(v.Type().Field(i).Tag.Get("key")), tree(v.Field(i)))
		}
	case reflect.Slice:
		node.Kind = yaml.SequenceNode
		for i := range v.Len() {
			node.Content = append(node.Content, tree(v.Index(i)))
		}
	case reflect.Map:
		node.Kind = yaml.MappingNode
		table, _ := v.Interface().(map[string]string) // the only kind of map there is
		for _, key := range slices.Sorted(maps.Keys(table)) {
			node.Content = append(node.Content, scalar(key), scalar(table[key]))
		}
	default:
		_ = node.Encode(v.Interface()) // a number: cannot fail
		if v.Kind() == reflect.String {
			return scalar(v.String())
		}
	}
	return node
}

func scalar(text string) *yaml.Node {
	node := &yaml.Node{}
	node.SetString(text)
	return node
}

// Schema is the JSON Schema (draft 2020-12) of the file, made from the fields,
// their texts and the defaults.
func Schema() map[string]any {
	root := object(reflect.TypeFor[Config](), reflect.ValueOf(*Default()))
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "procpac configuration"
	return root
}

// object describes a struct.
func object(t reflect.Type, defaults reflect.Value) map[string]any {
	properties := map[string]any{}
	for i := range t.NumField() {
		f := t.Field(i)
		property := describe(f.Type, defaults.Field(i))
		property["description"] = f.Tag.Get("doc")
		properties[f.Tag.Get("key")] = property
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
}

// describe describes one field's value.
func describe(t reflect.Type, value reflect.Value) map[string]any {
	switch {
	case t == reflect.TypeFor[[]Connection]():
		one := object(reflect.TypeFor[Connection](), reflect.ValueOf(DefaultConnection("")))
		one["required"] = []string{"name"}
		return map[string]any{"type": "array", "items": one, "default": []any{}}
	case t.Kind() == reflect.Struct:
		return object(t, value)
	case t.Kind() == reflect.Slice:
		var list any
		_ = tree(value).Decode(&list) // made by us: cannot fail
		return map[string]any{"type": "array", "items": map[string]any{"type": "string"}, "default": list}
	case t.Kind() == reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}, "default": map[string]any{}}
	case t.Kind() == reflect.Int:
		return map[string]any{"type": "integer", "default": value.Int()}
	}
	return map[string]any{"type": "string", "default": tree(value).Value}
}
