package app

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/doctor"
	"github.com/procpac/procpac/internal/jobpacsim"
)

// later puts a connection's go-live into the future: it may be written to.
func (s *surgery) later() *surgery {
	s.connection().GoLive = time.Now().Add(time.Hour).Format(time.RFC3339)
	return s
}

// prove runs a contract check.
func (s *surgery) prove(o ContractOptions) (doctor.Report, error) {
	s.t.Helper()
	o.Poll, o.Limit = 10*time.Millisecond, 10*time.Second
	r, err := Check(s.t.Context(), CheckOptions{Config: s.cfg, Log: zerolog.Nop(), Contract: &o})
	s.clean(r)
	return r, err
}

// named says where to write.
func named() ContractOptions {
	return ContractOptions{Job: "1001", Creditor: "bond02", CostCentre: "02-200/s", Yes: true}
}

func TestContractIsProvenAndRecorded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		accepts string
		want    string
		then    string // the level of the line that check gives later, the configuration claiming verified
	}{
		"refuses": {"", "unique_document_number: verified", "ok"},
		"accepts": {"item", "unique_keys: {order: verified, item: no, variation: verified, variation_item: verified}", "wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSurgery(t).later()
			settings := s.jobpac.Settings()
			if c.accepts != "" {
				settings.DuplicateKeys[c.accepts] = jobpacsim.DuplicateAccept
			}
			must(t, s.jobpac.SetSettings(settings))
			s.connection().Mapping.GST.Default = "G"
			r, err := s.prove(named())
			must(t, err)
			if !strings.Contains(r.YAML, c.want) || !strings.Contains(r.YAML, "quiet_period: 10m") || r.Count(doctor.Wrong) != 0 || r.Contract == nil {
				t.Fatalf("%+v", r)
			}
			kept, err := doctor.LoadRecord(s.cfg.DataDir, "acme")
			if err != nil || !kept.At.Equal(r.Contract.At) || kept.Environment != "DEMO" || len(kept.Tried) != 6 {
				t.Errorf("%+v, %v", kept, err)
			}
			s.connection().Mapping.GST.Default = ""
			l := keep(s.check().Lines, "contract")
			if len(l) != 1 || string(l[0].Level) != c.then || !strings.Contains(l[0].Words, "on environment DEMO") {
				t.Errorf("%+v", l)
			}
			for _, row := range s.jobpac.State().PurchaseOrders {
				if !strings.Contains(row["Description"], "may be deleted") || !strings.HasPrefix(row["Order"], "PCT") {
					t.Errorf("%v", row)
				}
			}
		})
	}
}

// What is not named is taken from a document that Procore exported.
func TestContractFindsWhereToWrite(t *testing.T) {
	t.Parallel()
	s := newSurgery(t).later()
	if _, err := s.prove(ContractOptions{Yes: true}); !strings.Contains(message(err), "give --job") {
		t.Errorf("%v", err)
	}
	s.export(t)
	r, err := s.prove(ContractOptions{Yes: true})
	must(t, err)
	if row := s.jobpac.State().PurchaseOrders[0]; r.Contract.Job != "1001" || row["Creditor"] != "ACME01" {
		t.Errorf("%+v %v", r.Contract, row)
	}
	if _, err := s.prove(ContractOptions{Yes: true, Creditor: "ELEC05", CostCentre: "04-100", Prefix: "zz"}); err != nil {
		t.Error(err)
	}
	rows := s.jobpac.State()
	if last := rows.PurchaseOrders[len(rows.PurchaseOrders)-1]; last["Creditor"] != "ELEC05" || !strings.HasPrefix(last["Order"], "ZZ") {
		t.Errorf("%v", last)
	}
}

func message(err error) string {
	var mistake *SetupError
	if errors.As(err, &mistake) {
		return mistake.Words
	}
	return ""
}

// Nothing is written without consent, nor where it cannot stand.
func TestContractIsRefused(t *testing.T) {
	t.Parallel()
	no := func(string) (bool, error) { return false, nil }
	for name, c := range map[string]struct {
		live   bool
		change func(*surgery, *ContractOptions)
		words  string
	}{
		"nobody to ask":  {false, func(_ *surgery, o *ContractOptions) { o.Yes = false }, "add --yes"},
		"declined":       {false, func(_ *surgery, o *ContractOptions) { o.Yes, o.Ask = false, no }, "nothing was written"},
		"live":           {true, func(*surgery, *ContractOptions) {}, "--environment DEMO"},
		"live, misspelt": {true, func(_ *surgery, o *ContractOptions) { o.Environment = "DEMOS" }, `"DEMOS"`},
		"no such one":    {false, func(_ *surgery, o *ContractOptions) { o.Connection = "beta" }, `no connection "beta": choose from acme`},
		"none":           {false, func(s *surgery, _ *ContractOptions) { s.cfg.Connections = nil }, "nothing to prove"},
		"which one": {false, func(s *surgery, _ *ContractOptions) {
			s.cfg.Connections = append(s.cfg.Connections, s.cfg.Connections[0])
		}, "--connection"},
		"no job":         {false, func(_ *surgery, o *ContractOptions) { o.Job = "9999" }, "--job"},
		"no creditor":    {false, func(_ *surgery, o *ContractOptions) { o.Creditor = "NOBODY" }, "--creditor"},
		"no cost centre": {false, func(_ *surgery, o *ContractOptions) { o.CostCentre = "99-999/S" }, "--cost-centre"},
		"a heading":      {false, func(_ *surgery, o *ContractOptions) { o.CostCentre = "02-000" }, "--cost-centre"},
		"stopped creditor": {false, func(s *surgery, _ *ContractOptions) {
			s.edit("creditors", jobpacsim.Row{"Creditor": "BOND02"}, jobpacsim.Row{"StopPayments": "Y"})
		}, "is stopped"},
		"inactive job": {false, func(s *surgery, _ *ContractOptions) {
			s.edit("jobs", jobpacsim.Row{"Job": "1001"}, jobpacsim.Row{"Active": "N"})
		}, "takes no orders"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSurgery(t)
			if !c.live {
				s.later()
			}
			o := named()
			c.change(s, &o)
			_, err := s.prove(o)
			if !strings.Contains(message(err), c.words) {
				t.Errorf("%v, want %q", err, c.words)
			}
			if n := s.jobpac.Counts(); n.PurchaseOrders+n.Subcontracts+n.Variations != 0 {
				t.Errorf("it wrote: %+v", n)
			}
		})
	}
	s := newSurgery(t)
	o := named()
	o.Environment = "DEMO"
	_, err := s.prove(o)
	must(t, err)
}

func (s *surgery) edit(book string, key, set jobpacsim.Row) {
	s.t.Helper()
	_, err := s.jobpac.Edit(jobpacsim.Edit{Book: book, Key: key, Set: set})
	must(s.t, err)
}

// A check that could not make its documents, or was cut short, is not recorded.
func TestContractThatProvesNothingIsNotRecorded(t *testing.T) {
	t.Parallel()
	s := newSurgery(t).later()
	before, err := doctor.LoadRecord(s.cfg.DataDir, "acme")
	must(t, err)
	s.connection().Mapping.GST.Default = "ZZ"
	r, err := s.prove(named())
	if err != nil || r.Count(doctor.Wrong) != 1 || r.YAML != "" || !strings.Contains(r.Lines[1].Words, `TaxCode "ZZ"`) {
		t.Errorf("%+v, %v", r.Lines, err)
	}
	s.connection().Mapping.GST.Default = ""
	must(t, s.jobpac.SetFaults([]jobpacsim.Fault{{Operation: "CreateANewSubcontract", Kind: jobpacsim.FaultStatusBefore, Status: 403}}))
	if _, err := s.prove(named()); err == nil || !strings.Contains(err.Error(), "proves nothing; purchase order PCT") {
		t.Errorf("%v", err)
	}
	after, err := doctor.LoadRecord(s.cfg.DataDir, "acme")
	if err != nil || !after.At.Equal(before.At) {
		t.Errorf("%+v, %v", after, err)
	}
}
