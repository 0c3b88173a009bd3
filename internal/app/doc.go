// Package app puts the program together: it is the only one that knows who is
// who. Serve runs the roles of a process, Demo the whole system with both
// simulators, Simulate the simulators alone.
//
// Everything opened is closed in the opposite order. A stop has two steps: the
// listeners and workers take nothing new, what is under way goes on for a
// while, then it is told to let go; nothing returns before everyone is home.
package app
