// Package audit compares what Procore approved, what the journal says was done
// and what Jobpac holds, document by document and to the cent. It changes
// nothing.
//
// An audit first walks all effects of the journal in the order of their keys and
// reads the document of each one that should stand in Jobpac: orders, subcontracts,
// variations, claims and posted invoices. Then it walks the approved commitments and
// change orders of Procore and looks for those that no effect covers.
//
// Of an invoice the creditor, the order, the lines, the total and the retention are
// compared once it is entered, not its tax and its dates; one that is only imported
// is not missing. Invoices of Procore are not walked: one that the journal does not
// know is not looked for, and a reset, which takes the links in Procore away and
// nothing in Jobpac, is not seen.
//
// Kinds of findings; the first four are serious, unless a person linked what
// differs, or gave up the invoice that is gone:
//
//	vanished        was in Jobpac, read back and confirmed, and is gone
//	missing         recorded or linked as done, and Jobpac has nothing
//	doubled         stands in Jobpac more than once
//	differs         amount, line, job, creditor or reference is not what was sent
//	unlinked        stands in Jobpac, but Procore does not carry the link
//	unsent          approved in Procore, and nothing of it is in Jobpac
//	before_go_live  approved before the connection went live: a person's matter
//	open            still at work after an hour
//	parked          waits for a person
//
// The effects are read from the projection, so what was done in the last moments
// may not be in it yet. An audit that is cut short says where it can go on.
package audit
