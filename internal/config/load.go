package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"gopkg.in/yaml.v3"
)

// Prefix begins every environment variable that is a setting.
const Prefix = "PROCPAC_"

// notSettings are variables with the prefix that the command line reads.
func notSettings() []string {
	return []string{"PROCPAC_CONFIG", "PROCPAC_SERVER", "PROCPAC_TOKEN_FILE", "PROCPAC_LOG_LEVEL", "PROCPAC_LOG_FORMAT"}
}

// Load reads the file, if path is not empty, and then the environment (as
// os.Environ gives it). Any mistake, and all at once, is a *Problems.
func Load(path string, env []string) (*Config, error) {
	var p Problems
	tree := readFile(path, &p)
	connections := fromEnv(takeConnections(tree, &p), env)
	applyEnv(tree, connections, env, &p)
	cfg := build(tree, connections, &p)
	readSecrets(reflect.ValueOf(cfg).Elem(), "", &p)
	cfg.check(&p)
	if len(p.List) > 0 {
		return nil, &p
	}
	return cfg, nil
}

// readFile gives the file as a tree of maps.
func readFile(path string, p *Problems) map[string]any {
	tree := map[string]any{}
	if path == "" {
		return tree
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		p.add("config file", path, "there is no such file: name one with --config, or leave it out for the defaults")
		return tree
	}
	if err != nil {
		p.add("config file", path, "cannot be read: "+err.Error())
		return tree
	}
	return parse(path, text, p)
}

// parse reads YAML; a mistake names file and line.
func parse(path string, text []byte, p *Problems) map[string]any {
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		p.add("config file", path, "is not YAML: "+strings.TrimPrefix(err.Error(), "yaml: ")+"; mend that line")
		return map[string]any{}
	}
	tree := map[string]any{}
	if len(node.Content) == 0 {
		return tree
	}
	if node.Content[0].Kind != yaml.MappingNode {
		p.add("config file", path, "must hold keys and values, for example \"listen: 127.0.0.1:8080\"")
		return tree
	}
	asWritten(&node)
	if err := node.Decode(&tree); err != nil {
		p.add("config file", path, "cannot be read: "+strings.TrimPrefix(err.Error(), "yaml: "))
		return map[string]any{}
	}
	return tree
}

// asWritten keeps numbers as the file has them, so that work_id: 01 stays 01
// and version: 1.00 stays 1.00; a key that is a number is read from its text.
func asWritten(node *yaml.Node) {
	if tag := node.ShortTag(); node.Kind == yaml.ScalarNode && (tag == "!!int" || tag == "!!float") {
		node.Tag = "!!str"
	}
	for _, below := range node.Content {
		asWritten(below)
	}
}

// named is the tree of one connection.
type named struct {
	name string
	tree map[string]any
}

// takeConnections lifts the list of connections out of the tree.
func takeConnections(tree map[string]any, p *Problems) []named {
	raw, ok := tree["connections"]
	delete(tree, "connections")
	if !ok || raw == nil {
		return nil
	}
	list, ok := raw.([]any)
	if !ok {
		p.add("connections", "", "must be a list, each with a name")
		return nil
	}
	var all []named
	for i, item := range list {
		one, ok := item.(map[string]any)
		name, hasName := one["name"].(string)
		if !ok || !hasName {
			p.add(fmt.Sprintf("connections[%d].name", i), "", "every connection needs a name of a-z, 0-9 and dashes")
			continue
		}
		if slices.ContainsFunc(all, func(n named) bool { return n.name == name }) {
			p.add("connections", name, "two connections have this name: every name stands once")
			continue
		}
		all = append(all, named{name, one})
	}
	return all
}

// applyEnv puts the variables into the trees.
func applyEnv(tree map[string]any, connections []named, env []string, p *Problems) {
	for _, pair := range slices.Sorted(slices.Values(env)) {
		name, value, _ := strings.Cut(pair, "=")
		rest, ok := strings.CutPrefix(name, Prefix)
		if !ok || slices.Contains(notSettings(), name) {
			continue
		}
		path := strings.Split(strings.ToLower(rest), "__")
		if path[0] == "connections" {
			applyConnectionEnv(connections, name, path, value, p)
			continue
		}
		put(tree, name, path, value, p)
	}
}

// applyConnectionEnv puts a variable into the connection it names.
func applyConnectionEnv(connections []named, variable string, path []string, value string, p *Problems) {
	if len(path) < 3 {
		p.add(variable, "", "must name a connection and a setting, as in PROCPAC_CONNECTIONS__ACME__MODE")
		return
	}
	for _, c := range connections {
		if envName(c.name) == path[1] {
			put(c.tree, variable, path[2:], value, p)
			return
		}
	}
}

// envName is a connection's name as it stands in a variable, in lower case.
func envName(name string) string { return strings.ReplaceAll(name, "-", "_") }

// fromEnv adds the connections that only the environment names.
func fromEnv(connections []named, env []string) []named {
	for _, pair := range slices.Sorted(slices.Values(env)) {
		rest, ok := strings.CutPrefix(pair, Prefix+"CONNECTIONS__")
		name, _, more := strings.Cut(strings.ToLower(rest), "__")
		if ok && more && !slices.ContainsFunc(connections, func(n named) bool { return envName(n.name) == name }) {
			name = strings.ReplaceAll(name, "_", "-")
			connections = append(connections, named{name, map[string]any{"name": name}})
		}
	}
	return connections
}

// put sets one value at a path, making the levels that are missing.
func put(tree map[string]any, variable string, path []string, value string, p *Problems) {
	for _, level := range path[:len(path)-1] {
		next, ok := tree[level].(map[string]any)
		if !ok {
			if _, taken := tree[level]; taken && tree[level] != nil {
				p.add(variable, "", level+" has no settings below it")
				return
			}
			next = map[string]any{}
			tree[level] = next
		}
		tree = next
	}
	tree[path[len(path)-1]] = value
}

// build decodes the trees over the defaults.
func build(tree map[string]any, connections []named, p *Problems) *Config {
	cfg := Default()
	unknown(reflect.TypeFor[Config](), tree, "", p)
	decode(tree, cfg, "", p)
	for _, n := range connections {
		path := "connections." + n.name
		c := DefaultConnection(n.name)
		unknown(reflect.TypeFor[Connection](), n.tree, path, p)
		decode(n.tree, &c, path, p)
		c.Name = n.name
		cfg.Connections = append(cfg.Connections, c)
	}
	return cfg
}

// decode fills a struct from a tree; what does not fit is named.
func decode(tree map[string]any, into any, path string, p *Problems) {
	d, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: into, TagName: "key", WeaklyTypedInput: true, DecodeHook: mapstructure.ComposeDecodeHookFunc(hook, mapstructure.StringToSliceHookFunc(",")),
	})
	if err != nil {
		p.add(path, "", err.Error())
		return
	}
	err = d.Decode(tree)
	for _, one := range split(err) {
		p.addDecoder(path, one)
	}
}

var (
	complaint = regexp.MustCompile(`^'([^']+)' (?:"([^"]*)" )?(.*)$`)
	wrongForm = regexp.MustCompile(`^expected (?:type '|a )map`)
)

// addDecoder adds a complaint of the decoder under the whole name of its key.
func (p *Problems) addDecoder(path, line string) {
	m := complaint.FindStringSubmatch(line)
	if m == nil {
		p.add(cmpOr(path, "config"), "", line)
		return
	}
	if wrongForm.MatchString(m[3]) {
		m[3] = "must hold keys and values below it"
	}
	p.add(joined(path, m[1]), m[2], m[3])
}

// split gives the single complaints of the decoder, which puts each on a line
// below a heading.
func split(err error) []string {
	if err == nil {
		return nil
	}
	var all []string
	for _, line := range strings.Split(err.Error(), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "decoding failed") {
			all = append(all, line)
		}
	}
	return all
}

// hook reads durations and sizes.
func hook(_ reflect.Type, to reflect.Type, value any) (any, error) {
	if at, ok := value.(time.Time); ok && to.Kind() == reflect.String {
		return at.Format(time.RFC3339), nil // YAML makes an unquoted timestamp one
	}
	text, ok := value.(string)
	if !ok {
		if to == reflect.TypeFor[Duration]() {
			return nil, fmt.Errorf("\"%v\" must be a duration such as 90s, 15m, 24h or 400d", value)
		}
		return value, nil
	}
	switch to {
	case reflect.TypeFor[Duration]():
		d, err := parseDuration(text)
		return Duration(d), err
	case reflect.TypeFor[Size]():
		return parseSize(text)
	}
	return value, nil
}

// unknown names the keys that no field has, with the nearest that one has.
func unknown(t reflect.Type, tree map[string]any, path string, p *Problems) {
	known := fields(t)
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		field, ok := known[key]
		full := joined(path, key)
		if !ok {
			p.addHint(full, "unknown key", nearest(key, known))
			continue
		}
		if below, isMap := tree[key].(map[string]any); isMap && field.Type.Kind() == reflect.Struct {
			unknown(field.Type, below, full, p)
		}
	}
}

// fields is a struct's fields by key.
func fields(t reflect.Type) map[string]reflect.StructField {
	known := map[string]reflect.StructField{}
	for i := range t.NumField() {
		known[t.Field(i).Tag.Get("key")] = t.Field(i)
	}
	return known
}

func joined(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
