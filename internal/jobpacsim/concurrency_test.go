package jobpacsim_test

import (
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/jobpacsim"
)

// Many callers at once: one order of one number, every other call answered.
func TestManyCallersAtOnce(t *testing.T) {
	b := newBench(t, jobpacsim.Config{Seed: jobpacsim.DemoSeed()})
	b.must(b.put("CreateANewPurchaseOrder", order()))
	var callers sync.WaitGroup
	created := make(chan int, 8)
	for caller := range 8 {
		callers.Go(func() {
			good := 0
			for n := range 10 {
				if b.put("CreateANewPurchaseOrder", order().with("Order", fmt.Sprintf("N%d", n))).status == 200 {
					good++
				}
				b.post("CreateANewPurchaseOrderItem", orderItem().with("OrderItem", fmt.Sprint(caller*10+n+1)))
				b.get("PurchaseOrderItemListing", params{"OrderWorkId": "01"})
				b.sim.State()
			}
			created <- good
		})
	}
	callers.Wait()
	close(created)
	total := 0
	for good := range created {
		total += good
	}
	counts := b.sim.Counts()
	if total != 10 || counts.PurchaseOrders != 11 || counts.PurchaseOrderItems != 80 {
		t.Errorf("%d creates went well, counts %+v", total, counts)
	}
}

func TestSettingsSurviveTheirOwner(t *testing.T) {
	settings := jobpacsim.DefaultSettings()
	sim, err := jobpacsim.New(jobpacsim.Config{Settings: &settings})
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	settings.Widths["Order"] = 1
	sim.Settings().Widths["Order"] = 2
	if got := sim.Settings().Widths["Order"]; got != 10 {
		t.Errorf("width %d", got)
	}
}

// One look-up by number among ten thousand orders, without the network.
func BenchmarkLookUp(b *testing.B) {
	sim, err := jobpacsim.New(jobpacsim.Config{Seed: jobpacsim.DemoSeed(), Now: func() time.Time { return time.Unix(0, 0) }})
	if err != nil {
		b.Fatal(err)
	}
	defer sim.Close()
	var rows []jobpacsim.Row
	for i := range 10_000 {
		rows = append(rows, jobpacsim.Row{"WorkId": "01", "Order": fmt.Sprintf("P%05d", i)})
	}
	if err := sim.Seed(jobpacsim.Seed{Books: jobpacsim.Books{PurchaseOrders: rows}}); err != nil {
		b.Fatal(err)
	}
	settings := sim.Settings()
	settings.ListingTokenRefusal = jobpacsim.AnswerStatus
	if err := sim.SetSettings(settings); err != nil {
		b.Fatal(err)
	}
	token := benchmarkToken(b, sim)
	handler := sim.Handler()
	for b.Loop() {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest("GET", "/PurchaseOrderListing?WorkId=01&Order=P05000&Token="+token, nil))
		if recorder.Code != 200 {
			b.Fatal(recorder.Body.String())
		}
	}
}

func benchmarkToken(b *testing.B, sim *jobpacsim.Sim) string {
	b.Helper()
	const value = "Environment=DEMO&Application=PROCPAC&Value="
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest("GET", "/GiveMeAToken?"+value, nil)
	query := request.URL.Query()
	query.Set("Value", sealed(demoKey, "DEMOUSER", "demo-only"))
	request.URL.RawQuery = query.Encode()
	sim.Handler().ServeHTTP(recorder, request)
	body := recorder.Body.String()
	const before = `{"data":[{"Token":"`
	return body[len(before) : len(before)+26]
}
