package app

import (
	"net"
	"strings"
	"testing"
)

// An address in use is told once, whatever else would have been served there.
func TestSimulateToldOnceOfAnAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, which := range []string{"procore", "jobpac", "both"} {
		err := Simulate(t.Context(), SimulateOptions{Which: which, Listen: l.Addr().String()})
		if err == nil || strings.Count(err.Error(), "is in use by another program") != 1 {
			t.Errorf("%s: got %v", which, err)
		}
	}
}
