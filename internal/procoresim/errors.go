package procoresim

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// obj is a JSON object under construction.
type obj = map[string]any

// apiError is a refusal on its way to the caller. field is empty where no field is to blame.
type apiError struct {
	status     int
	field      string
	message    string
	shape      string // empty: the usual shape of the status
	retryAfter int    // seconds; 0: no header
}

// Error gives the field and the reason.
func (e *apiError) Error() string {
	if e.field == "" {
		return e.message
	}
	return e.field + " " + e.message
}

func badRequest(field, message string) error {
	return &apiError{status: http.StatusBadRequest, field: field, message: message}
}

func invalid(field, message string) error {
	return &apiError{status: http.StatusUnprocessableEntity, field: field, message: message}
}

func notFound(what string, id any) error {
	return &apiError{status: http.StatusNotFound, message: fmt.Sprintf("%s %v is not there or not visible", what, id)}
}

func forbidden(message string) error {
	return &apiError{status: http.StatusForbidden, message: message, shape: shapeList}
}

func conflict(message string) error {
	return &apiError{status: http.StatusConflict, message: message}
}

// Names of the error bodies. Each was documented or seen somewhere; which one a given call uses is mostly not published.
const (
	shapeFields    = "fields"     // {"errors":{"field":["message"]}}; seen for 400 and 422
	shapeObject    = "object"     // {"code","message","reason"}; seen in the schema of 401 and 403
	shapeText      = "text"       // {"errors":"message"}; seen for 401
	shapeList      = "list"       // {"errors":["message"]}; seen for 403
	shapeException = "exception"  // {"message","exception"}; seen for 404
	shapeMessage   = "message"    // {"message"}; seen for 409
	shapeDetails   = "details"    // {"error":{"code","message","details":[{"code","message","source"}]}}; seen for projects
	shapeDetailsV2 = "details_v2" // the same with reason_code; seen for v2
	shapeNested    = "nested"     // {"error":{"error":"message"}}; seen for 429
	shapeOAuth     = "oauth"      // {"error","error_description"}; inferred, token host
	shapeHTML      = "html"       // a gateway's page; assumed
	shapeEmpty     = "empty"      // no body; assumed
)

func shapeNames() []string {
	return []string{shapeFields, shapeObject, shapeText, shapeList, shapeException, shapeMessage, shapeDetails, shapeDetailsV2,
		shapeNested, shapeOAuth, shapeHTML, shapeEmpty}
}

// usualShape is the body a status has when neither the error nor the settings name one.
func usualShape(status int, v2 bool) string {
	switch {
	case status == http.StatusTooManyRequests:
		return shapeNested
	case status == http.StatusUnauthorized:
		return shapeObject
	case v2 && status < 500:
		return shapeDetailsV2
	case status == http.StatusBadRequest, status == http.StatusUnprocessableEntity:
		return shapeFields
	case status == http.StatusConflict:
		return shapeMessage
	}
	return shapeObject
}

// refusal turns an error into an answer, in the shape the settings ask for.
func (s *Settings) refusal(e *apiError, path string) reply {
	shape := s.ErrorShapes[strconv.Itoa(e.status)]
	if shape == "" {
		shape = e.shape
	}
	if shape == "" {
		shape = usualShape(e.status, strings.HasPrefix(path, "/rest/v2"))
	}
	r := reply{status: e.status, body: errorBody(shape, e), header: http.Header{}}
	switch shape {
	case shapeHTML:
		r.raw, r.header = []byte("<html><body><h1>"+http.StatusText(e.status)+"</h1></body></html>"), http.Header{"Content-Type": {"text/html"}}
	case shapeEmpty:
		r.body = nil
	}
	if e.retryAfter > 0 {
		r.header.Set("Retry-After", strconv.Itoa(e.retryAfter))
	}
	return r
}

func errorBody(shape string, e *apiError) any {
	switch shape {
	case shapeFields:
		field := e.field
		if field == "" {
			field = "base"
		}
		return obj{"errors": obj{field: []string{e.message}}}
	case shapeText:
		return obj{"errors": e.Error()}
	case shapeList:
		return obj{"errors": []string{e.Error()}}
	case shapeException:
		return obj{"message": e.Error(), "exception": http.StatusText(e.status)}
	case shapeMessage:
		return obj{"message": e.Error()}
	case shapeDetails:
		return errorDetails(e, "code")
	case shapeDetailsV2:
		return errorDetails(e, "reason_code")
	case shapeNested:
		return obj{"error": obj{"error": e.Error()}}
	case shapeOAuth:
		return obj{"error": "invalid_request", "error_description": e.Error()}
	}
	return obj{"code": e.status, "message": e.Error(), "reason": http.StatusText(e.status)}
}

// errorDetails is the object of the newer APIs; code is the HTTP status text in capitals.
func errorDetails(e *apiError, codeKey string) obj {
	code := strings.ToUpper(strings.ReplaceAll(http.StatusText(e.status), " ", "_"))
	detail := obj{codeKey: code, "message": e.message, "source": e.field}
	return obj{"error": obj{"code": code, "message": e.Error(), "details": []obj{detail}}}
}
