package procoresim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
)

// manager is the work behind one management path. It takes the lock through the exported methods.
type manager func(s *Sim, k *call) (any, error)

func (s *Sim) newManagement() http.Handler {
	e := newEcho()
	for _, r := range append(managementRoutes(), importRoutes()...) {
		e.Add(r.method, r.path, s.serveManager(r.do))
	}
	return e
}

type managementRoute struct {
	method, path string
	do           manager
}

func managementRoutes() []managementRoute {
	return []managementRoute{
		{http.MethodGet, "/sim/state", func(s *Sim, _ *call) (any, error) { return s.State(), nil }},
		{http.MethodGet, "/sim/erp_requests", func(s *Sim, _ *call) (any, error) { return s.Requests(), nil }},
		{http.MethodGet, "/sim/external_data", func(s *Sim, _ *call) (any, error) { return s.ExternalData(), nil }},
		{http.MethodGet, "/sim/deliveries", func(s *Sim, _ *call) (any, error) { return s.Deliveries(), nil }},
		{http.MethodGet, "/sim/counts", manageCounts},
		{http.MethodGet, "/sim/assumptions", manageAssumptions},
		{http.MethodGet, "/sim/settings", func(s *Sim, _ *call) (any, error) { return s.Settings(), nil }},
		{http.MethodPut, "/sim/settings", manageSettings},
		{http.MethodPut, "/sim/faults", manageFaults},
		{http.MethodPost, "/sim/seed", manageSeed},
		{http.MethodPost, "/sim/reset", manageReset},
		{http.MethodPost, "/sim/clock", manageClock},
		{http.MethodPost, "/sim/approve", manageApprove},
		{http.MethodPost, "/sim/erp_requests", manageRequest},
		{http.MethodPost, "/sim/commitments", adding((*Sim).AddCommitment)},
		{http.MethodPatch, "/sim/commitments/:id", editing((*Sim).EditCommitment)},
		{http.MethodDelete, "/sim/commitments/:id", manageDelete},
		{http.MethodPost, "/sim/commitments/:id/export", exporting((*Sim).EditCommitment, (*Sim).ExportCommitment)},
		{http.MethodPost, "/sim/change_orders", adding((*Sim).AddChangeOrder)},
		{http.MethodPatch, "/sim/change_orders/:id", editing((*Sim).EditChangeOrder)},
		{http.MethodPost, "/sim/change_orders/:id/export", exporting((*Sim).EditChangeOrder, (*Sim).ExportChangeOrder)},
		{http.MethodPost, "/sim/requisitions", adding((*Sim).AddRequisition)},
		{http.MethodPatch, "/sim/requisitions/:id", editing((*Sim).EditRequisition)},
		{http.MethodPost, "/sim/requisitions/export", manageInvoices},
		{http.MethodPost, "/sim/requisitions/:id/reset", resetting((*Sim).ResetRequisition)},
		{http.MethodPost, "/sim/prime_contract_change_orders", adding((*Sim).AddPrimeChange)},
		{http.MethodPatch, "/sim/prime_contract_change_orders/:id", editing((*Sim).EditPrimeChange)},
		{http.MethodPost, "/sim/prime_contract_change_orders/:id/export", exporting((*Sim).EditPrimeChange, (*Sim).ExportPrimeChange)},
		{http.MethodPost, "/sim/prime_contract_change_orders/:id/reset", resetting((*Sim).ResetPrimeChange)},
		{http.MethodPost, "/sim/prime_contract_change_orders/:id/unlink", unlinking((*Sim).UnlinkPrimeChange)},
		{http.MethodPost, "/sim/commitments/:id/unlink", unlinking((*Sim).UnlinkCommitment)},
		{http.MethodPost, "/sim/change_orders/:id/unlink", unlinking((*Sim).UnlinkChangeOrder)},
	}
}

func (s *Sim) serveManager(do manager) echo.HandlerFunc {
	return func(c echo.Context) error {
		body, err := io.ReadAll(io.LimitReader(c.Request().Body, maxBody))
		if err != nil {
			return err
		}
		k := &call{Context: c, body: body, query: c.QueryParams(), now: s.clock.Now()}
		answer, err := do(s, k)
		if err != nil {
			e := asAPIError(err)
			return reply{status: e.status, body: obj{"error": e.Error()}}.write(c)
		}
		return reply{status: http.StatusOK, body: answer}.write(c)
	}
}

// strict reads a management body and refuses unknown names, so that a misspelt switch is noticed. An empty body leaves v alone.
func (k *call) strict(v any) error {
	if len(bytes.TrimSpace(k.body)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(k.body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		return badRequest("body", "cannot be read: "+err.Error())
	}
	return nil
}

func manageCounts(s *Sim, _ *call) (any, error) {
	return obj{"deliveries": s.DeliveryCounts(), "records": s.Counts(), "calls": s.Calls()}, nil
}

func manageAssumptions(_ *Sim, _ *call) (any, error) {
	return obj{"paths": endpoints(), "behaviour": assumptions(), "fixed": fixedAssumptions(), "shapes": shapeNames()}, nil
}

// manageSettings lays the given settings over those in force.
func manageSettings(s *Sim, k *call) (any, error) {
	next := s.Settings()
	if err := k.strict(&next); err != nil {
		return nil, err
	}
	if err := s.SetSettings(next); err != nil {
		return nil, err
	}
	return s.Settings(), nil
}

func manageFaults(s *Sim, k *call) (any, error) {
	order := Faults{Seed: 1}
	if err := k.strict(&order); err != nil {
		return nil, err
	}
	return obj{"faults": len(order.Faults)}, s.SetFaultPlan(order)
}

// manageSeed adds records; {"demo": true} adds the demo with its documents first.
func manageSeed(s *Sim, k *call) (any, error) {
	var body struct {
		Seed
		Demo bool `json:"demo"`
	}
	if err := k.strict(&body); err != nil {
		return nil, err
	}
	if body.Demo {
		if err := errors.Join(s.Seed(DemoSeed()), s.Seed(DemoDocuments())); err != nil {
			return nil, err
		}
	}
	err := s.Seed(body.Seed)
	return s.Counts(), err
}

func manageReset(s *Sim, _ *call) (any, error) {
	s.Reset()
	return obj{"ok": true}, nil
}

// manageClock advances by a duration such as 90m; see Sim.Advance.
func manageClock(s *Sim, k *call) (any, error) {
	var body struct {
		Advance string `json:"advance"`
	}
	if err := k.strict(&body); err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(body.Advance)
	if err != nil || d < 0 {
		return nil, badRequest("advance", "must be a duration such as 90s or 12h")
	}
	err = s.Advance(k.Request().Context(), d)
	return obj{"now": s.clock.Now().UTC().Format(time.RFC3339Nano)}, err
}

func manageRequest(s *Sim, k *call) (any, error) {
	var body struct {
		Name       string          `json:"request_name"`
		Data       json.RawMessage `json:"request_data"`
		WithDetail bool            `json:"with_detail"`
	}
	if err := k.strict(&body); err != nil {
		return nil, err
	}
	return exported(s.AddERPRequest(body.Name, body.Data, body.WithDetail))
}

func exported(request, detail int64, err error) (any, error) {
	return obj{"erp_request_id": request, "request_detail_id": detail}, err
}

// manageApprove sets the approved status and exports, in one call: {"commitment_id" or "change_order_id", "code"}.
func manageApprove(s *Sim, k *call) (any, error) {
	var body struct {
		CommitmentID  int64  `json:"commitment_id"`
		ChangeOrderID int64  `json:"change_order_id"`
		Code          string `json:"code"`
	}
	if err := k.strict(&body); err != nil {
		return nil, err
	}
	if body.ChangeOrderID != 0 {
		return exported(s.ApproveChangeOrder(body.ChangeOrderID, body.Code))
	}
	return exported(s.ApproveCommitment(body.CommitmentID, body.Code))
}

// ApproveCommitment sets a commitment to Approved and exports it.
func (s *Sim) ApproveCommitment(id int64, code string) (requestID, detailID int64, err error) {
	if err := s.EditCommitment(id, json.RawMessage(`{"status":"Approved","executed":true}`)); err != nil {
		return 0, 0, err
	}
	return s.ExportCommitment(id, code)
}

// ApproveChangeOrder sets a change order to approved and exports it.
func (s *Sim) ApproveChangeOrder(id int64, code string) (requestID, detailID int64, err error) {
	if err := s.EditChangeOrder(id, json.RawMessage(`{"status":"approved","executed":true}`)); err != nil {
		return 0, 0, err
	}
	return s.ExportChangeOrder(id, code)
}

func manageDelete(s *Sim, k *call) (any, error) {
	id, err := k.id("id")
	if err != nil {
		return nil, err
	}
	return obj{"id": id}, s.DeleteCommitment(id)
}

func adding[T any](add func(*Sim, T) (int64, error)) manager {
	return func(s *Sim, k *call) (any, error) {
		var row T
		if err := k.strict(&row); err != nil {
			return nil, err
		}
		id, err := add(s, row)
		return obj{"id": id}, err
	}
}

func editing(edit func(*Sim, int64, json.RawMessage) error) manager {
	return func(s *Sim, k *call) (any, error) {
		id, err := k.id("id")
		if err != nil {
			return nil, err
		}
		return obj{"id": id}, edit(s, id, k.body)
	}
}

// exporting is the approver's screen: {"code"} and, where given, {"erp_custom_fields", "accounting_date"}.
func exporting(edit func(*Sim, int64, json.RawMessage) error, export func(*Sim, int64, string) (int64, int64, error)) manager {
	return func(s *Sim, k *call) (any, error) {
		var body struct {
			Code           string          `json:"code"`
			CustomFields   json.RawMessage `json:"erp_custom_fields,omitempty"`
			AccountingDate string          `json:"accounting_date,omitempty"`
		}
		id, err := k.id("id")
		if err == nil {
			err = k.strict(&body)
		}
		if err == nil && (body.CustomFields != nil || body.AccountingDate != "") {
			err = edit(s, id, answers(body.CustomFields, body.AccountingDate))
		}
		if err != nil {
			return nil, err
		}
		return exported(export(s, id, body.Code))
	}
}

// manageInvoices sends invoices in one request: {"requisitions": [{"id", "code"}]}.
func manageInvoices(s *Sim, k *call) (any, error) {
	var body struct {
		Requisitions []Export `json:"requisitions"`
	}
	if err := k.strict(&body); err != nil {
		return nil, err
	}
	request, details, err := s.ExportRequisitions(body.Requisitions...)
	return obj{"erp_request_id": request, "request_detail_ids": details}, err
}

func unlinking(unlink func(*Sim, int64) (int64, int64, error)) manager {
	return func(s *Sim, k *call) (any, error) {
		id, err := k.id("id")
		if err != nil {
			return nil, err
		}
		return exported(unlink(s, id))
	}
}

func resetting(reset func(*Sim, int64) (int64, error)) manager {
	return func(s *Sim, k *call) (any, error) {
		id, err := k.id("id")
		if err != nil {
			return nil, err
		}
		request, err := reset(s, id)
		return obj{"erp_request_id": request}, err
	}
}

func answers(fields json.RawMessage, date string) json.RawMessage {
	if fields == nil {
		return json.RawMessage(`{"accounting_date":` + strconv.Quote(date) + `}`)
	}
	return json.RawMessage(`{"accounting_date":` + strconv.Quote(date) + `,"erp_custom_fields":` + string(fields) + `}`)
}
