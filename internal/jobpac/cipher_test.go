package jobpac

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

// The vectors were made with OpenSSL 3.0, where hex is `xxd -p`:
//
//	printf '%s%-10s%-10s' 2026-03-01T02:03:04+00:00 USER PASSWORD |
//	  openssl enc -des-ede3-ecb -K "$(printf KEY24 | hex)" -base64 -A
//	printf '%-10s%-10s' USER PASSWORD |
//	  openssl enc -aes-256-cbc -K "$(printf KEY32 | hex)" -iv "$(printf ABCDEFGH23456777 | hex)" -base64 -A

const vectorKey24 = "0123456789abcdef01234567"

func TestSealOldAgreesWithOpenSSL(t *testing.T) {
	at := time.Date(2026, 3, 1, 13, 3, 4, 999, time.FixedZone("AEDT", 11*3600))
	for _, v := range []struct{ user, password, want string }{
		{"TESTUSER", "not-real", "gwt7IPWKMeWbl9ADkYgYRtZOXn2WSizD+iYeA85r6bJj7ktCI5+4qxMYzZl9Xo0j"},
		{"TENLETTERS", "tenletters", "gwt7IPWKMeWbl9ADkYgYRtZOXn2WSizDkEutj1+dO07WKmtuNKqUXeok4Vh9aoRF"},
	} {
		got, err := loginValue(vectorKey24, v.user, v.password, at)
		if err != nil || got != v.want {
			t.Errorf("%s: %s %v, want %s", v.user, got, err, v.want)
		}
	}
}

func TestSealNewAgreesWithOpenSSL(t *testing.T) {
	for _, v := range []struct{ plain, want string }{
		{"TESTUSER  not-real  ", "ABCDEFGH23456777w1OpHpl+8ETp6H1ecuCN87J/hak9buQ65f6QK9b0NwA="},
		{"TENLETTERStenletters", "ABCDEFGH23456777jxu/W2rF+Rl9JyDPjM8dw7VulfaLf23Hk6r1vzEBu9w="},
	} {
		got, err := sealNew(testKey, "ABCDEFGH23456777", v.plain)
		if err != nil || got != v.want {
			t.Errorf("%q: %s %v, want %s", v.plain, got, err, v.want)
		}
	}
}

func TestNewLoginValueHasAFreshPrintableVector(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		value, err := loginValue(testKey, "TESTUSER", testPassword, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		iv := value[:aes.BlockSize]
		if seen[iv] || strings.Trim(iv, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
			t.Fatalf("start vector %q is repeated or not printable", iv)
		}
		seen[iv] = true
		if got := openNew(t, iv, value[aes.BlockSize:]); got != "TESTUSER  not-real  " {
			t.Fatalf("%q", got)
		}
	}
}

func openNew(t *testing.T, iv, sealed string) string {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher([]byte(testKey))
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCDecrypter(block, []byte(iv)).CryptBlocks(text, text)
	return string(text[:len(text)-int(text[len(text)-1])])
}

func TestSealRefusesAKeyOfAnotherLength(t *testing.T) {
	if _, err := sealOld("short", "x"); err == nil {
		t.Error("Triple DES took a short key")
	}
	if _, err := loginValue("short", "u", "p", time.Time{}); err == nil {
		t.Error("AES took a short key")
	}
}
