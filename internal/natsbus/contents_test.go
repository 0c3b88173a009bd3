package natsbus

import (
	"archive/tar"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server/archive"
)

// packed is a snapshot in the server's form.
func packed(t *testing.T, state string, end bool, seqs ...uint64) []byte {
	t.Helper()
	var out bytes.Buffer
	enc := s2.NewWriter(&out)
	w := archive.NewWriter(enc)
	put := func(h archive.Header, content string) {
		h.PayloadSize = int64(len(content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	put(archive.Header{Name: "state.json"}, state)
	put(archive.Header{Name: "consumers/worker-acme"}, "{}")
	for _, seq := range seqs {
		put(archive.Header{Name: "ev.acme.1.x", Sequence: seq, Timestamp: 1}, "body")
	}
	if end {
		put(archive.Header{}, "")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestHolesOfASnapshot(t *testing.T) {
	for _, c := range []struct {
		first, last uint64
		seqs        []uint64
		want        string
		lost        uint64
	}{
		{0, 0, nil, "[]", 0},
		{1, 3, []uint64{1, 2, 3}, "[]", 0},
		{5, 9, []uint64{5, 6, 8, 9}, "[{7 1}]", 1},
		{5, 9, []uint64{7}, "[{5 2} {8 2}]", 4},
		{1, 3, nil, "[{1 3}]", 3},
		{6, 5, nil, "[]", 0}, // all have aged
	} {
		state := fmt.Sprintf(`{"first_seq":%d,"last_seq":%d,"messages":%d}`, c.first, c.last, c.last-c.first+1)
		got, err := inspect(bytes.NewReader(packed(t, state, true, c.seqs...)))
		if err != nil || fmt.Sprint(got.holes) != c.want || got.lost() != c.lost || got.Messages != uint64(len(c.seqs)) {
			t.Errorf("%s with %v: %+v, %v", state, c.seqs, got, err)
		}
	}
}

func TestSnapshotsThatAreNone(t *testing.T) {
	whole := packed(t, `{"first_seq":1,"last_seq":1}`, true, 1)
	var old bytes.Buffer // as servers before 2.15 made them
	enc := s2.NewWriter(&old)
	tw := tar.NewWriter(enc)
	if err := tw.WriteHeader(&tar.Header{Name: "meta.inf", Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		says string
	}{
		"nothing":     {nil, "2.15"},
		"older":       {old.Bytes(), "2.15"},
		"no state":    {packed(t, "x", true), "state"},
		"no end mark": {packed(t, `{"first_seq":1,"last_seq":1}`, false, 1), "cut short"},
		"cut":         {whole[:len(whole)-3], ""},
	} {
		if _, err := inspect(bytes.NewReader(c.data)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	whole[len(whole)/2] ^= 1
	if _, err := inspect(bytes.NewReader(whole)); err == nil {
		t.Error("a flipped bit is not seen")
	}
}
