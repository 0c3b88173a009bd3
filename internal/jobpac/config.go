package jobpac

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// Meanings of a status letter in Config.StatusLetters.
const (
	LetterOpen     = "open"
	LetterStopped  = "stopped"
	LetterComplete = "complete"
)

const (
	defaultTimeout = 30 * time.Second
	defaultCache   = 30 * time.Second
	profileWidth   = 10 // user and password are padded to it (seen)
	oldKeyLength   = 24 // Triple DES (seen)
	newKeyLength   = 32 // AES-256 (documented, seen)
)

// Config is what one connection needs to reach its Jobpac.
type Config struct {
	AuthURL     string // base address of the token calls
	RequestURL  string // base address of all other calls
	Environment string
	Application string
	Version     string // empty: not sent
	Key         string // 24 characters: Triple DES login; 32: AES login
	User        string // at most 10 characters
	Password    string // at most 10 characters

	WorkID         string // stands in where a key names no WorkID
	CreditorWorkID string // the same for creditors; empty: WorkID
	ReferenceField string // UserDefinedField1 to 5: where our reference stands

	// StatusLetters says what a letter in a Status column means: LetterOpen,
	// LetterStopped or LetterComplete. The letters are not public. "Stopped"
	// and "complete" close the record whatever its flags say; "open" only
	// fills in a flag that is not shown. A letter that is not named here means
	// nothing, and is logged once.
	StatusLetters map[string]string

	MaxConcurrent     int           // calls at a time; 0: no limit
	RequestsPerSecond int           // 0: no limit
	Timeout           time.Duration // of one read, and of a write with all its waiting; 0: 30 s
	CacheFor          time.Duration // how long a job, creditor or cost centre is believed; 0: 30 s; negative: no cache

	Log zerolog.Logger
	Now func() time.Time // nil: time.Now
}

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	c.CreditorWorkID = firstGiven(c.CreditorWorkID, c.WorkID)
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.CacheFor == 0 {
		c.CacheFor = defaultCache
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.StatusLetters = upperKeys(c.StatusLetters)
	return c
}

// check names everything that is wrong at once, without any secret.
func (c Config) check() error {
	problems := []error{
		checkAddress("auth_url", c.AuthURL), checkAddress("request_url", c.RequestURL),
		checkGiven("environment", c.Environment), checkGiven("application", c.Application),
		checkGiven("work_id", c.WorkID), checkProfile("user", c.User), checkProfile("password", c.Password),
		checkReferenceField(c.ReferenceField), checkLetters(c.StatusLetters),
	}
	if len(c.Key) != oldKeyLength && len(c.Key) != newKeyLength {
		problems = append(problems, fmt.Errorf("encryption key has %d characters: use the key of 24 or 32 characters that Jobpac gave", len(c.Key)))
	}
	if c.MaxConcurrent < 0 || c.RequestsPerSecond < 0 || c.Timeout < 0 {
		problems = append(problems, errors.New("max_concurrent, requests_per_second and the send limit must not be negative"))
	}
	return errors.Join(problems...)
}

func checkAddress(field, address string) error {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return fmt.Errorf("%s must be an address such as https://host:9001, without user and query", field)
	}
	return nil
}

func checkGiven(field, value string) error {
	if strings.TrimSpace(value) == "" {
		return fmt.Errorf("%s is empty: give the value of your Jobpac", field)
	}
	return nil
}

func checkProfile(field, value string) error {
	if value == "" || len(value) > profileWidth {
		return fmt.Errorf("%s must have 1 to %d characters", field, profileWidth)
	}
	return nil
}

func checkReferenceField(field string) error {
	number, ok := strings.CutPrefix(field, "UserDefinedField")
	if !ok || len(number) != 1 || number < "1" || number > "5" {
		return fmt.Errorf("reference_field %q must be UserDefinedField1 to UserDefinedField5", field)
	}
	return nil
}

func checkLetters(letters map[string]string) error {
	for _, letter := range slices.Sorted(maps.Keys(letters)) {
		switch letters[letter] {
		case LetterOpen, LetterStopped, LetterComplete:
		default:
			return fmt.Errorf("status_letters %q: %q must be open, stopped or complete", letter, letters[letter])
		}
	}
	return nil
}

func upperKeys(letters map[string]string) map[string]string {
	upper := make(map[string]string, len(letters))
	for letter, meaning := range letters {
		upper[strings.ToUpper(strings.TrimSpace(letter))] = meaning
	}
	return upper
}

func firstGiven(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
