package app

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/jobpac"
	"github.com/procpac/procpac/internal/procore"
)

// clients are both sides of one connection, whoever uses them: the road, the
// sweep and the audit share limits, tokens and caches.
type clients struct {
	name    string
	config  config.Connection
	company erp.ID
	zone    *time.Location
	log     zerolog.Logger
	procore *procore.Client
	jobpac  *jobpac.Client
}

// newClients opens both sides of a connection.
func newClients(c config.Connection, w config.Worker, log zerolog.Logger) (*clients, error) {
	l := &clients{name: c.Name, config: c, log: log.With().Str("connection", c.Name).Str("company", c.Procore.CompanyID).Logger()}
	var err error
	if l.company, err = erp.ParseID(c.Procore.CompanyID); err != nil {
		return nil, setup(err, "connections.%s.procore.company_id: %v", c.Name, err)
	}
	if l.zone, err = time.LoadLocation(c.TimeZone); err != nil {
		return nil, setup(err, "connections.%s.time_zone: %v", c.Name, err)
	}
	l.procore, err = procore.New(procore.Config{
		LoginURL: c.Procore.LoginURL, APIURL: c.Procore.APIURL, CompanyID: l.company,
		ClientID: c.Procore.ClientID, ClientSecret: c.Procore.ClientSecret.Reveal, Concurrency: w.Concurrency, Log: l.log,
	})
	if err != nil {
		return nil, setup(err, "connections.%s.%v", c.Name, err)
	}
	l.jobpac, err = jobpac.New(jobpacConfig(c, w, l.log))
	if err != nil {
		l.procore.Stop()
		return nil, setup(err, "connections.%s.jobpac: %v", c.Name, err)
	}
	return l, nil
}

// close ends both.
func (l *clients) close(ctx context.Context) error {
	l.procore.Stop()
	return l.jobpac.Close(ctx)
}

func jobpacConfig(c config.Connection, w config.Worker, log zerolog.Logger) jobpac.Config {
	j := c.Jobpac
	return jobpac.Config{
		AuthURL: j.AuthURL, RequestURL: j.RequestURL, Environment: j.Environment, Application: j.Application, Version: j.Version,
		Key: j.EncryptionKey.Reveal(), User: j.User, Password: j.Password.Reveal(), WorkID: j.WorkID, CreditorWorkID: j.CreditorWorkID,
		ReferenceField: c.Mapping.ReferenceField, StatusLetters: j.StatusLetters,
		MaxConcurrent: j.MaxConcurrent, RequestsPerSecond: j.RequestsPerSecond, Timeout: w.SendLimit.Std(), Log: log,
	}
}
