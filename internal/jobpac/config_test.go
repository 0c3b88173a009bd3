package jobpac

import (
	"strings"
	"testing"
	"time"
)

func TestConfigNamesEveryMistakeAtOnce(t *testing.T) {
	_, err := New(Config{
		AuthURL: "host:9001", RequestURL: "https://u:p@host", Key: "a-secret-of-wrong-length", User: "elevenchars", Password: "a-secret-too-long",
		ReferenceField: "UserDefinedField6", StatusLetters: map[string]string{"Q": "resting"}, MaxConcurrent: -1,
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{
		"auth_url", "request_url", "environment is empty", "application is empty", "work_id is empty", "user must have 1 to 10",
		"password must have 1 to 10", `"UserDefinedField6"`, `status_letters "Q": "resting"`, "must not be negative",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not told: %v", part, err)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("a secret is told: %v", err)
	}
}

func TestConfigKeyLength(t *testing.T) {
	for length, ok := range map[int]bool{0: false, 23: false, 24: true, 31: false, 32: true, 33: false} {
		config := testConfig("https://host:9001")
		config.Key = strings.Repeat("k", length)
		c, err := New(config)
		if (err == nil) != ok {
			t.Errorf("a key of %d characters: %v", length, err)
		}
		if err == nil {
			_ = c.Close(t.Context())
		}
	}
}

func TestConfigReferenceField(t *testing.T) {
	for field, ok := range map[string]bool{
		"UserDefinedField1": true, "UserDefinedField5": true, "UserDefinedField0": false, "UserDefinedField": false,
		"UserDefinedField11": false, "userdefinedfield1": false, "": false, "Order": false,
	} {
		if err := checkReferenceField(field); (err == nil) != ok {
			t.Errorf("%q: %v", field, err)
		}
	}
}

func TestConfigDefaults(t *testing.T) {
	c := Config{WorkID: "01", StatusLetters: map[string]string{" s ": LetterStopped}}.withDefaults()
	if c.CreditorWorkID != "01" || c.Timeout != 30*time.Second || c.CacheFor != 30*time.Second || c.Now == nil || c.StatusLetters["S"] != LetterStopped {
		t.Errorf("%+v", c)
	}
	if c := (Config{WorkID: "01", CreditorWorkID: "99", CacheFor: -1}).withDefaults(); c.CreditorWorkID != "99" || c.CacheFor != -1 {
		t.Errorf("%+v", c)
	}
}
