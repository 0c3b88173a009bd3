package opsapi

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
	"github.com/labstack/echo/v4"
)

// form is how everything is written: empty lists as [], empty text and zero
// numbers left out where a tag says omitempty, maps in the order of their keys.
func form() json.Options {
	return json.JoinOptions(jsonv1.OmitEmptyWithLegacySemantics(true), json.Deterministic(true))
}

// Encode writes a value the way the API does, over several lines for a person
// when indented. It ends with a newline.
func Encode(v any, indented bool) ([]byte, error) {
	options := form()
	if indented {
		options = json.JoinOptions(options, jsontext.WithIndent("  "))
	}
	text, err := json.Marshal(v, options)
	return append(text, '\n'), err
}

// write sends a whole answer, or nothing when it cannot be encoded.
func write(c echo.Context, status int, kind string, v any) error {
	text, err := Encode(v, false)
	if err != nil {
		return err
	}
	return c.Blob(status, kind, text)
}

func ok(c echo.Context, v any) error { return write(c, http.StatusOK, echo.MIMEApplicationJSON, v) }

// read takes a JSON body: one object, known members only, each once.
func read(c echo.Context, v any) error {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEApplicationJSON {
		return problem(http.StatusUnsupportedMediaType, "send the body as Content-Type: application/json")
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(c.Request().Body); err != nil {
		return err
	}
	return bodyProblem(json.Unmarshal(body.Bytes(), v, json.RejectUnknownMembers(true)))
}

// bodyProblem says in a sentence what is wrong with a body.
func bodyProblem(err error) error {
	if err == nil {
		return nil
	}
	var semantic *json.SemanticError
	var syntax *jsontext.SyntacticError
	field, rule := "", "the body is not JSON"
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		field, rule = member(syntax.JSONPointer), "stands twice in the body"
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &semantic):
		field, rule = member(semantic.JSONPointer), "is not a member that this call knows"
	case errors.As(err, &semantic):
		field, rule = member(semantic.JSONPointer), "is of the wrong type"
	}
	p := problem(http.StatusBadRequest, "%s", strings.TrimSpace(field+" "+rule))
	p.Field = field
	return p
}

// member is a pointer as a person writes it: filter.state.
func member(p jsontext.Pointer) string {
	var parts []string
	for token := range p.Tokens() {
		parts = append(parts, token)
	}
	return strings.Join(parts, ".")
}
