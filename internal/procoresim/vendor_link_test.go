package procoresim

import (
	"fmt"
	"testing"
)

func TestLinkVendor(t *testing.T) {
	w := newWorld(t)
	free := w.syncVendors(obj{"name": "Glass"}).made()
	id := w.stagedID(stagedVendor("01|GLASS", "Glass", obj{"data": obj{"name": "Eastside Glass", "city": "Perth"}}))
	request, err := w.sim.LinkVendor(id, free)
	if err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has("request_name", "link_vendor", "request_data.vendor.id", fmt.Sprint(free), "request_data.vendor.origin_id", "01|GLASS",
		"request_data.company_id", fmt.Sprint(DemoCompanyID), "request_data.request_detail_id", "absent")
	if v := w.shows(kindVendors, "01|GLASS", "name", "Glass", "city", ""); v.OriginCode != "GLASS" {
		t.Errorf("linked as %+v", v)
	}
	if r := w.sim.StagedRecords("vendor")[0]; r.Status != ImportedStatus || r.RecordID != free {
		t.Errorf("staged record %+v", r)
	}
}

func TestLinkRefusals(t *testing.T) {
	w := newWorld(t)
	free := w.syncVendors(obj{"name": "Glass"}).made()
	id := w.stagedID(stagedVendor("01|GLASS", "Glass"))
	job := w.stagedID(obj{"item_type": "project", "origin_id": "01|7", "data": obj{"name": "x"}})
	for name, try := range map[string][2]int64{
		"staged vendor 5":   {5, free},
		"staged vendor":     {job, free},
		"vendor 5":          {id, 5},
		"is linked already": {id, 7001},
	} {
		_, err := w.sim.LinkVendor(try[0], try[1])
		refusedBy(t, err, name)
	}
	if _, err := w.sim.LinkVendor(id, free); err != nil {
		t.Fatal(err)
	}
	_, err := w.sim.LinkVendor(id, free)
	refusedBy(t, err, "only a staged record can be linked")
}

func TestLinkAllVendors(t *testing.T) {
	w := newWorld(t)
	w.syncVendors(obj{"name": "Glass"}, obj{"name": "ROOF"}, obj{"name": "Paint"})
	w.stage(stagedVendor("01|GLASS", "glass"), stagedVendor("01|ROOF", "Roof"), stagedVendor("01|ROOF2", "Roof"), stagedVendor("01|BOND", "Bond Steel"))
	request, linked, err := w.sim.LinkAllVendors(0)
	if err != nil || linked != 2 {
		t.Fatalf("linked %d, %v", linked, err)
	}
	w.requestData(request).has("request_name", "link_all_vendors", "request_data.vendors.#", "2", "request_data.vendors.0.origin_id", "01|GLASS",
		"request_data.vendors.1.origin_id", "01|ROOF")
	before := len(w.sim.Requests())
	if request, linked, err = w.sim.LinkAllVendors(0); err != nil || request != 0 || linked != 0 || len(w.sim.Requests()) != before {
		t.Errorf("a second time: %d, %d, %v", request, linked, err)
	}
	_, _, err = w.sim.LinkAllVendors(5)
	refusedBy(t, err, "company_id")
}

func TestMergeVendors(t *testing.T) {
	w := demoWorld(t)
	w.syncCosts(cost("a", "1", obj{"vendor_id": 7002}))
	w.newPrime(obj{"title": "x", "vendor_id": 7002, "origin_id": "p"})
	free := w.syncVendors(obj{"name": "Never linked"}).made()
	request, err := w.sim.MergeVendors(7001, 7002, free)
	if err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has("request_name", "merge_vendors", "request_data.master_vendor.id", "7001", "request_data.master_vendor.origin_id", "01|ACME01",
		"request_data.source_vendors.#", "1", "request_data.source_vendors.0.id", "7002", "request_data.source_vendors.0.origin_id", "01|BOND02")
	if n := w.count(kindVendors); n != 5 {
		t.Errorf("%d vendors, want 5", n)
	}
	if c, _ := w.sim.Commitment(DemoPurchaseID); c.VendorID != 7001 {
		t.Errorf("the order is with vendor %d", c.VendorID)
	}
	w.shows(kindDirectCosts, "a", "vendor_id", "7001")
	w.shows(kindPrimes, "p", "vendor_id", "7001")
	w.syncVendors(obj{"name": "Bond again", "origin_id": "01|BOND02"}).split(1, 0)
}

// TestMergeIntoAVendorWithoutALink: the master takes the origin id of its source, which the request shows twice (documented).
func TestMergeIntoAVendorWithoutALink(t *testing.T) {
	w := newWorld(t)
	free := w.syncVendors(obj{"name": "Master"}).made()
	alone := w.syncVendors(obj{"name": "Alone"}).made()
	request, err := w.sim.MergeVendors(free, 7002)
	if err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has("request_data.master_vendor.origin_id", "01|BOND02", "request_data.source_vendors.0.origin_id", "01|BOND02")
	w.shows(kindVendors, "01|BOND02", "name", "Master")

	if request, err = w.sim.MergeVendors(free, alone); err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has("request_data.source_vendors", "[]")
	for _, sources := range [][]int64{{5}, {free}, {7001, 7001}} {
		_, err := w.sim.MergeVendors(free, sources...)
		refusedBy(t, err, "no other vendor")
	}
	_, err = w.sim.MergeVendors(5)
	refusedBy(t, err, "vendor 5")
}

func TestUnlinkVendor(t *testing.T) {
	w := newWorld(t)
	id := w.stagedID(stagedVendor("01|GLASS", "Glass"))
	one := w.importOne(id)
	request, err := w.sim.UnlinkVendor(one.RecordID)
	if err != nil {
		t.Fatal(err)
	}
	w.requestData(request).has("request_name", "unlink_vendor", "request_data.vendor.id", fmt.Sprint(one.RecordID), "request_data.vendor.origin_id", "01|GLASS")
	if got := w.sim.OriginID(itemVendor, one.RecordID); got != "" {
		t.Errorf("still linked as %s", got)
	}
	if r := w.sim.StagedRecords("vendor")[0]; r.Status != StagedStatus || r.RecordID != 0 {
		t.Errorf("staged record %+v", r)
	}
	_, err = w.sim.UnlinkVendor(one.RecordID)
	refusedBy(t, err, "is not linked")
	_, err = w.sim.UnlinkVendor(5)
	refusedBy(t, err, "vendor 5")
	if _, err = w.sim.LinkVendor(id, one.RecordID); err != nil {
		t.Errorf("link again: %v", err)
	}
}
