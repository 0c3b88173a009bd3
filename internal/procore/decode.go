package procore

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
)

// wireEnvelope is what stands around every ERP request (documented once, for a
// contract payment). Its parts are read one by one: a request that cannot be
// understood must still be closed.
type wireEnvelope struct {
	ID        jsontext.Value `json:"id"`
	Company   jsontext.Value `json:"company_id"`
	Name      jsontext.Value `json:"request_name"`
	Detail    jsontext.Value `json:"request_detail_id"`
	CreatedAt jsontext.Value `json:"created_at"`
	Data      jsontext.Value `json:"request_data"`
}

// wireInner is what of the envelope may stand inside request_data instead
// (documented: it varies by request).
type wireInner struct {
	Company   jsontext.Value `json:"company_id"`
	Detail    jsontext.Value `json:"request_detail_id"`
	JobOrigin jsontext.Value `json:"job_origin_id"`
	Job       jsontext.Value `json:"job_id"`
}

// lenient is for finding out whose request it is; the content is read strictly.
var lenient = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// DecodeRequest reads an ERP request as Procore shows it. It is pure: the same
// bytes give the same Request.
//
// An error means that the JSON is broken, that it does not say which request it
// is, or that it says twice which request or detail it is. Content that cannot
// be read for a name of this build, doubled keys included, is no error: then
// Unreadable is one sentence for an accountant and the documents are nil, but
// for the Rows of a request whose rows are closed one by one: they hold every
// detail that could be read, and nothing else. Of names unknown to this build
// only ID, DetailID, Company, Name and CreatedAt are read. Unknown fields are
// ignored.
func DecodeRequest(data []byte) (erp.Request, error) {
	var w wireEnvelope
	if err := json.Unmarshal(data, &w, lenient); err != nil {
		return erp.Request{}, fmt.Errorf("ERP request: %s", explain(err))
	}
	doubled := strictly(data)
	if namesTwice(doubled) {
		return erp.Request{}, fmt.Errorf("ERP request: %s", explain(doubled))
	}
	r, err := w.head()
	if err != nil {
		return erp.Request{}, fmt.Errorf("ERP request: %w", err)
	}
	content := contentReader(r.Name)
	if content == nil {
		return r, nil
	}
	if len(w.Data) == 0 && (r.Name == erp.UnlinkPrimeContractChangeOrder || r.Name == erp.CreatePrimeContractChangeOrder) {
		w.Data = data // without a wrapper (documented of the first, assumed of the other)
	}
	err = doubled
	if err == nil {
		err = content(w.Data, &r)
	}
	if err != nil {
		r.Commitment, r.ChangeOrder, r.Import, r.Invoices, r.PrimeChange, r.Unlink = nil, nil, nil, nil, nil, nil
		r.Unreadable = unreadable(r.Name, err)
		if closesRows(r.Name) {
			r.Import = detailsOnly(w.Data)
		}
	}
	return r, nil
}

// contentReader is who reads the content of a request of that name; nil for a
// name unknown to this build.
func contentReader(name string) func(jsontext.Value, *erp.Request) error {
	switch name {
	case erp.CreateCommitment:
		return readCommitment
	case erp.CreateCommitmentChangeOrder:
		return readChangeOrder
	case erp.CreateRequisitions:
		return readInvoices
	case erp.CreatePrimeContractChangeOrder:
		return readPrimeChange
	case erp.UnlinkCommitment, erp.UnlinkCommitmentChangeOrder, erp.UnlinkPrimeContractChangeOrder:
		return readUnlink
	}
	return importReader(name)
}

// closesRows tells whether the rows of a request are closed one by one.
func closesRows(name string) bool {
	switch name {
	case erp.CreateStandardCostCodes, erp.DeleteCostCodes, erp.DeleteCostTypeAssignments, erp.CreateRequisitions:
		return true
	}
	return false
}

// head reads whose request it is, from the envelope or from inside it.
func (w wireEnvelope) head() (erp.Request, error) {
	var r erp.Request
	var inner wireInner
	if w.Data.Kind() == '{' {
		if err := json.Unmarshal(w.Data, &inner, lenient); err != nil {
			return r, errors.New(explain(err))
		}
	}
	r.ID = idOf(w.ID)
	r.Name = textOf(w.Name)
	r.DetailID = cmp.Or(idOf(inner.Detail), idOf(w.Detail))
	r.Company = cmp.Or(idOf(inner.Company), idOf(w.Company))
	r.JobOrigin = cmp.Or(textOf(inner.JobOrigin), textOf(inner.Job))
	var created moment
	if len(w.CreatedAt) > 0 && created.UnmarshalJSON(w.CreatedAt) == nil {
		r.CreatedAt = string(created)
	}
	if r.ID <= 0 || r.Name == "" {
		return r, errors.New("id and request_name must be there")
	}
	return r, nil
}

// idOf and textOf read an optional value of the head; what cannot be read is not
// there.
func idOf(v jsontext.Value) erp.ID {
	var n recordID
	if len(v) == 0 || n.UnmarshalJSON(v) != nil {
		return 0
	}
	return erp.ID(n)
}

func textOf(v jsontext.Value) string {
	var w word
	if len(v) == 0 || w.UnmarshalJSON(v) != nil {
		return ""
	}
	return string(w)
}

// strictly finds a doubled key or text that is not UTF-8, anywhere.
func strictly(data []byte) error {
	var any jsontext.Value
	return json.Unmarshal(data, &any)
}

// namesTwice tells whether the first fault of the JSON makes it unsure whose
// request it is.
func namesTwice(err error) bool {
	var broken *jsontext.SyntacticError
	if !errors.As(err, &broken) {
		return false
	}
	at := broken.JSONPointer
	return strings.Count(string(at), "/") <= 1 || at.LastToken() == "request_detail_id"
}

// unreadable is the sentence for a request whose content cannot be read.
func unreadable(name string, err error) string {
	return fmt.Sprintf("Procore's %s request could not be read: %s. Correct the record in Procore and send it again; if nothing is wrong there, ask support.",
		name, explain(err))
}

// explain says where JSON went wrong and why, without Go's words.
func explain(err error) string {
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return "the field " + spot(syntax.JSONPointer) + " is given twice"
		}
		return "its JSON is broken at byte " + strconv.FormatInt(syntax.ByteOffset, 10)
	}
	var meaning *json.SemanticError
	if !errors.As(err, &meaning) {
		return err.Error()
	}
	if meaning.Err == nil {
		return "the field " + spot(meaning.JSONPointer) + " does not have the expected form"
	}
	return "the field " + spot(meaning.JSONPointer) + ": " + oneLine(meaning.Err.Error())
}

// spot writes a JSON pointer as people say it: "commitment_items line 2 amount".
func spot(at jsontext.Pointer) string {
	var parts []string
	for token := range jsontext.Pointer(strings.TrimPrefix(string(at), "/request_data")).Tokens() {
		if n, err := strconv.Atoi(token); err == nil {
			token = "line " + strconv.Itoa(n+1)
		}
		parts = append(parts, clip(oneLine(token), 40))
	}
	return strings.Join(parts, " ")
}

// answers are an approver's answers by key: plain values, or objects with a
// value (both seen), or a list of key and value (assumed).
type answers map[string]string

// UnmarshalJSON reads any of the forms.
func (a *answers) UnmarshalJSON(b []byte) error {
	*a = answers{}
	switch jsontext.Value(b).Kind() {
	case 'n':
		return nil
	case '[':
		return a.list(b)
	case '{':
	default:
		return errors.New("must be an object")
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(b, &members); err != nil {
		return err
	}
	for key, v := range members {
		a.put(key, v)
	}
	return nil
}

func (a *answers) list(b []byte) error {
	var rows []struct {
		Key   word           `json:"key"`
		Value jsontext.Value `json:"value"`
	}
	if err := json.Unmarshal(b, &rows); err != nil {
		return err
	}
	for _, row := range rows {
		a.put(string(row.Key), row.Value)
	}
	return nil
}

// put keeps an answer that is given.
func (a *answers) put(key string, v jsontext.Value) {
	if v.Kind() == '{' {
		var held struct {
			Value jsontext.Value `json:"value"`
			Label jsontext.Value `json:"label"`
		}
		if json.Unmarshal(v, &held) != nil {
			return
		}
		v = held.Value
		if textOf(v) == "" {
			v = held.Label
		}
	}
	if value := textOf(v); key != "" && value != "" {
		(*a)[key] = value
	}
}

// merged joins answers; the later ones win. nil when there are none.
func merged(all ...answers) map[string]string {
	joined := map[string]string{}
	for _, one := range all {
		for key, value := range one {
			joined[key] = value
		}
	}
	if len(joined) == 0 {
		return nil
	}
	return joined
}

// content reads request_data strictly into what a request of this name holds.
func content(data jsontext.Value, into any) error {
	if len(data) == 0 || bytes.Equal(data, []byte("null")) {
		return errors.New("request_data is missing")
	}
	return json.Unmarshal(data, into)
}

// ordered sorts lines by position, then by id, so that the same content always
// gives the same document.
func ordered(lines []erp.Line) []erp.Line {
	slices.SortStableFunc(lines, func(a, b erp.Line) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	return lines
}
