// Package opsapi is package ops as JSON over HTTP, and the Go client of the
// same. It holds no rule: it reads a request strictly, calls ops and writes
// what ops says.
//
//	GET  /api/v1/effects       effects, newest change first
//	GET  /api/v1/effects/{id}  the whole story of one effect
//	GET  /api/v1/events        hints as they were stored, newest first
//	POST /api/v1/replay        puts effects back on the road, or says what that would do
//	POST /api/v1/resolve       a person's decision on an effect that rests
//	POST /api/v1/sweep, audit  starts work that takes longer than a call, as a job
//	GET  /api/v1/jobs          what is running and what ended lately
//	GET  /api/v1/jobs/{id}     how a job stands; DELETE cancels it
//	GET  /api/v1/safe-mode     whether creates stop, and why
//	POST /api/v1/safe-mode/release  lets them go on, after an audit
//	GET  /api/v1/backup        a copy of all streams, as a tar
//	GET  /api/v1/connections   the connections that this process serves
//	GET  /api/v1/health        the state of the system; what is wrong is the answer
//	GET  /metrics              the same in numbers, for Prometheus
//	GET  /healthz, /readyz     for whoever restarts or routes; never ask for a token
//
// The contract, with every parameter and schema, is api/operator.yaml; a test
// compares it with the routes and with real answers.
//
// Every refusal is application/problem+json (RFC 9457), made by one table from
// error to answer; what lies inside an error goes to the log, not to the
// caller. All calls but the two checks need a bearer token when tokens are
// configured; without tokens only calls addressed to this machine are served,
// so that a web page cannot reach in through a name it owns.
package opsapi
