package config

// Config is the whole configuration. The tag key is the key in the file, doc
// the text of the schema.
type Config struct {
	Listen      string       `key:"listen" doc:"address that takes Procore's webhooks, host:port"`
	Operator    Operator     `key:"operator" doc:"the operators' side: API and metrics"`
	DataDir     string       `key:"data_dir" doc:"directory of journal, projection and locks; one process at a time; created with mode 0700"`
	NATS        NATS         `key:"nats" doc:"the event store and journal"`
	Redis       Redis        `key:"redis" doc:"claims shared by several processes"`
	Worker      Worker       `key:"worker" doc:"how events are worked on"`
	Sweep       Sweep        `key:"sweep" doc:"the search for missed approvals"`
	Notify      Notify       `key:"notify" doc:"who is told when a person is needed"`
	Connections []Connection `key:"connections" doc:"one Procore company joined to one Jobpac organisation each"`
}

// Operator is the operators' listener.
type Operator struct {
	Listen    string `key:"listen" doc:"address of API and metrics, host:port; beyond loopback only with a token"`
	Token     Secret `key:"token" doc:"bearer token of the API, at least 16 characters"`
	TokenFile string `key:"token_file" doc:"file with the token, mode 0600"`
}

// NATS says where events and journal are kept.
type NATS struct {
	URL          Address  `key:"url" doc:"nats:// or tls:// address of a cluster; empty: a server inside the process, every write synced, no port"`
	Replicas     int      `key:"replicas" doc:"copies of each stream: 1, 3 or 5; 1 for the server inside the process"`
	CredsFile    string   `key:"creds_file" doc:"NATS credentials file of an external cluster"`
	MaxStore     Size     `key:"max_store" doc:"the most that the server inside the process may store"`
	EventsMaxAge Duration `key:"events_max_age" doc:"how long events are kept for search and replay"`
}

// Redis says where claims are kept.
type Redis struct {
	URL          Address `key:"url" doc:"redis:// or rediss:// address; empty: claims inside the process, for one process only"`
	Password     Secret  `key:"password" doc:"password, where the address carries none"`
	PasswordFile string  `key:"password_file" doc:"file with the password, mode 0600"`
}

// Worker holds the times of the road.
type Worker struct {
	Concurrency  int      `key:"concurrency" doc:"documents worked on at once per connection, 1 to 1024"`
	EventTimeout Duration `key:"event_timeout" doc:"no new step of a document starts after this; the rest follows later"`
	SendWindow   Duration `key:"send_window" doc:"the longest from a recorded intent to the start of its send"`
	SendLimit    Duration `key:"send_limit" doc:"the longest that a send to Jobpac may take"`
	Lease        Duration `key:"lease" doc:"how long a claim holds without a sign of life; longer than send_window + send_limit"`
	AckWait      Duration `key:"ack_wait" doc:"after this without a sign of life an event goes to another worker, at least 10s"`
}

// Sweep holds the times of the search for missed approvals.
type Sweep struct {
	Every  Duration `key:"every" doc:"time between two sweeps"`
	Window Duration `key:"window" doc:"how far back a sweep looks"`
}

// Notify says who is told what.
type Notify struct {
	WebhookURL     Secret   `key:"webhook_url" doc:"address that gets JSON; a secret"`
	WebhookURLFile string   `key:"webhook_url_file" doc:"file with that address, mode 0600"`
	SMTP           SMTP     `key:"smtp" doc:"mail"`
	On             []string `key:"on" doc:"occasions: parked, rejected, dead, safe_mode, token_refused"`
	Digest         Duration `key:"digest" doc:"at most one message in this time"`
}

// SMTP says how mail is sent.
type SMTP struct {
	Host         string   `key:"host" doc:"mail server; empty: no mail"`
	Port         int      `key:"port" doc:"its port; 0: by tls"`
	User         string   `key:"user" doc:"login; empty: none"`
	Password     Secret   `key:"password" doc:"password of the login"`
	PasswordFile string   `key:"password_file" doc:"file with the password, mode 0600"`
	From         string   `key:"from" doc:"sender"`
	To           []string `key:"to" doc:"recipients"`
	TLS          string   `key:"tls" doc:"starttls, tls or none"`
}

// Connection joins one Procore company to one Jobpac organisation.
type Connection struct {
	Name     string   `key:"name" doc:"a-z, 0-9 and dashes, at most 32; part of every effect's id, so it never changes"`
	Intake   string   `key:"intake" doc:"erp: by Procore's ERP Integrations tool; direct: by the contracts' own webhooks; or both"`
	Mode     string   `key:"mode" doc:"live, or observe: decides, translates and looks up, writes nothing to either side"`
	GoLive   string   `key:"go_live" doc:"RFC 3339 time; what was approved before is never created by direct intake or sweep"`
	TimeZone string   `key:"time_zone" doc:"IANA name; dates made from timestamps are of this zone"`
	Procore  Procore  `key:"procore" doc:"the Procore side"`
	Jobpac   Jobpac   `key:"jobpac" doc:"the Jobpac side"`
	Mapping  Mapping  `key:"mapping" doc:"how documents are translated"`
	Voided   string   `key:"voided" doc:"a commitment of ours that is void or terminated in Procore, with direct intake: park, a person is told; or complete: its purchase order is set complete, its subcontract finalised, in Jobpac"`
	Revised  string   `key:"revised" doc:"a commitment or change order of ours that is changed in Procore after it was entered, with direct intake: park, a person is told; or vary: the difference is entered in Jobpac as a further variation, or as further items of its purchase order"`
	Orders   Orders   `key:"orders" doc:"what becomes of purchase orders in Jobpac beyond their entry"`
	Invoices Invoices `key:"invoices" doc:"how subcontractor invoices go over"`
	Sync     Sync     `key:"sync" doc:"times between imports; 0: only when asked for"`
}

// Procore is one company's side.
type Procore struct {
	LoginURL          string   `key:"login_url" doc:"token host"`
	APIURL            string   `key:"api_url" doc:"API host"`
	CompanyID         string   `key:"company_id" doc:"the company's id, digits"`
	ClientID          string   `key:"client_id" doc:"of the developer managed service account"`
	ClientSecret      Secret   `key:"client_secret" doc:"its secret"`
	ClientSecretFile  string   `key:"client_secret_file" doc:"file with the secret, mode 0600"`
	WebhookTokens     []Secret `key:"webhook_tokens" doc:"whole Authorization values that webhooks may carry: current, then next"`
	WebhookTokensFile string   `key:"webhook_tokens_file" doc:"file with one token per line, mode 0600"`
	HookURL           string   `key:"hook_url" doc:"public https address of the receiver, without the path of the connection; used by setup"`
}

// Jobpac is one organisation's side.
type Jobpac struct {
	AuthURL              string            `key:"auth_url" doc:"address of the token calls"`
	RequestURL           string            `key:"request_url" doc:"address of all other calls"`
	Environment          string            `key:"environment" doc:"as Jobpac's support gave it"`
	Application          string            `key:"application" doc:"as Jobpac's support gave it"`
	Version              string            `key:"version" doc:"of the API"`
	EncryptionKey        Secret            `key:"encryption_key" doc:"24 or 32 characters; the length chooses the login cipher"`
	EncryptionKeyFile    string            `key:"encryption_key_file" doc:"file with the key, mode 0600"`
	User                 string            `key:"user" doc:"API user, at most 10 characters"`
	Password             Secret            `key:"password" doc:"at most 10 characters"`
	PasswordFile         string            `key:"password_file" doc:"file with the password, mode 0600"`
	WorkID               string            `key:"work_id" doc:"the organisation's WorkID, at most 3 characters"`
	CreditorWorkID       string            `key:"creditor_work_id" doc:"WorkID of the creditors; empty: work_id"`
	Currency             string            `key:"currency" doc:"ISO code; checked where a document carries one"`
	UniqueDocumentNumber string            `key:"unique_document_number" doc:"does Jobpac refuse a second record of one key: verified, unknown or no; the last two park unknown outcomes"`
	UniqueKeys           map[string]string `key:"unique_keys" doc:"the same per record: order, item, variation, variation_item, claim, invoice"`
	StatusLetters        map[string]string `key:"status_letters" doc:"what a status code means: open, stopped or complete"`
	QuietPeriod          Duration          `key:"quiet_period" doc:"longer than the slowest commit of this Jobpac; only after it an absent record counts as absent"`
	MaxConcurrent        int               `key:"max_concurrent" doc:"calls at once; 0: no limit"`
	RequestsPerSecond    int               `key:"requests_per_second" doc:"calls a second; 0: no limit"`
}

// Mapping is how documents are translated.
type Mapping struct {
	OrderNumber         OrderNumber       `key:"order_number" doc:"order numbers where the approver typed none"`
	Variation           Variation         `key:"variation" doc:"variations"`
	ReferenceField      string            `key:"reference_field" doc:"the Jobpac field that holds our reference, UserDefinedField1 to 5"`
	GST                 GST               `key:"gst" doc:"tax codes"`
	Units               map[string]string `key:"units" doc:"Procore unit to Jobpac unit; not named: the same in upper case"`
	CostTypes           map[string]string `key:"cost_types" doc:"Procore line item type code to Jobpac cost type; not named: the linked one"`
	Retention           Retention         `key:"retention" doc:"retention of subcontracts"`
	PurchaseOrderChange string            `key:"purchase_order_change" doc:"new_items: a change order adds items, the only way of this build"`
	ScheduleOfRates     string            `key:"schedule_of_rates" doc:"by_accounting_method, lump_sum or schedule_of_rates"`
}

// OrderNumber holds the templates of order numbers.
type OrderNumber struct {
	Subcontract   string `key:"subcontract" doc:"template; {number} is the Procore number"`
	PurchaseOrder string `key:"purchase_order" doc:"template; {number} is the Procore number"`
	Width         int    `key:"width" doc:"characters that Jobpac takes, 1 to 20"`
}

// Variation holds the settings of variations.
type Variation struct {
	CommitmentType   string `key:"commitment_type" doc:"Jobpac's variation type of commitment change orders"`
	HeadContractType string `key:"head_contract_type" doc:"Jobpac's variation type of prime contract change orders"`
	Number           string `key:"number" doc:"template; {code} is the code typed for the change order; without one the job's next free V-number"`
	Width            int    `key:"width" doc:"characters that Jobpac takes, 1 to 20"`
}

// GST maps tax codes.
type GST struct {
	Default          string            `key:"default" doc:"Jobpac tax code where none is mapped; empty: Jobpac's choice"`
	ByProcoreTaxCode map[string]string `key:"by_procore_tax_code" doc:"Procore tax code to Jobpac tax code"`
}

// Retention is what a subcontract without retainage gets.
type Retention struct {
	DefaultPercent string `key:"default_percent" doc:"percent, 0 to 100 with at most two decimals; empty: none"`
	On             string `key:"on" doc:"gross or net"`
}

// Sync holds the times between imports.
type Sync struct {
	Jobs          Duration `key:"jobs" doc:"jobs"`
	Creditors     Duration `key:"creditors" doc:"creditors"`
	CostCodes     Duration `key:"cost_codes" doc:"cost codes"`
	CostTypes     Duration `key:"cost_types" doc:"cost types"`
	Budgets       Duration `key:"budgets" doc:"budgets"`
	JobCosts      Duration `key:"job_costs" doc:"job costs"`
	HeadContracts Duration `key:"head_contracts" doc:"head contracts"`
	Transactions  bool     `key:"transactions" doc:"bring cost transactions as direct costs too, not the totals alone"`
}
