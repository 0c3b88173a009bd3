package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/procoresim"
)

// With everything going wrong that carries an address or a token, no secret
// stands in the log (every world looks there at its end), in what the operator
// sees, or on the disk.
func TestSecrets(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.jobpacFaults(
		jobpacsim.Fault{Operation: "PurchaseOrderListing", Nth: 1, Kind: jobpacsim.FaultCutBefore},
		jobpacsim.Fault{Operation: "JobListing", Nth: 1, Kind: jobpacsim.FaultEmpty200},
		jobpacsim.Fault{Operation: "CreditorListing", Nth: 1, Kind: jobpacsim.FaultStatusBefore, Status: 500},
		jobpacsim.Fault{Operation: "CostCentreListing", Nth: 1, Kind: jobpacsim.FaultExpireToken},
		jobpacsim.Fault{Operation: orderHeader, Nth: 1, Kind: jobpacsim.FaultCutAfter},
		jobpacsim.Fault{Operation: orderItem, Nth: 1, Kind: jobpacsim.FaultExpireToken},
		jobpacsim.Fault{Operation: orderItem, Nth: 3, Kind: jobpacsim.FaultStatusAfter},
	)
	s.procoreFaults(
		procoresim.Fault{Path: "/erp_requests/", ExpireTokens: true, Count: 1},
		procoresim.Fault{Path: "/external_data/", CutBefore: true, Count: 1},
		procoresim.Fault{Path: "/erp_request_details/", BadJSON: true, Count: 1},
	)
	s.add(purchase(5001, 3))
	r := s.export(commitment, 5001, "PO-1")
	s.settled(commitment, 5001, r, journal.Done)
	s.drained()
	for _, path := range []string{"/api/v1/effects", "/api/v1/effects/" + effectID(commitment, 5001), "/api/v1/events", "/api/v1/connections", "/api/v1/health", "/metrics"} {
		s.clean(path, []byte(s.get(path)))
	}
	s.stop()
	s.standsOnce(5001, "PO-1")
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		s.clean(path, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.issued()) < 4 {
		t.Errorf("only %d tokens were seen: nothing was looked for", len(s.issued()))
	}
}

// clean fails the test when a text holds a secret.
func (s *system) clean(where string, text []byte) {
	s.t.Helper()
	for _, secret := range s.secrets() {
		if bytes.Contains(text, []byte(secret)) {
			s.t.Errorf("%s holds %q", where, secret)
		}
	}
}
