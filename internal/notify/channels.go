package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// sendLimit bounds one delivery.
const sendLimit = 15 * time.Second

// Webhook posts notes as JSON: {"text": ..., "notes": [...]}. Chat systems show
// the text, programs read the notes.
type Webhook struct {
	address string
	client  *http.Client
}

// NewWebhook checks the address, which is a secret.
func NewWebhook(address string) (*Webhook, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, errors.New("notify.webhook_url must be an http or https address")
	}
	client := &http.Client{
		Timeout:       sendLimit,
		Transport:     &http.Transport{TLSHandshakeTimeout: sendLimit, ResponseHeaderTimeout: sendLimit, MaxIdleConns: 1, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Webhook{address: address, client: client}, nil
}

// Name is webhook.
func (w *Webhook) Name() string { return "webhook" }

// Close closes the connections it keeps.
func (w *Webhook) Close() { w.client.CloseIdleConnections() }

// Send posts the notes; any 2xx is success.
func (w *Webhook) Send(ctx context.Context, notes []Note) error {
	body, err := json.Marshal(map[string]any{"text": text(notes), "notes": notes})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.address, bytes.NewReader(body))
	if err != nil {
		return errors.New("the webhook address cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := w.client.Do(req)
	if err != nil {
		return bare(err)
	}
	defer func() { _ = res.Body.Close() }() // nothing of it is used
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)); err != nil {
		return bare(err)
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("answered %d", res.StatusCode)
	}
	return nil
}

// bare drops the address that net/http puts into its errors.
func bare(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// MailOptions say how to send mail.
type MailOptions struct {
	Host     string
	Port     int
	User     string // empty: no login
	Password string
	From     string
	To       []string
	TLS      string // starttls, tls or none; empty: starttls
}

// Mail sends notes as one plain mail to all recipients.
type Mail struct {
	o      MailOptions
	client *mail.Client
}

// NewMail checks the options; it connects to nobody yet.
func NewMail(o MailOptions) (*Mail, error) {
	options := []mail.Option{mail.WithTimeout(sendLimit)}
	switch o.TLS {
	case "tls":
		options = append(options, mail.WithSSLPort(false))
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if o.Port != 0 {
		options = append(options, mail.WithPort(o.Port))
	}
	if o.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(o.User), mail.WithPassword(o.Password))
	}
	client, err := mail.NewClient(o.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("notify.smtp: %w", err)
	}
	return &Mail{o: o, client: client}, nil
}

// Name is mail.
func (m *Mail) Name() string { return "mail" }

// Send sends one mail.
func (m *Mail) Send(ctx context.Context, notes []Note) error {
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(m.o.From), msg.To(m.o.To...)); err != nil {
		return err
	}
	msg.Subject(subject(notes))
	msg.SetBodyString(mail.TypeTextPlain, text(notes))
	return m.client.DialAndSendWithContext(ctx, msg)
}

// subject is what a list of mails shows.
func subject(notes []Note) string {
	if len(notes) == 1 {
		return fmt.Sprintf("procpac: %s %s", notes[0].On, notes[0].Effect)
	}
	return fmt.Sprintf("procpac: %d documents need a look", len(notes))
}

// text is all notes, a line each.
func text(notes []Note) string {
	lines := make([]string, len(notes))
	for i, n := range notes {
		lines[i] = n.Line()
	}
	return strings.Join(lines, "\n")
}
