package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// with is the good file with a section added to its connection.
func with(t *testing.T, section string) (*Config, error) {
	t.Helper()
	return Load(written(t, func(dir string) string { return good(dir) + "    " + section + "\n" }), nil)
}

func TestInvoices(t *testing.T) {
	cfg, err := with(t, `invoices: {portal: flag, tax: net, rates: {G: 10, F: "0", H: "12.5"}, approval: {status: A, user: SMITH}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := Invoices{
		Portal: "flag", Tax: "net", Rates: map[string]string{"G": "10", "F": "0", "H": "12.5"},
		Approval: InvoiceApproval{Status: "A", User: "SMITH"},
	}
	if got := cfg.Connections[0].Invoices; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if cfg, err = Load(written(t, good), nil); err != nil {
		t.Fatal(err)
	}
	if got := cfg.Connections[0].Invoices; got.Portal != "refuse" || got.Tax != "jobpac" || len(got.Rates) != 0 || got.Approval != (InvoiceApproval{}) {
		t.Errorf("nothing set gives %+v", got)
	}
}

func TestOrders(t *testing.T) {
	for section, want := range map[string]string{"sync: {}": "no", "orders: {approve: yes}": "yes", `orders: {approve: "no"}`: "no", "orders: {approve: no}": "no"} {
		cfg, err := with(t, section)
		if err != nil || cfg.Connections[0].Orders.Approve != want {
			t.Errorf("%s: %v", section, err)
		}
	}
}

func TestRevised(t *testing.T) {
	for section, want := range map[string]string{"sync: {}": "park", "revised: vary": "vary"} {
		cfg, err := with(t, section)
		if err != nil || cfg.Connections[0].Revised != want {
			t.Errorf("%s: %v, %v", section, cfg, err)
		}
	}
}

func TestVoided(t *testing.T) {
	for section, want := range map[string]string{"sync: {}": "park", "voided: complete": "complete"} {
		cfg, err := with(t, section)
		if err != nil || cfg.Connections[0].Voided != want {
			t.Errorf("%s: %v", section, err)
		}
	}
}

func TestInvoicesFromTheEnvironment(t *testing.T) {
	cfg, err := Load(written(t, good), []string{"PROCPAC_CONNECTIONS__ACME__INVOICES__PORTAL=flag", "PROCPAC_CONNECTIONS__ACME__INVOICES__APPROVAL__STATUS=A"})
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.Connections[0].Invoices; got.Portal != "flag" || got.Approval.Status != "A" {
		t.Errorf("got %+v", got)
	}
}

func TestMistakesInHowDocumentsAreHandled(t *testing.T) {
	const at = "connections.acme."
	for section, want := range map[string]string{
		`revised: update`:                                              at + `revised "update": must be one of park, vary`,
		`voided: delete`:                                               at + `voided "delete": must be one of park, complete`,
		`orders: {approve: always}`:                                    at + `orders.approve "always": must be one of no, yes`,
		`orders: {approved: yes}`:                                      at + `orders.approved: unknown key (did you mean approve?)`,
		`invoices: {portal: allow}`:                                    at + `invoices.portal "allow": must be one of refuse, flag`,
		`invoices: {tax: both}`:                                        at + `invoices.tax "both": must be one of jobpac, net, gross`,
		`invoices: {taxes: net}`:                                       at + `invoices.taxes: unknown key (did you mean rates?)`,
		`invoices: {tax: gross}`:                                       at + `invoices.rates: must name at least one tax code with tax gross`,
		`invoices: {rates: {G: "10", A: "5"}}`:                         at + `invoices.rates "A, G": is used with tax net or gross only`,
		`invoices: {tax: net, rates: {G: 10%}}`:                        at + `invoices.rates.G "10%": must be 0 to 100 with at most two decimals`,
		`invoices: {tax: net, rates: {G: "101"}}`:                      at + `invoices.rates.G "101": must be 0 to 100`,
		`invoices: {tax: net, rates: {G: "10", " g ": "5"}}`:           at + `invoices.rates "G": is the same tax code as  g : keep one`,
		`invoices: {tax: net, rates: {" ": "10"}}`:                     at + `invoices.rates " ": must name a tax code`,
		`invoices: {approval: {status: APPROVEDNOW}}`:                  at + `invoices.approval.status "APPROVEDNOW": must have at most 10`,
		`invoices: {approval: {status: A, user: MARYSMITH.2}}`:         at + `invoices.approval.user "MARYSMITH.2": must have at most 10`,
		`invoices: {approval: {user: SMITH}}`:                          at + `invoices.approval.user "SMITH": is sent with a status only`,
		`invoices: {approval: {status: A, user: SMITH, at: tomorrow}}`: at + `invoices.approval.at: unknown key`,
	} {
		if _, err := with(t, section); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v\nwant %q", section, err, want)
		}
	}
}

// What the example only shows, with its comment signs taken away, works as well.
func TestTheExampleWithAllItShows(t *testing.T) {
	hidden := regexp.MustCompile(`(?m)^    # ( *[a-z_]+:.*)$`)
	path := written(t, func(dir string) string {
		text, err := os.ReadFile("../../deployments/procpac.example.yaml")
		if err != nil {
			t.Fatal(err)
		}
		shown := hidden.ReplaceAllString(strings.ReplaceAll(string(text), "/etc/procpac", dir), "    $1")
		if !strings.Contains(shown, "\n    invoices:\n") {
			t.Fatalf("the example shows no invoices:\n%s", shown)
		}
		return shown
	})
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "operator-token"), []byte(hush), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := cfg.Connections[0]; c.Invoices.Tax != "net" || c.Orders.Approve != "yes" || c.Voided != "complete" || c.Intake != "direct" {
		t.Errorf("got %+v", c)
	}
}
