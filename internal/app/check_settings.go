package app

import (
	"os"
	"reflect"
	"strings"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/doctor"
)

// eachSecret visits every secret that is set, with its key and the file it came
// from, if any.
func eachSecret(v reflect.Value, path string, visit func(key, secret, file string)) {
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		key := strings.TrimPrefix(path+"."+field.Tag.Get("key"), ".")
		switch value.Interface().(type) {
		case config.Secret:
			visitSecret(key, value, fileOf(v, field.Name), visit)
			continue
		case []config.Secret:
			for j := range value.Len() {
				visitSecret(key, value.Index(j), fileOf(v, field.Name), visit)
			}
			continue
		}
		switch {
		case value.Kind() == reflect.Struct:
			eachSecret(value, key, visit)
		case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Struct:
			for j := range value.Len() {
				eachSecret(value.Index(j), key+"."+value.Index(j).FieldByName("Name").String(), visit)
			}
		}
	}
}

// fileOf is the path in the field beside a secret that names its file.
func fileOf(v reflect.Value, field string) string {
	if f := v.FieldByName(field + "File"); f.IsValid() {
		return f.String()
	}
	return ""
}

func visitSecret(key string, value reflect.Value, file string, visit func(key, secret, file string)) {
	if value.String() != "" {
		visit(key, value.Interface().(config.Secret).Reveal(), file)
	}
}

// secretFiles are the files that hold secrets.
func secretFiles(c *config.Config) []doctor.Link {
	var all []doctor.Link
	seen := map[string]bool{}
	eachSecret(reflect.ValueOf(*c), "", func(key, _, file string) {
		if file != "" && !seen[key] {
			seen[key] = true
			all = append(all, doctor.Link{Key: key + "_file", Address: file})
		}
	})
	if c.NATS.CredsFile != "" {
		all = append(all, doctor.Link{Key: "nats.creds_file", Address: c.NATS.CredsFile})
	}
	return all
}

// inlineSecrets are the keys of secrets that stand in the configuration file
// itself. One that cannot be read holds none.
func inlineSecrets(c *config.Config, file string) []string {
	text, err := os.ReadFile(file)
	if file == "" || err != nil {
		return nil
	}
	var keys []string
	eachSecret(reflect.ValueOf(*c), "", func(key, secret, from string) {
		if from == "" && strings.Contains(string(text), secret) {
			keys = append(keys, key)
		}
	})
	return keys
}

// links are the addresses we talk to, and the operators' listener, whose token
// travels with every call.
func links(c *config.Config) []doctor.Link {
	all := []doctor.Link{
		{Key: "operator.listen", Address: "http://" + c.Operator.Listen},
		{Key: "nats.url", Address: c.NATS.URL.Reveal()}, {Key: "redis.url", Address: c.Redis.URL.Reveal()},
	}
	if c.Notify.SMTP.Host != "" && c.Notify.SMTP.TLS == "none" {
		all = append(all, doctor.Link{Key: "notify.smtp", Address: "smtp://" + c.Notify.SMTP.Host})
	}
	for _, one := range c.Connections {
		at := "connections." + one.Name
		all = append(all,
			doctor.Link{Key: at + ".procore.login_url", Address: one.Procore.LoginURL}, doctor.Link{Key: at + ".procore.api_url", Address: one.Procore.APIURL},
			doctor.Link{Key: at + ".jobpac.auth_url", Address: one.Jobpac.AuthURL}, doctor.Link{Key: at + ".jobpac.request_url", Address: one.Jobpac.RequestURL})
	}
	return all
}

// settingsOf is what is judged of a connection's settings, with the record of
// its last contract check.
func settingsOf(c config.Connection, dataDir string) doctor.Settings {
	s := doctor.Settings{
		Observe: c.Mode == "observe", GoLive: goLive(c), Unique: map[string]string{}, Quiet: c.Jobpac.QuietPeriod.Std(),
		Environment: c.Jobpac.Environment,
	}
	for _, name := range doctor.Records() {
		s.Unique[name] = c.Jobpac.UniqueDocumentNumber
		if value, ok := c.Jobpac.UniqueKeys[name]; ok {
			s.Unique[name] = value
		}
	}
	s.Record, s.RecordErr = doctor.LoadRecord(dataDir, c.Name)
	return s
}
