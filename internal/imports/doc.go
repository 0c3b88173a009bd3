// Package imports brings records from Jobpac into Procore.
//
// An import run is an event on the road like any other. Package flow takes it
// and calls Runner.Run, which goes on until it is done or the go's time is up:
//
//	read a part of a listing -> translate each row -> drop what was sent before
//	-> resolve origin ids -> send, at most 1,000 rows a call -> remember -> checkpoint
//
// Dying anywhere repeats one part at most. Every call may be repeated: records
// are found again by origin id or by the ids they belong to, and the two kinds
// for which Procore has no such call, budget lines and prime contracts, are
// looked up in Procore's own list before they are written.
//
// What was sent is known by a hash of its content, in a cache that may be lost.
// The journal says which copy of the cache took part in the last run; another
// one, a new or an older one is not believed, and its rows are sent again. A hash
// is removed before its row is sent and kept after Procore took it, so that a
// death in between never leaves one that is not true. The hash is of what is
// wanted in Procore, so nothing that we write there can start another write,
// whatever webhooks it makes: the next run finds the same hash.
//
// A run reads everything, or in listings with a time stamp what changed since
// the last run that was done, less an overlap. A row that Procore refused or
// that waits for another record is not remembered, and keeps the window open.
//
// Memory holds one part, the list of projects and the list of codes.
package imports
