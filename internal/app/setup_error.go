package app

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/procpac/procpac/internal/natsbus"
)

// SetupError is a reason not to start: what is wrong and how to mend it, in one
// sentence. The command line ends with exit code 2.
type SetupError struct {
	Words string
	Err   error
}

// Error is the sentence.
func (e *SetupError) Error() string { return e.Words }

// Unwrap gives the cause.
func (e *SetupError) Unwrap() error { return e.Err }

func setup(err error, format string, args ...any) error {
	return &SetupError{Words: fmt.Sprintf(format, args...), Err: err}
}

// listenError says why an address cannot be listened on.
func listenError(key, address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return setup(err, "%s %s is in use by another program: stop that one, or set %s to a free address", key, address, key)
	case errors.Is(err, syscall.EACCES):
		return setup(err, "%s %s needs rights this process does not have: use a port above 1023", key, address)
	}
	return setup(err, "%s %s cannot be listened on: %v", key, address, err)
}

// openError says why the bus cannot be opened.
func openError(dir, url string, err error) error {
	var stream *natsbus.StreamError
	switch {
	case errors.Is(err, natsbus.ErrDirInUse):
		return setup(err, "data_dir %s is in use by another procpac: stop that one, or give this one a directory of its own", dir)
	case errors.Is(err, natsbus.ErrDirNotWritable), errors.Is(err, os.ErrPermission):
		return setup(err, "data_dir %s cannot be written: give this user the rights, or set data_dir to another directory", dir)
	case errors.As(err, &stream):
		return setup(err, "the stores were made with other settings: %v", stream)
	case url != "":
		return setup(err, "nats.url cannot be used: %v", err)
	}
	return setup(err, "data_dir %s cannot be used: %v", dir, err)
}
