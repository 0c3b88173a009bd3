package procore

import (
	"cmp"
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
)

// wireUnlink is what the requests to unlink a document hold (documented); the
// prime contract's has no names of its own but whole documents.
type wireUnlink struct {
	JobOrigin        word        `json:"job_origin_id"`
	Commitment       recordID    `json:"procore_commitment_id"`
	CommitmentType   word        `json:"commitment_type"`
	CommitmentOrigin word        `json:"commitment_origin_id"`
	Change           recordID    `json:"procore_commitment_change_order_id"`
	ChangeOrigin     word        `json:"commitment_change_order_origin_id"`
	Prime            wireNamed   `json:"prime_contract"`
	PrimeChange      wireNamed   `json:"prime_contract_change_order"`
	PrimeChangeID    recordID    `json:"prime_contract_change_order_id"`
	PrimeOrigin      word        `json:"prime_contract_change_order_origin_id"`
	PrimeID          recordID    `json:"prime_contract_id"`
	PrimeLines       []wireNamed `json:"prime_contract_change_order_line_items"`
	Lines            []wireNamed `json:"line_items"`
}

// readUnlink fills r from a request to take a document's link away.
func readUnlink(data jsontext.Value, r *erp.Request) error {
	var w wireUnlink
	if err := content(data, &w); err != nil {
		return err
	}
	u := &erp.Unlink{Type: contractType(w.CommitmentType)}
	switch r.Name {
	case erp.UnlinkCommitment:
		u.Kind, u.ID, u.Origin = erp.ApprovedCommitment, erp.ID(w.Commitment), string(w.CommitmentOrigin)
	case erp.UnlinkCommitmentChangeOrder:
		u.Kind, u.ID, u.Commitment = erp.ApprovedChangeOrder, erp.ID(w.Change), erp.ID(w.Commitment)
		u.Origin, u.OrderOf = string(w.ChangeOrigin), string(w.CommitmentOrigin)
	default:
		u.Kind, u.ID, u.Commitment = erp.KindPrimeChange, erp.ID(cmp.Or(w.PrimeChangeID, recordID(w.PrimeChange.id()))), erp.ID(cmp.Or(w.PrimeID, recordID(w.Prime.id())))
		u.Origin = string(cmp.Or(w.PrimeOrigin, w.PrimeChange.Origin))
	}
	if u.ID == 0 {
		return errors.New("the id of the document to unlink is missing")
	}
	for _, line := range append(w.Lines, w.PrimeLines...) {
		if line.id() != 0 {
			u.Lines = append(u.Lines, line.id())
		}
	}
	r.Unlink, r.JobOrigin = u, cmp.Or(r.JobOrigin, string(w.JobOrigin))
	return nil
}
