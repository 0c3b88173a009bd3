package jobpac

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

func testClaimKey() erp.ClaimKey {
	return erp.ClaimKey{WorkID: "01", Order: "SC-1001", Invoice: "INV-7"}
}

// invoiceRecords is one record of each kind of this half, with every column filled.
func invoiceRecords() []erp.Record {
	held, tax, whole := erp.Money(50_00), erp.Money(95_00), erp.Money(1500_00)
	job := erp.JobKey{WorkID: "01", Job: "1001"}
	creditor := erp.CreditorKey{WorkID: "01", Creditor: "BRICKW"}
	return []erp.Record{
		erp.Claim{
			ClaimKey: testClaimKey(), Job: job, Creditor: creditor, Date: "2026-05-01", Received: "2026-05-02", PaymentDue: "2026-06-01",
			Retained: &held, Released: 10_00, ApprovalUser: "PM", ApprovalDate: "2026-05-03", ApprovalStatus: "A", Reference: "PCR880",
		},
		erp.ClaimItem{
			ClaimKey: testClaimKey(), Line: 1, OrderItem: 2, Value: 1000_00, TaxCode: "G", Tax: &tax, Quantity: 4_0000, Rate: 250_0000, Unit: "M3", Reference: "PCR880/1",
		},
		erp.ClaimItem{ClaimKey: testClaimKey(), Line: 2, Variation: "V00001", VariationItem: 3, Value: 500_00, Reference: "PCR880/2"},
		erp.InvoiceUpload{
			ClaimKey: testClaimKey(), Line: 1, Creditor: creditor, Centre: erp.CostCentreKey{JobKey: job, CostCode: "01-100", CostType: "M"},
			Description: "Bolts", Date: "2026-05-01", Received: "2026-05-02", PaymentDue: "2026-06-01", Value: 1000_00, TaxCode: "G", Tax: &tax,
			Quantity: 4_0000, Unit: "EA", Authorised: &whole, Reference: "PCR880/1",
		},
		erp.InvoicePosting{ClaimKey: testClaimKey(), Creditor: creditor, Reference: "PCR880"},
		erp.ItemApproval{Order: erp.OrderKey{WorkID: "01", Order: "PO-1"}, Item: 4},
	}
}

func TestEncodeInvoices(t *testing.T) {
	want := []string{
		"PUT /CreateANewSubcontractClaimHeader?ApprovalDate=2026-05-03&ApprovalStatus=A&ApprovalUser=PM&CostingWorkId=01&Invoice=INV-7&InvoiceDate=2026-05-01&Order=SC-1001&PaymentDueDate=2026-06-01&ReceivedDate=2026-05-02&Retention=50.00&RetentionRelease=10.00",
		"PUT /CreateANewSubcontractClaimDetail?Amount=1000.00&CostingWorkId=01&ExternalReference=PCR880%2F1&Invoice=INV-7&Order=SC-1001&OrderItem=2&Quantity=4.0000&Rate=250.0000&Tax=95.00&TaxCode=G&UnitOfMeasure=M3",
		"PUT /CreateANewSubcontractClaimDetail?Amount=500.00&CostingWorkId=01&ExternalReference=PCR880%2F2&Invoice=INV-7&Order=SC-1001&Variation=V00001&VariationItem=3",
		"PUT /CreateANewPendingInvoiceUpload?AuthorisedValue=1500.00&CostCode=01-100&CostType=M&CostingWorkId=01&Creditor=BRICKW&CustomerReference=PCR880%2F1&Description=Bolts&InvoiceAmount=1000.00&InvoiceDate=2026-05-01&InvoiceReceivedDate=2026-05-02&Job=1001&Order=SC-1001&OrderWorkId=01&PaymentDueDate=2026-06-01&Quantity=4.0000&Tax=95.00&TaxCode=G&Transaction=INV-7&TransactionType=I&UnitOfMeasure=EA&WorkId=01",
		"POST /PostAPendingInvoice?Creditor=BRICKW&Invoice=INV-7&InvoiceOrCreditFlag=I&WorkId=01",
		"POST /ApproveOrderItem?Order=PO-1&OrderFirm=01&OrderItem=4",
	}
	for i, rec := range invoiceRecords() {
		method, path, params, err := Encode(erp.Write{Record: rec}, "UserDefinedField1")
		if got := method + " " + path + "?" + query(params); err != nil || got != want[i] {
			t.Errorf("%s: %v\n%s", rec.Kind(), err, cmp.Diff(want[i], got))
		}
		if _, _, _, err := Encode(erp.Write{Record: rec, Update: true}, "UserDefinedField1"); fault.Of(err) != fault.Permanent {
			t.Errorf("%s can be changed: %v", rec.Kind(), err)
		}
	}
	bare := erp.ClaimItem{ClaimKey: testClaimKey(), Line: 1, OrderItem: 2}
	if _, _, _, err := Encode(erp.Write{Record: bare}, "UserDefinedField1"); err == nil || !strings.Contains(err.Error(), "ExternalReference") {
		t.Errorf("a detail that cannot be told from others goes out: %v", err)
	}
}

func TestInvoiceOperationsAreTheVendors(t *testing.T) {
	ops := []operation{
		importHeaderListing(), importErrorListing(), claimHeaderListing(), claimDetailListing(), subcontractorsInvoiceListing(),
		pendingListing(), dissectionListing(), transactionListing(), pendingItemListing(),
	}
	for _, kind := range []erp.Kind{erp.KindClaim, erp.KindClaimItem, erp.KindInvoice, erp.KindInvoicePost, erp.KindApproval, erp.KindOrderCompletion, erp.KindSubcontractCompletion} {
		op, ok := createOperation(kind)
		if !ok {
			t.Fatalf("%s has no call", kind)
		}
		for _, col := range columns(kind, "UserDefinedField1") {
			op.optional = append(op.optional, col.create...)
		}
		ops = append(ops, op)
	}
	table := publishedOperations(t)
	for _, op := range ops {
		want, ok := table[op.path]
		if !ok || want.method != op.method {
			t.Errorf("%s %s is not in the vendor's table (%q)", op.method, op.path, want.method)
		}
		for _, name := range slices.Concat(op.required, op.optional) {
			if !slices.Contains(want.all, name) {
				t.Errorf("%s has no parameter %s", op.path, name)
			}
		}
		for _, name := range want.required {
			if name != "Token" && !slices.Contains(op.required, name) {
				t.Errorf("%s requires %s, and we do not see to it", op.path, name)
			}
		}
	}
}

func TestEveryColumnOfEveryInvoiceHasAPlace(t *testing.T) {
	for _, rec := range invoiceRecords() {
		table := columns(rec.Kind(), "UserDefinedField1")
		for _, f := range rec.Fields() {
			if _, ok := findColumn(table, f.Name); !ok {
				t.Errorf("%s: %s has no column", rec.Kind(), f.Name)
			}
		}
		for _, name := range keyColumns(rec.Kind()) {
			if col, ok := findColumn(table, name); !ok || len(col.read) == 0 {
				t.Errorf("%s: key column %s cannot be read back", rec.Kind(), name)
			}
		}
	}
}

// The answer to a detail repeats what it is of, and nothing it was not sent.
func TestADetailIsEchoed(t *testing.T) {
	s := newServer(t)
	c := newTestClient(t, s, nil)
	for body, want := range map[string]fault.Kind{
		`{"data":[{"CostingWorkId":"01","Order":"SC-1001","Invoice":"INV-7","OrderItem":"0002","Variation":"","ErrorMessage":""}]}`: fault.Unknown,
		`{"data":[{"CostingWorkId":"01","Order":"SC-1001","Invoice":"INV-7","OrderItem":"3","ErrorMessage":""}]}`:                   fault.Ambiguous,
		`{"data":[{"CostingWorkId":"01","Order":"SC-1001","Invoice":"INV-7","ErrorMessage":""}]}`:                                   fault.Ambiguous,
		`{"data":[{"CostingWorkId":"01","Order":"SC-1001","Invoice":"INV-7","ErrorMessage":"Over-claim"}]}`:                         fault.Permanent,
	} {
		s.on("/CreateANewSubcontractClaimDetail", says(200, body))
		if err := c.Write(t.Context(), erp.Write{Record: invoiceRecords()[1]}); fault.Of(err) != want {
			t.Errorf("%s: %v", body, err)
		}
	}
}

const (
	stagedAnswer  = `{"data":[{"CostingWorkId":"01","Order":"SC-1001","Invoice":"INV-7","InvoiceDate":"2026-05-01"}]}`
	enteredAnswer = `{"data":[{"WorkId":"01","Order":"SC-1001","ClaimType":"P","ClaimNumber":"3","Invoice":"OTHER"},` +
		`{"WorkId":"01","Order":"SC-1001","ClaimType":"P","ClaimNumber":"4","Invoice":"inv-7  "}]}`
	detailAnswer = `{"data":[{"OrderItem":"2","Amount":"10.00","ExternalReference":"PCR880/2"},{"OrderItem":"1","Amount":"5.00","ExternalReference":"PCR880/1 "}]}`
)

func TestClaimStates(t *testing.T) {
	const staged, refusals, entered, details = "/SubcontractClaimImportHeaderListing", "/SubcontractClaimImportErrorListing", "/SubcontractClaimHeaderListing", "/SubcontractClaimDetailListing"
	for name, c := range map[string]struct {
		answers map[string]string
		state   erp.ClaimState
		number  string
		errors  []string
		kinds   int // documents
		class   fault.Kind
	}{
		"absent":  {},
		"staged":  {answers: map[string]string{staged: stagedAnswer}, state: erp.ClaimStaged, kinds: 1},
		"entered": {answers: map[string]string{staged: stagedAnswer, entered: enteredAnswer, details: detailAnswer}, state: erp.ClaimEntered, number: "4", kinds: 1},
		"refused, in words of its own": {
			answers: map[string]string{staged: stagedAnswer, refusals: `{"data":[{"Agreement":"SC-1001","InvoiceNumber":"INV-7","ErrorDescription":" Over-claim "},{"InvoiceNumber":"INV-7","Error":"Portal"},{"InvoiceNumber":"OTHER","Error":"no"},{"InvoiceNumber":"INV-7","Agreement":"SC-2","Error":"no"}]}`},
			state:   erp.ClaimRefused, errors: []string{"Over-claim", "Portal"},
		},
		"refused, in ErrorMessage": {
			answers: map[string]string{refusals: `{"data":[{"InvoiceNumber":"INV-7","ErrorMessage":"Agreement is finalised"},{"InvoiceNumber":"INV-7"}]}`},
			state:   erp.ClaimRefused, errors: []string{"Agreement is finalised", "Jobpac lists an error without words"},
		},
		"an error of the listing": {
			answers: map[string]string{refusals: `{"data":[{"ErrorMessage":"No such file"}]}`}, class: fault.Permanent,
		},
		"entered after a refusal": {
			answers: map[string]string{refusals: `{"data":[{"InvoiceNumber":"INV-7","Error":"old"}]}`, entered: enteredAnswer, details: detailAnswer},
			state:   erp.ClaimEntered, number: "4", kinds: 1,
		},
		"claims without invoices": {answers: map[string]string{entered: `{"data":[{"WorkId":"01","Order":"SC-1001","ClaimNumber":"3"}]}`}, class: fault.Transient},
		"claims without numbers":  {answers: map[string]string{entered: `{"data":[{"WorkId":"01","Order":"SC-1001","Invoice":"INV-7"}]}`}, class: fault.Transient},
		"a list that may be cut": {
			answers: map[string]string{entered: `{"data":[` + strings.Repeat(`{"WorkId":"01","Order":"SC-1001","Invoice":"X","ClaimType":"P","ClaimNumber":"1"},`, longListing-1) +
				`{"WorkId":"01","Order":"SC-1001","Invoice":"Y","ClaimType":"P","ClaimNumber":"1"}]}`},
			class: fault.Transient,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			for path, body := range c.answers {
				s.on(path, says(200, body))
			}
			found, err := newTestClient(t, s, nil).Claim(t.Context(), erp.ClaimKey{Order: "SC-1001", Invoice: "INV-7"})
			if fault.Of(err) != c.class || found.State != c.state || found.Number != c.number || !slices.Equal(found.Errors, c.errors) || len(found.Book.Documents) != c.kinds {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
}

func TestAnEnteredClaimShowsOurLines(t *testing.T) {
	s := newServer(t)
	s.on("/SubcontractClaimHeaderListing", says(200, enteredAnswer))
	s.on("/SubcontractClaimDetailListing", says(200, detailAnswer))
	found, err := newTestClient(t, s, nil).Claim(t.Context(), testClaimKey())
	if err != nil {
		t.Fatal(err)
	}
	d := found.Book.Documents[0]
	if d.Header.Kind != erp.KindClaim || d.Header.Get(erp.ColReference) != "PCR880" {
		t.Errorf("header %+v", d.Header)
	}
	if len(d.Items) != 2 || d.Items[0].Get(erp.ColItem) != "2" || d.Items[1].Get(erp.ColItem) != "1" || d.Items[1].Kind != erp.KindClaimItem {
		t.Errorf("items %+v", d.Items)
	}
	if got := s.queries("/SubcontractClaimDetailListing")[0]; got["ClaimNumber"] != "4" || got["ClaimType"] != "P" || got["Order"] != "SC-1001" {
		t.Errorf("asked %v", got)
	}
}

// TestClaimIsReadInTheOrderItMoves: an import that is entered between two reads
// is found all the same.
func TestClaimIsReadInTheOrderItMoves(t *testing.T) {
	s := newServer(t)
	var asked []string
	note := func(name, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			s.mu.Lock()
			asked = append(asked, name)
			s.mu.Unlock()
			fmt.Fprint(w, body)
		}
	}
	s.on("/SubcontractClaimImportHeaderListing", note("staged", `{"data":[]}`))
	s.on("/SubcontractClaimImportErrorListing", note("errors", `{"data":[]}`))
	s.on("/SubcontractClaimHeaderListing", note("entered", enteredAnswer))
	found, err := newTestClient(t, s, nil).Claim(t.Context(), testClaimKey())
	if err != nil || found.State != erp.ClaimEntered || !slices.Equal(asked, []string{"staged", "errors", "entered"}) {
		t.Errorf("%v %+v %v", asked, found, err)
	}
}

func TestInvoiceStates(t *testing.T) {
	const pending, dissections, posted = "/PendingInvoiceListing", "/PendingInvoiceDissectionListing", "/AccountsPayableTransactionListing"
	const head = `{"data":[{"WorkId":"01","Creditor":"BRICKW","Transaction":"INV-7","Order":"PO-1","InvoiceAmount":"15.00"}]}`
	const lines = `{"data":[{"WorkId":"01","Creditor":"BRICKW","Transaction":"INV-7","Dissection":"1","CustomerReference":"PCR880/2","InvoiceAmount":"10.00"},` +
		`{"WorkId":"01","Creditor":"BRICKW","Transaction":"INV-7","Dissection":"2","InvoiceAmount":"5.00"}]}`
	const done = `{"data":[{"WorkId":"01","Creditor":"BRICKW","Transaction":"INV-7","Dissection":"1","InvoiceOrCreditFlag":"I","ForeignCurrencyInvoiceAmount":"10.00","TaxAmount":"1.00","Order":"PO-1","CustomerReference":"PCR880/1"},` +
		`{"WorkId":"01","Creditor":"BRICKW","Transaction":"INV-7","Dissection":"1","InvoiceOrCreditFlag":"C","ForeignCurrencyInvoiceAmount":"3.00"},` +
		`{"WorkId":"01","Creditor":"BRICKW","Transaction":"INV-70","Dissection":"1"}]}`
	for name, c := range map[string]struct {
		answers map[string]string
		state   erp.ClaimState
		kind    erp.Kind
		ref     string
		items   []string // ColItem and value
		class   fault.Kind
	}{
		"absent":  {},
		"pending": {answers: map[string]string{pending: head, dissections: lines}, state: erp.ClaimStaged, kind: kindPendingHead, items: []string{"2 10.00", "2 5.00"}},
		"posted":  {answers: map[string]string{posted: done}, state: erp.ClaimEntered, kind: erp.KindInvoicePost, ref: "PCR880", items: []string{"1 10.00"}},
		"posted meanwhile": {
			answers: map[string]string{pending: head, dissections: lines, posted: done}, state: erp.ClaimEntered, kind: erp.KindInvoicePost, ref: "PCR880", items: []string{"1 10.00"},
		},
		"of nobody": {answers: map[string]string{posted: `{"data":[{"Transaction":"INV-7"}]}`}, class: fault.Transient},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			for path, body := range c.answers {
				s.on(path, says(200, body))
			}
			found, err := newTestClient(t, s, nil).Invoice(t.Context(), erp.CreditorKey{WorkID: "01", Creditor: "BRICKW"}, testClaimKey())
			if fault.Of(err) != c.class || found.State != c.state {
				t.Fatalf("%+v, %v", found, err)
			}
			if c.state == erp.ClaimAbsent {
				return
			}
			d := found.Book.Documents[0]
			var items []string
			for _, i := range d.Items {
				items = append(items, i.Get(erp.ColItem)+" "+i.Get(erp.ColValue))
			}
			if d.Header.Kind != c.kind || d.Header.Get(erp.ColReference) != c.ref || d.Header.Get(erp.ColOrder) != "PO-1" || !slices.Equal(items, c.items) {
				t.Errorf("%+v, items %v", d.Header, items)
			}
		})
	}
}

// orderItem is an item of a purchase order on job 1001, as it was read.
func orderItem(costCode string) erp.Row {
	return erp.Row{Kind: erp.KindOrderItem, Values: map[erp.Name]string{
		erp.ColCostingWork: "01", erp.ColJob: "1001", erp.ColCostCode: costCode, erp.ColCostType: "M",
	}}
}

func TestPendingApprovalNarrowsALongAnswer(t *testing.T) {
	s := newServer(t)
	order, items := erp.OrderKey{WorkID: "01", Order: "PO-1"}, []erp.Row{orderItem("01-100"), orderItem("01-100"), orderItem("02-100")}
	long := `{"data":[` + strings.Repeat(`{"OrderWorkId":"01","Order":"PO-9","OrderItem":"1"},`, longListing) + `{"OrderWorkId":"01","Order":"PO-1","OrderItem":"2"}]}`
	s.on("/OrderItemsPendingApprovalListing", then(
		says(200, long),
		says(200, `{"data":[{"OrderWorkId":"01","Order":"PO-1","OrderItem":"2"},{"OrderWorkId":"01","Order":"PO-1","OrderItem":"1"},{"OrderWorkId":"02","Order":"PO-1","OrderItem":"7"}]}`),
		says(200, `{"data":[{"OrderWorkId":"01","Order":"PO-1","OrderItem":"3"}]}`),
		says(200, long)))
	c := newTestClient(t, s, nil)
	waiting, err := c.PendingApproval(t.Context(), order, items)
	if err != nil || !slices.Equal(waiting, []int{1, 2, 3}) {
		t.Errorf("%v %v", waiting, err)
	}
	if got := s.queries("/OrderItemsPendingApprovalListing"); len(got) != 3 || got[1]["CostCode"] != "01-100" || got[2]["CostType"] != "M" || got[0]["CostCode"] != "" {
		t.Errorf("asked %v", got)
	}
	if _, err := c.PendingApproval(t.Context(), order, items); fault.Of(err) != fault.Transient {
		t.Errorf("an answer that stays long is believed: %v", err)
	}
}

func TestInvoiceReadsFail(t *testing.T) {
	for _, path := range []string{
		"/SubcontractClaimImportHeaderListing", "/SubcontractClaimImportErrorListing", "/SubcontractClaimHeaderListing", "/PendingInvoiceListing",
		"/AccountsPayableTransactionListing", "/SubcontractorsInvoiceListing", "/OrderItemsPendingApprovalListing",
	} {
		t.Run(path, func(t *testing.T) {
			s := newServer(t)
			s.on(path, says(400, "No."))
			c := newTestClient(t, s, nil)
			failed := 0
			for _, call := range []func(context.Context) error{
				func(ctx context.Context) error { _, err := c.Claim(ctx, testClaimKey()); return err },
				func(ctx context.Context) error {
					_, err := c.Invoice(ctx, erp.CreditorKey{Creditor: "BRICKW"}, testClaimKey())
					return err
				},
				func(ctx context.Context) error {
					_, err := c.CreditorInvoices(ctx, erp.CreditorKey{Creditor: "BRICKW"}, "INV-7")
					return err
				},
				func(ctx context.Context) error {
					_, err := c.PendingApproval(ctx, erp.OrderKey{Order: "PO-1"}, []erp.Row{orderItem("01-100")})
					return err
				},
			} {
				if err := call(t.Context()); err != nil {
					failed++
					if fault.Of(err) != fault.Permanent || fault.Said(err) != "No." {
						t.Errorf("%v said %q", err, fault.Said(err))
					}
				}
			}
			if failed != 1 {
				t.Errorf("%d calls failed", failed)
			}
		})
	}
}

// A claim whose details are of several documents is nobody's.
func TestMixedReferencesAreNobodys(t *testing.T) {
	s := newServer(t)
	s.on("/SubcontractClaimHeaderListing", says(200, enteredAnswer))
	s.on("/SubcontractClaimDetailListing", says(200, `{"data":[{"ExternalReference":"PCR880/1"},{"ExternalReference":"PCR881/1"}]}`))
	found, err := newTestClient(t, s, nil).Claim(t.Context(), testClaimKey())
	if err != nil || found.Book.Documents[0].Header.Get(erp.ColReference) != "" {
		t.Errorf("%+v %v", found, err)
	}
}

func TestAnInvoiceOfNobodyIsNotAskedFor(t *testing.T) {
	s := newServer(t)
	found, err := newTestClient(t, s, nil).Invoice(t.Context(), erp.CreditorKey{WorkID: "01"}, testClaimKey())
	if err != nil || found.State != erp.ClaimAbsent || s.count("/PendingInvoiceListing") != 0 {
		t.Errorf("%+v %v", found, err)
	}
}
