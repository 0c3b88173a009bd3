// Package jobpac speaks to Jobpac Connect, the ERP's web service: it signs in,
// lists what stands in the books and writes one record at a time. What we know
// of the service, and how sure we are of it, is in api/jobpac/FACTS.md.
//
// # Shape of the service
//
// One path per function, every argument in the query string, the session token
// among them (documented). There are no transactions, no updates of variations
// and no way to delete a record (documented). Answers are a JSON envelope with
// rows under "data" (seen); that rows name their columns as the parameters are
// named is assumed.
//
// # Outcomes
//
// Every error is a *fault.Fault.
//
//	                                    read               write
//	not sent: dial, TLS, no token       Transient, system  Transient, system
//	not sent: our own queue, ctx ended  Transient          Transient
//	sent; cut, timed out, 5xx,          Transient          Ambiguous
//	unreadable, empty, other key
//	429                                 Transient, system  Transient, system
//	401 twice, 403, 404 without words   Transient, system  Transient, system
//	400, 404, 409, 422, ErrorMessage    Permanent          Permanent
//
// A write is sent once. The only repetition is after Jobpac refused the token,
// for then nothing was done; it happens once, with a new token. Reads may be
// repeated by package retry.
//
// # Login
//
// One login is under way at a time and everybody waits for it. A refused login
// is not tried again before a pause of 1, 5, 15 and then 60 minutes, because
// Jobpac locks an account after repeated refusals (documented for people,
// inferred for programs). The pause belongs to the Client: other credentials
// mean a new Client.
//
// # Secrets
//
// URLs hold the live token, and the login's URL an encrypted password. So no
// URL is ever put in an error or a log line, and the words of the other side
// are scrubbed of the token, the password and the key.
//
// # Silent row cap
//
// Listings have no pages (documented) and may be cut without a word (assumed,
// at 2,000 rows). Cost centres are therefore asked by code, or by a range of
// codes whose gaps are asked again by code. The register of a whole job is
// asked on from its last number until nothing new comes.
//
// A Client is safe for concurrent use.
package jobpac
