package receiver

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/procpac/procpac/internal/erp"
)

const plainJSON = "application/json"

func TestForms(t *testing.T) {
	when := time.Date(2026, 11, 23, 9, 29, 58, 123456000, time.UTC)
	for name, want := range map[string]erp.Event{
		"v2": {ID: "01J9ZD7W2M6C5T4F3E2D1C0B", Project: 5982324300946918154},
		"v3": {ID: "01J9ZD7W2M6C5T4F3E2D1C0BAB"},
		"v4": {ID: "01J9ZD7W2M6C5T4F3E2D1C0BAC", Project: 12},
	} {
		t.Run(name, func(t *testing.T) {
			want.Resource, want.ResourceID, want.Action = "ERP Requests", 8801, "create"
			want.Company, want.User, want.At = 31, 77, when
			got, reason := parse(plainJSON, []byte(sample(t, name)))
			if diff := cmp.Diff(want, got); diff != "" || reason != "" {
				t.Fatalf("%s %s", reason, diff)
			}
		})
	}
}

// The document of a line is told where it is named; what is odd there loses no hint.
func TestParent(t *testing.T) {
	for name, c := range map[string]struct {
		members string
		want    erp.ID
	}{
		"v2":           {``, 0},
		"v3":           {`"related_resources":[{"id":4101,"name":"Work Order Contracts"}],`, 4101},
		"v4":           {`"data":{"related_resources":[{"id":"4101","name":"Work Order Contracts"}]},`, 4101},
		"empty":        {`"related_resources":[],"data":{},`, 0},
		"null":         {`"related_resources":null,"data":null,`, 0},
		"no list":      {`"related_resources":7,"data":"x",`, 0},
		"an odd entry": {`"related_resources":[{"id":{},"name":4}],`, 0},
	} {
		e, reason := parse(plainJSON, []byte("{"+c.members+`"id":1,"resource_name":"Work Order Contract Line Items","resource_id":8,"event_type":"update"}`))
		if e.Parent != c.want || e.ResourceID != 8 || reason != "" {
			t.Errorf("%s: %+v, %s", name, e, reason)
		}
	}
}

func TestEventID(t *testing.T) {
	rest := `"resource_name":"ERP Requests","resource_id":1,"event_type":"create"}`
	hash := func(body string) string {
		sum := sha256.Sum256([]byte(body))
		return "body-" + hex.EncodeToString(sum[:])
	}
	long := strings.Repeat("x", 5000)
	for name, c := range map[string]struct{ members, want string }{
		"both":                  {`"id":1,"ulid":"U",`, "U"},
		"the id alone":          {`"id":5982324300946918154,`, "5982324300946918154"},
		"more than 64 bits":     {`"id":98765432109876543210987,`, "98765432109876543210987"},
		"the id as text":        {`"id":"01ABC",`, "01ABC"},
		"a ulid of null":        {`"id":2,"ulid":null,`, "2"},
		"an empty ulid":         {`"id":2,"ulid":"",`, "2"},
		"a ulid in digits":      {`"ulid":12,`, "12"},
		"odd characters":        {`"id":"a b*>\u0000\u2028",`, "a b*>\x00\u2028"},
		"long":                  {`"id":"` + long + `",`, long},
		"none":                  {"", hash("{" + rest)},
		"null":                  {`"id":null,"ulid":null,`, hash(`{"id":null,"ulid":null,` + rest)},
		"the text null is text": {`"id":"null",`, "null"},
	} {
		t.Run(name, func(t *testing.T) {
			e, reason := parse(plainJSON, []byte("{"+c.members+rest))
			if e.ID != c.want || reason != "" {
				t.Fatalf("got %q %s, want %q", e.ID, reason, c.want)
			}
		})
	}
}

// with is the v3 sample with one member changed.
func with(t *testing.T, old, replacement string) string {
	t.Helper()
	body := sample(t, "v3")
	if !strings.Contains(body, old) {
		t.Fatalf("the sample has no %s", old)
	}
	return strings.Replace(body, old, replacement, 1)
}

// Each of these is a hint all the same.
func TestUnderstood(t *testing.T) {
	for name, body := range map[string]string{
		"a member that is new":        with(t, `{"id"`, `{"new":{"a":[1,{"b":null}]},"id"`),
		"no company":                  with(t, `"company_id":31,`, ``),
		"a company of null":           with(t, `"company_id":31,`, `"company_id":null,`),
		"no user":                     with(t, `"user_id":77,`, ``),
		"no time":                     with(t, `"timestamp":"2026-11-23T09:29:58.123456Z",`, ``),
		"a time of null":              with(t, `"2026-11-23T09:29:58.123456Z"`, `null`),
		"a time in another form":      with(t, `"2026-11-23T09:29:58.123456Z"`, `"23.11.2026"`),
		"a time that is not UTC":      with(t, `58.123456Z`, `58.123456+10:00`),
		"a year of five digits":       with(t, `2026-11-23T09:29:58.123456Z`, `9999-12-31T23:59:59-05:00`),
		"a year before the first":     with(t, `2026-11-23T09:29:58.123456Z`, `0000-01-01T00:00:00+05:00`),
		"an offset of a day":          with(t, `58.123456Z`, `58.123456+24:00`),
		"a time that is a number":     with(t, `"2026-11-23T09:29:58.123456Z"`, `1763890198`),
		"a time that is an object":    with(t, `"2026-11-23T09:29:58.123456Z"`, `{"at":1}`),
		"metadata of null":            with(t, `"metadata":{"source_user_id":77,"source_project_id":12,"source_operation_id":"op","source_company_id":31,"source_application_id":"app"}`, `"metadata":null`),
		"a resource nobody asked for": with(t, "ERP Requests", "Something New"),
		"a kind that is new":          with(t, `"event_type":"create"`, `"event_type":"restore"`),
		"32 deep":                     with(t, `{"id"`, `{"deep":`+strings.Repeat("[", maxDepth-1)+strings.Repeat("]", maxDepth-1)+`,"id"`),
		"brackets in a text":          with(t, `"op"`, `"\"`+strings.Repeat("[", 100)+`\\"`),
	} {
		t.Run(name, func(t *testing.T) {
			e, reason := parse(plainJSON, []byte(body))
			if reason != "" || e.ResourceID != 8801 {
				t.Fatalf("got %+v: %s", e, reason)
			}
			if _, err := json.Marshal(e); err != nil || e.At.Location() != time.UTC {
				t.Fatalf("a store cannot write %v: %v", e.At, err)
			}
		})
	}
}

// The reason is for people; a sender must not make it long.
func TestReasonIsShort(t *testing.T) {
	long := `"` + strings.Repeat("é", 20000) + `":1`
	for name, body := range map[string]string{
		"a long name twice": "{" + long + "," + long + "}",
		"a long company":    with(t, `"company_id":31`, `"company_id":"`+strings.Repeat("é", 20000)+`"`),
	} {
		_, reason := parse(plainJSON, []byte(body))
		if reason == "" || len(reason) > 300 || !utf8.ValidString(reason) {
			t.Errorf("%s: a reason of %d bytes: %.100q", name, len(reason), reason)
		}
	}
}

func TestNotUnderstood(t *testing.T) {
	const ids = "digits"
	for name, c := range map[string]struct{ body, reason string }{
		"nothing":                     {"", "not the JSON"},
		"text":                        {"hello", "not the JSON"},
		"a form":                      {"id=1&resource_name=x", "not the JSON"},
		"null":                        {"null", "names no resource"},
		"a list":                      {"[" + sample(t, "v3") + "]", "not the JSON"},
		"cut off":                     {sample(t, "v3")[:90], "not the JSON"},
		"two of them":                 {sample(t, "v3") + sample(t, "v3"), "not the JSON"},
		"something behind":            {sample(t, "v3") + "x", "not the JSON"},
		"a comma too many":            {`{"id":1,}`, "not the JSON"},
		"a member twice":              {with(t, `{"id"`, `{"resource_id":1,"id"`), "not the JSON"},
		"a member twice further in":   {with(t, `"source_operation_id"`, `"source_user_id":1,"source_operation_id"`), "not the JSON"},
		"bad UTF-8":                   {with(t, `"op"`, "\"\xff\""), "not the JSON"},
		"half a surrogate":            {with(t, `"op"`, `"\ud800"`), "not the JSON"},
		"a mark in front":             {"\xef\xbb\xbf" + sample(t, "v3"), "not the JSON"},
		"names in another case":       {with(t, `"resource_id"`, `"Resource_ID"`), "names no resource"},
		"33 deep":                     {with(t, `{"id"`, `{"deep":`+strings.Repeat("[", maxDepth)+strings.Repeat("]", maxDepth)+`,"id"`), "nested too deep"},
		"10,000 deep":                 {strings.Repeat("[", 10000), "nested too deep"},
		"no resource":                 {with(t, `"resource_name":"ERP Requests",`, ``), "names no resource"},
		"no resource id":              {with(t, `"resource_id":8801,`, ``), "names no resource"},
		"a resource id of null":       {with(t, `8801`, `null`), "names no resource"},
		"a resource id of nought":     {with(t, `8801`, `0`), "names no resource"},
		"no kind":                     {with(t, `"event_type":"create",`, ``), "names no resource"},
		"a resource that is a number": {with(t, `"ERP Requests"`, `5`), "not the JSON"},
		"an id that is a list":        {with(t, `8801`, `[8801]`), "not the JSON"},
		"an id that is true":          {with(t, `8801`, `true`), "not the JSON"},
		"an id with a fraction":       {with(t, `8801`, `8801.5`), ids},
		"an id with an exponent":      {with(t, `8801`, `8e3`), ids},
		"an id below nought":          {with(t, `8801`, `-1`), ids},
		"an id beyond 63 bits":        {with(t, `8801`, `9223372036854775808`), ids},
		"an id of letters":            {with(t, `8801`, `"abc"`), ids},
		"an id that is a path":        {with(t, `8801`, `"1/../2"`), ids},
		"a company of letters":        {with(t, `"company_id":31`, `"company_id":"x"`), "company_id"},
		"a project of letters":        {with(t, `"project_id":null`, `"project_id":"x"`), "project_id"},
		"a user of letters":           {with(t, `"user_id":77`, `"user_id":"x"`), "user_id"},
	} {
		t.Run(name, func(t *testing.T) {
			e, reason := parse(plainJSON, []byte(c.body))
			if !strings.Contains(reason, c.reason) {
				t.Fatalf("got %+v %q, want %q", e, reason, c.reason)
			}
			d := newDesk()
			if w := d.post(hooks, c.body); w.Code != 200 || len(d.stored) != 0 || len(d.held) != 1 || d.held[0] != reason {
				t.Fatalf("%d: stored %v, held %v", w.Code, d.stored, d.held)
			}
		})
	}
}

func TestContentType(t *testing.T) {
	for value, good := range map[string]bool{
		"application/json": true, "application/json; charset=utf-8": true, "Application/JSON": true, "application/vnd.procore+json": true,
		"": false, "text/plain": false, "application/x-www-form-urlencoded": false, "application/jsonp": false, "json": false, ";": false,
	} {
		t.Run(value, func(t *testing.T) {
			d := newDesk()
			w := d.post(hooks, sample(t, "v3"), header("Content-Type", value))
			if w.Code != 200 || (len(d.stored) == 1) != good || (len(d.held) == 0) != good {
				t.Fatalf("%d: stored %v, held %v", w.Code, d.stored, d.held)
			}
		})
	}
}

// Only the connection's own company gets on the road.
func TestCompany(t *testing.T) {
	for name, c := range map[string]struct {
		path, company string
		stored        bool
	}{
		"its own":                        {hooks, `31`, true},
		"its own as text":                {hooks, `"31"`, true},
		"none":                           {hooks, `null`, true},
		"another":                        {hooks, `32`, false},
		"any where the hook names none":  {"/hooks/procore/any", `32`, true},
		"none where the hook names none": {"/hooks/procore/any", `null`, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk()
			w := d.post(c.path, with(t, `"company_id":31`, `"company_id":`+c.company))
			if w.Code != 200 || (len(d.stored) == 1) != c.stored || (len(d.held) == 0) != c.stored {
				t.Fatalf("%d: stored %v, held %v", w.Code, d.stored, d.held)
			}
			if !c.stored && d.held[0] != "the event is of company 32, this connection's is 31" {
				t.Fatalf("the reason is %q", d.held[0])
			}
		})
	}
}
