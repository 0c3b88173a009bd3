package jobpacsim

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // the vendor's older login uses it
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Lengths of the login value's parts, in bytes. Documented in public client
// code only, so assumption row 2.
const (
	oldKeyLength = 24
	newKeyLength = 32
	profileWidth = 10
	ivLength     = 16
	stampLength  = len("2006-01-02T15:04:05+00:00")
	stampLayout  = "2006-01-02T15:04:05-07:00"
)

// errUnreadable covers every value that this key does not open.
var errUnreadable = errors.New("the login value cannot be read with this application's key")

// credentials are what a login value holds.
type credentials struct{ user, password string }

// openLogin reads a login value. The key's length says which cipher made it;
// the older one carries a time, which may be off by window: if it is, the user
// comes back beside the error.
func openLogin(key, value string, now time.Time, window time.Duration) (credentials, error) {
	if len(key) == newKeyLength {
		return openNewLogin(key, value)
	}
	return openOldLogin(key, value, now, window)
}

// openOldLogin: Triple DES, each block by itself, over time, user and password.
func openOldLogin(key, value string, now time.Time, window time.Duration) (credentials, error) {
	sealed, err := base64.StdEncoding.Strict().DecodeString(value)
	if err != nil || len(sealed) == 0 || len(sealed)%des.BlockSize != 0 {
		return credentials{}, errUnreadable
	}
	block, err := des.NewTripleDESCipher([]byte(key)) //nolint:gosec // see import
	if err != nil {
		return credentials{}, errUnreadable
	}
	plain := make([]byte, len(sealed))
	for i := 0; i < len(sealed); i += des.BlockSize {
		block.Decrypt(plain[i:], sealed[i:])
	}
	plain, err = unpadded(plain, des.BlockSize)
	if err != nil || len(plain) != stampLength+2*profileWidth {
		return credentials{}, errUnreadable
	}
	who, err := profile(plain[stampLength:])
	if err != nil {
		return credentials{}, err
	}
	return who, checkStamp(string(plain[:stampLength]), now, window)
}

func checkStamp(text string, now time.Time, window time.Duration) error {
	at, err := time.Parse(stampLayout, text)
	if err != nil || !strings.HasSuffix(text, "+00:00") {
		return errUnreadable
	}
	if off := now.Sub(at).Abs(); off > window {
		return fmt.Errorf("the time in the login value is %s off; at most %s is allowed", off.Round(time.Second), window)
	}
	return nil
}

// openNewLogin: AES-256-CBC over user and password, behind a readable start vector.
func openNewLogin(key, value string) (credentials, error) {
	if len(value) <= ivLength || !printable(value[:ivLength]) {
		return credentials{}, errUnreadable
	}
	sealed, err := base64.StdEncoding.Strict().DecodeString(value[ivLength:])
	if err != nil || len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return credentials{}, errUnreadable
	}
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return credentials{}, errUnreadable
	}
	cipher.NewCBCDecrypter(block, []byte(value[:ivLength])).CryptBlocks(sealed, sealed)
	plain, err := unpadded(sealed, aes.BlockSize)
	if err != nil || len(plain) != 2*profileWidth {
		return credentials{}, errUnreadable
	}
	return profile(plain)
}

func printable(text string) bool {
	for i := range len(text) {
		if text[i] < '!' || text[i] > '~' {
			return false
		}
	}
	return true
}

// unpadded takes PKCS7 padding off.
func unpadded(plain []byte, size int) ([]byte, error) {
	n := int(plain[len(plain)-1])
	if n == 0 || n > size || !bytes.HasSuffix(plain, bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, errUnreadable
	}
	return plain[:len(plain)-n], nil
}

func profile(plain []byte) (credentials, error) {
	user := strings.TrimRight(string(plain[:profileWidth]), " ")
	password := strings.TrimRight(string(plain[profileWidth:]), " ")
	if user == "" || password == "" {
		return credentials{}, errUnreadable
	}
	return credentials{user: strings.ToUpper(user), password: password}, nil
}
