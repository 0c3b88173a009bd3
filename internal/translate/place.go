package translate

import (
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// countryCode is the ISO 3166-1 code of a country as people write it, "" where it
// is not known. None given is Australia, where Jobpac is used (assumed).
func countryCode(given string) string {
	name := strings.Trim(erp.Code(fold(given)), ".")
	switch name {
	case "", "AUS", "AUST", "AUSTRALIA":
		return "AU"
	case "NZL", "NEW ZEALAND", "AOTEAROA":
		return "NZ"
	case "UK", "UNITED KINGDOM", "GREAT BRITAIN", "ENGLAND", "SCOTLAND", "WALES":
		return "GB"
	case "USA", "UNITED STATES", "UNITED STATES OF AMERICA":
		return "US"
	case "PNG", "PAPUA NEW GUINEA":
		return "PG"
	case "FIJI":
		return "FJ"
	case "SINGAPORE":
		return "SG"
	case "CHINA":
		return "CN"
	case "HONG KONG":
		return "HK"
	case "INDIA":
		return "IN"
	case "GERMANY":
		return "DE"
	case "ITALY":
		return "IT"
	}
	if len(name) == 2 && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return name
	}
	return ""
}

// stateCode is the second half of the ISO 3166-2 code of an Australian state or
// territory, which is how Procore writes states (documented by example), "" for
// anything else.
func stateCode(given string) string {
	name := strings.ReplaceAll(erp.Code(fold(given)), ".", "")
	switch strings.TrimPrefix(name, "AU-") {
	case "NSW", "NEW SOUTH WALES":
		return "NSW"
	case "VIC", "VICTORIA":
		return "VIC"
	case "QLD", "QUEENSLAND":
		return "QLD"
	case "SA", "SOUTH AUSTRALIA":
		return "SA"
	case "WA", "WESTERN AUSTRALIA":
		return "WA"
	case "TAS", "TASMANIA":
		return "TAS"
	case "NT", "NORTHERN TERRITORY":
		return "NT"
	case "ACT", "AUSTRALIAN CAPITAL TERRITORY":
		return "ACT"
	}
	return ""
}
