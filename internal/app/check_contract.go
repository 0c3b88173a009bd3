package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/doctor"
	"github.com/procpac/procpac/internal/erp"
)

// ContractOptions say how to prove what the design rests on.
type ContractOptions struct {
	Connection  string // empty: the only one
	Job         string // empty: of a document that Procore exported
	Creditor    string // the same
	CostCentre  string // CODE/TYPE, or CODE alone for its first cost centre; the same
	Prefix      string // of the numbers; empty: PCT
	Environment string // typed by whoever asks
	Yes         bool
	Ask         func(words string) (bool, error) // nil: nobody to ask
	Limit, Poll time.Duration                    // 0: as the doctor has them
}

// contract asks for consent, makes the documents and records what was found.
func contract(ctx context.Context, o CheckOptions, all []*clients) (doctor.Report, error) {
	l, err := theConnection(all, o.Contract.Connection)
	if err != nil {
		return doctor.Report{}, err
	}
	r := doctor.Report{Started: time.Now()}
	j := l.config.Jobpac
	consent := doctor.Consent{
		Connection: l.name, Environment: j.Environment, WorkID: j.WorkID, Live: l.config.Mode == "live", GoLive: goLive(l.config),
		Yes: o.Contract.Yes, Named: o.Contract.Environment, Ask: o.Contract.Ask,
	}
	if err := consent.Check(r.Started); err != nil {
		return r, consentError(err)
	}
	s, err := chosen(ctx, l, o.Contract)
	if err != nil {
		return r, err
	}
	record, err := proof(o, l, s).Run(ctx)
	if err != nil {
		return r, contractError(record, err)
	}
	return conclusion(r, record, o, l)
}

// conclusion reports and records. A check that could not make its documents is
// told and not recorded: it proves nothing.
func conclusion(r doctor.Report, record doctor.Record, o CheckOptions, l *clients) (doctor.Report, error) {
	r.Lines, r.Contract, r.Ended = record.Lines(o.Config.Worker.SendLimit.Std()), &record, time.Now()
	if r.Count(doctor.Wrong) > 0 {
		return r, nil
	}
	r.YAML = record.YAML(l.config.Jobpac.QuietPeriod.Std())
	if err := record.Save(o.Config.DataDir); err != nil {
		return r, setup(err, "the record of the contract check cannot be written to data_dir %s: %v", o.Config.DataDir, bare(err))
	}
	return r, nil
}

// consentError is a refusal as the command line ends with it.
func consentError(err error) error {
	var refused *doctor.Refused
	if errors.As(err, &refused) {
		return setup(err, "%s", refused.Words)
	}
	return err
}

// contractError names what was left behind.
func contractError(record doctor.Record, err error) error {
	made := 0
	for _, t := range record.Tried {
		if t.Created {
			made++
		}
	}
	if made == 0 {
		return fmt.Errorf("the contract check could not write: %w", err)
	}
	return fmt.Errorf("the contract check was cut short and proves nothing; %s may stand in Jobpac: %w", strings.Join(record.Numbers, ", "), err)
}

// proof is the contract check of a connection.
func proof(o CheckOptions, l *clients, s found) doctor.Contract {
	j, m := l.config.Jobpac, l.config.Mapping
	return doctor.Contract{
		Ledger: l.jobpac, Limit: o.Contract.Limit, Poll: o.Contract.Poll, Tell: o.Tell,
		Plan: doctor.Plan{
			Connection: l.name, Environment: j.Environment, WorkID: j.WorkID, Job: s.job, Creditor: s.creditor, Centre: s.centre,
			TaxCode: m.GST.Default, VariationType: m.Variation.CommitmentType, Prefix: o.Contract.Prefix,
			OrderWidth: m.OrderNumber.Width, VariationWidth: m.Variation.Width,
		},
	}
}

// theConnection is the one that was named, or the only one.
func theConnection(all []*clients, name string) (*clients, error) {
	var names []string
	for _, l := range all {
		names = append(names, l.name)
		if l.name == name || name == "" && len(all) == 1 {
			return l, nil
		}
	}
	switch {
	case len(all) == 0:
		return nil, setup(nil, "no connection is configured: there is nothing to prove")
	case name == "":
		return nil, setup(nil, "a contract check is of one connection: choose from %s with --connection", strings.Join(names, ", "))
	}
	return nil, setup(nil, "there is no connection %q: choose from %s", name, strings.Join(names, ", "))
}

// found is where the documents can be made.
type found struct {
	job      erp.JobKey
	creditor erp.CreditorKey
	centre   erp.CostCentreKey
}

// query asks for all three.
func (f found) query() erp.FactsQuery {
	return erp.FactsQuery{Job: f.job, Creditor: f.creditor, CostCodes: []string{f.centre.CostCode}}
}

// whole tells that nothing is missing.
func (f found) whole() bool {
	return f.job.Job != "" && f.creditor.Creditor != "" && f.centre.CostCode != ""
}

// chosen takes what was named, and the rest from a document that Procore
// exported, and sees that Jobpac has it and takes documents on it.
func chosen(ctx context.Context, l *clients, o *ContractOptions) (found, error) {
	var f found
	if o.Job == "" || o.Creditor == "" || o.CostCentre == "" {
		var err error
		if f, err = sample(ctx, l); err != nil {
			return f, fmt.Errorf("what Procore exported cannot be read, so name --job, --creditor and --cost-centre: %w", err)
		}
	}
	f = f.named(l, o)
	if !f.whole() {
		return f, setup(nil, "no document that Procore exported names a job, a creditor and a cost centre to use: give --job, --creditor and --cost-centre CODE/TYPE")
	}
	facts, err := l.jobpac.Facts(ctx, f.query())
	if err != nil {
		return f, err
	}
	return usable(f, facts)
}

// named puts in what was named. Which job the cost centre is of, Jobpac says.
func (f found) named(l *clients, o *ContractOptions) found {
	if o.Job != "" {
		f.job = erp.JobKey{WorkID: l.config.Jobpac.WorkID, Job: erp.Code(o.Job)}
	}
	if o.Creditor != "" {
		f.creditor = erp.CreditorKey{WorkID: creditorWork(l), Creditor: erp.Code(o.Creditor)}
	}
	if o.CostCentre != "" {
		code, kind := o.CostCentre, ""
		if at := strings.LastIndex(code, "/"); at >= 0 {
			code, kind = code[:at], code[at+1:]
		}
		f.centre = erp.CostCentreKey{CostCode: erp.Code(code), CostType: erp.Code(kind)}
	}
	return f
}

func creditorWork(l *clients) string {
	if own := l.config.Jobpac.CreditorWorkID; own != "" {
		return own
	}
	return l.config.Jobpac.WorkID
}

// usable sees that Jobpac has all three and that they are open.
func usable(f found, facts erp.Facts) (found, error) {
	switch {
	case facts.Job == nil:
		return f, setup(nil, "Jobpac has no job %s in WorkID %s: name another with --job", f.job.Job, f.job.WorkID)
	case facts.Job.Active == erp.No, facts.Job.FinanciallyComplete == erp.Yes, facts.Job.AllowCostUpdates == erp.No:
		return f, setup(nil, "job %s takes no orders (inactive, complete or closed to costs): name another with --job", f.job.Job)
	case facts.Creditor == nil:
		return f, setup(nil, "Jobpac has no creditor %s in WorkID %s: name another with --creditor", f.creditor.Creditor, f.creditor.WorkID)
	case facts.Creditor.StopPayments == erp.Yes:
		return f, setup(nil, "creditor %s is stopped: name another with --creditor", f.creditor.Creditor)
	}
	for _, c := range facts.Centres {
		if !c.Heading && c.AllowCostUpdates != erp.No && (f.centre.CostType == "" || c.Key.CostType == f.centre.CostType) {
			f.centre = c.Key
			return f, nil
		}
	}
	return f, setup(nil, "cost code %s %s of job %s is no open cost centre: name another with --cost-centre CODE/TYPE", f.centre.CostCode, f.centre.CostType, f.job.Job)
}

// sampleMost is at how many documents a sample is looked for.
const sampleMost = 20

// sample takes job, creditor and cost centre from the latest commitment that
// Procore exported in the last month, or else year, and whose links can be read.
// Empty, without an error: there is none.
func sample(ctx context.Context, l *clients) (found, error) {
	const day = 24 * time.Hour
	for _, window := range []time.Duration{30 * day, 400 * day} {
		if f, err := sampleSince(ctx, l, time.Now().Add(-window)); err != nil || f.whole() {
			return f, err
		}
	}
	return found{}, nil
}

func sampleSince(ctx context.Context, l *clients, since time.Time) (found, error) {
	var ids []erp.ID
	for r, err := range l.procore.Requests(ctx, since) {
		if err != nil {
			return found{}, err
		}
		ids = append(ids, r.ID)
	}
	for i := range min(len(ids), sampleMost) {
		r, err := l.procore.Request(ctx, ids[len(ids)-1-i])
		if err != nil || r.Commitment == nil {
			continue
		}
		if f := sampled(r); f.whole() {
			return f, nil
		}
	}
	return found{}, ctx.Err()
}

// sampled reads the links of one exported commitment.
func sampled(r erp.Request) (f found) {
	var err error
	if f.job, err = erp.ParseJobKey(r.JobOrigin); err != nil {
		return found{}
	}
	if f.creditor, err = erp.ParseCreditorKey(r.Commitment.Vendor.Origin); err != nil {
		return found{}
	}
	for _, line := range r.Commitment.Lines {
		code, errCode := erp.ParseCostCode(line.CostCode.Origin, f.job)
		kind, errKind := erp.ParseCostType(line.CostType.Origin)
		if errCode == nil && errKind == nil {
			f.centre = erp.CostCentreKey{JobKey: f.job, CostCode: code, CostType: kind}
			return f
		}
	}
	return found{}
}
