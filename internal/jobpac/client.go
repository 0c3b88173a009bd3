package jobpac

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// Client is the Jobpac side of one connection. It is safe for concurrent use.
// Close it when the connection ends.
type Client struct {
	config  Config
	auth    *url.URL
	request *url.URL
	end     context.CancelFunc // ends every shared call

	reading *http.Client
	writing *http.Client

	session *session
	queue   *queue
	breaker breakers
	clean   *scrubber
	letters *letters
	sizes   *sizes

	jobs      *cache[*erp.Job]
	creditors *cache[*erp.Creditor]
	centres   *cache[[]erp.CostCentre]
}

// New makes a client. It calls nothing: the first use signs in. The error
// names everything that is wrong with the configuration.
func New(config Config) (*Client, error) {
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("jobpac: %w", err)
	}
	config = config.withDefaults()
	c := &Client{
		config:  config,
		reading: newHTTPClient(newReadTransport(config.Timeout), config.Timeout),
		writing: newHTTPClient(newWriteTransport(config.Timeout), config.Timeout),
		queue:   newQueue(config.MaxConcurrent, config.RequestsPerSecond),
		breaker: newBreakers(config.Log),
		clean:   newScrubber(config.Password, config.Key),
		letters: newLetters(config.StatusLetters, config.Log),
		sizes:   newSizes(),
	}
	c.auth, _ = url.Parse(config.AuthURL)
	c.request, _ = url.Parse(config.RequestURL)
	life, end := context.WithCancel(context.Background())
	c.end = end
	c.session = newSession(life, config, c.signIn)
	c.jobs = newCache[*erp.Job](life, config)
	c.creditors = newCache[*erp.Creditor](life, config)
	c.centres = newCache[[]erp.CostCentre](life, config)
	return c, nil
}

// Close stops shared reads and waits for them, then ends the session in Jobpac
// as well as it can. Calls made after it fail. The error, a Transient fault,
// only tells that the token lives on until Jobpac lets it expire.
func (c *Client) Close(ctx context.Context) error {
	c.end()
	c.session.logins.close()
	c.jobs.flights.close()
	c.creditors.flights.close()
	c.centres.flights.close()
	var err error
	if token := c.session.close(); token != "" {
		err = c.dropToken(ctx, token)
	}
	c.reading.CloseIdleConnections()
	c.writing.CloseIdleConnections()
	return err
}

// dropToken asks Jobpac to forget the token. That it is asked where tokens are
// given is assumed.
func (c *Client) dropToken(ctx context.Context, token string) error {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	op := deleteToken()
	a := c.send(ctx, c.writing, c.auth, op, nil, token)
	if a.err == nil && a.status/100 == 2 {
		return nil
	}
	return fault.New(fault.Transient, op.title(), c.problem(a))
}

// since is how long ago at was, for log lines.
func (c *Client) since(at time.Time) time.Duration { return c.config.Now().Sub(at) }
