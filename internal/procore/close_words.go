package procore

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// The bounds of what an approver is shown. Procore's own are not known
// (assumed).
const (
	maxMessages = 20
	maxMessage  = 500 // runes
)

// tidy cleans messages for the approver; never nil.
func tidy(messages []string) []string {
	clean := []string{}
	for _, message := range messages {
		if line := clip(oneLine(message), maxMessage); line != "" {
			clean = append(clean, line)
		}
	}
	if more := len(clean) - maxMessages; more > 0 {
		clean = append(clean[:maxMessages], fmt.Sprintf("and %d more", more))
	}
	return clean
}

// closedAlready tells whether err is Procore's refusal to close a detail that
// has this outcome already (assumed: a 422 that says "already" and does not
// name the other outcome).
func closedAlready(err error, outcome erp.Outcome) bool {
	var answered *StatusError
	if !errors.As(err, &answered) || answered.Status != http.StatusUnprocessableEntity {
		return false
	}
	said := strings.ToLower(fault.Said(err))
	other := "fail"
	if outcome == erp.Failed {
		other = "success"
	}
	return strings.Contains(said, "already") && !strings.Contains(said, other)
}
