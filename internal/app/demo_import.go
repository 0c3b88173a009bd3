package app

import (
	"context"
	"fmt"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/procoresim"
)

// demoCompany is a Procore company with nothing in it.
func demoCompany() procoresim.Seed {
	return procoresim.Seed{Companies: procoresim.DemoSeed().Companies}
}

// setUp makes hook and ERP connection in Procore, as procpac setup does.
func (d *demo) setUp(ctx context.Context) error {
	r, err := Setup(ctx, SetupOptions{Config: d.process.Config, URL: "http://" + address(d.process.webhooks), Log: d.Log})
	if err == nil && r.Open() > 0 {
		words, _ := r.Failures()
		err = fmt.Errorf("set-up of the Procore simulator: %v", words)
	}
	return err
}

// imports brings job, creditors and cost centres from Jobpac: they are staged,
// the approver adds them, and the new project is filled.
func (d *demo) imports(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, demoLimit)
	defer cancel()
	d.imported = map[string]int{}
	if err := d.bring(ctx, erp.Objects()...); err != nil {
		return err
	}
	if err := d.add("vendor", "project"); err != nil {
		return err
	}
	if err := d.house.procore.WaitIdle(ctx); err != nil {
		return err
	}
	if err := d.bring(ctx, erp.Objects()...); err != nil {
		return err
	}
	if err := d.add("prime_contract"); err != nil {
		return err
	}
	if err := d.house.procore.WaitIdle(ctx); err != nil {
		return err
	}
	d.before = DemoEvents{Delivered: d.house.procore.DeliveryCounts().Attempts, Stored: d.stored.Load(), Duplicates: d.repeats.Load()}
	return d.house.procore.Seed(procoresim.DemoDocuments())
}

// bring imports objects over the road and tells what came of each.
func (d *demo) bring(ctx context.Context, objects ...erp.Object) error {
	r, err := d.process.sync(ctx, ops.SyncOrder{Connection: "demo", Objects: objects, Actor: "demo"}, func(ops.Progress) {})
	if err != nil {
		return err
	}
	for _, o := range r.Objects {
		if o.New+o.Changed+o.Refused > 0 {
			d.say("imported %s: %d new, %d changed, %d unchanged, %d refused, %d call(s)", o.Object, o.New, o.Changed, o.Unchanged, o.Refused, o.Calls)
		}
		d.imported[string(o.Object)] += o.New + o.Changed
	}
	if r.State != "done" {
		return fmt.Errorf("the import is %s: %s", r.State, r.Reason)
	}
	return nil
}

// add plays the approver who adds what is staged.
func (d *demo) add(kinds ...string) error {
	for _, kind := range kinds {
		added, err := d.house.procore.ImportAllStaged(kind)
		if err != nil {
			return err
		}
		d.say("added in Procore by the approver: %d staged %s record(s)", len(added), kind)
	}
	return nil
}

// costs brings what the approvals have committed, and shows a cost code of it.
func (d *demo) costs(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, demoLimit)
	defer cancel()
	if err := d.bring(ctx, erp.JobCosts); err != nil {
		return err
	}
	const centre = "01|1001|02-100|S"
	cost, known := d.house.procore.Record("job_costs", centre)
	if !known {
		return fmt.Errorf("procore shows no costs of %s", centre)
	}
	d.say("in Procore now: cost code 02-100 S has budget %s, committed %s, cost to date %s", cost.Fields["original_estimate"], cost.Fields["committed_costs"], cost.Fields["job_to_date_cost"])
	return nil
}
