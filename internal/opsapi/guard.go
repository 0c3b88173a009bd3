package opsapi

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// open are the paths that never ask for a token: they tell nothing but yes or
// no.
func open(path string) bool { return path == "/healthz" || path == "/readyz" }

// logged writes one line per call: at debug level, or as an error when the
// call failed inside. The line has no header, query or body, so no token.
func (a *api) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		status, line := c.Response().Status, a.Log.Debug()
		if status >= http.StatusInternalServerError {
			line = a.Log.Error().Err(err)
		}
		line.Str("method", c.Request().Method).Str("path", c.Request().URL.Path).Str("from", c.RealIP()).
			Int("status", status).Dur("took", time.Since(began)).Msg("operator call")
		return nil
	}
}

// guarded turns a panic into an error, so that the caller gets an answer.
func guarded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				err = fmt.Errorf("panic: %v", p)
			}
		}()
		return next(c)
	}
}

// headers sets what every answer carries.
func headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		return next(c)
	}
}

// limited bounds the body and the time of a call. A backup has no end to its
// time: it is bounded piece by piece.
func limited(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithCancel(c.Request().Context())
		defer cancel()
		switch c.Path() {
		case "/api/v1/backup":
		case "/api/v1/safe-mode/release":
			if err := patient(http.NewResponseController(c.Response()), releaseLimit+time.Second); err != nil {
				return err
			}
			ctx, cancel = context.WithTimeout(ctx, releaseLimit)
			defer cancel()
		default:
			ctx, cancel = context.WithTimeout(ctx, callLimit)
			defer cancel()
		}
		r := c.Request().WithContext(ctx)
		r.Body = http.MaxBytesReader(c.Response(), r.Body, MaxBody)
		c.SetRequest(r)
		return next(c)
	}
}

// local serves, when no token protects the API, only calls that name this
// machine in the Host header: a web page may point a name it owns at a
// loopback address, but it cannot change what that name is.
func (a *api) local(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if a.Tokens == nil && !loopback(c.Request().Host) {
			return problem(http.StatusForbidden, "without a token this API answers only to localhost, 127.0.0.1 and [::1]; set operator.token_file to reach it by another name")
		}
		return next(c)
	}
}

// loopback tells whether a Host header names this machine.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

// sameOrigin refuses changes that another site's page asks for.
func sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	return func(c echo.Context) error {
		if err := protection.Check(c.Request()); err != nil {
			return problem(http.StatusForbidden, "a page of another site must not change anything here")
		}
		return next(c)
	}
}

// tokened asks for a bearer token where tokens are configured.
func (a *api) tokened(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if a.Tokens == nil || open(c.Request().URL.Path) || holds(c.Request().Header, a.Tokens()) {
			return next(c)
		}
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer realm="procpac"`)
		return problem(http.StatusUnauthorized, "send one of the live tokens as \"Authorization: Bearer TOKEN\"")
	}
}

// holds tells whether the header carries one of the tokens. Hashes are
// compared, all of them, so the time taken tells neither length nor content.
func holds(h http.Header, tokens []string) bool {
	scheme, given, _ := strings.Cut(h.Get(echo.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") || given == "" {
		return false
	}
	sum, found := sha256.Sum256([]byte(given)), 0
	for _, token := range tokens {
		live := sha256.Sum256([]byte(token))
		found |= subtle.ConstantTimeCompare(sum[:], live[:])
	}
	return found == 1
}

// refuse writes the answer to an error. It is the router's error handler.
func (a *api) refuse(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := problemOf(err)
	if p.After > 0 {
		seconds := int(math.Ceil(p.After.Seconds()))
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds))
	}
	if writeErr := write(c, p.Status, "application/problem+json", p); writeErr != nil && !errors.Is(writeErr, context.Canceled) {
		a.Log.Debug().Err(writeErr).Msg("the refusal did not reach the caller")
	}
}
