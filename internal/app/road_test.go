package app

import (
	"reflect"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/translate"
)

func TestOrdersAreApprovedWhereTheSettingSaysSo(t *testing.T) {
	for word, want := range map[string]bool{"no": false, "yes": true} {
		c := config.DefaultConnection("acme")
		if settings(c, config.Worker{}, time.UTC).ApproveOrders {
			t.Error("nothing set approves")
		}
		c.Orders.Approve = word
		if got := settings(c, config.Worker{}, time.UTC).ApproveOrders; got != want {
			t.Errorf("approve %s gives %t", word, got)
		}
	}
}

func TestVoidedCommitmentsAreCompletedWhereTheSettingSaysSo(t *testing.T) {
	c := config.DefaultConnection("acme")
	if settings(c, config.Worker{}, time.UTC).CompleteVoided {
		t.Error("nothing set completes")
	}
	if c.Voided = "complete"; !settings(c, config.Worker{}, time.UTC).CompleteVoided {
		t.Error("the setting does not reach the road")
	}
}

// What the configuration says of invoices is what the road goes by.
func TestInvoiceSettingsReachTheRules(t *testing.T) {
	c := config.DefaultConnection("acme")
	if got := settings(c, config.Worker{}, time.UTC).Rules.Invoice; got.Portal != translate.PortalRefuse || got.Tax != translate.TaxByJobpac {
		t.Errorf("nothing set gives %+v", got)
	}
	c.Invoices = config.Invoices{
		Portal: "flag", Tax: "gross", Rates: map[string]string{"G": "10"}, Approval: config.InvoiceApproval{Status: "A", User: "SMITH"},
	}
	want := translate.InvoiceRules{
		Portal: translate.PortalFlag, Tax: translate.TaxOnGross, Rates: map[string]string{"G": "10"}, ApprovalStatus: "A", ApprovalUser: "SMITH",
	}
	if got := settings(c, config.Worker{}, time.UTC).Rules.Invoice; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
