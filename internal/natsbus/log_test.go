package natsbus

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/rs/zerolog"
)

func TestServerLinesKeepTheirWeight(t *testing.T) {
	for level, say := range map[string]func(serverLog){
		"debug": func(l serverLog) { l.Noticef("a %d", 1) },
		"warn":  func(l serverLog) { l.Warnf("a %d", 1) },
		"trace": func(l serverLog) { l.Debugf("a %d", 1) },
		"error": func(l serverLog) { l.Errorf("a %d", 1) },
	} {
		if got := logged(t, say); got["level"] != level || got["message"] != "a 1" || got["from"] != "nats-server" {
			t.Errorf("%s: %v", level, got)
		}
	}
	if got := logged(t, func(l serverLog) { l.Fatalf("worse") }); got["level"] != "error" { // and we are still here
		t.Error(got)
	}
	if got := logged(t, func(l serverLog) { l.Tracef("much") }); got["level"] != "trace" {
		t.Error(got)
	}
}

// logged is the one line that say writes.
func logged(t *testing.T, say func(serverLog)) map[string]string {
	t.Helper()
	var buf bytes.Buffer
	say(serverLog{zerolog.New(&buf)})
	line := map[string]string{}
	if err := json.Unmarshal(buf.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	return line
}

func TestComplaintsOfTheClientAreLogged(t *testing.T) {
	var log lines
	b := &Bus{log: zerolog.New(&log)}
	b.complaint(nil, nil, errors.New("slow consumer"))
	b.lost(nil, errors.New("EOF"))
	b.lost(nil, nil)
	if !log.has("slow consumer") || !log.has("EOF") {
		t.Error("not logged")
	}
}
