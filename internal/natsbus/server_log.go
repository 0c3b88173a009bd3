package natsbus

import (
	"fmt"

	"github.com/rs/zerolog"
)

// serverLog passes the embedded server's lines on to our log. Its notices are
// our debug; a fatal line must not end the process, which is for main alone.
type serverLog struct{ log zerolog.Logger }

func (l serverLog) Noticef(format string, v ...any) { l.line(l.log.Debug(), format, v) }
func (l serverLog) Warnf(format string, v ...any)   { l.line(l.log.Warn(), format, v) }
func (l serverLog) Errorf(format string, v ...any)  { l.line(l.log.Error(), format, v) }
func (l serverLog) Fatalf(format string, v ...any)  { l.line(l.log.Error(), format, v) }
func (l serverLog) Debugf(format string, v ...any)  { l.line(l.log.Trace(), format, v) }
func (l serverLog) Tracef(format string, v ...any)  { l.line(l.log.Trace(), format, v) }

func (l serverLog) line(e *zerolog.Event, format string, v []any) {
	e.Str("from", "nats-server").Msg(fmt.Sprintf(format, v...))
}
