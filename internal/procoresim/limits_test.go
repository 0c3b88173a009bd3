package procoresim

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestCompanyHeader(t *testing.T) {
	w := newWorld(t)
	w.header.Set("Procore-Company-Id", "")
	w.get("/rest/v1.0/me").is(http.StatusNotFound).contains("Missing Procore-Company-Id header!")
	w.set(func(s *Settings) { s.MissingCompanyStatus = 400 })
	w.get("/rest/v1.0/me").is(http.StatusBadRequest)
	w.header.Set("Procore-Company-Id", "abc")
	w.get("/rest/v1.0/me").is(http.StatusBadRequest)
	w.header.Set("Procore-Company-Id", "999")
	w.get("/rest/v1.0/me").is(http.StatusForbidden).has("errors.0", "App is not connected to this company.")
}

func TestCompanyOfPathMustBeTheCallers(t *testing.T) {
	w := newWorld(t)
	w.get("/rest/v1.0/companies/999/erp_requests").is(http.StatusForbidden)
	w.set(func(s *Settings) { s.DisconnectedCompanies = []int64{DemoCompanyID} })
	w.get(company("/erp_requests")).is(http.StatusForbidden)
}

func TestForbiddenProject(t *testing.T) {
	w := demoWorld(t, func(s *Settings) { s.ForbiddenProjects = []int64{DemoProjectID} })
	w.get("/rest/v1.0/work_order_contracts?project_id=2468").is(http.StatusForbidden)
	w.get(project2("/commitment_contracts")).is(http.StatusForbidden)
	w.get(company("/erp_requests")).is(http.StatusOK)
}

func TestProjectIsNeeded(t *testing.T) {
	w := demoWorld(t)
	w.get("/rest/v1.0/work_order_contracts").is(http.StatusBadRequest).has("errors.project_id.0", "is required")
	w.get("/rest/v1.0/work_order_contracts?project_id=1").is(http.StatusNotFound)
	w.get("/rest/v1.0/no_such_thing").is(http.StatusNotFound)
}

func rates(a answer) (limit, remaining int, reset int64) {
	a.t.Helper()
	limit, err := strconv.Atoi(a.header.Get("X-Rate-Limit-Limit"))
	if err != nil {
		a.t.Fatal(err)
	}
	remaining, _ = strconv.Atoi(a.header.Get("X-Rate-Limit-Remaining"))
	reset, _ = strconv.ParseInt(a.header.Get("X-Rate-Limit-Reset"), 10, 64)
	return limit, remaining, reset
}

func TestRateHeadersWithoutLimits(t *testing.T) {
	w := newWorld(t)
	a := w.get("/rest/v1.0/me").is(http.StatusOK)
	if limit, remaining, reset := rates(a); limit < 100_000 || remaining != limit || reset <= w.clock.Now().Unix() {
		t.Errorf("limit %d, remaining %d, reset %d", limit, remaining, reset)
	}
	if a.header.Get("X-Request-Id") == "" {
		t.Error("no x-request-id")
	}
}

func TestRateHeadersFlipToTheNearerWindow(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.HourlyLimit, s.SpikeLimit = 6, 4 })
	check := func(wantLimit, wantRemaining int, window time.Duration) {
		t.Helper()
		opened := w.clock.Now()
		limit, remaining, reset := rates(w.get("/rest/v1.0/me").is(http.StatusOK))
		if limit != wantLimit || remaining != wantRemaining || reset > opened.Add(window).Unix()+1 {
			t.Errorf("limit %d, remaining %d, reset in %d s; want %d, %d", limit, remaining, reset-opened.Unix(), wantLimit, wantRemaining)
		}
	}
	check(4, 3, 10*time.Second)
	check(4, 2, 10*time.Second)
	check(4, 1, 10*time.Second)
	w.clock.Advance(10 * time.Second)
	check(6, 2, time.Hour) // spike has 3 left, the hour 2
	check(6, 1, time.Hour)
}

func TestTooManyCalls(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.SpikeLimit = 2 })
	w.get("/rest/v1.0/me").is(http.StatusOK)
	w.get("/rest/v1.0/me").is(http.StatusOK)
	a := w.get("/rest/v1.0/me").is(http.StatusTooManyRequests)
	if got := a.header.Get("Retry-After"); got != "10" {
		t.Errorf("Retry-After %q, want 10", got)
	}
	if _, remaining, _ := rates(a); remaining != 0 {
		t.Errorf("remaining %d", remaining)
	}
	if !strings.Contains(a.text("error.error"), "limit") {
		t.Errorf("body %s", a.body)
	}
	w.set(func(s *Settings) { s.RetryAfterOn429 = false })
	if a := w.get("/rest/v1.0/me").is(http.StatusTooManyRequests); a.header.Get("Retry-After") != "" {
		t.Error("Retry-After in spite of the switch")
	}
	w.clock.Advance(10 * time.Second)
	w.get("/rest/v1.0/me").is(http.StatusOK)
}

func TestHourlyLimitOutlastsTheSpikeWindow(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.HourlyLimit = 1 })
	w.get("/rest/v1.0/me").is(http.StatusOK)
	w.clock.Advance(time.Minute)
	if a := w.get("/rest/v1.0/me").is(http.StatusTooManyRequests); a.header.Get("Retry-After") != "3540" {
		t.Errorf("Retry-After %s", a.header.Get("Retry-After"))
	}
	w.clock.Advance(59 * time.Minute)
	w.get("/rest/v1.0/me").is(http.StatusOK)
}

func TestTokenHostHasNoRateLimit(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.SpikeLimit = 1 })
	w.get("/rest/v1.0/me").is(http.StatusOK)
	w.login()
}

func TestErrorShapes(t *testing.T) {
	w := newWorld(t)
	cases := map[string]string{
		shapeFields:    `{"errors":{"base":["told"]}}`,
		shapeObject:    `{"code":418,"message":"told","reason":"I'm a teapot"}`,
		shapeText:      `{"errors":"told"}`,
		shapeList:      `{"errors":["told"]}`,
		shapeException: `{"exception":"I'm a teapot","message":"told"}`,
		shapeMessage:   `{"message":"told"}`,
		shapeDetails:   `{"error":{"code":"I'M_A_TEAPOT","details":[{"code":"I'M_A_TEAPOT","message":"told","source":""}],"message":"told"}}`,
		shapeDetailsV2: `{"error":{"code":"I'M_A_TEAPOT","details":[{"message":"told","reason_code":"I'M_A_TEAPOT","source":""}],"message":"told"}}`,
		shapeNested:    `{"error":{"error":"told"}}`,
		shapeOAuth:     `{"error":"invalid_request","error_description":"told"}`,
		shapeHTML:      `<html><body><h1>I'm a teapot</h1></body></html>`,
		shapeEmpty:     ``,
	}
	for _, name := range shapeNames() {
		want, known := cases[name]
		if !known {
			t.Errorf("shape %s has no case", name)
		}
		if err := w.sim.SetFaults(Fault{Path: "/me$", StatusBefore: 418, Shape: name, Message: "told"}); err != nil {
			t.Fatal(err)
		}
		if a := w.get("/rest/v1.0/me").is(418); string(a.body) != want {
			t.Errorf("%s: %s, want %s", name, a.body, want)
		}
	}
}

func TestErrorShapeOfAStatusBySetting(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.ErrorShapes = map[string]string{"401": shapeText, "422": shapeMessage} })
	w.header.Set("Authorization", "Bearer x")
	if a := w.get("/rest/v1.0/me").is(http.StatusUnauthorized); string(a.body) != `{"errors":"The access token is invalid"}` {
		t.Errorf("body %s", a.body)
	}
}

func TestV2ErrorsHaveTheirOwnShape(t *testing.T) {
	w := newWorld(t)
	w.get(project2("/commitment_contracts/5")).is(http.StatusNotFound).has("error.code", "NOT_FOUND", "error.details.#", "1")
	w.get("/rest/v1.0/commitments/5?project_id=2468").is(http.StatusNotFound).has("code", "404")
}

func TestSettingsAreChecked(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(*Settings){
		"event_api_version":      func(s *Settings) { s.EventAPIVersion = "v9" },
		"detail_verbs":           func(s *Settings) { s.DetailVerbs = "POST" },
		"detail_bulk_body":       func(s *Settings) { s.DetailBulkBody = "x" },
		"second_close":           func(s *Settings) { s.SecondClose = "x" },
		"request_detail_level":   func(s *Settings) { s.RequestDetailLevel = "x" },
		"external_data_show":     func(s *Settings) { s.ExternalDataShow = "x" },
		"tiers":                  func(s *Settings) { s.Tiers = 4 },
		"missing_company_status": func(s *Settings) { s.MissingCompanyStatus = 200 },
		"error_shapes":           func(s *Settings) { s.ErrorShapes["401"] = "round" },
		"duplicates":             func(s *Settings) { s.Duplicates = 0 },
	} {
		next := w.sim.Settings()
		change(&next)
		err := w.sim.SetSettings(next)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if fmt.Sprint(w.sim.Settings()) != fmt.Sprint(DefaultSettings()) {
			t.Fatalf("%s: a refused setting was kept", name)
		}
	}
}

func TestNewRefusesBadSettings(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	New(Config{Settings: &Settings{}})
}
