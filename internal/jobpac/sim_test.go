package jobpac_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/jobpac"
	"github.com/procpac/procpac/internal/jobpacsim"
)

// The client against the simulator, which shares no code with it, over HTTP.

func startSim(t *testing.T, change func(*jobpacsim.Settings)) (*jobpacsim.Sim, *jobpac.Client) {
	t.Helper()
	return startSimWith(t, simSeed(), change)
}

func startSimWith(t testing.TB, seed jobpacsim.Seed, change func(*jobpacsim.Settings)) (*jobpacsim.Sim, *jobpac.Client) {
	t.Helper()
	settings := jobpacsim.DefaultSettings()
	if change != nil {
		change(&settings)
	}
	sim, err := jobpacsim.New(jobpacsim.Config{Settings: &settings, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(sim.Handler())
	t.Cleanup(api.Close)
	t.Cleanup(sim.Close)
	return sim, simClient(t, api.URL, seed)
}

// simSeed is a small company of our own.
func simSeed() jobpacsim.Seed {
	centre := func(code, costType, level string) jobpacsim.Row {
		return jobpacsim.Row{"CostingWorkId": "01", "Job": "1001", "CostCode": code, "CostType": costType, "HeadingLevel": level, "Description": "Centre " + code}
	}
	creditor := func(code, name string) jobpacsim.Row {
		return jobpacsim.Row{"CreditorWorkId": "01", "Creditor": code, "Name": name, "Currency": "AUD"}
	}
	return jobpacsim.Seed{
		Applications: []jobpacsim.Application{{Environment: "TEST", Name: "PROCPAC", Version: "1.00", Key: "0123456789abcdef0123456789abcdef"}},
		Users:        []jobpacsim.User{{Name: "TESTUSER", Password: "not-real"}},
		Books: jobpacsim.Books{
			WorkIDs: []jobpacsim.Row{{"WorkId": "01", "Description": "Test Constructions"}},
			Jobs:    []jobpacsim.Row{{"WorkId": "01", "Job": "1001", "Description": "Harbour Street"}},
			CostCentres: []jobpacsim.Row{
				centre("02-000", "", "0"), centre("01-100", "L", ""), centre("01-100", "M", ""), centre("01-100", "S", ""),
				centre("02-400", "S", ""), centre("02-500", "S", ""), centre("04-500", "S", ""), centre("03-100", "S", ""),
			},
			Creditors: []jobpacsim.Row{creditor("BRICKW", "Brickworkers of Maitland"), creditor("FASTEN", "Fasteners and Fixings")},
			GSTCodes:  []jobpacsim.Row{{"WorkId": "01", "GSTCode": "G", "Description": "GST 10 %", "TaxPercentage": "10.00"}},
		},
	}
}

func simClient(t testing.TB, url string, seed jobpacsim.Seed) *jobpac.Client {
	t.Helper()
	app, user := seed.Applications[0], seed.Users[0]
	c, err := jobpac.New(jobpac.Config{
		AuthURL: url, RequestURL: url, Environment: app.Environment, Application: app.Name, Version: app.Version, Key: app.Key,
		User: user.Name, Password: user.Password, WorkID: "01", ReferenceField: "UserDefinedField1", Timeout: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.WithoutCancel(t.Context())) })
	return c
}

func simJob() erp.JobKey { return erp.JobKey{WorkID: "01", Job: "1001"} }

// simDocuments is a subcontract, a purchase order and a variation on the
// subcontract, headers first.
func simDocuments() []erp.Record {
	sc, po := erp.OrderKey{WorkID: "01", Order: "SC-1"}, erp.OrderKey{WorkID: "01", Order: "PO-1"}
	variation := erp.VariationKey{WorkID: "01", Job: "1001", Variation: "V00001"}
	centre := func(code, costType string) erp.CostCentreKey {
		return erp.CostCentreKey{JobKey: simJob(), CostCode: code, CostType: costType}
	}
	return []erp.Record{
		erp.Subcontract{
			OrderKey: sc, Job: simJob(), Creditor: erp.CreditorKey{WorkID: "01", Creditor: "BRICKW"}, Description: "Brickwork & façade",
			Method: "L", Retention: "5", Sum: 1500_00, Acceptance: "2026-03-01", Reference: "PCC4101",
		},
		erp.SubcontractItem{OrderKey: sc, Item: 1, Centre: centre("02-400", "S"), Description: "Walls", Quantity: 1_0000, Unit: "ITEM", Rate: 1000_0000, Value: 1000_00},
		erp.SubcontractItem{OrderKey: sc, Item: 2, Centre: centre("02-500", "S"), Description: "Façade", Quantity: 2_5000, Unit: "M2", Rate: 200_0000, Value: 500_00},
		erp.Order{OrderKey: po, Job: simJob(), Creditor: erp.CreditorKey{WorkID: "01", Creditor: "FASTEN"}, Description: "Bolts", Date: "2026-03-02", Requisition: "PO-SV-1", Reference: "PCC4102"},
		erp.OrderItem{OrderKey: po, Item: 1, Centre: centre("01-100", "M"), Description: "M12", Quantity: 3_0000, Unit: "EA", Rate: 33_3333, Value: 100_00, TaxCode: "G"},
		erp.Variation{VariationKey: variation, Description: "Extra wall", Type: "1", Approved: "2026-04-01", ApprovedSum: 250_00, Reference: "PCO7701"},
		erp.VariationItem{
			VariationKey: variation, Item: 1, Order: sc, OrderItem: 1, Centre: centre("02-400", "S"), Description: "Wall", Quantity: 1_0000, Unit: "ITEM",
			Rate: 250_0000, Value: 250_00, Approved: "2026-04-01", Reference: "PCO7701",
		},
	}
}

func writeAll(t *testing.T, c *jobpac.Client, records ...erp.Record) {
	t.Helper()
	for _, r := range records {
		if err := c.Write(t.Context(), erp.Write{Record: r}); err != nil {
			t.Fatalf("%s %s: %v", r.Kind(), r.Key(), err)
		}
	}
}

// standing finds the row of a record in what Jobpac shows.
func standing(t *testing.T, c *jobpac.Client, want erp.Record) erp.Row {
	t.Helper()
	for _, book := range []erp.Book{orders(t, c, "SC-1"), orders(t, c, "PO-1"), variations(t, c, "V00001")} {
		for _, d := range book.Documents {
			for _, r := range append(d.Items, d.Header) {
				if r.Kind == want.Kind() && (r.Get(erp.ColItem) == "" || strings.HasSuffix(want.Key(), "|"+r.Get(erp.ColItem))) {
					return r
				}
			}
		}
	}
	t.Fatalf("%s %s is not there", want.Kind(), want.Key())
	return erp.Row{}
}

func orders(t *testing.T, c *jobpac.Client, number string) erp.Book {
	t.Helper()
	book, err := c.Orders(t.Context(), erp.OrderKey{WorkID: "01", Order: number})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func variations(t *testing.T, c *jobpac.Client, number string) erp.Book {
	t.Helper()
	book, err := c.Variations(t.Context(), erp.VariationKey{WorkID: "01", Job: "1001", Variation: number})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func TestSimWriteAndReadBack(t *testing.T) {
	for name, change := range map[string]func(*jobpacsim.Settings){
		"as it is": nil, "padded": func(s *jobpacsim.Settings) { s.PadText = true },
	} {
		t.Run(name, func(t *testing.T) {
			sim, c := startSim(t, change)
			writeAll(t, c, simDocuments()...)
			for _, want := range simDocuments() {
				row := standing(t, c, want)
				if diff := erp.Differences(want, row); len(diff) > 0 {
					t.Errorf("%s %s: %v", want.Kind(), want.Key(), diff)
				}
			}
			if got := orders(t, c, "SC-1").Documents[0].Header.Get(erp.ColReference); got != "PCC4101" {
				t.Errorf("reference %q", got)
			}
			if n := sim.Counts().Logins; n != 1 {
				t.Errorf("%d logins", n)
			}
		})
	}
}

func TestSimUpdates(t *testing.T) {
	_, c := startSim(t, nil)
	writeAll(t, c, simDocuments()[:5]...)
	sc := simDocuments()[0].(erp.Subcontract)
	sc.Description, sc.Sum, sc.Retention = "Brickwork, changed", 1600_00, "10"
	item := simDocuments()[2].(erp.SubcontractItem)
	item.Quantity, item.Value = 3_0000, 600_00
	po := simDocuments()[3].(erp.Order)
	po.Delivery = "2026-05-01"
	line := simDocuments()[4].(erp.OrderItem)
	line.Quantity, line.Value = 6_0000, 200_00
	for _, r := range []erp.Record{sc, item, po, line} {
		if err := c.Write(t.Context(), erp.Write{Record: r, Update: true}); err != nil {
			t.Fatalf("%s: %v", r.Kind(), err)
		}
		if diff := erp.Differences(r, standing(t, c, r)); len(diff) > 0 {
			t.Errorf("%s: %v", r.Kind(), diff)
		}
	}
}

func TestSimFacts(t *testing.T) {
	_, c := startSim(t, nil)
	facts, err := c.Facts(t.Context(), erp.FactsQuery{
		Job: simJob(), Creditor: erp.CreditorKey{WorkID: "01", Creditor: "BRICKW"},
		CostCodes: []string{"02-000", "01-100", "02-400", "02-500", "04-500", "99-999"},
	})
	if err != nil || facts.Job == nil || facts.Creditor == nil {
		t.Fatalf("%+v %v", facts, err)
	}
	if facts.Job.Active != erp.Yes || facts.Creditor.StopPayments != erp.No || facts.Creditor.Name != "Brickworkers of Maitland" {
		t.Errorf("%+v %+v", facts.Job, facts.Creditor)
	}
	var got []string
	for _, centre := range facts.Centres {
		got = append(got, fmt.Sprintf("%s/%s/%v", centre.Key.CostCode, centre.Key.CostType, centre.Heading))
	}
	want := "02-000//true 01-100/L/false 01-100/M/false 01-100/S/false 02-400/S/false 02-500/S/false 04-500/S/false"
	if strings.Join(got, " ") != want {
		t.Errorf("%v", got)
	}
	missing, err := c.Facts(t.Context(), erp.FactsQuery{Job: erp.JobKey{WorkID: "01", Job: "9999"}, Creditor: erp.CreditorKey{WorkID: "01", Creditor: "NOBODY"}})
	if err != nil || missing.Job != nil || missing.Creditor != nil {
		t.Errorf("%+v %v", missing, err)
	}
}

func TestSimRefusals(t *testing.T) {
	for name, form := range map[string]string{"status": jobpacsim.AnswerStatus, "row": jobpacsim.AnswerRow} {
		t.Run(name, func(t *testing.T) {
			_, c := startSim(t, func(s *jobpacsim.Settings) { s.WriteRefusal = form })
			writeAll(t, c, simDocuments()[0])
			err := c.Write(t.Context(), erp.Write{Record: simDocuments()[0]})
			if fault.Of(err) != fault.Permanent || fault.IsSystem(err) || !strings.Contains(fault.Said(err), "SC-1") {
				t.Errorf("%v said %q", err, fault.Said(err))
			}
		})
	}
}

func TestSimDoubledOrderShowsTwice(t *testing.T) {
	_, c := startSim(t, func(s *jobpacsim.Settings) { s.DuplicateNumber = jobpacsim.DuplicateAccept })
	writeAll(t, c, simDocuments()[0], simDocuments()[0], simDocuments()[1])
	book := orders(t, c, "SC-1")
	if len(book.Documents) != 2 || len(book.Documents[0].Items) != 1 || len(book.Documents[1].Items) != 0 {
		t.Errorf("%+v", book)
	}
}

// Each fault of a write: what the client says, and what really happened.
func TestSimFaultsOfAWrite(t *testing.T) {
	for _, f := range []struct {
		fault jobpacsim.Fault
		class fault.Kind
		done  int
	}{
		{jobpacsim.Fault{Kind: jobpacsim.FaultStatusBefore}, fault.Ambiguous, 0},
		{jobpacsim.Fault{Kind: jobpacsim.FaultStatusBefore, Status: 429, RetryAfter: 9}, fault.Transient, 0},
		{jobpacsim.Fault{Kind: jobpacsim.FaultStatusBefore, Status: 400, Text: "No."}, fault.Permanent, 0},
		{jobpacsim.Fault{Kind: jobpacsim.FaultStatusAfter}, fault.Ambiguous, 1},
		{jobpacsim.Fault{Kind: jobpacsim.FaultCutBefore}, fault.Ambiguous, 0},
		{jobpacsim.Fault{Kind: jobpacsim.FaultCutAfter}, fault.Ambiguous, 1},
		{jobpacsim.Fault{Kind: jobpacsim.FaultEmpty200}, fault.Ambiguous, 1},
		{jobpacsim.Fault{Kind: jobpacsim.FaultLateCommit, MS: 3_600_000}, fault.Ambiguous, 0},
		{jobpacsim.Fault{Kind: jobpacsim.FaultExpireToken, Count: 1}, fault.Unknown, 1}, // renewed: no error
	} {
		t.Run(fmt.Sprintf("%s %d", f.fault.Kind, f.fault.Status), func(t *testing.T) {
			sim, c := startSim(t, nil)
			f.fault.Operation = "/CreateANewSubcontract"
			if err := sim.SetFaults([]jobpacsim.Fault{f.fault}); err != nil {
				t.Fatal(err)
			}
			err := c.Write(t.Context(), erp.Write{Record: simDocuments()[0]})
			if fault.Of(err) != f.class {
				t.Errorf("%v is %s, want %s", err, fault.Of(err), f.class)
			}
			counts := sim.Counts()
			sends := 1
			if f.fault.Kind == jobpacsim.FaultExpireToken {
				sends = 2
			}
			if counts.Subcontracts != f.done || counts.Calls["CreateANewSubcontract"] != sends {
				t.Errorf("%d subcontracts after %d sends (%v)", counts.Subcontracts, counts.Calls["CreateANewSubcontract"], counts.Calls)
			}
		})
	}
}

func TestSimExpiredTokens(t *testing.T) {
	for name, change := range map[string]func(*jobpacsim.Settings){
		"row on listings, status on writes": nil,
		"the other way round": func(s *jobpacsim.Settings) {
			s.ListingTokenRefusal, s.WriteTokenRefusal = jobpacsim.AnswerStatus, jobpacsim.AnswerRow
		},
	} {
		t.Run(name, func(t *testing.T) {
			sim, c := startSim(t, change)
			writeAll(t, c, simDocuments()[0])
			for _, use := range []func(){func() { orders(t, c, "SC-1") }, func() { writeAll(t, c, simDocuments()[1]) }} {
				if err := sim.Advance(time.Hour); err != nil {
					t.Fatal(err)
				}
				use()
			}
			if n := sim.Counts(); n.Logins != 3 || n.RefusedLogins != 0 || n.SubcontractItems != 1 {
				t.Errorf("%+v", n)
			}
		})
	}
}

func TestSimRefusedLoginDoesNotLockTheAccount(t *testing.T) {
	sim, c := startSim(t, nil)
	if err := sim.SetFaults([]jobpacsim.Fault{{Operation: "/GiveMeAToken", Kind: jobpacsim.FaultRefuseLogin}}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			err := c.Write(t.Context(), erp.Write{Record: simDocuments()[0]})
			if fault.Of(err) != fault.Transient || !fault.IsSystem(err) || fault.After(err) <= 0 {
				t.Errorf("%v after %s", err, fault.After(err))
			}
		})
	}
	all.Wait()
	if n := sim.Counts(); n.RefusedLogins != 1 || n.Subcontracts != 0 {
		t.Errorf("%+v", n)
	}
}

func TestSimOldCipher(t *testing.T) {
	seed := simSeed()
	seed.Applications[0].Key = "0123456789abcdef01234567"
	sim, err := jobpacsim.New(jobpacsim.Config{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(sim.Handler())
	t.Cleanup(api.Close)
	t.Cleanup(sim.Close)
	c := simClient(t, api.URL, seed)
	writeAll(t, c, simDocuments()[0])
	if n := sim.Counts(); n.Logins != 1 || n.RefusedLogins != 0 {
		t.Errorf("%+v", n)
	}
}
