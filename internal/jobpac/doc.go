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
// # Reading listings whole
//
// Client.Read gives imports whole listings in parts. It believes an answer when
// it is surely whole: when the same listing has given a longer one, for the cap
// is taken to be one number of rows (assumed). So only answers that are as long
// as the longest one yet are in doubt. One for a single job is proved by asking
// for two jobs at once; any other is asked again in narrower ranges:
//
//	jobs         by job code
//	creditors    by time of change; then Subcontractor, ActiveSubcontractsExist,
//	             time of the last subcontract, status: no range of codes exists
//	centres      job by job; then cost code, cost type, time of change
//	totals       job by job; then the cost types of its cost centres, status
//	ledger       by time of change; then account, date, period
//	payables     of one creditor; then transaction, time of change, time of entry
//	claim codes  job by job; then section
//	GST codes    at once: nothing narrower exists
//
// Ranges end at values that an answer showed, and overlap by one value, so that
// it does not matter whether they include their ends; each row is given by the
// one range that it lies inside of. In what order Jobpac sorts codes, its
// answers tell. What the wider answer showed must be in the narrower ones, and
// no row may stand outside the range that was asked: else the order is another
// one, or the reading ends with an error.
//
// What remains unprovable. A cap that is not a fixed number of rows: by bytes,
// by time, or counted before rows are filtered. A cap below 500 rows that cuts
// an answer which nothing narrower can prove, before any other answer has shown
// that cap. A status of two letters that nothing showed or configured. Times
// without a zone that are not UTC. Where a list of 500 rows or more may be cut
// and cannot be narrowed, the reading ends with an error that names it: the
// totals of one cost type of a job, claim codes of one section, GST codes,
// creditors of one moment, flags and status, and three neighbouring accounts of
// one moment of the ledger.
//
// A Client is safe for concurrent use.
package jobpac
