package flow

import (
	"slices"
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/failpoint"
	"github.com/procpac/procpac/internal/journal"
)

// A request that was told success, by a worker that died before it could record
// that, is told nothing else when another request has moved the document on.
func TestARequestHearsOneAnswerAcrossADeath(t *testing.T) {
	for _, at := range []failpoint.Point{failpoint.AppliedWritten, failpoint.Closed} {
		t.Run(string(at), func(t *testing.T) {
			b := newBench(t)
			b.order(1, 1)
			b.Points = dyingAt(at)
			b.dies(func() Verdict { return b.deliver(1) })
			changed := b.order(2, 1)
			changed.Lines[0].Description = "something else"
			b.untilSettled(2, 20)
			b.deliver(1)
			if got := b.procore.closings[1001]; slices.Contains(got, erp.Failed) || !slices.Contains(got, erp.Success) {
				t.Fatalf("told %v", got)
			}
			if e := b.effect(journal.KindCommitment, 4101); e.Closed[1].Outcome != string(erp.Success) || len(e.Telling) != 0 {
				t.Fatalf("on record: %+v, to be told: %+v", e.Closed, e.Telling)
			}
		})
	}
}

// A request that was told why it was refused, by a worker that died before it
// could record that, is told so again, although its document stands meanwhile.
func TestARefusedRequestHearsOneAnswerAcrossADeath(t *testing.T) {
	for _, at := range []failpoint.Point{failpoint.EndWritten, failpoint.EndTold} {
		t.Run(string(at), func(t *testing.T) {
			b := newBench(t)
			b.order(1, 1)
			stopped := b.jobpac.facts.Creditor.StopPayments
			b.jobpac.facts.Creditor.StopPayments = erp.Yes
			b.Points = dyingAt(at)
			b.dies(func() Verdict { return b.deliver(1) })
			b.jobpac.facts.Creditor.StopPayments = stopped
			b.order(2, 1)
			b.untilSettled(2, 20)
			b.want(journal.KindCommitment, 4101, journal.Done, 2, erp.Success)
			b.deliver(1)
			if said := b.procore.words[1001][0]; at == failpoint.EndWritten && strings.Contains(said, "Nothing of it stands") {
				t.Fatalf("told %q, and it stands", said)
			}
			if got := b.procore.closings[1001]; slices.Contains(got, erp.Success) || !slices.Contains(got, erp.Failed) {
				t.Fatalf("told %v", got)
			}
		})
	}
}
