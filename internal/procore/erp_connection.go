package procore

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// pathConnections is the company's ERP connection. Its creation by POST is
// documented; that GET shows it and PATCH sets its metadata is assumed. An
// operation that updates metadata is documented to exist, its path is not.
const pathConnections = "/rest/v1.0/companies/{company}/erp_connections"

// ERPConnection shows the metadata of the company's ERP connection as JSON; nil
// where the answer has none. erp.ErrNotShown: Procore has no such connection,
// or does not show it.
func (c *Client) ERPConnection(ctx context.Context) ([]byte, error) {
	k := c.get(pathConnections, 0, url.Values{})
	found, err := fetch(ctx, c, k, func(a answer) ([]byte, error) {
		var w struct {
			Metadata jsontext.Value `json:"metadata"`
		}
		if err := json.Unmarshal(a.body, &w, lenient); err != nil {
			return nil, errors.New(explain(err))
		}
		if w.Metadata.Kind() != '{' {
			return nil, nil
		}
		return w.Metadata, nil
	})
	var refused *StatusError
	if errors.As(err, &refused) && refused.Status == http.StatusMethodNotAllowed {
		return nil, errors.Join(erp.ErrNotShown, err)
	}
	return found, notShown(err)
}

// CreateERPConnection makes the company's ERP connection, which also makes its
// list of standard cost codes (documented). Where Procore says that there is
// one already, its metadata is set.
func (c *Client) CreateERPConnection(ctx context.Context, serviceURL string, metadata []byte) error {
	body := map[string]any{"connection": map[string]any{"service_url": serviceURL, "metadata": jsontext.Value(metadata)}}
	_, err := c.write(ctx, http.MethodPost, pathConnections, url.Values{}, body)
	if !exists(err) {
		return err
	}
	return c.UpdateERPMetadata(ctx, metadata)
}

// exists tells whether a creation was refused because the record is there.
func exists(err error) bool {
	var refused *StatusError
	if !errors.As(err, &refused) {
		return false
	}
	said := strings.ToLower(fault.Said(err))
	return refused.Status == http.StatusConflict ||
		refused.Status == http.StatusUnprocessableEntity && (strings.Contains(said, "already") || strings.Contains(said, "exist"))
}

// UpdateERPMetadata sets the whole metadata of the company's ERP connection.
func (c *Client) UpdateERPMetadata(ctx context.Context, metadata []byte) error {
	body := map[string]any{"connection": map[string]any{"metadata": jsontext.Value(metadata)}}
	_, err := c.write(ctx, http.MethodPatch, pathConnections, url.Values{}, body)
	return err
}
