package config

import "time"

// Default is the configuration with nothing set: embedded stores, no
// connection.
func Default() *Config {
	return &Config{
		Listen:   "127.0.0.1:8080",
		Operator: Operator{Listen: "127.0.0.1:8081"},
		DataDir:  "./procpac-data",
		NATS:     NATS{Replicas: 1, MaxStore: 20 << 30, EventsMaxAge: Duration(400 * day)},
		Worker: Worker{
			Concurrency: 16, EventTimeout: Duration(2 * time.Minute), SendWindow: Duration(5 * time.Second),
			SendLimit: Duration(30 * time.Second), Lease: Duration(90 * time.Second), AckWait: Duration(time.Minute),
		},
		Sweep: Sweep{Every: Duration(10 * time.Minute), Window: Duration(26 * time.Hour)},
		Notify: Notify{
			On: []string{"parked", "rejected", "dead", "safe_mode", "token_refused"}, Digest: Duration(15 * time.Minute),
			SMTP: SMTP{TLS: "starttls"},
		},
	}
}

// DefaultConnection is a connection with nothing set but its name.
func DefaultConnection(name string) Connection {
	return Connection{
		Name: name, Intake: "erp", Mode: "live", TimeZone: "Australia/Sydney",
		Procore: Procore{LoginURL: "https://login.procore.com", APIURL: "https://api.procore.com"},
		Jobpac: Jobpac{
			AuthURL: "https://jwis.cloud.jobpac.com.au:9001", RequestURL: "https://jwis.cloud.jobpac.com.au:9001",
			Version: "1.00", Currency: "AUD", UniqueDocumentNumber: "unknown", UniqueKeys: map[string]string{},
			StatusLetters: map[string]string{}, QuietPeriod: Duration(10 * time.Minute), MaxConcurrent: 8, RequestsPerSecond: 20,
		},
		Mapping: Mapping{
			OrderNumber:    OrderNumber{Subcontract: "{number}", PurchaseOrder: "{number}", Width: 10},
			Variation:      Variation{CommitmentType: "1", HeadContractType: "2", Number: "{code}", Width: 6},
			ReferenceField: "UserDefinedField1", GST: GST{ByProcoreTaxCode: map[string]string{}},
			Units: map[string]string{}, CostTypes: map[string]string{}, Retention: Retention{On: "gross"},
			PurchaseOrderChange: "new_items", ScheduleOfRates: "by_accounting_method",
		},
		Voided:   "park",
		Revised:  "park",
		Orders:   Orders{Approve: "no"},
		Invoices: Invoices{Portal: "refuse", Tax: "jobpac", Rates: map[string]string{}},
		Sync: Sync{
			Jobs: Duration(15 * time.Minute), Creditors: Duration(15 * time.Minute), CostCodes: Duration(time.Hour), CostTypes: Duration(time.Hour),
			Budgets: Duration(time.Hour), JobCosts: Duration(30 * time.Minute), HeadContracts: Duration(time.Hour),
		},
	}
}
