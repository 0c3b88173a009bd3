package sweep_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procore"
	"github.com/procpac/procpac/internal/procoresim"
	"github.com/procpac/procpac/internal/sqlview"
	"github.com/procpac/procpac/internal/sweep"
)

// The adapters serve what a sweep asks for.
var (
	_ sweep.Procore = (*procore.Client)(nil)
	_ sweep.Live    = sqlview.Walk{}
)

// outage is a Procore simulator on a clock of its own whose webhooks reach a
// receiver that answers 502, the real client of it, and the real projection.
type outage struct {
	*world
	t        *testing.T
	sim      *procoresim.Sim
	client   *procore.Client
	view     *sqlview.View
	url      string
	attempts atomic.Int64
	http     *http.Client
}

func newOutage(t *testing.T) *outage {
	t.Helper()
	clock := procoresim.NewManualClock(noon)
	o := &outage{world: newWorld(), t: t, sim: procoresim.New(procoresim.Config{Clock: clock}), http: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}}
	if err := o.sim.Seed(procoresim.DemoSeed()); err != nil {
		t.Fatal(err)
	}
	api, receiver := httptest.NewServer(o.sim.Handler()), httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		o.attempts.Add(1)
		out.WriteHeader(http.StatusBadGateway)
	}))
	o.url = api.URL
	var err error
	o.client, err = procore.New(procore.Config{LoginURL: o.url, APIURL: o.url, CompanyID: procoresim.DemoCompanyID, Now: clock.Now,
		ClientID: procoresim.DefaultClientID, ClientSecret: func() string { return procoresim.DefaultClientSecret }})
	if err != nil {
		t.Fatal(err)
	}
	if o.view, err = sqlview.Open(t.Context(), filepath.Join(t.TempDir(), "view.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		o.client.Stop()
		o.sim.Close()
		o.http.CloseIdleConnections()
		receiver.Close()
		api.Close()
		if err := o.view.Close(); err != nil {
			t.Error(err)
		}
	})
	o.hook(receiver.URL)
	return o
}

// hook subscribes to ERP requests through Procore's own API.
func (o *outage) hook(receiver string) {
	o.t.Helper()
	var made struct{ Data struct{ ID string } }
	base := fmt.Sprintf("/rest/v2.0/companies/%d/webhooks/hooks", procoresim.DemoCompanyID)
	o.post(base, map[string]any{"payload_version": "v4.0", "namespace": "procpac", "destination_url": receiver}, &made)
	o.post(base+"/"+made.Data.ID+"/triggers", map[string]any{"resource_name": "ERP Requests", "event_type": "create"}, &struct{}{})
}

func (o *outage) post(path string, body, into any) {
	o.t.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	res, err := o.http.PostForm(o.url+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {procoresim.DefaultClientID}, "client_secret": {procoresim.DefaultClientSecret}})
	o.read(res, err, &token)
	text, err := json.Marshal(body)
	if err != nil {
		o.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, o.url+path, bytes.NewReader(text))
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token.AccessToken}, "Procore-Company-Id": {fmt.Sprint(procoresim.DemoCompanyID)}}
	res, err = o.http.Do(req)
	o.read(res, err, into)
}

func (o *outage) read(res *http.Response, err error, into any) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		o.t.Fatal(res.Status, string(body), err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		o.t.Fatal(err)
	}
}

// approve makes and exports that many commitments, and gives the requests.
func (o *outage) approve(n int) map[erp.ID]bool {
	o.t.Helper()
	requests := map[erp.ID]bool{}
	for i := range n {
		id, err := o.sim.AddCommitment(procoresim.Commitment{
			ProjectID: procoresim.DemoProjectID, Type: procoresim.WorkOrderContract, Number: fmt.Sprintf("SC%04d", i), Title: "Works", Status: "Approved",
			VendorID: 7001, Lines: []procoresim.Line{{Description: "Works", Amount: "100.00", CostCode: "02-100", CostType: "S"}},
		})
		if err != nil {
			o.t.Fatal(err)
		}
		request, _, err := o.sim.ExportCommitment(id, fmt.Sprintf("SC%04d", i))
		if err != nil {
			o.t.Fatal(err)
		}
		requests[erp.ID(request)] = true
	}
	return requests
}

// after lets time pass at Procore and here.
func (o *outage) after(d time.Duration) {
	o.t.Helper()
	if err := o.sim.Advance(o.t.Context(), d); err != nil {
		o.t.Fatal(err)
	}
	o.now = o.now.Add(d)
}

func (o *outage) sweeper() *sweep.Sweeper {
	c := o.config()
	c.Procore, c.Live, c.Company = o.client, o.view.Walk(), procoresim.DemoCompanyID
	return sweep.New(c)
}

// hinted is which requests the bus has hints for.
func (o *outage) hinted() map[erp.ID]int {
	found := map[erp.ID]int{}
	for _, e := range o.stored {
		found[e.ResourceID]++
	}
	return found
}

// Thirteen hours away: all webhooks are thrown away, one sweep finds every
// approval, and the next finds nothing new.
func TestThirteenHoursAway(t *testing.T) {
	o := newOutage(t)
	requests := o.approve(500)
	o.after(13 * time.Hour)
	if c := o.sim.DeliveryCounts(); c.Discarded != 500 || o.attempts.Load() == 0 {
		t.Fatalf("%+v", c)
	}
	s := o.sweeper()
	wantCounts(t, again(t, s, o.options()), "read 1000 enqueued 500 known 500 listed 0 lines 500 warnings 0")
	found := o.hinted()
	for id := range requests {
		if found[id] != 1 {
			t.Errorf("request %s has %d hints", id, found[id])
		}
	}
	o.after(10 * time.Minute)
	wantCounts(t, again(t, s, o.options()), "read 1000 enqueued 0 known 1000 listed 0 lines 0 warnings 0")
	o.answerAll(requests)
	o.after(7 * time.Hour)
	wantCounts(t, again(t, o.sweeper(), o.options()), "read 1000 enqueued 0 known 1000 listed 0 lines 0 warnings 0")
	if len(o.stored) != 500 {
		t.Errorf("%d hints on the bus", len(o.stored))
	}
}

// answerAll tells the projection that every request was closed.
func (o *outage) answerAll(requests map[erp.ID]bool) {
	o.t.Helper()
	var b sqlview.Batch
	for id := range requests {
		b.Records = append(b.Records, sqlview.Record{Seq: uint64(len(b.Records) + 1), Key: journal.NewKey("acme", journal.KindCommitment, id), Record: journal.Record{
			At: o.now, Request: int64(id), Moves: []journal.Move{{To: journal.Planned}, {To: journal.Rejected}}, Plan: &journal.Plan{},
			Closed: &journal.Closing{Request: int64(id), Outcome: "failed"},
		}})
	}
	if err := o.view.Feed(o.t.Context(), b); err != nil {
		o.t.Fatal(err)
	}
}

// The list of requests finds what the deliveries no longer show, and the other
// way round; where neither is shown the report says so.
func TestEitherListIsEnough(t *testing.T) {
	for name, c := range map[string]struct {
		hooks, listed bool
		want          string
	}{
		"both":       {true, true, "read 24 enqueued 12 known 12 listed 0 lines 12 warnings 0"},
		"deliveries": {true, false, "read 12 enqueued 12 known 0 listed 0 lines 12 warnings 1"},
		"requests":   {false, true, "read 12 enqueued 12 known 0 listed 0 lines 12 warnings 1"},
		"neither":    {false, false, "read 0 enqueued 0 known 0 listed 0 lines 0 warnings 2"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOutage(t)
			o.approve(12)
			o.after(13 * time.Hour)
			settings := o.sim.Settings()
			settings.ERPRequestsListed = c.listed
			if err := o.sim.SetSettings(settings); err != nil {
				t.Fatal(err)
			}
			if !c.hooks {
				if err := o.sim.SetFaults(procoresim.Fault{Path: "webhooks", StatusBefore: 403}); err != nil {
					t.Fatal(err)
				}
			}
			wantCounts(t, again(t, o.sweeper(), o.options()), c.want)
		})
	}
}

// A webhook that Procore still tries is hinted too, and is no second event when
// Procore delivers it at last.
func TestAFailingWebhookKeepsItsID(t *testing.T) {
	o := newOutage(t)
	o.approve(1)
	o.after(time.Minute)
	wantCounts(t, again(t, o.sweeper(), o.options()), "read 2 enqueued 1 known 1 listed 0 lines 1 warnings 0")
	for id, e := range o.stored {
		if !strings.Contains(string(o.sim.Deliveries()[0].Payload), `"`+id+`"`) || string(e.Body) != string(o.sim.Deliveries()[0].Payload) {
			t.Errorf("event %s with body %s", id, e.Body)
		}
	}
}

// A passing failure is tried again by the client; one that stays fails the
// sweep with what was done.
func TestFailuresOfProcore(t *testing.T) {
	o := newOutage(t)
	o.approve(3)
	o.after(13 * time.Hour)
	if err := o.sim.SetFaults(procoresim.Fault{Path: "erp_requests$", StatusBefore: 500, Count: 2}); err != nil {
		t.Fatal(err)
	}
	wantCounts(t, again(t, o.sweeper(), o.options()), "read 6 enqueued 3 known 3 listed 0 lines 3 warnings 0")
	if err := o.sim.SetFaults(procoresim.Fault{Path: "deliveries$", StatusBefore: 500}); err != nil {
		t.Fatal(err)
	}
	o.stored = map[string]erp.Event{}
	r, err := o.sweeper().Sweep(t.Context(), o.options())
	if fault.Of(err) != fault.Transient || errors.Is(err, erp.ErrNotShown) {
		t.Errorf("got %v", err)
	}
	wantCounts(t, r, "read 3 enqueued 3 known 0 listed 0 lines 3 warnings 0")
}

// What was sent before the go-live is listed by every place, and enqueued by
// none.
func TestGoLiveHoldsForEveryPlace(t *testing.T) {
	o := newOutage(t)
	o.approve(4)
	o.after(13 * time.Hour)
	c := o.config()
	c.Procore, c.Live, c.Company, c.GoLive = o.client, o.view.Walk(), procoresim.DemoCompanyID, noon.Add(time.Second)
	r := again(t, sweep.New(c), o.options())
	wantCounts(t, r, "read 8 enqueued 0 known 0 listed 8 lines 8 warnings 0")
	for _, l := range r.Lines {
		if !l.BeforeGoLive {
			t.Errorf("%+v", l)
		}
	}
	if len(o.stored) != 0 {
		t.Errorf("%v", o.stored)
	}
}

// Effects that lost their event come out of the real projection.
func TestStuckEffectsOutOfTheProjection(t *testing.T) {
	o := newOutage(t)
	var b sqlview.Batch
	for i, e := range []journal.Effect{effect(1, journal.Planned, 0), effect(2, journal.Parked, 0)} {
		moves := []journal.Move{{To: journal.Planned}}
		if e.State != journal.Planned {
			moves = append(moves, journal.Move{To: e.State})
		}
		b.Records = append(b.Records, sqlview.Record{Seq: uint64(i + 1), Key: e.Key, Record: journal.Record{At: e.At, Request: e.Request, Moves: moves, Plan: &e.Plan}})
		o.effects = append(o.effects, e)
	}
	if err := o.view.Feed(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	o.after(59 * time.Minute)
	wantCounts(t, again(t, o.sweeper(), o.options()), "read 0 enqueued 0 known 0 listed 0 lines 0 warnings 0")
	o.after(2 * time.Minute)
	wantCounts(t, again(t, o.sweeper(), o.options()), "read 1 enqueued 1 known 0 listed 0 lines 1 warnings 0")
}
