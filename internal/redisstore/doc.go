// Package redisstore keeps what workers share and may lose: claims, the short
// right of one worker to an aggregate; the last known states of effects; and
// rate buckets, one for each target. There are two keepers of one port, for one
// process (Local) and for many (Redis), and one suite of tests runs on both.
//
// All of it may only delay. Losing everything costs wasted work, never a second
// order: the journal's compare-and-set decides who writes. So an error here
// means "cannot tell", is classed Transient and of the system, and the caller
// goes on without. Every call ends within half a second, sooner where its
// context does.
//
// A claim carries its owner's token. It is taken with SET NX GET, so an answer
// that was lost is understood on the next try: our own token is there already,
// and taking again renews the lease. Only its owner frees it.
package redisstore
