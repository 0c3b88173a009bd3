package procore

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/procpac/procpac/internal/erp"
)

// Contract is the head of a commitment as the v2 list shows it. The fields of
// that answer are assumed: Procore leaves them open.
type Contract struct {
	ID        erp.ID
	Type      erp.CommitmentType
	Number    string
	Title     string
	Status    string
	UpdatedAt string // RFC 3339, or empty
}

// wireContracts is a page of the list: v2 wraps rows in data (documented).
type wireContracts struct {
	Data []struct {
		ID        recordID `json:"id"`
		Type      word     `json:"type"`
		Number    word     `json:"number"`
		Title     prose    `json:"title"`
		Status    word     `json:"status"`
		UpdatedAt moment   `json:"updated_at"`
	} `json:"data"`
}

// Contracts lists the commitments of a project changed since then, both types,
// in Procore's order; a zero time lists all. After an error the sequence ends.
func (c *Client) Contracts(ctx context.Context, project erp.ID, since time.Time) iter.Seq2[Contract, error] {
	query := url.Values{"per_page": {strconv.Itoa(perPage)}}
	if !since.IsZero() {
		query.Set("filters[updated_at]", span(since, c.now().Add(time.Hour)))
	}
	return pages(func(number int) (onePage[Contract], error) {
		query.Set("page", strconv.Itoa(number))
		return fetch(ctx, c, c.get(pathContracts, project, query), func(a answer) (onePage[Contract], error) {
			rows, err := decodeContracts(a.body)
			return onePage[Contract]{rows: rows, more: follows(a.header, number, len(rows))}, err
		})
	}, func(r Contract) erp.ID { return r.ID })
}

// decodeContracts reads a page. A row without an id makes it unreadable.
func decodeContracts(body []byte) ([]Contract, error) {
	var wired wireContracts
	if err := json.Unmarshal(body, &wired, lenient); err != nil {
		return nil, errors.New(explain(err))
	}
	rows := make([]Contract, len(wired.Data))
	for i, w := range wired.Data {
		rows[i] = Contract{
			ID: erp.ID(w.ID), Type: erp.CommitmentType(w.Type), Number: string(w.Number), Title: string(w.Title),
			Status: string(w.Status), UpdatedAt: string(w.UpdatedAt),
		}
		if rows[i].ID <= 0 {
			return nil, errors.New("line " + strconv.Itoa(i+1) + ": id must be there")
		}
	}
	return rows, nil
}
