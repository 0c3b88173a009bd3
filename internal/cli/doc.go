// Package cli is the command line: it reads flags and the environment, starts
// the programs of package app or asks a running one over its operator API, and
// prints what they say. It holds no rule of the road.
//
// Exit codes, fixed for scripts:
//
//	 0  ok
//	 1  the work failed for good
//	 2  wrong usage or configuration
//	 3  something needs a person
//	75  try again later
//
// Results go to stdout, all else to stderr. An error is one sentence that
// begins with "procpac: "; help is printed only when asked for.
package cli
