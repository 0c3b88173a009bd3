package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// hush is what no output may hold.
const hush = "hush-hush-hush-hush"

// good is the least that a connection needs, all secrets the same.
func good(dir string) string {
	return fmt.Sprintf(`
connections:
  - name: acme
    procore: {company_id: "1357908642", client_id: app, client_secret_file: %[1]s/secret, webhook_tokens_file: %[1]s/tokens}
    jobpac:
      environment: DEMO
      application: PROCPAC
      encryption_key_file: %[1]s/key
      user: APIUSER
      password_file: %[1]s/password
      work_id: "01"
`, dir)
}

// written puts a file with its secrets into a new directory.
func written(t *testing.T, text func(dir string) string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"secret": hush + "\n", "tokens": "Bearer " + hush + "\nBearer next-" + hush + "\n", "key": strings.Repeat("k", 32), "password": "pass-word\n",
		"procpac.yaml": text(dir),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "procpac.yaml")
}

func TestGoodFile(t *testing.T) {
	cfg, err := Load(written(t, good), []string{"PATH=/bin", "PROCPAC_CONFIG=x"})
	if err != nil {
		t.Fatal(err)
	}
	c := cfg.Connections[0]
	if c.Procore.ClientSecret.Reveal() != hush || len(c.Procore.WebhookTokens) != 2 || c.Jobpac.QuietPeriod.Std() != 10*time.Minute || c.Mapping.OrderNumber.Width != 10 {
		t.Fatalf("got %+v", c)
	}
}

func TestEnvironmentComesLast(t *testing.T) {
	cfg, err := Load(written(t, good), []string{
		"PROCPAC_LISTEN=127.0.0.1:9", "PROCPAC_WORKER__CONCURRENCY=3", "PROCPAC_NATS__MAX_STORE=1MiB", "PROCPAC_NOTIFY__ON=parked,dead",
		"PROCPAC_CONNECTIONS__ACME__JOBPAC__USER=OTHER", "PROCPAC_CONNECTIONS__ACME__JOBPAC__QUIET_PERIOD=2m",
		"PROCPAC_CONNECTIONS__BUILD_WEST__PROCORE__COMPANY_ID=2", "PROCPAC_CONNECTIONS__BUILD_WEST__PROCORE__CLIENT_ID=i",
		"PROCPAC_CONNECTIONS__BUILD_WEST__PROCORE__CLIENT_SECRET=s", "PROCPAC_CONNECTIONS__BUILD_WEST__PROCORE__WEBHOOK_TOKENS=0123456789abcdef",
		"PROCPAC_CONNECTIONS__BUILD_WEST__JOBPAC__ENVIRONMENT=E", "PROCPAC_CONNECTIONS__BUILD_WEST__JOBPAC__APPLICATION=A",
		"PROCPAC_CONNECTIONS__BUILD_WEST__JOBPAC__ENCRYPTION_KEY=" + strings.Repeat("k", 24), "PROCPAC_CONNECTIONS__BUILD_WEST__JOBPAC__USER=U",
		"PROCPAC_CONNECTIONS__BUILD_WEST__JOBPAC__PASSWORD=p", "PROCPAC_CONNECTIONS__BUILD_WEST__JOBPAC__WORK_ID=02",
	})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Listen != "127.0.0.1:9" || cfg.Worker.Concurrency != 3 || cfg.NATS.MaxStore != 1<<20 || fmt.Sprint(cfg.Notify.On) != "[parked dead]" {
		t.Errorf("got %+v", cfg)
	}
	if one := cfg.Connections[0]; one.Jobpac.User != "OTHER" || one.Jobpac.QuietPeriod.String() != "2m" {
		t.Errorf("got %+v", one.Jobpac)
	}
	if two := cfg.Connections[1]; two.Name != "build-west" || two.Jobpac.WorkID != "02" {
		t.Errorf("got %+v", two)
	}
}

// edit is a good file with one text replaced, and what is said of it.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"user: APIUSER", "usr: APIUSER", "connections.acme.jobpac.usr: unknown key (did you mean user?)"},
		{"connections:", "worker: {concurency: 3}\nconnections:", "worker.concurency: unknown key (did you mean concurrency?)"},
		{"connections:", "worker: {concurrency: 0}\nconnections:", `worker.concurrency "0": must be 1 to 1024`},
		{"connections:", "worker: {concurrency: many}\nconnections:", "concurrency"},
		{"connections:", "worker: {send_limit: 5 minutes}\nconnections:", `worker.send_limit "5 minutes": must be a duration such as 90s, 15m, 24h or 400d`},
		{"user: APIUSER", "user: APIUSER\n      quiet_period: 10", `connections.acme.jobpac.quiet_period "10": must be a duration`},
		{"name: acme", "name: acme\n    mapping: {gst: {by_procore_tax_code: GST}}", "connections.acme.mapping.gst.by_procore_tax_code: must hold keys and values below it"},
		{"connections:", "worker: {lease: 30s}\nconnections:", `worker.lease "30s": must be longer than send_window + send_limit`},
		{"connections:", "listen: here\nconnections:", `listen "here": must be host:port`},
		{"connections:", "operator: {listen: 0.0.0.0:8081}\nconnections:", "beyond loopback needs operator.token_file"},
		{"connections:", "nats: {url: http://x}\nconnections:", "nats.url: must begin with nats:// or tls://"},
		{"connections:", "nats: {replicas: 3}\nconnections:", `nats.replicas "3": must be 1 for the server inside the process`},
		{"connections:", "nats: {max_store: much}\nconnections:", "must be a size such as 20GiB or 512MiB"},
		{"connections:", "redis: {url: x}\nconnections:", "redis.url: must begin with redis:// or rediss://"},
		{"connections:", "notify: {on: [sometimes]}\nconnections:", `notify.on "sometimes": must be one of parked`},
		{"name: acme", "name: Acme!", `connections.name "Acme!": must be a-z`},
		{"name: acme", "name: acme\n    intake: direct", "go_live"},
		{"name: acme", "name: acme\n    mode: dry", "must be one of live, observe"},
		{"name: acme", "name: acme\n    go_live: tomorrow", "must be a time such as 2026-12-01T00:00:00+11:00"},
		{"name: acme", "name: acme\n    time_zone: Sydney", "must be an IANA name such as Australia/Sydney"},
		{`company_id: "1357908642"`, `company_id: abc`, `connections.acme.procore.company_id "abc": must be the company's id in digits`},
		{"client_id: app", "client_id: app, hook_url: http://hooks.example.com", "connections.acme.procore.hook_url \"http://hooks.example.com\": must be an https address"},
		{"client_id: app", "client_id: app, hook_url: 'https://u:" + hush + "@hooks.example.com'", "hook_url: must be an address without user, query and fragment"},
		{`work_id: "01"`, `work_id: "0001"`, "must have 1 to 3 characters"},
		{`user: APIUSER`, `user: AVERYLONGUSER`, "must have 1 to 10 characters"},
		{"/key", "/secret", "has 19 characters: a Jobpac key has 24 or 32"},
		{"/key", "/nothing", "cannot be read: no such file or directory"},
		{`work_id: "01"`, "work_id: \"01\"\n      currency: aud", "must be an ISO code such as AUD"},
		{`work_id: "01"`, "work_id: \"01\"\n      unique_keys: {lines: verified}", `unique_keys "lines": must be one of order, item`},
		{`work_id: "01"`, "work_id: \"01\"\n      password: x", "connections.acme.jobpac.password: is given itself and as connections.acme.jobpac.password_file: keep one"},
		{`work_id: "01"`, "work_id: \"01\"\n      auth_url: http://jobpac.example.com", "must be an https address"},
		{`work_id: "01"`, "work_id: \"01\"\n    mapping: {retention: {default_percent: \"5.125\"}}", "must be 0 to 100 with at most two decimals"},
		{`work_id: "01"`, "work_id: \"01\"\n    mapping: {order_number: {subcontract: \"{job}\"}}", "must hold {number} and no other braces"},
		{`work_id: "01"`, "work_id: \"01\"\n    mapping: {purchase_order_change: quantity}", "changing quantities is not in this build"},
		{`work_id: "01"`, "work_id: \"01\"\n    mapping: {reference_field: Field9}", "must be UserDefinedField1 to UserDefinedField5"},
		{"connections:", "connections: 7\nother:", "must be a list, each with a name"},
		{"connections:", "connections:\n  - {mode: live}", "every connection needs a name"},
		{"connections:", "a: [", "is not YAML"},
	} {
		_, err := Load(written(t, func(dir string) string { return strings.Replace(good(dir), c.old, c.new, 1) }), nil)
		var problems *Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v\nwant %q", c.new, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), hush) {
			t.Errorf("%q: the error tells a secret: %v", c.new, err)
		}
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, err := Load(written(t, func(dir string) string {
		return strings.NewReplacer("user: APIUSER", "user: ''", `work_id: "01"`, "work_id: ''").Replace(good(dir)) + "\nlisten: x\n"
	}), []string{"PROCPAC_WORKR__LEASE=1s"})
	var problems *Problems
	if !errors.As(err, &problems) || len(problems.List) != 4 {
		t.Fatalf("got %v", err)
	}
}

func TestAFileThatIsNotThere(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"), nil)
	if err == nil || !strings.Contains(err.Error(), "there is no such file: name one with --config") {
		t.Fatalf("got %v", err)
	}
}

func TestASecretThatOthersCanRead(t *testing.T) {
	path := written(t, good)
	if err := os.Chmod(filepath.Join(filepath.Dir(path), "secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, nil); err == nil || !strings.Contains(err.Error(), "can be read by others: chmod 600 it") {
		t.Fatalf("got %v", err)
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	cfg, err := Load(written(t, good), []string{"PROCPAC_OPERATOR__TOKEN=" + hush, "PROCPAC_REDIS__PASSWORD=" + hush, "PROCPAC_NATS__URL=nats://me:" + hush + "@host:4222"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, format := range []string{"yaml", "json"} {
		if err := cfg.Print(&out, format); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb, *cfg)
	}
	for _, secret := range []string{hush, fmt.Sprintf("%x", hush), "pass-word", strings.Repeat("k", 32)} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the output holds %q", secret)
		}
	}
	if !strings.Contains(out.String(), "client_secret: '***'") && !strings.Contains(out.String(), `client_secret: "***"`) {
		t.Error("a secret that is set shows as ***")
	}
	if err := cfg.Print(&out, "xml"); err == nil {
		t.Error("xml was printed")
	}
}

// What is printed can be read again, and says the same.
func TestPrintedFormIsAFile(t *testing.T) {
	var once bytes.Buffer
	if err := Default().Print(&once, "yaml"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "printed.yaml")
	if err := os.WriteFile(path, once.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(cfg.Worker, Default().Worker) || cfg.NATS != Default().NATS {
		t.Fatalf("got %+v", cfg)
	}
}

// The example that stands beside the deployment files is a working one.
func TestTheExample(t *testing.T) {
	path := written(t, func(dir string) string {
		text, err := os.ReadFile("../../deployments/procpac.example.yaml")
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(text), "/etc/procpac", dir)
	})
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "operator-token"), []byte(hush), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, nil); err != nil {
		t.Fatal(err)
	}
}

// Every field has a key, a description and, if it is a value, a default.
func TestSchemaDescribesEveryField(t *testing.T) {
	text, err := json.Marshal(Schema())
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	if n := described(t, "", root); n < 90 {
		t.Fatalf("only %d fields", n)
	}
}

func described(t *testing.T, path string, o map[string]any) (n int) {
	properties, _ := o["properties"].(map[string]any)
	for key, value := range properties {
		field, _ := value.(map[string]any)
		n++
		if key == "" || field["description"] == "" || field["description"] == nil {
			t.Errorf("%s.%s has no description", path, key)
		}
		if _, hasDefault := field["default"]; !hasDefault && field["type"] != "object" {
			t.Errorf("%s.%s has no default", path, key)
		}
		n += described(t, path+"."+key, field)
		if items, ok := field["items"].(map[string]any); ok {
			n += described(t, path+"."+key, items)
		}
	}
	return n
}

func TestValues(t *testing.T) {
	for text, want := range map[string]Duration{"400d": Duration(400 * day), "90s": Duration(90 * time.Second), "1h30m": Duration(90 * time.Minute), "0": 0} {
		d, err := parseDuration(text)
		if err != nil || Duration(d) != want {
			t.Errorf("%s: got %v %v", text, d, err)
		}
		again, err := parseDuration(want.String())
		if err != nil || Duration(again) != want {
			t.Errorf("%v prints as %s: %v", want, want.String(), err)
		}
	}
	for text, want := range map[string]Size{"20GiB": 20 << 30, "512 MiB": 512 << 20, "7": 7, "0": 0, "3B": 3} {
		if s, err := parseSize(text); err != nil || s != want {
			t.Errorf("%s: got %v %v", text, s, err)
		}
	}
	for _, bad := range []string{"", "x", "-1", "1.5GiB", "99999999999TiB", "9d9"} {
		if _, err := parseSize(bad); err == nil {
			t.Errorf("size %q was taken", bad)
		}
	}
	for _, bad := range []string{"", "d", "1.5d", "99999999999d", "400 days"} {
		if _, err := parseDuration(bad); err == nil {
			t.Errorf("duration %q was taken", bad)
		}
	}
}

func TestWarnings(t *testing.T) {
	cfg, err := Load(written(t, good), []string{"PROCPAC_CONNECTIONS__ACME__JOBPAC__QUIET_PERIOD=200ms", "PROCPAC_NATS__URL=nats://x:4222"})
	if err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(cfg.Warnings(), "\n"); !strings.Contains(all, "quiet_period") || !strings.Contains(all, "unique_document_number") || !strings.Contains(all, "redis.url") {
		t.Fatalf("got %s", all)
	}
}

func TestSettingsThatNeedDirectIntakeAreTold(t *testing.T) {
	text := func(intake string) func(string) string {
		return func(dir string) string {
			return good(dir) + "    intake: " + intake + "\n    go_live: 2026-01-01T00:00:00Z\n    voided: complete\n    revised: vary\n"
		}
	}
	for intake, told := range map[string]bool{"erp": true, "direct": false, "both": false} {
		cfg, err := Load(written(t, text(intake)), nil)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(cfg.Warnings(), "\n")
		for _, key := range []string{"connections.acme.voided complete", "connections.acme.revised vary"} {
			if strings.Contains(all, key+" has no effect") != told {
				t.Errorf("intake %s: %s: got %s", intake, key, all)
			}
		}
	}
}

// Codes of digits are texts: YAML alone would make 1 of 01 and of 1.00.
func TestNumbersAreReadAsWritten(t *testing.T) {
	cfg, err := Load(written(t, func(dir string) string {
		text := strings.NewReplacer("\"1357908642\"", "1357908642", "\"01\"", "01\n      version: 1.00").Replace(good(dir))
		return text + "    mapping: {gst: {by_procore_tax_code: {010: 007}}}\nworker: {concurrency: 12}\nnats: {max_store: 1048576}\n"
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	c := cfg.Connections[0]
	if c.Procore.CompanyID != "1357908642" || c.Jobpac.WorkID != "01" || c.Jobpac.Version != "1.00" {
		t.Errorf("got company %s, work id %s, version %s", c.Procore.CompanyID, c.Jobpac.WorkID, c.Jobpac.Version)
	}
	if got := c.Mapping.GST.ByProcoreTaxCode["010"]; got != "007" || cfg.Worker.Concurrency != 12 || cfg.NATS.MaxStore != 1<<20 {
		t.Errorf("got GST %q, concurrency %d, store %d", got, cfg.Worker.Concurrency, cfg.NATS.MaxStore)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(good("/nowhere")))
	f.Add([]byte("worker: {lease: 400d}"))
	f.Add([]byte("connections: [{name: a}, {name: a}, 7]"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "f.yaml")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := Load(path, nil)
		if (cfg == nil) == (err == nil) {
			t.Fatalf("got %v and %v", cfg, err)
		}
	})
}

// A timestamp needs no quotes, as the example in the manual has none.
func TestGoLiveWithoutQuotes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "procpac.yaml")
	text := "connections: [{name: acme, go_live: 2026-12-01T00:00:00+11:00}]\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path, nil)
	if err == nil || strings.Contains(err.Error(), "go_live") {
		t.Fatalf("want complaints about what is missing, and none about go_live: %v", err)
	}
}
