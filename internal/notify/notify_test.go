package notify

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wall is a channel that writes down when it was sent what.
type wall struct {
	mu        sync.Mutex
	sent      []string
	fail      int
	delivered int
}

// mark counts a delivery as remembered.
func (w *wall) mark() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.delivered++
}

// tells is everything so far, in one line.
func (w *wall) tells() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Sprint(w.sent, " ", w.delivered)
}

func (w *wall) Name() string { return "wall" }

func (w *wall) Send(_ context.Context, notes []Note) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail > 0 {
		w.fail--
		return errors.New("nobody there")
	}
	w.sent = append(w.sent, fmt.Sprintf("%s: %d", time.Now().Format("15:04"), len(notes)))
	return nil
}

func note(effect string) Note {
	return Note{On: Parked, Connection: "acme", Effect: effect, Reason: "number taken", At: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
}

// running runs a notifier in virtual time (from midnight) until the test ends.
func running(t *testing.T, w *wall) *Notifier {
	n := New(Options{Channels: []Channel{w}, On: []string{Parked}, Digest: 15 * time.Minute, Log: zerolog.Nop(), Now: time.Now})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { n.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return n
}

func TestTheFirstAtOnceTheRestCollected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{}
		n := running(t, w)
		n.Tell([]Note{note("a")}, w.mark)
		synctest.Wait()
		<-time.After(time.Minute)
		n.Tell([]Note{note("b")}, w.mark)
		n.Tell([]Note{note("c")}, w.mark)
		<-time.After(13 * time.Minute)
		synctest.Wait()
		if got := w.tells(); got != "[00:00: 1] 1" {
			t.Fatal(got)
		}
		<-time.After(2 * time.Minute)
		synctest.Wait()
		if got := w.tells(); got != "[00:00: 1 00:15: 2] 2" {
			t.Fatal(got)
		}
	})
}

func TestWhatFailedIsTriedAgainEachMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wall{fail: 3}
		n := running(t, w)
		n.Tell([]Note{note("a")}, w.mark)
		<-time.After(3*time.Minute + time.Second)
		synctest.Wait()
		if got := w.tells(); got != "[00:03: 1] 1" {
			t.Fatal(got)
		}
	})
}

func TestWhatNobodyAskedForIsDeliveredAtOnce(t *testing.T) {
	w, delivered := &wall{}, false
	New(Options{Channels: []Channel{w}, On: []string{Dead}, Now: time.Now}).Tell([]Note{note("a")}, func() { delivered = true })
	if !delivered || len(w.sent) != 0 {
		t.Fatal("a note that nobody asked for needs no message and holds nothing up")
	}
}

func TestWebhook(t *testing.T) {
	var got struct {
		Text  string
		Notes []Note
	}
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	hook, err := NewWebhook(server.URL + "/secret-path")
	if err != nil {
		t.Fatal(err)
	}
	defer hook.Close()
	if err := hook.Send(t.Context(), []Note{note("acme.commitment-1")}); err != nil {
		t.Fatal(err)
	}
	if len(got.Notes) != 1 || !strings.Contains(got.Text, "parked  acme.commitment-1: number taken") {
		t.Fatalf("got %+v", got)
	}
	for _, status = range []int{301, 400, 500} {
		if err := hook.Send(t.Context(), []Note{note("a")}); err == nil {
			t.Errorf("status %d is no delivery", status)
		}
	}
	server.Close()
	if err := hook.Send(t.Context(), []Note{note("a")}); err == nil || strings.Contains(err.Error(), "secret-path") {
		t.Fatalf("the address is a secret: %v", err)
	}
}

func TestWebhookAddress(t *testing.T) {
	for _, bad := range []string{"", "ftp://x", "https://", "://"} {
		if _, err := NewWebhook(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// TestMail sends to a real listener that speaks just enough SMTP.
func TestMail(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 1)
	go func() { heard <- hear(listener) }()
	m, err := NewMail(MailOptions{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, From: "procpac@example.com", To: []string{"accounts@example.com", "pm@example.com"}, TLS: "none",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Send(t.Context(), []Note{note("acme.commitment-1"), note("acme.commitment-2")}); err != nil {
		t.Fatal(err)
	}
	text := <-heard
	for _, want := range []string{"Subject: procpac: 2 documents need a look", "accounts@example.com", "pm@example.com", "acme.commitment-2"} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
}

// hear serves one SMTP session and gives back what was said.
func hear(listener net.Listener) string {
	defer listener.Close()
	c, err := listener.Accept()
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	var said strings.Builder
	fmt.Fprint(c, "220 test\r\n")
	in, data := bufio.NewScanner(c), false
	for in.Scan() {
		line := in.Text()
		said.WriteString(line + "\n")
		switch {
		case data && line != ".":
			continue
		case line == "DATA":
			data = true
			fmt.Fprint(c, "354 go on\r\n")
			continue
		case strings.HasPrefix(line, "QUIT"):
			fmt.Fprint(c, "221 bye\r\n")
			return said.String()
		}
		data = false
		fmt.Fprint(c, "250 ok\r\n")
	}
	return said.String()
}
