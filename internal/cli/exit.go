package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/opsapi"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitPerson = 3
	exitLater  = 75
)

// usage is a command that was written wrongly.
type usage struct{ words string }

func (u *usage) Error() string { return u.words }

func usagef(format string, args ...any) error { return &usage{fmt.Sprintf(format, args...)} }

// asUsage is an error that came up before the command began.
func asUsage(err error) error {
	var known *usage
	if errors.As(err, &known) {
		return err
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return usagef("%s; see \"procpac --help\"", first)
}

// ending is a command that did its work and whose outcome has an exit code of
// its own.
type ending struct {
	code  int
	words string
}

func (e *ending) Error() string { return e.words }

func endf(code int, format string, args ...any) error {
	return &ending{code, fmt.Sprintf(format, args...)}
}

// several are the outcomes of one command's pieces of work.
type several []error

// both adds an outcome to others; nil adds nothing.
func both(err error, more ...error) error {
	var all several
	for _, e := range append([]error{err}, more...) {
		switch e := e.(type) {
		case nil:
		case several:
			all = append(all, e...)
		default:
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

func (s several) Error() string {
	words := make([]string, len(s))
	for i, err := range s {
		words[i] = sentence(err)
	}
	return strings.Join(words, "\nprocpac: ")
}

func (s several) Unwrap() []error { return s }

// exitCode is the code that a person should know of first.
func (s several) exitCode() int {
	codes := map[int]bool{}
	for _, err := range s {
		codes[exitCode(err)] = true
	}
	for _, code := range []int{exitUsage, exitPerson, exitFailed, exitLater} {
		if codes[code] {
			return code
		}
	}
	return exitOK
}

// exitCode is the one table from error to exit code.
func exitCode(err error) int {
	var written *usage
	var setup *app.SetupError
	var settings *config.Problems
	var invalid *ops.Invalid
	var refused *opsapi.Problem
	var away *opsapi.Unreachable
	var cut *opsapi.CutOff
	var ended *ending
	var many several
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &many):
		return many.exitCode()
	case errors.As(err, &ended):
		return ended.code
	case errors.As(err, &written), errors.As(err, &setup), errors.As(err, &settings), errors.As(err, &invalid):
		return exitUsage
	case errors.As(err, &refused):
		return exitOfProblem(refused)
	case errors.As(err, &away), errors.As(err, &cut), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return exitLater
	}
	return exitFailed
}

// exitOfProblem is the exit code for a refusal of the operator API.
func exitOfProblem(p *opsapi.Problem) int {
	switch p.Status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return exitUsage
	case http.StatusConflict:
		if p.After > 0 { // the same is under way already
			return exitLater
		}
		return exitPerson
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return exitLater
	}
	return exitFailed
}
