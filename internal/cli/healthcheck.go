package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

// checkLimit is how long a check waits; containers ask every few seconds.
const checkLimit = 3 * time.Second

func (s *shell) healthcheck() *cobra.Command {
	var address string
	c := &cobra.Command{
		Use:     "healthcheck",
		Short:   "Asks a running procpac whether it is well, for containers",
		Long:    "Asks one address, for a container that has no other program to do so: exit code 0 when it answers with 2xx, else 1.",
		Example: "  procpac healthcheck --url http://127.0.0.1:8081/readyz\n  procpac healthcheck",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return s.runHealthcheck(c.Context(), address) },
	}
	c.Flags().StringVar(&address, "url", "", "address to ask (default: /readyz of operator.listen)")
	return c
}

func (s *shell) runHealthcheck(ctx context.Context, address string) error {
	if address == "" {
		cfg, err := s.loadConfig()
		if err != nil {
			return err
		}
		base, err := operatorAddress(cfg.Operator.Listen)
		if err != nil {
			return err
		}
		address = base + "/readyz"
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return usagef("--url %q must be an address such as http://127.0.0.1:8081/readyz", address)
	}
	return askOnce(ctx, u)
}

// askOnce sends one GET and follows nothing.
func askOnce(ctx context.Context, u *url.URL) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return err
	}
	client := &http.Client{
		Timeout:       checkLimit,
		Transport:     &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: checkLimit}).DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		var inner *url.Error
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return fmt.Errorf("%s does not answer: %v", u.Redacted(), err) // not wrapped: a check is 0 or 1
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("%s answers with status %d", u.Redacted(), response.StatusCode)
	}
	return nil
}
