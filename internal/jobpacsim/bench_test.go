package jobpacsim_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/procpac/procpac/internal/jobpacsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a wall clock that stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// bench is a simulator behind two real servers, and a signed-in caller.
type bench struct {
	t          *testing.T
	sim        *jobpacsim.Sim
	clock      *clock
	api, admin string
	client     *http.Client
	token      string
}

func newBench(t *testing.T, config ...jobpacsim.Config) *bench {
	t.Helper()
	b := &bench{t: t, clock: &clock{at: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}}
	c := jobpacsim.Config{Seed: jobpacsim.DemoSeed(), Now: b.clock.now}
	if len(config) > 0 {
		c = config[0]
	}
	sim, err := jobpacsim.New(c)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	b.sim = sim
	api, admin := httptest.NewServer(sim.Handler()), httptest.NewServer(sim.Management())
	b.api, b.admin = api.URL, admin.URL
	// Without kept connections the transport never repeats a broken GET by itself.
	b.client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	t.Cleanup(func() {
		sim.Close()
		api.Close()
		admin.Close()
	})
	b.token = b.login()
	return b
}

// answer is what came back: status and body, or err where the connection broke.
type answer struct {
	status int
	header http.Header
	text   string
	rows   []map[string]string
	err    error
}

type params map[string]string

// with gives a copy with other values; "-" takes a name out.
func (p params) with(pairs ...string) params {
	out := maps.Clone(p)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
		if pairs[i+1] == "-" {
			delete(out, pairs[i])
		}
	}
	return out
}

func (b *bench) send(method, address string, body []byte) answer {
	b.t.Helper()
	return b.sendContext(b.t.Context(), method, address, body)
}

func (b *bench) sendContext(ctx context.Context, method, address string, body []byte) answer {
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	response, err := b.client.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	a := answer{status: response.StatusCode, header: response.Header, text: string(text), err: err}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") && len(text) > 0 {
		var envelope struct {
			Data []map[string]string `json:"data"`
		}
		if err := json.Unmarshal(text, &envelope); err == nil {
			a.rows = envelope.Data
		}
	}
	return a
}

// call makes a call with the bench's token.
func (b *bench) call(method, operation string, p params) answer {
	b.t.Helper()
	return b.send(method, b.address(operation, p.with("Token", b.token)), nil)
}

func (b *bench) address(operation string, p params) string {
	query := url.Values{}
	for name, value := range p {
		query.Set(name, value)
	}
	return b.api + "/" + operation + "?" + query.Encode()
}

func (b *bench) get(operation string, p params) answer  { return b.call(http.MethodGet, operation, p) }
func (b *bench) put(operation string, p params) answer  { return b.call(http.MethodPut, operation, p) }
func (b *bench) post(operation string, p params) answer { return b.call(http.MethodPost, operation, p) }

// must wants 200 with one row, or any number of rows of a listing.
func (b *bench) must(a answer) []map[string]string {
	b.t.Helper()
	if a.err != nil || a.status != http.StatusOK {
		b.t.Fatalf("status %d, error %v, body %s", a.status, a.err, a.text)
	}
	if len(a.rows) == 1 && a.rows[0]["ErrorMessage"] != "" {
		b.t.Fatalf("refused: %s", a.rows[0]["ErrorMessage"])
	}
	return a.rows
}

// refused wants 400 with text that holds words.
func (b *bench) refused(a answer, words string) {
	b.t.Helper()
	if a.err != nil || a.status != http.StatusBadRequest || !strings.Contains(a.text, words) {
		b.t.Fatalf("want 400 with %q, got %d %q %v", words, a.status, a.text, a.err)
	}
	if kind := a.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") {
		b.t.Fatalf("refusal comes as %q", kind)
	}
}

const demoKey = "demo-key-demo-key-demo-key-demo!"

func (b *bench) loginParams() params {
	return params{
		"Environment": "DEMO", "Application": "PROCPAC", "Version": "1.00",
		"Value": sealed(demoKey, "DEMOUSER", "demo-only"),
	}
}

func (b *bench) login() string {
	b.t.Helper()
	rows := b.must(b.send(http.MethodGet, b.address("GiveMeAToken", b.loginParams()), nil))
	if len(rows) != 1 || rows[0]["Token"] == "" {
		b.t.Fatalf("no token: %v", rows)
	}
	return rows[0]["Token"]
}

// sealed makes a login value for a key of 32 characters.
func sealed(key, user, password string) string {
	const iv = "Zyxwvuts87654321"
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		panic(err)
	}
	plain := fmt.Appendf(nil, "%-10s%-10s", user, password)
	n := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(plain, bytes.Repeat([]byte{byte(n)}, n)...)
	cipher.NewCBCEncrypter(block, []byte(iv)).CryptBlocks(plain, plain)
	return iv + base64.StdEncoding.EncodeToString(plain)
}

// until waits for a condition that another goroutine brings about.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("never happened: %s", what)
		}
	}
}

// change sets settings on top of the present ones.
func (b *bench) change(set func(*jobpacsim.Settings)) {
	b.t.Helper()
	settings := b.sim.Settings()
	set(&settings)
	if err := b.sim.SetSettings(settings); err != nil {
		b.t.Fatalf("SetSettings: %v", err)
	}
}

func (b *bench) faults(faults ...jobpacsim.Fault) {
	b.t.Helper()
	if err := b.sim.SetFaults(faults); err != nil {
		b.t.Fatalf("SetFaults: %v", err)
	}
}

func (b *bench) edit(book string, key, set jobpacsim.Row) {
	b.t.Helper()
	if _, err := b.sim.Edit(jobpacsim.Edit{Book: book, Key: key, Set: set}); err != nil {
		b.t.Fatalf("Edit: %v", err)
	}
}

// lastCall gives the newest line of the journal.
func (b *bench) lastCall() jobpacsim.Call {
	b.t.Helper()
	calls := b.sim.Journal()
	if len(calls) == 0 {
		b.t.Fatal("the journal is empty")
	}
	return calls[len(calls)-1]
}

// Good calls to vary.

func order() params {
	return params{"WorkId": "01", "Order": "PO1", "Job": "1001", "Creditor": "ACME01", "Description": "Concrete"}
}

func orderItem() params {
	return params{
		"WorkId": "01", "Order": "PO1", "OrderItem": "1", "CostCode": "02-100", "CostType": "M", "Description": "Slab",
		"QuantityOrdered": "10", "UnitOfMeasure": "m3", "ForeignCurrencyGrossUnitRate": "250.5", "TaxCode": "G",
	}
}

func subcontract() params {
	return params{
		"WorkId": "01", "Order": "SC1", "Job": "1001", "Creditor": "ELEC05", "Description": "Wiring",
		"ScheduleOfRatesOrLumpSum": "L", "CurrentRetentionPercentage": "5",
	}
}

func subcontractItem() params {
	return params{
		"WorkId": "01", "Order": "SC1", "ItemNumber": "1", "CostCode": "03-200", "CostType": "S", "Description": "Rough-in",
		"OriginalBudgetQuantity": "1", "UnitOfMeasure": "ITEM", "ForeignCurrencyRate": "12000",
	}
}

func variation() params {
	return params{"WorkId": "01", "Job": "1001", "Variation": "V00001", "Description": "More lights", "Type": "1"}
}

func variationItem() params {
	return params{
		"WorkId": "01", "Job": "1001", "Variation": "V00001", "VariationItem": "1", "Order": "SC1", "OrderItem": "1",
		"SubcontractQuantityApproved": "2", "SubcontractPriceApprovedRate": "150.25", "DateApproved": "2026-11-20",
	}
}

// stock makes one of everything: PO1 and SC1 with an item each, and V00001.
func (b *bench) stock() {
	b.t.Helper()
	b.must(b.put("CreateANewPurchaseOrder", order()))
	b.must(b.post("CreateANewPurchaseOrderItem", orderItem()))
	b.must(b.put("CreateANewSubcontract", subcontract()))
	b.must(b.put("CreateANewSubcontractItem", subcontractItem()))
	b.must(b.put("CreateANewVariation", variation()))
}
