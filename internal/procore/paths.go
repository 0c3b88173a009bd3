package procore

import (
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// The paths we call. Each ends with the tag of the path itself: documented,
// seen, inferred or assumed, with its source in api/procore/FACTS.md. Where
// Procore turns out to differ, this is the only place to change.
const (
	pathToken         = "/oauth/token"                                            // documented
	pathMe            = "/rest/v1.0/me"                                           // documented
	pathRequests      = "/rest/v1.0/companies/{company}/erp_requests"             // inferred from the path of the details
	pathRequest       = "/rest/v1.0/companies/{company}/erp_requests/{id}"        // inferred from the path of the details
	pathDetail        = "/rest/v1.0/companies/{company}/erp_request_details/{id}" // documented, in an older edition
	pathDetailsSync   = "/rest/v1.0/companies/{company}/erp_request_details/sync" // documented; its body is assumed
	pathExternalSync  = "/rest/v1.0/companies/{company}/external_data/sync"       // documented
	pathPurchaseOrder = "/rest/v1.0/purchase_order_contracts/{id}"                // seen
	pathWorkOrder     = "/rest/v1.0/work_order_contracts/{id}"                    // seen
	pathChangeOrder   = "/rest/v1.0/change_order_packages/{id}"                   // seen

	pathContracts = "/rest/v2.0/companies/{company}/projects/{id}/commitment_contracts" // seen; {id} is the project

	pathProjects       = "/rest/v1.0/projects"                 // seen
	pathPurchaseOrders = "/rest/v1.0/purchase_order_contracts" // seen
	pathWorkOrders     = "/rest/v1.0/work_order_contracts"     // seen
	pathChangeOrders   = "/rest/v1.0/change_order_packages"    // seen

	pathPotentialChanges = "/rest/v1.0/potential_change_orders"      // seen
	pathPotentialChange  = "/rest/v1.0/potential_change_orders/{id}" // seen
	pathChangeRequests   = "/rest/v1.0/change_order_requests"        // seen

	pathHooks         = "/rest/v2.0/companies/{company}/webhooks/hooks"                 // seen
	pathDeliveries    = "/rest/v2.0/companies/{company}/webhooks/hooks/{id}/deliveries" // seen
	pathOldHooks      = "/rest/v1.0/webhooks/hooks"                                     // documented
	pathOldDeliveries = "/rest/v1.0/webhooks/hooks/{id}/deliveries"                     // documented
)

// fill puts the ids into a path.
func fill(path string, company, id erp.ID) string {
	return strings.NewReplacer("{company}", company.String(), "{id}", id.String()).Replace(path)
}
