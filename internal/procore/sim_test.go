package procore_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/procore"
	"github.com/procpac/procpac/internal/procoresim"
)

// These tests play the client against our simulator of Procore, which shares
// no code with it.

// demo is a simulator with the demo's records, and a client of it.
func demo(t *testing.T, change func(*procoresim.Settings)) (*procoresim.Sim, *procore.Client) {
	t.Helper()
	settings := procoresim.DefaultSettings()
	if change != nil {
		change(&settings)
	}
	sim := procoresim.New(procoresim.Config{Settings: &settings})
	t.Cleanup(sim.Close)
	for _, seed := range []procoresim.Seed{procoresim.DemoSeed(), procoresim.DemoDocuments()} {
		if err := sim.Seed(seed); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)
	client, err := procore.New(procore.Config{LoginURL: server.URL, APIURL: server.URL, CompanyID: procoresim.DemoCompanyID,
		ClientID: procoresim.DefaultClientID, ClientSecret: func() string { return procoresim.DefaultClientSecret }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Stop)
	return sim, client
}

// exported exports a commitment and shows its request.
func exported(t *testing.T, sim *procoresim.Sim, client *procore.Client, id int64, code string) erp.Request {
	t.Helper()
	request, detail, err := sim.ExportCommitment(id, code)
	if err != nil {
		t.Fatal(err)
	}
	r, err := client.Request(t.Context(), erp.ID(request))
	if err != nil || r.Unreadable != "" {
		t.Fatal(err, r.Unreadable)
	}
	if r.DetailID != erp.ID(detail) || r.Company != procoresim.DemoCompanyID || r.JobOrigin == "" {
		t.Fatalf("got %+v", r)
	}
	return r
}

// links are the rows that turn a commitment green.
func links(c *erp.Commitment, origin string) []erp.ExternalItem {
	kind := erp.ItemSubcontract
	if c.Type == erp.PurchaseOrderContract {
		kind = erp.ItemPurchaseOrder
	}
	items := []erp.ExternalItem{{Type: kind, ID: c.ID, Origin: origin, Code: c.Code}}
	for _, l := range c.Lines {
		items = append(items, erp.ExternalItem{Type: erp.ItemLine, ID: l.ID, Origin: origin + "|" + l.ID.String()})
	}
	return items
}

// The whole of a subcontract and a change order on it: shown, linked, closed,
// and all of it again.
func TestSimRoad(t *testing.T) {
	t.Parallel()
	sim, client := demo(t, nil)
	r := exported(t, sim, client, procoresim.DemoSubcontractID, "SC0001")
	c := r.Commitment
	if r.Name != erp.CreateCommitment || c.Type != erp.WorkOrderContract || c.Code != "SC0001" || c.Retainage.String() != "5.0" || len(c.Lines) != 3 ||
		c.Vendor.Origin == "" || c.Lines[0].CostCode.Origin == "" || c.Lines[0].CostType.Origin == "" || !c.Lines[1].Calculated || c.Lines[1].Amount.String() != "59360.00" {
		t.Fatalf("got %+v", c)
	}
	for range 2 {
		if err := client.Link(t.Context(), links(c, "01|SC0001")); err != nil {
			t.Fatal(err)
		}
		if err := client.Close(t.Context(), r.DetailID, erp.Success, []string{"Jobpac order SC0001"}); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := sim.Request(int64(r.ID)); got.Status != "success" || len(got.Messages) != 1 || sim.OriginID(erp.ItemSubcontract, int64(c.ID)) != "01|SC0001" {
		t.Errorf("simulator has %+v", got)
	}
	request, _, err := sim.ExportChangeOrder(procoresim.DemoSubChangeID, "V00001")
	if err != nil {
		t.Fatal(err)
	}
	change, err := client.Request(t.Context(), erp.ID(request))
	if err != nil || change.ChangeOrder == nil || change.ChangeOrder.ContractID != c.ID || change.ChangeOrder.Code != "V00001" || change.Commitment.Origin != "01|SC0001" ||
		len(change.ChangeOrder.Lines) == 0 || change.ChangeOrder.Lines[0].CommitmentLine == 0 || change.ChangeOrder.ReviewedAt == "" {
		t.Fatalf("got %+v, %v", change, err)
	}
}

// A clearing and a link that belongs to another record.
func TestSimLinks(t *testing.T) {
	t.Parallel()
	sim, client := demo(t, nil)
	subcontract := []erp.ExternalItem{{Type: erp.ItemSubcontract, ID: procoresim.DemoSubcontractID, Origin: "01|SC0001"}}
	if err := client.Link(t.Context(), subcontract); err != nil {
		t.Fatal(err)
	}
	other := []erp.ExternalItem{{Type: erp.ItemSubcontract, ID: procoresim.DemoRefusedID, Origin: "01|SC0001"}, {Type: erp.ItemPurchaseOrder, ID: procoresim.DemoPurchaseID, Origin: "01|PO0001"}}
	err := client.Link(t.Context(), other)
	var refused *procore.RefusedError
	if fault.Of(err) != fault.Permanent || !errors.Is(err, procore.ErrDuplicateOrigin) || !errors.As(err, &refused) || len(refused.Rows) != 1 || refused.Rows[0].ID != procoresim.DemoRefusedID {
		t.Errorf("got %v", err)
	}
	if sim.OriginID(erp.ItemPurchaseOrder, procoresim.DemoPurchaseID) != "01|PO0001" {
		t.Error("the row that was not refused is not linked")
	}
	subcontract[0].Origin = ""
	if err := client.Link(t.Context(), subcontract); err != nil || sim.OriginID(erp.ItemSubcontract, procoresim.DemoSubcontractID) != "" {
		t.Errorf("clearing: %v", err)
	}
}

// Every place of the detail id, spelling of a number and zone of a time that
// the simulator can play comes out the same.
func TestSimSpellings(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*procoresim.Settings){
		"detail around":    func(s *procoresim.Settings) { s.RequestDetailLevel = "envelope" },
		"detail twice":     func(s *procoresim.Settings) { s.RequestDetailLevel = "both" },
		"numbers":          func(s *procoresim.Settings) { s.DecimalsAsNumbers, s.NumberAsNumber = true, true },
		"another zone":     func(s *procoresim.Settings) { s.ERPTimeOffsetMin = -420 },
		"short token life": func(s *procoresim.Settings) { s.TokenMaxCalls = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, client := demo(t, change)
			r := exported(t, sim, client, procoresim.DemoPurchaseID, "PO0001")
			if r.Commitment.Type != erp.PurchaseOrderContract || len(r.Commitment.Lines) != 2 || !r.Commitment.Total.Given() {
				t.Errorf("got %+v", r.Commitment)
			}
			if err := client.Close(t.Context(), r.DetailID, erp.Failed, nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// The resources themselves, and the list of requests.
func TestSimShow(t *testing.T) {
	t.Parallel()
	sim, client := demo(t, nil)
	c, err := client.Commitment(t.Context(), erp.WorkOrderContract, procoresim.DemoProjectID, procoresim.DemoSubcontractID)
	if err != nil || len(c.Lines) != 3 || c.Vendor.Origin == "" {
		t.Errorf("got %+v, %v", c, err)
	}
	o, err := client.ChangeOrder(t.Context(), procoresim.DemoProjectID, procoresim.DemoBuyChangeID)
	if err != nil || o.ContractID != procoresim.DemoPurchaseID || len(o.Lines) == 0 || !o.Lines[0].Amount.Given() {
		t.Errorf("got %+v, %v", o, err)
	}
	me, err := client.Me(t.Context())
	if err != nil || me.ID == 0 || me.Login == "" {
		t.Errorf("got %+v, %v", me, err)
	}
	first := exported(t, sim, client, procoresim.DemoSubcontractID, "A")
	second := exported(t, sim, client, procoresim.DemoSubcontractID, "A")
	var ids []erp.ID
	for r, err := range client.Requests(t.Context(), time.Now().Add(-time.Hour)) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	if len(ids) != 2 || ids[0] != first.ID || ids[1] != second.ID {
		t.Errorf("listed %v", ids)
	}
}

// Many details are closed by one call, or one by one.
func TestSimCloseMany(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"both", "envelope", "bare"} {
		sim, client := demo(t, func(s *procoresim.Settings) { s.DetailBulkBody = body })
		a, b := exported(t, sim, client, procoresim.DemoSubcontractID, "A"), exported(t, sim, client, procoresim.DemoPurchaseID, "B")
		if err := client.CloseMany(t.Context(), []procore.Closing{{Detail: a.DetailID, Outcome: erp.Success}, {Detail: b.DetailID, Outcome: erp.Failed, Messages: []string{"no"}}}); err != nil {
			t.Errorf("%s: %v", body, err)
		}
		for _, r := range sim.Requests() {
			if r.TimesClosed == 0 {
				t.Errorf("%s: %+v is open", body, r)
			}
		}
	}
}

// A detail closed twice: the same end is no error, another end is one.
func TestSimCloseTwice(t *testing.T) {
	t.Parallel()
	sim, client := demo(t, func(s *procoresim.Settings) { s.SecondClose = "refuse" })
	r := exported(t, sim, client, procoresim.DemoPurchaseID, "A")
	for range 2 {
		if err := client.Close(t.Context(), r.DetailID, erp.Failed, nil); err != nil {
			t.Error(err)
		}
	}
	if err := client.Close(t.Context(), r.DetailID, erp.Success, nil); fault.Of(err) != fault.Permanent {
		t.Errorf("another end: %v", err)
	}
}

// Refusals in every shape that the simulator knows are classed alike and never
// told in HTML.
func TestSimRefusals(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"fields", "object", "text", "list", "exception", "message", "details", "details_v2", "nested", "oauth", "html", "empty"} {
		_, client := demo(t, func(s *procoresim.Settings) { s.ErrorShapes = map[string]string{"404": shape} })
		_, err := client.Commitment(t.Context(), erp.WorkOrderContract, procoresim.DemoProjectID, 999)
		if fault.Of(err) != fault.Permanent || fault.Said(err) == "" || strings.ContainsAny(fault.Said(err), "<{") {
			t.Errorf("%s: %v", shape, err)
		}
	}
	_, client := demo(t, func(s *procoresim.Settings) { s.DisconnectedCompanies = []int64{procoresim.DemoCompanyID} })
	if _, err := client.Request(t.Context(), 5); !fault.IsSystem(err) || fault.Of(err) != fault.Transient {
		t.Errorf("company not connected: %v", err)
	}
	_, client = demo(t, func(s *procoresim.Settings) { s.ForbiddenProjects = []int64{procoresim.DemoProjectID} })
	if _, err := client.Commitment(t.Context(), erp.WorkOrderContract, procoresim.DemoProjectID, procoresim.DemoSubcontractID); fault.IsSystem(err) || fault.Of(err) != fault.Transient {
		t.Errorf("project not permitted: %v", err)
	}
}
