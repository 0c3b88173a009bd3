// Package doctor looks at everything a procpac rests on and says, in one line
// each, what is well, what may surprise and what is wrong, with what to do. It
// also proves, on a test environment, what the protocol of the road rests on.
//
//	Check, Run    probes beside one another, each with a time limit; the report
//	              keeps the order in which they were given
//	Clock, ...    the probes: pure where they read settings, and otherwise over
//	              small interfaces that whoever runs them fills
//	Contract      writes small, clearly named documents to a test environment
//	              and sees whether a second record of one key is refused, how
//	              late a look-up shows what was written, and how long writes take
//	Record        what a contract check found, kept beside the data with its date
//
// # What a contract check proves
//
// An unknown outcome is safe to send again only where Jobpac refuses a second
// record of one key. Of each kind of record it says
//
//	verified   the same key was sent again and refused, and one row stands
//	no         it was accepted, or two rows stand
//	unknown    no clear answer came: nothing is claimed
//
// Only a plain refusal makes "verified". How late a commit can come is not
// provable by a few writes: what was measured is a floor, never a ceiling.
//
// # Secrets
//
// Nothing here is given a secret, save Redis's address, of which only the host
// is ever repeated.
package doctor
