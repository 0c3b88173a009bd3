package config

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Secret is a text that nothing prints.
type Secret string

// Reveal gives the text itself, to whoever must send it.
func (s Secret) Reveal() string { return string(s) }

// Set tells whether there is one.
func (s Secret) Set() bool { return s != "" }

// hidden stands for a secret wherever it would be printed.
func (s Secret) hidden() string {
	if s == "" {
		return ""
	}
	return "***"
}

// String is *** or, without a secret, empty.
func (s Secret) String() string { return s.hidden() }

// GoString is the same for %#v.
func (s Secret) GoString() string { return strconv.Quote(s.hidden()) }

// MarshalText is the same for JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.hidden()), nil }

// Format is the same for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.hidden())) } // a State takes everything

// Address is an address that may carry a password, which nothing prints.
type Address string

// Reveal gives the address itself, to whoever connects.
func (a Address) Reveal() string { return string(a) }

// String is the address with *** for its password.
func (a Address) String() string {
	u, err := url.Parse(string(a))
	if err != nil {
		return "***"
	}
	if _, has := u.User.Password(); has {
		return strings.Replace(u.Redacted(), ":xxxxx@", ":***@", 1)
	}
	return string(a)
}

// GoString is the same for %#v.
func (a Address) GoString() string { return strconv.Quote(a.String()) }

// MarshalText is the same for JSON and YAML.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Format is the same for every verb.
func (a Address) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(a.String())) } // a State takes everything

// day is the one unit that Go's durations lack.
const day = 24 * time.Hour

// parseDuration reads Go's form, and whole days as 400d.
func parseDuration(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseInt(days, 10, 32)
		if err != nil || n > int64(math.MaxInt64/day) {
			return 0, fmt.Errorf("%q must be a duration such as 90s, 15m, 24h or 400d", text)
		}
		return time.Duration(n) * day, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q must be a duration such as 90s, 15m, 24h or 400d", text)
	}
	return d, nil
}

// Size is a number of bytes, written 20GiB, 512MiB or plain.
type Size int64

// parseSize reads a size.
func parseSize(text string) (Size, error) {
	units := []struct {
		name  string
		shift int
	}{{"TiB", 40}, {"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"B", 0}, {"", 0}}
	for _, u := range units {
		digits, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64>>u.shift {
			break
		}
		return Size(n << u.shift), nil
	}
	return 0, fmt.Errorf("%q must be a size such as 20GiB or 512MiB", text)
}

// String is the size in the largest unit that divides it.
func (s Size) String() string {
	for _, u := range []struct {
		name  string
		shift int
	}{{"TiB", 40}, {"GiB", 30}, {"MiB", 20}, {"KiB", 10}} {
		if s > 0 && s%(1<<u.shift) == 0 {
			return strconv.FormatInt(int64(s)>>u.shift, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalText writes the size as String does.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Duration is a time span; it prints as it is written in the file.
type Duration time.Duration

// Std is the standard library's duration.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String is the duration without empty units: 15m, 400d.
func (d Duration) String() string {
	if d != 0 && time.Duration(d)%day == 0 {
		return strconv.FormatInt(int64(time.Duration(d)/day), 10) + "d"
	}
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalText writes the duration as String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
