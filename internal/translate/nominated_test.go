package translate_test

import (
	"strings"
	"testing"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/translate"
)

// What an approver nominates counts before the settings.
func TestAnApproverNominatesTypeAndPostingDate(t *testing.T) {
	req, contract := testChangeOrder(t)
	rules, facts := testRules(), testFacts()
	req.ChangeOrder.Fields = map[string]string{translate.TypeField: " 7 ", translate.PostingField: "2026-12-31"}
	r := translate.ChangeOrder(req, rules, facts, contract, translate.Numbers{Variation: "V00001"})
	if len(r.Problems) > 0 {
		t.Fatal(r.Problems)
	}
	header, _ := r.Records[0].(erp.Variation)
	if header.Type != "7" || header.Approved != "2026-12-31" {
		t.Errorf("%+v", header)
	}
	req.ChangeOrder.Fields[translate.TypeField] = "TOOLONGATYPE"
	r = translate.ChangeOrder(req, rules, facts, contract, translate.Numbers{Variation: "V00001"})
	if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Message, `"TOOLONGATYPE"`) {
		t.Errorf("%+v", r.Problems)
	}
}
