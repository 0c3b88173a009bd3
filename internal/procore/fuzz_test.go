package procore

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
)

// Whatever comes: no panic, a Request always says which it is, content is
// either read or explained, and the same bytes give the same Request.
func FuzzDecodeRequest(f *testing.F) {
	for _, s := range samples(f) {
		f.Add([]byte(s.Body))
	}
	f.Add([]byte(commitmentJSON(`,"code":"A","code":"B"`, `{"id":3,"amount":"1e9"}`, "")))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := DecodeRequest(data)
		again, errAgain := DecodeRequest(data)
		if diff := cmp.Diff(r, again, byText); diff != "" || (err == nil) != (errAgain == nil) {
			t.Fatalf("not the same twice: %s %v %v", diff, err, errAgain)
		}
		if err == nil {
			checkDecoded(t, r)
		}
	})
}

func checkDecoded(t *testing.T, r erp.Request) {
	if r.ID <= 0 || r.Name == "" || r.DetailID < 0 || r.Company < 0 {
		t.Fatalf("it does not say which request it is: %+v", r)
	}
	wantsCommitment := r.Name == erp.CreateCommitment || r.Name == erp.CreateCommitmentChangeOrder
	wantsChange := r.Name == erp.CreateCommitmentChangeOrder
	readable := r.Unreadable == ""
	if (r.Commitment != nil) != (wantsCommitment && readable) || (r.ChangeOrder != nil) != (wantsChange && readable) {
		t.Fatalf("neither read nor explained, or both: %+v", r)
	}
	wantsImport := readable && importContent(r.Name) != nil || !readable && closesRows(r.Name) && r.Import != nil
	wantsUnlink := strings.HasPrefix(r.Name, "unlink_commitment") || r.Name == erp.UnlinkPrimeContractChangeOrder
	if (r.Import != nil) != wantsImport || (r.Unlink != nil) != (wantsUnlink && readable) ||
		(len(r.Invoices) > 0) != (r.Name == erp.CreateRequisitions && readable) ||
		(r.PrimeChange != nil) != (r.Name == erp.CreatePrimeContractChangeOrder && readable) {
		t.Fatalf("neither read nor explained, or both: %+v", r)
	}
	if r.Commitment != nil {
		checkLines(t, r.Commitment.Lines)
	}
	if r.ChangeOrder != nil {
		checkLines(t, r.ChangeOrder.Lines)
	}
}

func checkLines(t *testing.T, lines []erp.Line) {
	if !slices.IsSortedFunc(lines, func(a, b erp.Line) int { return a.Position - b.Position }) {
		t.Fatalf("lines out of order: %+v", lines)
	}
	for _, l := range lines {
		if l.ID <= 0 {
			t.Fatalf("a line without an id: %+v", l)
		}
	}
}
