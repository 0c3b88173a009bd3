// Package redisstore keeps claims: the short right of one worker to an
// aggregate. There are two keepers of one port, for one process (Local) and for
// many (Redis), and one suite of tests runs on both.
//
// A claim may only delay. Losing all of them costs wasted work, never a second
// order: the journal's compare-and-set decides who writes. So an error here
// means "cannot tell", is classed Transient and of the system, and the caller
// goes on without.
//
// A claim carries its owner's token. It is taken with SET NX GET, so an answer
// that was lost is understood on the next try: our own token is there already,
// and taking again renews the lease. Only its owner frees it.
package redisstore
