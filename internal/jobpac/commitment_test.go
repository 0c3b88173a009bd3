package jobpac

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

// shape is a book in short: kind:reference[items] of each document.
func shape(book erp.Book) string {
	var all []string
	for _, d := range book.Documents {
		var items []string
		for _, i := range d.Items {
			items = append(items, i.Get(erp.ColItem))
		}
		all = append(all, fmt.Sprintf("%s:%s%v", d.Header.Kind, d.Header.Get(erp.ColReference), items))
	}
	return strings.Join(all, " ")
}

func TestOrders(t *testing.T) {
	const po, sc = `{"WorkId":"01","Order":"4711","UserDefinedField1":"PCC1"}`, `{"WorkId":"01","Order":" 4711 ","UserDefinedField1":"PCC2","Finalised":"N"}`
	const poItems = `{"OrderWorkId":"01","Order":"4711","OrderItem":"1"},{"OrderWorkId":"02","Order":"4711","OrderItem":"2"},{"Order":"4711","OrderItem":"3"}`
	const scItems = `{"WorkId":"02","Order":"4711","ItemNumber":"8"},{"WorkId":"01","Order":"4711","ItemNumber":"9"},{"WorkId":"01","Order":"47110","ItemNumber":"7"}`
	for name, c := range map[string]struct{ orders, subcontracts, want string }{
		"nothing":             {"", "", ""},
		"an order":            {po, "", "purchase_order:PCC1[1 3]"},
		"a subcontract":       {"", sc, "subcontract:PCC2[9]"},
		"one of each":         {po, sc, "purchase_order:PCC1[1 3] subcontract:PCC2[9]"},
		"a doubled order":     {po + "," + po, "", "purchase_order:PCC1[1 3] purchase_order:PCC1[]"},
		"another company's":   {`{"WorkId":"02","Order":"4711"}`, `{"WorkId":"02","Order":"4711"}`, ""},
		"another number":      {`{"WorkId":"01","Order":"47110"}`, "", ""},
		"no WorkID was shown": {`{"Order":"4711","UserDefinedField1":"PCC1"}`, "", "purchase_order:PCC1[1 3]"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newServer(t)
			fake.on("/PurchaseOrderListing", says(200, `{"data":[`+c.orders+`]}`))
			fake.on("/SubcontractListing", says(200, `{"data":[`+c.subcontracts+`]}`))
			fake.on("/PurchaseOrderItemListing", says(200, `{"data":[`+poItems+`]}`))
			fake.on("/SubcontractItemListing", says(200, `{"data":[`+scItems+`]}`))
			client := newTestClient(t, fake, nil)
			book, err := client.Orders(t.Context(), erp.OrderKey{WorkID: "01", Order: "4711"})
			if got := shape(book); err != nil || got != c.want {
				t.Errorf("%q %v, want %q", got, err, c.want)
			}
			if items := fake.count("/PurchaseOrderItemListing") > 0; items != strings.Contains(c.want, "purchase_order") {
				t.Errorf("items of orders asked: %v", items)
			}
			if items := fake.count("/SubcontractItemListing") > 0; items != strings.Contains(c.want, "subcontract") {
				t.Errorf("items of subcontracts asked: %v", items)
			}
		})
	}
}

func TestOrdersAsksByTheVendorsNames(t *testing.T) {
	fake := newServer(t)
	fake.on("/PurchaseOrderListing", says(200, `{"data":[{"Order":"4711"}]}`))
	fake.on("/SubcontractListing", says(200, `{"data":[{"Order":"4711"}]}`))
	c := newTestClient(t, fake, nil)
	if _, err := c.Orders(t.Context(), erp.OrderKey{Order: "4711"}); err != nil { // the connection's WorkID
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/PurchaseOrderListing": "map[Order:4711 Token:TOKEN-1 WorkId:01]", "/SubcontractListing": "map[Order:4711 Token:TOKEN-1 WorkId:01]",
		"/PurchaseOrderItemListing": "map[Order:4711 OrderWorkId:01 Token:TOKEN-1]", "/SubcontractItemListing": "map[Order:4711 Token:TOKEN-1]",
	} {
		if got := fmt.Sprint(fake.queries(path)[0]); got != want {
			t.Errorf("%s %s", path, got)
		}
	}
}

// A look-up that overlooks a record makes a document twice: whatever cannot be
// placed is an error.
func TestOrdersFailsRatherThanOverlook(t *testing.T) {
	const header = `{"data":[{"WorkId":"01","Order":"4711"}]}`
	for name, c := range map[string]struct{ path, body string }{
		"no number":              {"/PurchaseOrderListing", `{"data":[{"WorkId":"01","OrderNumber":"4711"}]}`},
		"item without a number":  {"/PurchaseOrderItemListing", `{"data":[{"OrderWorkId":"01","OrderItem":"1"}]}`},
		"item without a company": {"/SubcontractItemListing", `{"data":[{"Order":"4711","ItemNumber":"1"}]}`},
		"no list":                {"/SubcontractListing", `{}`},
		"no items list":          {"/SubcontractItemListing", `{"data":null}`},
	} {
		fake := newServer(t)
		fake.on("/PurchaseOrderListing", says(200, header))
		fake.on("/SubcontractListing", says(200, header))
		fake.on(c.path, says(200, c.body))
		client := newTestClient(t, fake, nil)
		book, err := client.Orders(t.Context(), erp.OrderKey{WorkID: "01", Order: "4711"})
		if classOf(err) != "transient" || book.Documents != nil {
			t.Errorf("%s: %+v %v", name, book, err)
		}
	}
}

func TestOrdersIsNeverCached(t *testing.T) {
	fake := newServer(t)
	c := newTestClient(t, fake, nil)
	for range 2 {
		if _, err := c.Orders(t.Context(), erp.OrderKey{WorkID: "01", Order: "4711"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := fake.count("/PurchaseOrderListing"); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestReadsAreTriedAgain(t *testing.T) {
	fake := newServer(t)
	fake.on("/PurchaseOrderListing", then(cut, says(503, ""), says(200, `{"data":[{"WorkId":"01","Order":"4711"}]}`)))
	c := newTestClient(t, fake, nil)
	if book, err := c.Orders(t.Context(), erp.OrderKey{WorkID: "01", Order: "4711"}); err != nil || len(book.Documents) != 1 {
		t.Errorf("%+v %v", book, err)
	}
}

func TestAListingMayNotBeEndless(t *testing.T) {
	fake := newServer(t)
	block := strings.Repeat(" ", 1<<20)
	fake.on("/JobListing", func(w http.ResponseWriter, _ *http.Request) {
		for range 17 {
			if _, err := fmt.Fprint(w, block); err != nil {
				return
			}
		}
	})
	c := newTestClient(t, fake, nil)
	_, err := c.listOnce(t.Context(), jobListing(), nil, "T", c.judgeListing)
	if classOf(err) != "transient" || !strings.Contains(err.Error(), "16 MiB") {
		t.Error(err)
	}
}
