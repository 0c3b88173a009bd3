package config

import (
	"os"
	"reflect"
	"strings"
)

// readSecrets fills every secret whose _file is given. A secret given both
// ways, a file that others can read and an empty one are mistakes.
func readSecrets(v reflect.Value, path string, p *Problems) {
	t := v.Type()
	for i := range t.NumField() {
		field, value := t.Field(i), v.Field(i)
		key := joined(path, field.Tag.Get("key"))
		switch {
		case value.Kind() == reflect.Struct:
			readSecrets(value, key, p)
		case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Struct:
			for j := range value.Len() {
				readSecrets(value.Index(j), key+"."+value.Index(j).FieldByName("Name").String(), p)
			}
		case value.Type() == reflect.TypeFor[Secret](), value.Type() == reflect.TypeFor[[]Secret]():
			readSecret(value, key, v.FieldByName(field.Name+"File"), p)
		}
	}
}

// readSecret fills one secret, or list of secrets, from its file.
func readSecret(value reflect.Value, key string, file reflect.Value, p *Problems) {
	if !file.IsValid() || file.String() == "" {
		return
	}
	if value.Len() > 0 {
		p.add(key, "", "is given itself and as "+key+"_file: keep one")
		return
	}
	before := len(p.List)
	text := secretFile(key+"_file", file.String(), p)
	if len(p.List) > before {
		return
	}
	if value.Type() == reflect.TypeFor[Secret]() {
		value.SetString(text)
		return
	}
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			value.Set(reflect.Append(value, reflect.ValueOf(Secret(line))))
		}
	}
}

// secretFile reads a file that only its owner may read.
func secretFile(key, path string, p *Problems) string {
	info, err := os.Stat(path)
	if err != nil {
		p.add(key, path, "cannot be read: "+bareError(err))
		return ""
	}
	if info.Mode().Perm()&0o077 != 0 {
		p.add(key, path, "can be read by others: chmod 600 it")
		return ""
	}
	text, err := os.ReadFile(path)
	if err != nil {
		p.add(key, path, "cannot be read: "+bareError(err))
		return ""
	}
	secret := strings.TrimRight(string(text), "\r\n")
	p.must(secret != "", key, path, "is empty: put the secret into it")
	return secret
}

// bareError is an error of the file system without the path, which the
// problem names already.
func bareError(err error) string {
	text := err.Error()
	return strings.TrimSpace(text[strings.LastIndex(text, ": ")+1:])
}
