package jobpac

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" // the vendor's older login uses it
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"
)

// stampLayout is the time in a login with the older key (seen).
const stampLayout = "2006-01-02T15:04:05+00:00"

// loginValue encrypts user and password for GiveMeAToken, each padded with
// blanks to 10 characters (seen). The length of the key chooses the cipher.
func loginValue(key, user, password string, now time.Time) (string, error) {
	profile := fmt.Sprintf("%-*s%-*s", profileWidth, user, profileWidth, password)
	if len(key) == oldKeyLength {
		return sealOld(key, now.UTC().Format(stampLayout)+profile)
	}
	return sealNew(key, rand.Text()[:aes.BlockSize], profile)
}

// sealOld is Triple DES, each block by itself, in base64 (seen).
func sealOld(key, plain string) (string, error) {
	block, err := des.NewTripleDESCipher([]byte(key))
	if err != nil {
		return "", fmt.Errorf("the encryption key does not fit Triple DES: %w", err)
	}
	text := padded(plain, des.BlockSize)
	for i := 0; i < len(text); i += des.BlockSize {
		block.Encrypt(text[i:], text[i:])
	}
	return base64.StdEncoding.EncodeToString(text), nil
}

// sealNew is AES-256-CBC in base64, behind its start vector of 16 printable
// characters in clear (documented cipher, seen form).
func sealNew(key, iv, plain string) (string, error) {
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return "", fmt.Errorf("the encryption key does not fit AES-256: %w", err)
	}
	text := padded(plain, aes.BlockSize)
	cipher.NewCBCEncrypter(block, []byte(iv)).CryptBlocks(text, text)
	return iv + base64.StdEncoding.EncodeToString(text), nil
}

// padded is PKCS7.
func padded(plain string, size int) []byte {
	n := size - len(plain)%size
	return append([]byte(plain), bytes.Repeat([]byte{byte(n)}, n)...)
}
