package procoresim

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkShowRequest measures one authorised read without the network.
func BenchmarkShowRequest(b *testing.B) {
	w := demoWorld(b)
	request, _ := w.exportSub("A")
	req := w.restRequest(http.MethodGet, requestPath(request), nil)
	req.Body = http.NoBody
	for b.Loop() {
		rec := httptest.NewRecorder()
		w.sim.Handler().ServeHTTP(rec, req)
		if rec.Code != http.StatusOK {
			b.Fatal(rec.Body)
		}
		_, _ = io.Copy(io.Discard, rec.Body)
	}
}

// BenchmarkDelivery measures export and delivery of one event over a real connection.
func BenchmarkDelivery(b *testing.B) {
	w := newWorld(b)
	r := newReceiver(b, nil)
	w.hook(r, "v2.0")
	for b.Loop() {
		w.raiseOne()
	}
	w.settled()
}
