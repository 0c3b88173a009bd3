package procoresim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// metadata is as much of an integration's metadata as the simulator obeys. Names are documented; that unknown ones are refused is assumed.
type metadata struct {
	Settings struct {
		Labels         map[string]string         `json:"labels"`
		Configurations json.RawMessage           `json:"configurations"`
		Entities       map[string]metadataEntity `json:"entities"`
	} `json:"settings"`
}

// metadataEntity is one kind of record.
type metadataEntity struct {
	Enabled bool                       `json:"enabled"`
	Configs map[string]json.RawMessage `json:"configs"`
	Tab     json.RawMessage            `json:"tab"`
	Rules   map[string]metadataRules   `json:"rules"` // save, export
}

type metadataRules struct {
	Warning json.RawMessage          `json:"warning_message"`
	Fields  map[string]metadataField `json:"fields"`
}

type metadataField struct {
	Enabled    *bool                    `json:"enabled"`
	Validation map[string]metadataLimit `json:"validation"`
}

// metadataLimit is one validation; %{length} in its message is filled in.
type metadataLimit struct {
	Enabled bool   `json:"enabled"`
	Length  int    `json:"length"`
	Message string `json:"message"`
}

func metadataEntities() []string {
	return []string{"standard_cost_codes", "standard_categories", "vendors", "jobs", "sub_jobs", "budgets", "job_costs", "job_cost_transactions",
		"commitments", "commitment_items", "commitment_change_orders", "commitment_change_order_items", "company_level_direct_costs",
		"requisitions", "payment_applications", "prime_contracts", "prime_contract_change_orders", "contract_payments"}
}

func metadataLimits() []string {
	return []string{"present", "numeric", "positive", "max_length", "max_length_decimal", "max_length_units", "max_line_length", "format",
		"disallow_division"}
}

// parseMetadata refuses what Procore would not know.
func parseMetadata(text json.RawMessage) (metadata, error) {
	var m metadata
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, invalid("metadata", "cannot be read: "+err.Error())
	}
	if m.Settings.Labels["name"] == "" {
		return m, invalid("metadata", "needs settings.labels.name")
	}
	for name, e := range m.Settings.Entities {
		if !slices.Contains(metadataEntities(), name) {
			return m, invalid("metadata", "names no entity: "+name)
		}
		if err := e.check(name); err != nil {
			return m, err
		}
	}
	return m, nil
}

func (e metadataEntity) check(name string) error {
	for when, rules := range e.Rules {
		if when != "save" && when != "export" {
			return invalid("metadata", fmt.Sprintf("has no rules called %s for %s", when, name))
		}
		for field, f := range rules.Fields {
			if err := f.check(name + "." + field); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f metadataField) check(where string) error {
	for kind, limit := range f.Validation {
		switch {
		case !slices.Contains(metadataLimits(), kind):
			return invalid("metadata", fmt.Sprintf("has no validation called %s for %s", kind, where))
		case strings.HasPrefix(kind, "max_") && limit.Enabled && limit.Length < 1:
			return invalid("metadata", fmt.Sprintf("needs a length for %s of %s", kind, where))
		}
	}
	return nil
}

// refuse applies the validations of a text field; nil when all pass.
func (f metadataField) refuse(field, value string) error {
	for _, kind := range []string{"present", "max_length", "numeric"} {
		limit := f.Validation[kind]
		if !limit.Enabled || limit.allows(kind, value) {
			continue
		}
		message := strings.ReplaceAll(limit.Message, "%{length}", strconv.Itoa(limit.Length))
		if message == "" {
			message = "breaks the rule " + kind
		}
		return invalid(field, message)
	}
	return nil
}

func (l metadataLimit) allows(kind, value string) bool {
	switch kind {
	case "present":
		return strings.TrimSpace(value) != ""
	case "max_length":
		return len([]rune(value)) <= l.Length
	}
	return value != "" && strings.Trim(value, "0123456789") == ""
}
