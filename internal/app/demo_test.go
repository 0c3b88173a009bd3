package app

import (
	"encoding/json"
	"testing"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The demo is the whole system over real HTTP, every webhook delivered twice.
func TestDemo(t *testing.T) {
	called := 0
	r, err := Demo(t.Context(), DemoOptions{Exit: true, Steps: t.Logf, Log: zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel)}, func(DemoResult) { called++ })
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s\n%+v", text, r.Rows)
	if !r.OK || called != 1 || r.Jobpac["claims"] != 1 || r.Effects["done"] != 5 || r.Effects["rejected"] != 1 || r.Effects["parked"] != 0 {
		t.Fatalf("%s", text)
	}
}
