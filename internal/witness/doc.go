// Package witness remembers what this process saw of the streams, apart from
// the streams themselves, and stops creates when they no longer hold it.
//
// A store may lose what it acknowledged: a disk flips a bit, somebody puts an
// older copy back, a cluster forgets. The server mostly says nothing: it skips
// what it cannot read, cuts a broken tail and gives its sequences out again.
// With a part of the journal gone the road would take an order that stands in
// Jobpac for one that nobody sent.
//
//	File    data_dir/witness.db: how far each stream was seen, and of each effect
//	        the last record, its number of records and its state. SQLite, synced.
//	        A rebuild of the projection never touches it
//	Guard   safe mode of this process: on at once when anything is found, and
//	        mirrored in the register "safe mode" of the pseudo connection "_system"
//	        of the journal, so that every process sees it and its history stays
//
// What is found, and where:
//
//	Look    a stream that ends earlier than it was seen to, was made anew, has
//	        fewer messages than sequences, or has another message where the last
//	        one was seen; a mark that a restore left; a gap that was noted and not
//	        yet accepted
//	Feed    a gap or an unreadable entry met while reading what comes new
//	Wrap    an effect or a register that reads back older than it was seen, or as
//	        another history, and a history that the store calls broken: before
//	        anything is decided from it
//	Scrub   a full read: all of the above for every record, also those that nobody
//	        asks for, and messages that the server still counts and cannot read
//
// A person audits and releases. A release says: the streams as they stand now
// are the truth. It reads them once in full, so that what is missing now is no
// news later, forgets what was seen of effects, and learns it again from the
// journal. Other processes, also those that were down, do the same with their
// own files when they see the release.
//
// What a witness cannot see: a data directory that was put back as a whole,
// with its witness and without the mark of a restore; records that were lost
// before they were seen (the last moments before a kill); anything before its
// own file was made. The audit and the sweep are for those.
//
// A File and a Guard are safe for concurrent use.
package witness
