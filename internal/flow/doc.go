// Package flow is the road: it takes one hint, reads what Procore says now,
// decides, translates and applies it to Jobpac step by step, and tells Procore
// the result.
//
//	Process   one event in, one Verdict out; every ending passes verdict.go
//	Decide    pure: what the history and the request call for
//	plan      facts, look-up, rules, numbers: a list of records wanted in Jobpac
//	steps     per record: look up -> intent -> send -> result
//	approve   order items that wait for approval in Jobpac: by setting ours, or told
//	confirm   external data, close-out, done, wake those who waited
//
// # Exactly once
//
// The unit is the effect ("this commitment stands in Jobpac"), not the event.
// No write leaves before its intent is durable; one send per intent; the
// result rides with the next intent in one append. A write whose outcome is not
// known makes the effect unknown: it is looked up by number and reference once
// the quiet period has passed, and sent again only where Jobpac is known to
// refuse a second record of that key. Every append is a compare-and-set, so of
// two workers on one effect one loses before it can send.
//
// A look-up may serve several steps of one document: the rows of a document
// are read together, and a reading is trusted for the send window (5 s) as
// long as nothing is in doubt. After any refusal, doubt or restart it is read
// anew.
//
// A commitment that was voided after it stood is told to a person, or, by
// Settings.CompleteVoided, its order is set complete: an effect of its own beside
// the commitment's, see completion.go.
//
// A document that was changed after it stood is told to a person too, or, by
// Settings.VaryRevised, the difference is entered as a change order of our own: an
// effect of its own for every such change, see revision.go.
//
// # What a death leaves
//
//	before an intent     nothing; the event comes again
//	after it             a doubt with an exact wake time
//	after the answer     the same doubt; the look-up finds the record
//	after linking        the same; linking is repeated, it sets values
//	after applied        what Procore is told is on record with it: closing is
//	                     repeated with the same answer, never with another
//
// A Road serves one connection and is safe for concurrent use.
package flow
