package jobpac

import (
	"sync"

	"github.com/procpac/procpac/internal/erp"
	"github.com/rs/zerolog"
)

// letters reads the status letters of this customer. Safe for concurrent use.
type letters struct {
	meaning map[string]string
	log     zerolog.Logger
	warned  sync.Map
}

func newLetters(meaning map[string]string, log zerolog.Logger) *letters {
	return &letters{meaning: meaning, log: log}
}

// of is what a letter means; "" when it is blank or not configured. A letter
// missing from a table that has any is logged once.
func (l *letters) of(what, letter string) string {
	letter = erp.Code(letter)
	if letter == "" || len(l.meaning) == 0 {
		return ""
	}
	meaning, known := l.meaning[letter]
	if !known {
		if _, again := l.warned.LoadOrStore(what+"|"+letter, true); !again {
			l.log.Warn().Str("record", what).Str("letter", letter).Msg("status letter is not in status_letters; it is ignored")
		}
	}
	return meaning
}

// tristate reads a flag column; a blank or strange one counts as not shown.
func tristate(r row, column string) erp.Tristate {
	return flagOf(r[column])
}

// flagOf reads the value of a flag.
func flagOf(value string) erp.Tristate {
	switch erp.Code(value) {
	case "Y", "YES", "TRUE", "1":
		return erp.Yes
	case "N", "NO", "FALSE", "0":
		return erp.No
	}
	return erp.Unshown
}
