package procoresim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// maxBody is the largest request body that is read, in bytes.
const maxBody = 16 << 20

// call is one request with what the front door found out about it.
type call struct {
	echo.Context
	body      []byte
	query     url.Values
	now       time.Time
	company   int64 // of Procore-Company-Id
	client    Client
	rowFaults []RowFault
	endpoint  string                     // method and path as the table of paths has them
	overlaps  bool                       // see Sim.enter
	members   map[string]json.RawMessage // of the body, see envelope
}

// reply is an answer not yet written. raw goes out as it is; otherwise body as JSON; nil means no body.
type reply struct {
	status int
	body   any
	raw    []byte
	header http.Header
}

func ok(body any) (reply, error) { return reply{status: http.StatusOK, body: body}, nil }

func created(body any) (reply, error) { return reply{status: http.StatusCreated, body: body}, nil }

func noContent() (reply, error) { return reply{status: http.StatusNoContent}, nil }

// serve runs one endpoint: read everything, decide under the lock, write after it.
func (s *Sim) serve(ep Endpoint) echo.HandlerFunc {
	return func(c echo.Context) error {
		body, err := io.ReadAll(io.LimitReader(c.Request().Body, maxBody))
		if err != nil {
			return err
		}
		ctx := c.Request().Context()
		k := &call{Context: c, body: body, query: c.QueryParams(), rowFaults: rowFaultsOf(ctx), endpoint: ep.Method + " " + ep.Path, overlaps: overlapOf(ctx)}
		return s.run(ep, k).write(c)
	}
}

func (s *Sim) run(ep Endpoint, k *call) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	k.now = s.clock.Now()
	r, err := s.guard(ep, k)
	if err == nil {
		return r
	}
	return s.settings.refusal(asAPIError(err), k.Request().URL.Path)
}

func asAPIError(err error) *apiError {
	var e *apiError
	if errors.As(err, &e) {
		return e
	}
	return &apiError{status: http.StatusInternalServerError, message: err.Error()}
}

// guard checks the token and the company before the endpoint's own handler runs.
func (s *Sim) guard(ep Endpoint, k *call) (reply, error) {
	if !strings.HasPrefix(k.Request().URL.Path, "/rest/") {
		return ep.handle(s, k)
	}
	if err := s.authorise(k); err != nil {
		return reply{}, err
	}
	if err := s.checkCompany(k); err != nil {
		return reply{}, err
	}
	s.endpointCount(k).Calls++
	return ep.handle(s, k)
}

// checkCompany wants Procore-Company-Id on every call and, where the path names a company, the same one there.
func (s *Sim) checkCompany(k *call) error {
	header := k.Request().Header.Get("Procore-Company-Id")
	if header == "" {
		return &apiError{status: s.settings.MissingCompanyStatus, message: "Missing Procore-Company-Id header!", shape: shapeMessage}
	}
	id, err := strconv.ParseInt(header, 10, 64)
	if err != nil {
		return badRequest("Procore-Company-Id", "is not a number")
	}
	inPath := k.Param("company")
	_, known := s.data.companies.get(id)
	if !known || slices.Contains(s.settings.DisconnectedCompanies, id) || inPath != "" && inPath != header {
		return forbidden("App is not connected to this company.")
	}
	k.company = id
	return nil
}

// project is the project of the call, from the path, the query or the given value of the body.
func (s *Sim) project(k *call, inBody wireID) (*Project, error) {
	text := k.Param("project")
	if text == "" {
		text = k.query.Get("project_id")
	}
	if text == "" && inBody != 0 {
		text = fmt.Sprint(int64(inBody))
	}
	if text == "" {
		return nil, badRequest("project_id", "is required")
	}
	id, _ := strconv.ParseInt(text, 10, 64)
	if slices.Contains(s.settings.ForbiddenProjects, id) {
		return nil, &apiError{status: http.StatusForbidden, message: "the app has no permission on project " + text}
	}
	p, known := s.data.projects.get(id)
	if !known || p.CompanyID != k.company {
		return nil, notFound("project", text)
	}
	return p, nil
}

// id is a path parameter; what is no number is not there.
func (k *call) id(name string) (int64, error) {
	id, err := strconv.ParseInt(k.Param(name), 10, 64)
	if err != nil {
		return 0, notFound("record", k.Param(name))
	}
	return id, nil
}

// decode reads the JSON body into v.
func (k *call) decode(v any) error {
	if err := json.Unmarshal(k.body, v); err != nil {
		return badRequest("body", "cannot be read: "+err.Error())
	}
	return nil
}

// filter returns the values of filters[name], also as an array and in the singular spelling of the deliveries list.
func (k *call) filter(name string) []string {
	var values []string
	for _, key := range []string{"filters[" + name + "]", "filters[" + name + "][]", "filter[" + name + "]", "filter[" + name + "][]"} {
		values = append(values, k.query[key]...)
	}
	return values
}

func (r reply) write(c echo.Context) error {
	for name, values := range r.header {
		c.Response().Header()[name] = values
	}
	switch {
	case r.raw != nil:
		return c.Blob(r.status, r.header.Get("Content-Type"), r.raw)
	case r.body == nil:
		return c.NoContent(r.status)
	}
	data, err := json.Marshal(r.body)
	if err != nil {
		return fmt.Errorf("answer of %s: %w", c.Path(), err)
	}
	return c.JSONBlob(r.status, data)
}

// wireID is an id in a request body: a number, or a string holding one. Null and absent are zero.
type wireID int64

// UnmarshalJSON reads both forms.
func (w *wireID) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	if text == "null" || text == "" {
		*w = 0
		return nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%s is not an id", data)
	}
	*w = wireID(id)
	return nil
}

// idText is an id as the v2 APIs print it; zero is null.
func idText(id int64) any {
	if id == 0 {
		return nil
	}
	return strconv.FormatInt(id, 10)
}

// idOrNull is an id as the v1 APIs print it; zero is null.
func idOrNull(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

// textOrNull prints an empty text as null.
func textOrNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
