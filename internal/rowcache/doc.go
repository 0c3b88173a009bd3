// Package rowcache remembers what imports have sent: for every row its content
// hash, for every origin id the record's id in Procore. It is one SQLite file
// per connection, and only a saving: a file that is lost, damaged or older than
// it should be is made anew, and the rows are sent again.
//
// What is kept is values under a scope and a key. What scopes mean is known to
// package imports alone. Every file has an id of its own, drawn when it is made,
// so that whoever uses it can tell a new file from the one it knew.
//
// A Cache is safe for concurrent use, by several processes too. Its errors are
// transient faults of the system: nothing of a row is wrong when a disk is.
package rowcache
