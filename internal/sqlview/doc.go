// Package sqlview is the projection: SQLite tables made from the events and
// the journal, for lists, search and counts. Nothing in it is the truth; it
// can be deleted at any time and is built again from the streams.
//
// Feed takes batches in stream order and stores them with the position reached
// in one transaction, so a restart goes on exactly where it stopped and a
// repeated batch changes nothing. Reading never blocks feeding: the file is in
// WAL mode, with one writer.
//
// A file of another schema version is thrown away and built anew.
package sqlview
