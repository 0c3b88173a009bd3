// Package notify tells people what needs them: an effect that was parked,
// refused or given up, a token that a webhook was refused for. It posts JSON to
// a webhook and sends mail; both say the same.
//
// The first message goes at once; what comes within the digest period after it
// is collected into one message. A message that cannot be delivered is kept and
// tried again each minute, so it may come late and, after a crash between
// sending and remembering, twice. It never says something that the journal does
// not: it is fed from there.
//
// The webhook address is a secret: it stands in no error and no log.
package notify
