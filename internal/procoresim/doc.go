// Package procoresim imitates the part of Procore that a connector talks to, as a program with state, so that the whole road can be
// run and broken on one machine.
//
// Two handlers leave the package. Handler serves what Procore serves: the token host (/oauth) and the API (/rest) on one address.
// Management serves /sim: it seeds records, plays the approver, edits, reads everything back, and orders faults. The same can be done
// from Go with the methods of Sim.
//
// Inside: a Sim holds all records behind one mutex. Handlers build their answer while they hold it and write it after. A change raises
// an event; the event becomes one delivery for each hook with a matching trigger; every hook owns one goroutine that sends its
// deliveries in order, pauses on a failure, backs off and in the end throws its queue away. All waiting of the delivery engine is done
// on the Clock of the Config, so a test can live through twelve hours in a moment. Only the time a receiver is given to answer runs on
// the wall clock, because the receiver does.
//
// Imports: every sync call is one table of columns (columns.go) and one way of writing a row; the engine in sync.go matches rows by id and
// origin id, refuses row by row and counts. Records of which there may be hundreds of thousands stand on shelves (shelf.go): packed
// values, found by id, by owner and by cost code and type. Staged records wait for the approver, whose actions are methods of Sim and
// management paths; Records, Digest and EndpointCounts tell a test what Procore holds and what it was sent.
//
// What Procore documents and what was guessed is kept apart: every path is one row of the table in paths.go with a tag (documented,
// seen, inferred or assumed), every uncertain behaviour is a switch of Settings. GET /sim/assumptions lists both.
//
// The simulator refuses what Procore refuses: calls without a token or company, writes to a record that carries an origin id, a second
// record with the same origin id, a second and different answer to one request detail. It shares no type with any client. Decimals are
// kept as text and are never floating point.
package procoresim
