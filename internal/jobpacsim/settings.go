package jobpacsim

import (
	"fmt"
	"maps"
	"slices"
	"unicode"
)

// Values of the settings that are a choice between words.
const (
	OverLongRefuse = "refuse" // OverLong: a value wider than its column is refused
	OverLongCut    = "cut"    // OverLong: it is cut to the width

	AnswerStatus = "status" // a refusal is an HTTP status with plain text
	AnswerRow    = "row"    // a refusal is HTTP 200 with a row that carries ErrorMessage

	DuplicateRefuse = "refuse" // a create with an existing key is refused
	DuplicateAccept = "accept" // it makes a second row with the same key

	CharactersASCII  = "ascii"
	CharactersLatin1 = "latin1"
	CharactersAny    = "any"
)

// Settings are the switches of the simulator. "Row" in a field's comment is
// the row of the assumption it rests on; Assumptions lists them all in words.
type Settings struct {
	// Strict refuses unknown and misspelt parameters with 400; off, they are ignored. Row 6.
	Strict bool `json:"strict"`
	// OverLong is what happens to a value wider than its column. Row 6.
	OverLong string `json:"over_long"`
	// WriteRefusal is the form of a refused write: AnswerStatus (400) or AnswerRow. Row 5.
	WriteRefusal string `json:"write_refusal"`
	// ListingTokenRefusal is the form of an expired or unknown token on a listing: AnswerRow or AnswerStatus (401). Row 3.
	ListingTokenRefusal string `json:"listing_token_refusal"`
	// WriteTokenRefusal is the same on a write. Row 3.
	WriteTokenRefusal string `json:"write_token_refusal"`
	// TokenMinutes is how long an unused token lives on the simulator's clock. Row 3.
	TokenMinutes int `json:"token_minutes"`
	// TokensPerUser is how many tokens a user may hold; the longest unused one ends. 0: no limit. Row 3.
	TokensPerUser int `json:"tokens_per_user"`
	// LoginWindowSeconds is how far the time in a Triple DES login may be off. Row 2.
	LoginWindowSeconds int `json:"login_window_seconds"`
	// LockAfter locks a user after so many refused logins in a row. 0: never. Row 5.2.
	LockAfter int `json:"lock_after"`
	// Port is the answer of GiveMeAPort; empty: the port the call came in on. Row 1.
	Port string `json:"port"`
	// Widths are the columns' widths by class. Row 7.
	Widths map[string]int `json:"widths"`
	// TextCharacters is the character set of free text. Row 7.
	TextCharacters string `json:"text_characters"`
	// PadText returns codes and texts padded with blanks to their width. Row 4.1.
	PadText bool `json:"pad_text"`
	// HideReferences leaves user-defined fields and references out of listings. Row 10.
	HideReferences bool `json:"hide_references"`
	// RowCap cuts every listing silently after so many rows. 0: no cap. Row 30.
	RowCap int `json:"row_cap"`
	// DetailHeadings shows headings in CostCentreDetailListing too, without sums. Row 26.
	DetailHeadings bool `json:"detail_headings"`
	// DuplicateNumber says what a create with an existing key does. Row 9.
	DuplicateNumber string `json:"duplicate_number"`
	// DuplicateKeys overrides DuplicateNumber for order, item, variation, variation_item, claim, claim_item or invoice. Row 9.
	DuplicateKeys map[string]string `json:"duplicate_keys"`
	// FirstOrderNumber is where numbers begin when a create names none. Row 9.
	FirstOrderNumber int `json:"first_order_number"`
	// ValueToleranceCents is how far a given value may be off quantity x rate. Row 8.
	ValueToleranceCents int `json:"value_tolerance_cents"`
	// OpenStatuses are the status letters of a job, cost centre or creditor that may be used. Row 12.
	OpenStatuses []string `json:"open_statuses"`
	// ContractSumCodes are the values of ScheduleOfRatesOrLumpSum; empty: any. Row 7.
	ContractSumCodes []string `json:"contract_sum_codes"`
	// SubcontractVariationType is the Type of variations that change an order. Row 17.
	SubcontractVariationType string `json:"subcontract_variation_type"`
	// HeadContractVariationType is the Type of variations of the head contract. Row 17.
	HeadContractVariationType string `json:"head_contract_variation_type"`
	// AllowNegativeTotal lets an order's lines sum to less than zero. Row 16.
	AllowNegativeTotal bool `json:"allow_negative_total"`
	// CheckTaxCode refuses a TaxCode that the WorkID does not list. Row 23.
	CheckTaxCode bool `json:"check_tax_code"`
	// ClaimImportSeconds is how long after its last header or detail a staged claim is processed. Row 21.
	ClaimImportSeconds int `json:"claim_import_seconds"`
	// ClaimTaxOnGross taxes a claim before retention; off, what is left after it. Row 20.
	ClaimTaxOnGross bool `json:"claim_tax_on_gross"`
	// ApprovalLimitCents is up to what value the API user's purchase order items need no approval. 0: none needs any. Row 14.
	ApprovalLimitCents int `json:"approval_limit_cents"`
	// RefuseAPIApproval lets only people approve items: ApproveOrderItem is refused. Row 14.
	RefuseAPIApproval bool `json:"refuse_api_approval"`
}

// DefaultSettings are the values of the recommended assumptions.
func DefaultSettings() Settings {
	return Settings{
		Strict: true, OverLong: OverLongRefuse,
		WriteRefusal: AnswerStatus, ListingTokenRefusal: AnswerRow, WriteTokenRefusal: AnswerStatus,
		TokenMinutes: 20, TokensPerUser: 10, LoginWindowSeconds: 300, LockAfter: 5,
		Widths: map[string]int{
			"WorkId": 3, "Job": 6, "Order": 10, "Item": 4, "CostCode": 8, "CostType": 3, "Creditor": 6, "Variation": 6,
			"UnitOfMeasure": 4, "Description": 50, "UserDefinedField": 30, "Reference": 20, "Text": 50, "Code": 10,
			"Account": 20, "Status": 2, "Period": 4, "Invoice": 15, "TransactionNumber": 9,
		},
		TextCharacters: CharactersLatin1, RowCap: 2000,
		DuplicateNumber: DuplicateRefuse, DuplicateKeys: map[string]string{}, FirstOrderNumber: 100001,
		ValueToleranceCents: 1, OpenStatuses: []string{"A"}, ContractSumCodes: []string{"L", "S"},
		SubcontractVariationType: "1", HeadContractVariationType: "2", CheckTaxCode: true,
		ClaimImportSeconds: 1,
	}
}

// clone gives a copy that shares nothing with s.
func (s Settings) clone() Settings {
	s.Widths = maps.Clone(s.Widths)
	s.DuplicateKeys = maps.Clone(s.DuplicateKeys)
	s.OpenStatuses = slices.Clone(s.OpenStatuses)
	s.ContractSumCodes = slices.Clone(s.ContractSumCodes)
	return s
}

// check names the first setting that makes no sense.
func (s Settings) check() error {
	choices := []struct{ field, value, a, b, c string }{
		{"over_long", s.OverLong, OverLongRefuse, OverLongCut, ""},
		{"write_refusal", s.WriteRefusal, AnswerStatus, AnswerRow, ""},
		{"listing_token_refusal", s.ListingTokenRefusal, AnswerStatus, AnswerRow, ""},
		{"write_token_refusal", s.WriteTokenRefusal, AnswerStatus, AnswerRow, ""},
		{"duplicate_number", s.DuplicateNumber, DuplicateRefuse, DuplicateAccept, ""},
		{"text_characters", s.TextCharacters, CharactersASCII, CharactersLatin1, CharactersAny},
	}
	for _, c := range choices {
		if c.value == "" || (c.value != c.a && c.value != c.b && c.value != c.c) {
			return fmt.Errorf("setting %s %q: use %s or %s %s", c.field, c.value, c.a, c.b, c.c)
		}
	}
	return s.checkNumbers()
}

func (s Settings) checkNumbers() error {
	numbers := []struct {
		field        string
		value, least int
	}{
		{"token_minutes", s.TokenMinutes, 1}, {"tokens_per_user", s.TokensPerUser, 0},
		{"login_window_seconds", s.LoginWindowSeconds, 0}, {"lock_after", s.LockAfter, 0}, {"row_cap", s.RowCap, 0},
		{"first_order_number", s.FirstOrderNumber, 1}, {"value_tolerance_cents", s.ValueToleranceCents, 0},
		{"claim_import_seconds", s.ClaimImportSeconds, 1}, {"approval_limit_cents", s.ApprovalLimitCents, 0},
	}
	for _, n := range numbers {
		if n.value < n.least {
			return fmt.Errorf("setting %s is %d: use at least %d", n.field, n.value, n.least)
		}
	}
	for _, class := range slices.Sorted(maps.Keys(DefaultSettings().Widths)) {
		if s.Widths[class] < 1 {
			return fmt.Errorf("setting widths.%s must be at least 1", class)
		}
	}
	return s.checkDuplicateKeys()
}

func (s Settings) checkDuplicateKeys() error {
	for _, key := range slices.Sorted(maps.Keys(s.DuplicateKeys)) {
		value := s.DuplicateKeys[key]
		if !slices.Contains([]string{"order", "item", "variation", "variation_item", "claim", "claim_item", "invoice"}, key) {
			return fmt.Errorf("setting duplicate_keys: %q is not order, item, variation, variation_item, claim, claim_item or invoice", key)
		}
		if value != DuplicateRefuse && value != DuplicateAccept {
			return fmt.Errorf("setting duplicate_keys.%s %q: use %s or %s", key, value, DuplicateRefuse, DuplicateAccept)
		}
	}
	return nil
}

func (s *Settings) refusesDuplicate(record string) bool {
	if rule, ok := s.DuplicateKeys[record]; ok {
		return rule == DuplicateRefuse
	}
	return s.DuplicateNumber == DuplicateRefuse
}

func (s *Settings) open(status string) bool { return slices.Contains(s.OpenStatuses, status) }

func (s *Settings) lastCharacter() rune {
	switch s.TextCharacters {
	case CharactersASCII:
		return unicode.MaxASCII
	case CharactersLatin1:
		return unicode.MaxLatin1
	default:
		return unicode.MaxRune
	}
}
