package procore

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json"

	"github.com/procpac/procpac/internal/erp"
)

// User is who we are in Procore: the user record of the service account. Its
// id stands as the author of our own writes (documented).
type User struct {
	ID    erp.ID
	Login string
	Name  string
}

// Me shows the user of the service account. It is the cheapest proof that
// hosts, credentials and company are right.
func (c *Client) Me(ctx context.Context) (User, error) {
	return fetch(ctx, c, c.get(pathMe, 0, nil), func(a answer) (User, error) {
		var w struct {
			ID    recordID `json:"id"`
			Login word     `json:"login"`
			Name  prose    `json:"name"`
		}
		if err := json.Unmarshal(a.body, &w, lenient); err != nil {
			return User{}, errors.New(explain(err))
		}
		return User{ID: erp.ID(w.ID), Login: string(w.Login), Name: string(w.Name)}, nil
	})
}
