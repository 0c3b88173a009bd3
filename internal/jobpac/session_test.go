package jobpac

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/procpac/procpac/internal/fault"
)

const loginNo = `{"data":[{"Token":"","ErrorMessage":"Invalid user or password."}]}`

func TestOneLoginForEverybody(t *testing.T) {
	fake := newServer(t)
	asked, go_ := make(chan struct{}, 10), make(chan struct{})
	fake.on("/GiveMeAToken", func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		<-go_
		fmt.Fprint(w, `{"data":[{"Token":"TOKEN-1"}]}`)
	})
	c := newTestClient(t, fake, nil)
	impatient, leave := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { _, err := c.session.get(impatient); first <- err }()
	<-asked
	var rest sync.WaitGroup
	for range 20 {
		rest.Go(func() {
			if token, err := c.session.get(t.Context()); token != "TOKEN-1" || err != nil {
				t.Errorf("%s %v", token, err)
			}
		})
	}
	leave() // the one who started it goes
	if err := <-first; classOf(err) != "transient" || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(go_)
	rest.Wait()
	if n := fake.count("/GiveMeAToken"); n != 1 {
		t.Errorf("%d logins, want 1", n)
	}
}

func TestRefusedLoginIsNotRepeatedBeforeItsPause(t *testing.T) {
	fake, at := newServer(t), newClock()
	fake.on("/GiveMeAToken", says(200, loginNo))
	c := newTestClient(t, fake, func(config *Config) { config.Now = at.now })
	for i, pause := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, time.Hour} {
		for range 5 {
			_, err := c.session.get(t.Context())
			if classOf(err) != "transient system refused" || fault.After(err) != pause || fault.Said(err) != "Invalid user or password." {
				t.Fatalf("refusal %d: %v after %s, want %s", i, err, fault.After(err), pause)
			}
		}
		if n := fake.count("/GiveMeAToken"); n != i+1 {
			t.Fatalf("%d logins, want %d", n, i+1)
		}
		at.pass(pause - time.Second)
		if _, err := c.session.get(t.Context()); fault.After(err) != time.Second || fake.count("/GiveMeAToken") != i+1 {
			t.Fatalf("%v", err)
		}
		at.pass(time.Second)
	}
}

func TestAGoodLoginForgetsTheRefusals(t *testing.T) {
	fake, at := newServer(t), newClock()
	yes := says(200, `{"data":[{"Token":"T1"}]}`)
	fake.on("/GiveMeAToken", then(says(200, loginNo), says(200, loginNo), yes, says(200, loginNo)))
	c := newTestClient(t, fake, func(config *Config) { config.Now = at.now })
	for _, pause := range []time.Duration{time.Minute, 5 * time.Minute, 0, time.Minute} {
		token, err := c.session.get(t.Context())
		if fault.After(err) != pause {
			t.Fatalf("%v after %s, want %s", err, fault.After(err), pause)
		}
		at.pass(pause)
		c.session.discard(token)
	}
}

func TestUnclearLoginPausesShortly(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"cut": cut, "unreadable": says(200, "x"), "broken": says(500, "x"), "moved": says(302, ""), "busy": says(429, ""),
	} {
		fake, at := newServer(t), newClock()
		fake.on("/GiveMeAToken", answer)
		c := newTestClient(t, fake, func(config *Config) { config.Now = at.now })
		for range 3 {
			if _, err := c.session.get(t.Context()); classOf(err) != "transient system" || fault.After(err) != unclearRest {
				t.Errorf("%s: %v after %s", name, err, fault.After(err))
			}
		}
		sent := fake.count("/GiveMeAToken")
		at.pass(unclearRest)
		_, _ = c.session.get(t.Context())
		if again := fake.count("/GiveMeAToken"); again <= sent || (name != "cut" && sent != 1) {
			t.Errorf("%s: %d logins in the pause, %d after it", name, sent, again)
		}
	}
}

func TestLoginThatDoesNotGetThroughIsNoRefusal(t *testing.T) {
	fake := newServer(t)
	c := newTestClient(t, fake, func(config *Config) { config.AuthURL = "http://" + closedPort(t) })
	_, err := c.session.get(t.Context())
	if classOf(err) != "transient system" || fault.After(err) != 0 {
		t.Error(err)
	}
	if rows, err := c.list(t.Context(), jobListing(), nil); rows != nil || classOf(err) != "transient system" {
		t.Error(err)
	}
}

func TestReadsRenewARefusedToken(t *testing.T) {
	fake := newServer(t)
	job := `{"data":[{"WorkId":"01","Job":"1001"}]}`
	fake.on("/JobListing", then(says(200, job), says(200, `{"data":[{"ErrorMessage":"Session expired"}]}`), says(200, job), says(401, ""), says(200, job)))
	c := newTestClient(t, fake, nil)
	for range 3 {
		if rows, err := c.list(t.Context(), jobListing(), nil); len(rows) != 1 || err != nil {
			t.Fatal(err)
		}
	}
	var tokens []string
	for _, q := range fake.queries("/JobListing") {
		tokens = append(tokens, q["Token"])
	}
	if got := strings.Join(tokens, " "); got != "TOKEN-1 TOKEN-1 TOKEN-2 TOKEN-2 TOKEN-3" {
		t.Error(got)
	}
}

func TestALateRefusalDoesNotDiscardANewerToken(t *testing.T) {
	fake := newServer(t)
	c := newTestClient(t, fake, nil)
	old, _ := c.session.get(t.Context())
	c.session.discard(old)
	young, _ := c.session.get(t.Context())
	c.session.discard(old)
	if now := c.session.current(); now != young || now == old {
		t.Errorf("%s, want %s", now, young)
	}
}

func TestCloseGivesTheTokenBack(t *testing.T) {
	fake := newServer(t)
	c := newTestClient(t, fake, nil)
	if _, err := c.session.get(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if q := fake.queries("/DeleteAToken"); len(q) != 1 || q[0]["Token"] != "TOKEN-1" {
		t.Errorf("%v", q)
	}
	if _, err := c.session.get(t.Context()); classOf(err) != "transient" || !errors.Is(err, errClosed) {
		t.Error(err)
	}
	if err := c.Close(t.Context()); err != nil || fake.count("/DeleteAToken") != 1 {
		t.Error(err)
	}
}

func TestCloseTellsThatTheTokenLivesOn(t *testing.T) {
	fake := newServer(t)
	fake.on("/DeleteAToken", says(500, "no"))
	c := newTestClient(t, fake, nil)
	_, _ = c.session.get(t.Context())
	if err := c.Close(t.Context()); classOf(err) != "transient" {
		t.Error(err)
	}
}

func TestCloseCutsAReadUnderWay(t *testing.T) {
	fake := newServer(t)
	arrived := make(chan struct{})
	fake.on("/JobListing", func(_ http.ResponseWriter, r *http.Request) { close(arrived); <-r.Context().Done() })
	c := newTestClient(t, fake, nil)
	done := make(chan error, 1)
	go func() { _, err := c.job(t.Context(), testSubcontract().Job); done <- err }()
	<-arrived
	_ = c.Close(t.Context())
	if err := <-done; fault.Of(err) != fault.Transient {
		t.Error(err)
	}
}
