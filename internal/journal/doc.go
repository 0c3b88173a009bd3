// Package journal is the history of every effect: which states there are,
// which moves between them are legal, and how a history folds into what is
// known now. It stores nothing; package natsbus keeps the records, one subject
// per effect, each append a compare-and-set.
//
//	planned -> claimed -> intent(k) -> committed(k) -> ... -> applied -> confirmed -> done
//
//	              .-> waiting   its commitment is not in Jobpac yet
//	 any live ----+-> unknown   a step may have happened; the wake time is exact
//	 state        +-> parked    a person decides
//	              '-> planned   given back: nothing changed, later again
//
//	terminal: done, superseded, rejected, abandoned, dead.  A new request or a
//	replay plans a terminal effect again; nothing else leaves these states.
//
// A record carries one or more consecutive moves of one effect, so the result
// of one step rides with the intent of the next in one durable write.
//
// The doubt about a step belongs to its natural key, not to the plan: planning
// again with new content never forgets that a key may exist in Jobpac.
//
// Record and Plan are the stored form, version 1; Effect is what code reads.
// All values are plain data; an Effect is changed only by Apply.
package journal
