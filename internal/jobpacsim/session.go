package jobpacsim

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"time"
)

// Application is a client that may ask for tokens in one environment. The
// length of its key, 24 or 32 characters, chooses the login cipher.
type Application struct {
	Environment string `json:"environment"`
	Name        string `json:"name"`
	Version     string `json:"version"`
	Key         string `json:"key"`
}

// User is a profile that may sign in; name and password have at most 10 characters.
type User struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

type account struct {
	password string
	refused  int // refused logins in a row
	locked   bool
}

type session struct {
	user string
	used time.Time // on the simulator's clock
}

// gate keeps who may come in and who is in. Sim's mutex guards it.
type gate struct {
	applications map[string]Application // environment and name joined
	accounts     map[string]*account
	sessions     map[string]*session

	logins, refusedLogins int
}

func newGate() *gate {
	return &gate{applications: map[string]Application{}, accounts: map[string]*account{}, sessions: map[string]*session{}}
}

func (g *gate) addApplication(a Application) error {
	if a.Environment == "" || a.Name == "" || (len(a.Key) != oldKeyLength && len(a.Key) != newKeyLength) {
		return errors.New("an application needs an environment, a name and a key of 24 or 32 characters")
	}
	g.applications[join(a.Environment, a.Name)] = a
	return nil
}

func (g *gate) addUser(u User) error {
	c, err := profileOf(u)
	if err != nil {
		return err
	}
	g.accounts[c.user] = &account{password: c.password}
	return nil
}

func profileOf(u User) (credentials, error) {
	if len(u.Name) > profileWidth || len(u.Password) > profileWidth || u.Name == "" || u.Password == "" {
		return credentials{}, errors.New("a user needs a name and a password of 1 to 10 characters")
	}
	return credentials{user: toUpperASCII(u.Name), password: u.Password}, nil
}

func toUpperASCII(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// ask is one request for a token.
type ask struct {
	environment, application, version, value string
}

// admit checks a login. real is the wall clock, which the time in an old login
// value is held against; advancing the simulator's clock does not move it.
func (g *gate) admit(a ask, s *Settings, now, real time.Time) (token string, err error) {
	who, err := g.identify(a, s, real)
	acc := g.accounts[who.user]
	if err == nil {
		err = acc.check(who.password)
	}
	if err != nil {
		g.refuse(acc, s)
		return "", err
	}
	acc.refused = 0
	g.logins++
	return g.open(who.user, s, now), nil
}

// identify reads who asks; the user comes back with the error where it is known.
func (g *gate) identify(a ask, s *Settings, real time.Time) (credentials, error) {
	app, ok := g.applications[join(a.environment, a.application)]
	if !ok {
		return credentials{}, errors.New("the environment or the application is not known")
	}
	who, err := openLogin(app.Key, a.value, real, time.Duration(s.LoginWindowSeconds)*time.Second)
	if err != nil {
		return who, err
	}
	if a.version != "" && a.version != app.Version {
		return who, errors.New("the version is not known")
	}
	if g.accounts[who.user] == nil {
		return who, errors.New("the user or the password is wrong")
	}
	return who, nil
}

func (acc *account) check(password string) error {
	if acc.locked {
		return errors.New("the user is locked after too many refused logins")
	}
	if subtle.ConstantTimeCompare([]byte(acc.password), []byte(password)) != 1 {
		return errors.New("the user or the password is wrong")
	}
	return nil
}

func (g *gate) refuse(acc *account, s *Settings) {
	g.refusedLogins++
	if acc == nil {
		return
	}
	acc.refused++
	if s.LockAfter > 0 && acc.refused >= s.LockAfter {
		acc.locked = true
	}
}

// open starts a session and ends the longest unused one of a user with too many.
func (g *gate) open(user string, s *Settings, now time.Time) string {
	var oldest string
	count := 0
	for token, in := range g.sessions {
		if !in.live(s, now) {
			delete(g.sessions, token)
			continue
		}
		if in.user == user {
			count++
			if oldest == "" || in.used.Before(g.sessions[oldest].used) {
				oldest = token
			}
		}
	}
	if s.TokensPerUser > 0 && count >= s.TokensPerUser {
		delete(g.sessions, oldest)
	}
	token := rand.Text()
	g.sessions[token] = &session{user: user, used: now}
	return token
}

func (in *session) live(s *Settings, now time.Time) bool {
	return now.Sub(in.used) < time.Duration(s.TokenMinutes)*time.Minute
}

// enter slides a token's life, or tells that it has none.
func (g *gate) enter(token string, s *Settings, now time.Time) bool {
	in := g.sessions[token]
	if in == nil {
		return false
	}
	if !in.live(s, now) {
		delete(g.sessions, token)
		return false
	}
	in.used = now
	return true
}

func (s *Sim) giveToken(c *call) (reply, error) {
	if c.plan.refuseLogin != nil {
		s.gate.refusedLogins++
		return loginRefused(c.plan.refuseLogin.words("the login was refused")), nil
	}
	a := ask{c.given["Environment"], c.given["Application"], c.given["Version"], c.given["Value"]}
	token, err := s.gate.admit(a, c.settings, s.now(), s.wall())
	if err != nil {
		return loginRefused(err.Error()), nil
	}
	r := rowReply("ok", pair{"Token", token}, pair{"ErrorMessage", ""})
	r.committed = true
	return r, nil
}

func loginRefused(why string) reply {
	text := "Login refused: " + why + "."
	r := rowReply("login refused", pair{"Token", ""}, pair{"ErrorMessage", text})
	r.message = text
	return r
}

func (s *Sim) deleteToken(c *call) (reply, error) {
	delete(s.gate.sessions, c.token)
	r := rowReply("ok", pair{"ErrorMessage", ""})
	r.committed = true
	return r, nil
}

func (s *Sim) givePort(c *call) (reply, error) {
	port := c.settings.Port
	if port == "" {
		if _, own, err := net.SplitHostPort(c.host); err == nil {
			port = own
		}
	}
	return rowReply("ok", pair{"Port", port}, pair{"ErrorMessage", ""}), nil
}

// tokenRefused is the answer to an expired or unknown token.
func (c *call) tokenRefused() reply {
	const text = "The token is not known or has expired; ask for a new one."
	form := c.settings.WriteTokenRefusal
	if c.op.isListing() {
		form = c.settings.ListingTokenRefusal
	}
	if form == AnswerStatus {
		return textReply(http.StatusUnauthorized, "token refused", text)
	}
	r := rowReply("token refused", pair{"ErrorMessage", text})
	r.message = text
	return r
}
