// Package procore speaks Procore's REST API for one connection: it shows ERP
// requests, commitments and change orders, writes origin ids and closes request
// details. Only this package knows Procore's words on the wire; what a record
// means for Jobpac is decided elsewhere. Every vendor fact it rests on stands
// in api/procore/FACTS.md with its source and one of the tags documented, seen,
// inferred or assumed.
//
// # Calls
//
// Every call carries a bearer token, the company header and our user agent.
// Calls of this package may be repeated: reads change nothing, links, closings
// and sync calls set the same values again. So a call is tried up to three times
// in the process, and a broken connection is no doubt. There are two exceptions,
// both in Sync: a new budget line and a new prime contract, of which a repeat
// makes a second one. Those are repeated only where Procore surely did nothing,
// and an unclear end is Ambiguous. Redirects are not followed, answers are read
// up to 8 MiB.
//
// One 401 discards the token, fetches another and repeats the call once; a 401
// means that nothing was done, so this holds for changes too (documented).
//
// # Errors
//
// Every error of a call is a *fault.Fault; one that Procore answered also holds
// a *StatusError. The class follows from the status:
//
//	status                 class       whose      note
//	3xx                    transient   system     never followed: a host is set wrongly
//	400 404 405 406 409    permanent   document   404 on an ERP request: transient, "not there or not visible"
//	410 413 415 422 ...    permanent   document   every other 4xx likewise
//	401                    transient   system     after one repeat with a new token
//	403                    transient   system     when Procore says the app is not connected to the company
//	403                    transient   document   otherwise: one project or one tool
//	408                    transient   document
//	429                    transient   system     waits for Retry-After, else for the limit's reset
//	503                    transient   system     waits for Retry-After
//	other 5xx              transient   document
//	2xx, unreadable        transient   document
//	2xx, over 8 MiB        permanent   document
//	no connection          transient   system
//	broken off             transient   document
//
// In a sync 409 is transient, since another write to the project is under way,
// but for companies, where it names a registration that another one has; 413
// halves the call. Of the two exceptions above 408, 5xx, an unreadable or too
// large answer and a call that broke off are ambiguous.
//
// The words of an error body are cut to a sentence; HTML is never repeated. A
// secret or a token is in no error and in no log line, even where Procore
// echoes one.
//
// # Concurrency
//
// A Client serves any number of goroutines, at most Config.Concurrency of them
// talk to Procore at once. When Procore says that no calls are left, all of
// them wait, or fail as the system's fault when the wait is long.
package procore
