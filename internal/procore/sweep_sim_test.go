package procore_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/procore"
	"github.com/procpac/procpac/internal/procoresim"
)

// away is a simulator on a clock of its own, whose one hook is answered 502.
type away struct {
	t      *testing.T
	sim    *procoresim.Sim
	client *procore.Client
	url    string

	mu   sync.Mutex
	sent map[string]bool // bodies that the hook brought
}

func newAway(t *testing.T, version string) *away {
	t.Helper()
	clock := procoresim.NewManualClock(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	a := &away{t: t, sim: procoresim.New(procoresim.Config{Clock: clock}), sent: map[string]bool{}}
	for _, seed := range []procoresim.Seed{procoresim.DemoSeed(), procoresim.DemoDocuments()} {
		if err := a.sim.Seed(seed); err != nil {
			t.Fatal(err)
		}
	}
	api, receiver := httptest.NewServer(a.sim.Handler()), httptest.NewServer(http.HandlerFunc(a.refuse))
	a.url = api.URL
	client, err := procore.New(procore.Config{LoginURL: a.url, APIURL: a.url, CompanyID: procoresim.DemoCompanyID, Now: clock.Now,
		ClientID: procoresim.DefaultClientID, ClientSecret: func() string { return procoresim.DefaultClientSecret }})
	if err != nil {
		t.Fatal(err)
	}
	a.client = client
	t.Cleanup(func() { client.Stop(); a.sim.Close(); receiver.Close(); api.Close() })
	a.hook(receiver.URL, version)
	return a
}

func (a *away) refuse(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.sent[string(body)] = true
	a.mu.Unlock()
	out.WriteHeader(http.StatusBadGateway)
}

// hook subscribes to ERP requests through Procore's API.
func (a *away) hook(receiver, version string) {
	a.t.Helper()
	base := fmt.Sprintf("/rest/v2.0/companies/%d/webhooks/hooks", procoresim.DemoCompanyID)
	var made struct {
		Data struct{ ID string }
	}
	a.post(base, map[string]any{"payload_version": version, "namespace": "procpac", "destination_url": receiver}, &made)
	a.post(base+"/"+made.Data.ID+"/triggers", map[string]any{"resource_name": "ERP Requests", "event_type": "create"}, nil)
	a.post(base, map[string]any{"payload_version": version, "namespace": "other", "destination_url": receiver}, nil)
}

func (a *away) post(path string, body, into any) {
	a.t.Helper()
	res, err := http.PostForm(a.url+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {procoresim.DefaultClientID}, "client_secret": {procoresim.DefaultClientSecret}})
	var token struct {
		AccessToken string `json:"access_token"`
	}
	a.read(res, err, &token)
	text, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, a.url+path, bytes.NewReader(text))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	req.Header.Set("Procore-Company-Id", fmt.Sprint(procoresim.DemoCompanyID))
	res, err = http.DefaultClient.Do(req)
	a.read(res, err, into)
}

func (a *away) read(res *http.Response, err error, into any) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		a.t.Fatal(res.Status, string(body), err)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(body, into); err != nil {
		a.t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// deliveries reads the list to its end.
func (a *away) deliveries(since time.Time) []erp.Delivery {
	a.t.Helper()
	var all []erp.Delivery
	for d, err := range a.client.Deliveries(a.t.Context(), since) {
		if err != nil {
			a.t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

// What the hook would have brought is read back from the list byte for byte,
// while Procore still tries and once it has thrown it away, by either API.
func TestSimDeliveries(t *testing.T) {
	for _, version := range []string{"v2.0", "v3.0", "v4.0"} {
		t.Run(version, func(t *testing.T) {
			a := newAway(t, version)
			request, _, err := a.sim.ExportCommitment(procoresim.DemoSubcontractID, "SC0001")
			if err != nil {
				t.Fatal(err)
			}
			if err := a.sim.Advance(t.Context(), time.Minute); err != nil {
				t.Fatal(err)
			}
			failing := a.deliveries(time.Time{})
			if len(failing) != 1 || failing[0].State != erp.DeliveryFailing || failing[0].Event.ResourceID != erp.ID(request) {
				t.Fatalf("%d deliveries", len(failing))
			}
			a.mu.Lock()
			if !a.sent[string(failing[0].Event.Body)] {
				t.Errorf("body %s, sent were %v", failing[0].Event.Body, a.sent)
			}
			a.mu.Unlock()
			if err := a.sim.Advance(t.Context(), 13*time.Hour); err != nil {
				t.Fatal(err)
			}
			gone := a.deliveries(time.Time{})
			if len(gone) != 1 || gone[0].State != erp.DeliveryDiscarded || gone[0].Event.ID != failing[0].Event.ID || gone[0].At.Hour() < 11 {
				t.Fatalf("%d deliveries", len(gone))
			}
			if err := a.sim.SetFaults(procoresim.Fault{Path: "/rest/v2.0/.*/webhooks/hooks$", StatusBefore: 404}); err != nil {
				t.Fatal(err)
			}
			old := a.deliveries(time.Time{})
			if len(old) != 1 || old[0].Event.ID != gone[0].Event.ID || old[0].State != erp.DeliveryDiscarded || string(old[0].Event.Body) != string(gone[0].Event.Body) {
				t.Fatalf("%d deliveries", len(old))
			}
		})
	}
}

func TestSimApproved(t *testing.T) {
	t.Parallel()
	sim, client := demo(t, nil)
	if err := sim.Seed(procoresim.Seed{Projects: []procoresim.Project{
		{ID: 2470, CompanyID: procoresim.DemoCompanyID, Name: "Closed to us", OriginID: "01|1002"}, {ID: 2471, CompanyID: procoresim.DemoCompanyID, Name: "Not linked"}}}); err != nil {
		t.Fatal(err)
	}
	settings := sim.Settings()
	settings.ForbiddenProjects = []int64{2470, 2471}
	if err := sim.SetSettings(settings); err != nil {
		t.Fatal(err)
	}
	if err := sim.EditCommitment(procoresim.DemoRefusedID, []byte(`{"status":"Draft"}`)); err != nil {
		t.Fatal(err)
	}
	if err := client.Link(t.Context(), []erp.ExternalItem{{Type: erp.ItemSubcontract, ID: procoresim.DemoSubcontractID, Origin: "01|SC-1"}}); err != nil {
		t.Fatal(err)
	}
	seen, refused := map[erp.ID]erp.Approval{}, 0
	for a, err := range client.Approved(t.Context(), time.Time{}) {
		if errors.Is(err, erp.ErrNotShown) {
			refused++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		seen[a.ID] = a
	}
	if len(seen) != 4 || refused != 1 {
		t.Fatalf("%d refused, %+v", refused, seen)
	}
	sc, co := seen[procoresim.DemoSubcontractID], seen[procoresim.DemoSubChangeID]
	if sc.Origin != "01|SC-1" || sc.Total.String() != "129110.75" || sc.Type != erp.WorkOrderContract || sc.Number != "SC0001" {
		t.Errorf("%+v", sc)
	}
	if co.Kind != erp.ApprovedChangeOrder || co.Contract != procoresim.DemoSubcontractID || co.Total.String() != "6200.00" || co.ApprovedAt == "" || co.Origin != "" {
		t.Errorf("%+v", co)
	}
	for a, err := range client.Approved(t.Context(), time.Now().Add(30*time.Minute)) {
		if !errors.Is(err, erp.ErrNotShown) {
			t.Fatalf("nothing changed since: %+v %v", a, err)
		}
	}
}
