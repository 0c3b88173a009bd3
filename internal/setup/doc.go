// Package setup prepares a Procore company for procpac and keeps it so: the
// webhooks with their triggers and token, and the ERP connection with its
// metadata.
//
// Read looks at what is there, Decide compares it with what is wanted and
// answers with a Plan, Apply carries the plan out. Decide is pure: the same two
// answers give the same plan, and what is as it should be gives no step. So a
// second run in a row changes nothing, and a run that was cut off is mended by
// the next.
//
// # Whose hook is it
//
// Other programs have hooks in the same company. A hook is ours when it delivers
// to our address, whatever else it says; or when it carries our namespace and
// delivers to this connection's path on another host, or to no connection's
// path at all: then its address is repaired. A hook of our namespace that
// delivers to another connection is that connection's. Everything else is
// somebody else's and is never changed; nothing is ever deleted.
//
// # Tokens
//
// Procore shows the Authorization value of a hook masked but for its last five
// characters (documented). They are compared with the ends of our tokens;
// nothing of a token is kept. Where Procore shows nothing, the value is left
// alone unless it is asked to be written again.
//
// # Metadata
//
// What we want must stand in what Procore has; what others added stays. Where
// Procore does not show the metadata, the fingerprint of what was written last
// is compared, which Memory keeps.
//
// Nothing here logs, and no token is in a Plan's words or in an error.
package setup
