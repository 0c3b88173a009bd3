package e2e

import (
	"testing"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/journal"
)

// The test that waits for a whole minute comes first, beside all others.

// One refused login is one refused login, however many documents wait: Jobpac
// locks a user after a few. Once it is mended all of them go through.
func TestRefusedLogin(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.jobpacFaults(jobpacsim.Fault{Operation: "GiveMeAToken", Kind: jobpacsim.FaultRefuseLogin, Count: 1, Text: "The password has expired"})
	requests := map[int64]int64{}
	for id := int64(5001); id <= 5006; id++ {
		s.add(purchase(id, 2))
		requests[id] = s.export(commitment, id, "PO-"+itoa(id))
	}
	for id, r := range requests {
		s.settled(commitment, id, r, journal.Done)
	}
	s.drained()
	s.stop()
	for id, r := range requests {
		s.standsOnce(id, "PO-"+itoa(id))
		s.closed(r, "success")
	}
	if c := s.jobpac.Counts(); c.RefusedLogins != 1 || c.Logins != 1 {
		t.Errorf("%d refused logins and %d good ones", c.RefusedLogins, c.Logins)
	}
}
