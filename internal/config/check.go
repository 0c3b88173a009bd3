package config

import (
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones on machines that bring none
)

// check adds every rule that the values break.
func (c *Config) check(p *Problems) {
	checkListen(p, "listen", c.Listen)
	c.checkOperator(p)
	p.must(c.DataDir != "", "data_dir", "", "must name a directory")
	c.checkStores(p)
	c.checkWorker(p)
	c.checkNotify(p)
	p.must(c.Sweep.Every > 0, "sweep.every", c.Sweep.Every.String(), "must be more than 0")
	p.must(c.Sweep.Window > 0, "sweep.window", c.Sweep.Window.String(), "must be more than 0")
	for i := range c.Connections {
		c.Connections[i].check(p)
	}
}

// checkListen wants host:port.
func checkListen(p *Problems, key, address string) {
	_, port, err := net.SplitHostPort(address)
	n, portErr := strconv.Atoi(port)
	p.must(err == nil && portErr == nil && n >= 0 && n <= 65535, key, address, "must be host:port, for example 127.0.0.1:8080")
}

func (c *Config) checkOperator(p *Problems) {
	checkListen(p, "operator.listen", c.Operator.Listen)
	host, _, err := net.SplitHostPort(c.Operator.Listen)
	if err == nil && !loopback(host) {
		p.must(c.Operator.Token.Set(), "operator.listen", c.Operator.Listen, "beyond loopback needs operator.token_file")
	}
	if c.Operator.Token.Set() {
		p.must(len(c.Operator.Token) >= 16, "operator.token", "", "must have at least 16 characters: for example openssl rand -hex 32")
	}
	p.must(c.Operator.Listen != c.Listen || strings.HasSuffix(c.Listen, ":0"), "operator.listen", c.Operator.Listen, "must differ from listen")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *Config) checkStores(p *Problems) {
	n := c.NATS
	if n.URL != "" {
		checkURL(p, "nats.url", n.URL, "nats", "tls")
	} else {
		p.must(n.Replicas == 1, "nats.replicas", strconv.Itoa(n.Replicas), "must be 1 for the server inside the process")
		p.must(n.CredsFile == "", "nats.creds_file", n.CredsFile, "is for an external cluster: give nats.url too")
	}
	p.must(slices.Contains([]int{1, 3, 5}, n.Replicas), "nats.replicas", strconv.Itoa(n.Replicas), "must be 1, 3 or 5")
	p.must(n.MaxStore > 0, "nats.max_store", n.MaxStore.String(), "must be more than 0, for example 20GiB")
	p.must(n.EventsMaxAge.Std() >= day, "nats.events_max_age", n.EventsMaxAge.String(), "must be at least 1d: Procore repeats for 12 hours")
	if c.Redis.URL != "" {
		checkURL(p, "redis.url", c.Redis.URL, "redis", "rediss")
	}
}

// checkURL wants an address of one of the schemes.
func checkURL(p *Problems, key string, address Address, schemes ...string) {
	u, err := url.Parse(address.Reveal())
	ok := err == nil && u.Host != "" && slices.Contains(schemes, u.Scheme)
	p.must(ok, key, "", "must begin with "+strings.Join(schemes, ":// or ")+"://")
}

func (c *Config) checkWorker(p *Problems) {
	w := c.Worker
	p.must(w.Concurrency >= 1 && w.Concurrency <= 1024, "worker.concurrency", strconv.Itoa(w.Concurrency), "must be 1 to 1024")
	for key, d := range map[string]Duration{"event_timeout": w.EventTimeout, "send_window": w.SendWindow, "send_limit": w.SendLimit} {
		p.must(d > 0, "worker."+key, d.String(), "must be more than 0")
	}
	p.must(w.Lease > w.SendWindow+w.SendLimit, "worker.lease", w.Lease.String(), "must be longer than send_window + send_limit, or a claim ends under a write")
	p.must(w.AckWait.Std() >= 200*time.Millisecond, "worker.ack_wait", w.AckWait.String(), "must be at least 200ms")
}

func (c *Config) checkNotify(p *Problems) {
	n := c.Notify
	for _, on := range n.On {
		p.oneOf("notify.on", on, "parked", "rejected", "dead", "safe_mode", "token_refused")
	}
	p.must(n.Digest >= 0, "notify.digest", n.Digest.String(), "must not be negative")
	if n.WebhookURL.Set() {
		u, err := url.Parse(n.WebhookURL.Reveal())
		p.must(err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())), "notify.webhook_url", "", "must be an https address")
	}
	p.oneOf("notify.smtp.tls", n.SMTP.TLS, "starttls", "tls", "none")
	if n.SMTP.Host != "" {
		p.must(n.SMTP.From != "" && len(n.SMTP.To) > 0, "notify.smtp", n.SMTP.Host, "needs from and to")
		p.must(n.SMTP.Port >= 0 && n.SMTP.Port <= 65535, "notify.smtp.port", strconv.Itoa(n.SMTP.Port), "must be a port")
	}
}

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// check adds every rule that a connection breaks.
func (c *Connection) check(p *Problems) {
	at := "connections." + c.Name
	p.must(nameForm.MatchString(c.Name), "connections.name", c.Name, "must be a-z, 0-9 and dashes, at most 32, not beginning with a dash")
	p.oneOf(at+".intake", c.Intake, "erp", "direct", "both")
	if c.Intake == "direct" || c.Intake == "both" {
		p.must(c.GoLive != "", at+".go_live", "", "is required with direct intake: what was approved before it is never created")
	}
	p.oneOf(at+".mode", c.Mode, "live", "observe")
	if c.GoLive != "" {
		_, err := time.Parse(time.RFC3339, c.GoLive)
		p.must(err == nil, at+".go_live", c.GoLive, "must be a time such as 2026-12-01T00:00:00+11:00")
	}
	_, err := time.LoadLocation(c.TimeZone)
	p.must(err == nil && c.TimeZone != "", at+".time_zone", c.TimeZone, "must be an IANA name such as Australia/Sydney")
	c.Procore.check(p, at+".procore")
	c.Jobpac.check(p, at+".jobpac")
	c.Mapping.check(p, at+".mapping")
	p.oneOf(at+".voided", c.Voided, "park", "complete")
	p.oneOf(at+".revised", c.Revised, "park", "vary")
	c.Orders.check(p, at+".orders")
	c.Invoices.check(p, at+".invoices")
}

func (c *Procore) check(p *Problems, at string) {
	checkWeb(p, at+".login_url", c.LoginURL)
	checkWeb(p, at+".api_url", c.APIURL)
	_, err := strconv.ParseInt(c.CompanyID, 10, 64)
	p.must(err == nil && c.CompanyID[0] != '-' && c.CompanyID[0] != '+', at+".company_id", c.CompanyID, "must be the company's id in digits")
	p.must(c.ClientID != "", at+".client_id", "", "must be the id of the service account's app")
	p.must(c.ClientSecret.Set(), at+".client_secret", "", "is missing: give client_secret_file")
	p.must(len(c.WebhookTokens) >= 1 && len(c.WebhookTokens) <= 2, at+".webhook_tokens", "", "must be one or two: current, then next; give webhook_tokens_file")
	checkHookURL(p, at+".hook_url", c.HookURL)
	for _, t := range c.WebhookTokens {
		p.must(len(t) >= 16, at+".webhook_tokens", "", "each must have at least 16 characters: for example openssl rand -hex 32")
	}
}

// checkHookURL takes none, or a web address that holds no secret.
func checkHookURL(p *Problems, key, address string) {
	u, err := url.Parse(address)
	switch {
	case address == "":
	case err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		p.add(key, "", "must be an address without user, query and fragment")
	default:
		checkWeb(p, key, address)
	}
}

// checkWeb wants https, or http on this machine.
func checkWeb(p *Problems, key, address string) {
	u, err := url.Parse(address)
	ok := err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()))
	p.must(ok, key, address, "must be an https address (http only on this machine)")
}

func (c *Jobpac) check(p *Problems, at string) {
	checkWeb(p, at+".auth_url", c.AuthURL)
	checkWeb(p, at+".request_url", c.RequestURL)
	p.must(c.Environment != "", at+".environment", "", "is missing: it comes with the API access")
	p.must(c.Application != "", at+".application", "", "is missing: it comes with the API access")
	p.must(len(c.EncryptionKey) == 24 || len(c.EncryptionKey) == 32, at+".encryption_key", "", "has "+strconv.Itoa(len(c.EncryptionKey))+" characters: a Jobpac key has 24 or 32; give encryption_key_file")
	p.must(c.User != "" && len(c.User) <= 10, at+".user", c.User, "must have 1 to 10 characters")
	p.must(c.Password.Set() && len(c.Password) <= 10, at+".password", "", "must have 1 to 10 characters; give password_file")
	p.must(c.WorkID != "" && len(c.WorkID) <= 3, at+".work_id", c.WorkID, "must have 1 to 3 characters")
	p.must(len(c.CreditorWorkID) <= 3, at+".creditor_work_id", c.CreditorWorkID, "must have at most 3 characters")
	p.must(c.Currency == "" || len(c.Currency) == 3 && c.Currency == strings.ToUpper(c.Currency), at+".currency", c.Currency, "must be an ISO code such as AUD")
	p.oneOf(at+".unique_document_number", c.UniqueDocumentNumber, "verified", "unknown", "no")
	for record, value := range c.UniqueKeys {
		p.oneOf(at+".unique_keys", record, "order", "item", "variation", "variation_item", "claim", "invoice")
		p.oneOf(at+".unique_keys."+record, value, "verified", "unknown", "no")
	}
	for letter, meaning := range c.StatusLetters {
		p.oneOf(at+".status_letters."+letter, meaning, "open", "stopped", "complete")
	}
	p.must(c.QuietPeriod > 0, at+".quiet_period", c.QuietPeriod.String(), "must be more than 0")
	p.must(c.MaxConcurrent >= 0, at+".max_concurrent", strconv.Itoa(c.MaxConcurrent), "must not be negative; 0 is no limit")
	p.must(c.RequestsPerSecond >= 0, at+".requests_per_second", strconv.Itoa(c.RequestsPerSecond), "must not be negative; 0 is no limit")
}

var (
	placeholder = regexp.MustCompile(`\{[^}]*\}?`)
	percentForm = regexp.MustCompile(`^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$`)
	fieldForm   = regexp.MustCompile(`^UserDefinedField[1-5]$`)
)

func (m *Mapping) check(p *Problems, at string) {
	checkTemplate(p, at+".order_number.subcontract", m.OrderNumber.Subcontract, "{number}")
	checkTemplate(p, at+".order_number.purchase_order", m.OrderNumber.PurchaseOrder, "{number}")
	checkTemplate(p, at+".variation.number", m.Variation.Number, "{code}", "{number}")
	checkWidth(p, at+".order_number.width", m.OrderNumber.Width)
	checkWidth(p, at+".variation.width", m.Variation.Width)
	p.must(fieldForm.MatchString(m.ReferenceField), at+".reference_field", m.ReferenceField, "must be UserDefinedField1 to UserDefinedField5")
	percent := m.Retention.DefaultPercent
	p.must(percent == "" || percentForm.MatchString(percent), at+".retention.default_percent", percent, "must be 0 to 100 with at most two decimals")
	p.oneOf(at+".retention.on", m.Retention.On, "gross", "net")
	p.oneOf(at+".purchase_order_change", m.PurchaseOrderChange, "new_items", "quantity")
	if m.PurchaseOrderChange == "quantity" {
		p.add(at+".purchase_order_change", m.PurchaseOrderChange, "changing quantities is not in this build: use new_items")
	}
	p.oneOf(at+".schedule_of_rates", m.ScheduleOfRates, "by_accounting_method", "lump_sum", "schedule_of_rates")
}

// checkTemplate allows the given placeholders only, and wants at least one.
func checkTemplate(p *Problems, key, template string, allowed ...string) {
	found := placeholder.FindAllString(template, -1)
	ok := len(found) > 0 && !slices.ContainsFunc(found, func(f string) bool { return !slices.Contains(allowed, f) })
	p.must(ok, key, template, "must hold "+strings.Join(allowed, " or ")+" and no other braces")
}

func checkWidth(p *Problems, key string, width int) {
	p.must(width >= 1 && width <= 20, key, strconv.Itoa(width), "must be 1 to 20")
}

// WithoutEffect names what is set and has no effect without direct intake, each
// under its key below at.
func (c *Connection) WithoutEffect(at string) []string {
	if c.Intake != "erp" {
		return nil
	}
	var all []string
	if c.Voided != "park" {
		all = append(all, at+".voided "+c.Voided+" has no effect with intake erp: it needs direct intake")
	}
	if c.Revised != "park" {
		all = append(all, at+".revised "+c.Revised+" has no effect with intake erp: it needs direct intake")
	}
	return all
}

// Warnings are settings that work and may surprise.
func (c *Config) Warnings() []string {
	var all []string
	for _, one := range c.Connections {
		at := "connections." + one.Name
		if one.Jobpac.QuietPeriod.Std() < time.Minute {
			all = append(all, at+".jobpac.quiet_period "+one.Jobpac.QuietPeriod.String()+" is short: a commit that is slower than it can be missed")
		}
		all = append(all, one.WithoutEffect(at)...)
		if one.Jobpac.UniqueDocumentNumber == "unknown" {
			all = append(all, at+".jobpac.unique_document_number is unknown: a write whose outcome stays unknown is parked for a person"+exceptions(one.Jobpac.UniqueKeys))
		}
	}
	if c.Worker.AckWait.Std() < 10*time.Second {
		all = append(all, "worker.ack_wait "+c.Worker.AckWait.String()+" is short: an event is given to a second worker while the first still has it")
	}
	if c.NATS.URL != "" && c.Redis.URL == "" {
		all = append(all, "nats.url is set and redis.url is not: several workers share no claims; the journal still lets only one of them write")
	}
	return all
}

// exceptions names the records that have a value of their own.
func exceptions(keys map[string]string) string {
	if len(keys) == 0 {
		return ""
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		names = append(names, name+": "+keys[name])
	}
	return " (unique_keys: " + strings.Join(names, ", ") + ")"
}
