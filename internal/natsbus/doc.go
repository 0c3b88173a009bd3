// Package natsbus keeps what must not be lost: the events that came in, the
// journal of every effect, the stories of dead effects and what nobody could
// read. It runs a NATS server inside the process, or uses one outside.
//
//	EVENTS      ev.<connection>.<company or 0>.<event id>    one message per event
//	JOURNAL     journal.<connection>.<effect>                one subject per effect, every append a compare-and-set
//	            journal.<connection>.register-<hash>         the shared lists; the last message counts
//	DLQ         dlq.<reason>.<connection>.<effect>           stories of dead effects
//	QUARANTINE  qu.<connection>.<sha256>                     bodies nobody could read, once each
//
// # What an answer means
//
// Nil means on disk. The embedded server syncs before it answers; of a server
// outside that is its operator's setting. An error means "may or may not have
// happened": Store may be repeated with the same event, after Append load again.
//
// # Many callers, one sync
//
// A sync costs far more than a write. Each stream has one committer, which
// takes everything that waits and sends it as one atomic batch with one sync.
// It never waits for company: few are sent at once, each with its own sync,
// because a batch has a price too (worthABatch). A batch that is refused because somebody
// in it came too late is taken apart by one look-up: the late ones are told,
// the others go again.
//
// # Nothing is taken on trust
//
// Every journal message names the sequence before it on its subject, so a
// history with a hole is an error (ErrBroken), never a shorter history. Streams
// that exist with other settings are an error. An ack to the broker is a hint:
// the journal decides what is done.
//
// A damaged message is skipped by the server without a word; whoever reads a
// stream whole reports the gap (Options.Gap, Stats).
//
// # When the server is ill
//
// A server outside may be away or hang: every call ends with its caller's
// context, Run and Tail wait and go on, and an append without an answer is found
// by the next Load. The embedded server has a supervisor; one whose disk ran
// full is started anew as soon as there is room, and until then appends are
// refused at once. Options.Full is told before it comes to that.
//
// # Copies
//
// Backup takes a tar of everything while all goes on, Restore makes an empty
// data directory from it, all or nothing.
//
// A Bus is safe for concurrent use.
package natsbus
