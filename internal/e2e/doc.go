// Package e2e holds tests only: the real program between the simulators of both
// sides, over real HTTP, on the real bus.
//
//	world    both simulators on ports of their own, and a gate that takes
//	         Procore's webhooks to whichever procpac runs now
//	system   app.Serve in this process: every role, or one
//	program  the built binary as a process of its own, to be killed or asked
//
// What came out is read from the simulators' books, never from our own words
// alone. Nothing sleeps: a test waits for a condition until a generous deadline
// and asserts no speed. Every world checks at its end that no secret stands in
// what was logged.
package e2e
