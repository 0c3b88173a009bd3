// Package sweep finds the approvals whose hints were lost, and puts hints for
// them on the bus. It decides nothing: whoever takes a hint reads the present
// state and decides, so a hint too many does no harm.
//
// A sweep looks in four places:
//
//	deliveries  webhooks of ours that Procore could not deliver: put on the bus under
//	            Procore's own event id, so one that was stored before is a repeat
//	effects     live effects of the journal that nobody touched for an hour past the
//	            time they were to wake: their event was lost
//	requests    ERP requests created in the window that nobody is known to have
//	            answered: whether they need anything only showing them tells, so they
//	            are hinted and the road decides
//	approvals   with direct intake, approved documents that no effect knows, and those
//	            that amount to something else than was entered
//
// The hints of the last three carry an id with a bucket of six hours: sweeps every
// few minutes hint the same thing once, and a hint that was lost is repeated.
//
// Nothing that was approved before the go-live of the connection is put on the
// bus. It is listed, for a person to link.
package sweep
