// Package jobpacsim is a Jobpac Connect server to test and rehearse against.
// It keeps its books in memory, speaks real HTTP, refuses what the real one is
// thought to refuse, and goes wrong on order. It shares no code with the
// client it is used to test.
//
// # Use
//
//	sim, err := jobpacsim.New(jobpacsim.Config{Seed: jobpacsim.DemoSeed()})
//	defer sim.Close()                              // before closing the servers: it lets go of waiting calls
//	api := httptest.NewServer(sim.Handler())       // the vendor's API
//	admin := httptest.NewServer(sim.Management())  // /sim/..., for people and scripts
//
// Go tests use the methods of Sim (Seed, Put, Edit, SetFaults, Advance, State,
// Rows, Counts, Journal, Reset); everything else uses the same by HTTP, see
// Sim.Management.
//
// Sim.Generate makes a whole company of any size, the same one from the same
// seed: 300,000 cost centres take some seconds and some 70 MB. Sim.Spoil puts
// bad rows of named kinds into it and says which.
//
// # What it answers
//
// operations.tsv lists the operations with method, path, parameters and which
// are required, as the vendor's public definition has them (seen). Arguments
// come in the query string. A path that is not listed is 404, another verb 405
// with Allow, a missing, repeated or (Settings.Strict) unknown parameter 400
// with plain text that names it. Answers are {"data":[...]}.
//
// columns.tsv gives every name its kind: code, text, digits, amount, rate,
// quantity, percent, date, timestamp or flag; books.tsv gives every book its
// key and columns. What a create is told is kept and comes back in listings
// under the parameter's name.
//
// # Signing in
//
// GiveMeAToken takes both ciphers (seen in public client code): a key of 24
// characters means Triple DES, block by block, over the UTC time to the second
// with +00:00, the user and the password padded to 10 each, in base64; a key
// of 32 means AES-256-CBC over user and password, with the 16 printable
// characters of the start vector in front of the base64. A refused login is a
// normal answer with ErrorMessage and no token; Counts has them apart, and
// Settings.LockAfter of them in a row lock the user until it is seeded again.
//
// # Faults
//
// See Fault. A call passes in this order: path and verb, latency,
// status_before and cut_before, arguments, token, then the work (or late
// commit), then status_after, cut_after and empty_200. A call whose work was
// refused is answered by the last three all the same: from outside nothing
// tells it from one that was done, but the journal does.
//
// # Books, clock and journal
//
// Listings come in key order and are cut at Settings.RowCap without a word: the
// first rows stay. Every write and every edit of a row renews its time of last
// update, where the book has one. The sums of CostCentreDetailListing are worked
// out when it is asked. stale_rows shows rows as they were, sums too; a row
// that was removed or whose key was edited shows that at once.
// With duplicate_number on accept a repeated create makes a second row with
// the same key, so a doubled order can be seen and counted. The clock is the
// wall clock plus what Advance added; tokens, timestamps, stale look-ups and
// late commits go by it. The journal keeps the latest calls without Token and
// Value.
//
// # Assumptions
//
// Nothing below is confirmed by the vendor. The rows are those of section 7 of
// the Jobpac specification (with a point: that section). Assumptions gives the
// same list with the settings that change them, and so does GET /sim/settings.
//
//   - 1: GiveMeAPort answers one row with Port: the setting, or the port called.
//   - 2: the time in a Triple DES login may be 5 minutes off, on the wall clock;
//     refused logins are 200 with ErrorMessage; Version may be left out.
//   - 3: tokens slide for 20 minutes, ten per user, the longest unused one ends;
//     a bad token is 200 with ErrorMessage on a listing and 401 on a write.
//   - 4: flat rows named like the parameters, all values texts; what was not
//     given is empty, or zero for a number; AlphaSearch looks anywhere in
//     Description or Name; Incomplete is the opposite of Complete;
//     ContractStatus is A, or F when finalised.
//   - 4.1: codes and texts are fixed width, returned trimmed (pad_text: padded).
//   - 5: a refused write is 400 with text, a good one answers its key and an
//     empty ErrorMessage.
//   - 5.2: a user is locked after 5 refused logins in a row.
//   - 6: unknown parameters and over-long values are refused; a body is ignored;
//     a blank parameter counts as not given, so an update cannot blank a column.
//   - 7: the widths of Settings.Widths; codes trimmed, upper case, plain ASCII;
//     item numbers whole; flags Y or N; free text in Latin-1 without control
//     characters; ScheduleOfRatesOrLumpSum L or S; percentages 0 to 100.
//   - 8: dates yyyy-mm-dd, timestamps ISO UTC; amounts and percentages 2
//     decimals, quantities and rates 4, at most 11 digits before the point;
//     halves away from zero; quantity x rate equals a given value within a cent;
//     a value without a rate makes the rate.
//   - 8: accounting periods are yyyymm.
//   - 9: numbers are given or the next free one from 100001; an existing key is
//     refused, never overwritten (duplicate_number, duplicate_keys).
//   - 10: references are free text, not unique, and shown (hide_references: not).
//   - 11: purchase orders and subcontracts share one number space per WorkID.
//   - 12: status letter A is open; lines need an open cost centre of the job
//     that is no heading; the job is active, allows cost updates and is not
//     financially complete; a subcontract's lines are on its own job.
//   - 13: header and lines are separate; a complete or finalised order takes no
//     new lines.
//   - 14: items above approval_limit_cents wait for approval; until then
//     invoices on their cost centre are refused (refuse_api_approval).
//   - 15: a subcontract item cannot fall below what is claimed; deliveries are
//     not simulated. Accounts payable transactions come from posted invoices and
//     the management page.
//   - 16: negative lines are fine while the order stays at zero or above.
//   - 17: a type 1 variation's items name Order with OrderItem (same cost
//     centre), or Order with a cost centre; a type 2 variation's name no order;
//     an empty type may do either.
//   - 18: variations cannot be updated.
//   - 23: TaxCode must be a GST code of the order's WorkID.
//   - 20: a claim's retention is the header's, else the order's percentage of the
//     gross up to its limits; tax is on what is left (claim_tax_on_gross).
//   - 21: a claim import is staged, and claim_import_seconds after its last part
//     becomes a claim or a list of errors; an invoice on a purchase order is
//     uploaded dissection by dissection, then posted.
//   - 22: one open period per module and WorkID, JC, AP and SC, which may be
//     Locked; none is set: the present month.
//   - 24: a cost centre with HeadingLevel and no CostType is a heading; a
//     section's heading has level 0.
//   - 25: budgets change on the management page only.
//   - 26: CommittedValue is purchase order items (nett), subcontract items and
//     approved variations on orders, less the payables that name an order;
//     InvoicedValue and PaidToDate are payables, CostToDate, QuantityToDate and
//     CostThisPeriod the ledger's, ApprovedBudgetChanges the budget changes and
//     the head contract's approved variations with an expected cost; headings are
//     left out (detail_headings: shown).
//   - 27: a ledger row has a time and a number; corrections are reversing rows.
//   - 28: a head contract is a job's contract sum and its claim codes, read only.
//   - 29: creditors may be kept in another WorkID; stopped and inactive ones get
//     no orders.
//   - 30: listings are unpaged, in byte order of the key (the ledger by time),
//     cut silently after 2,000 rows.
//   - 31: nothing can be deleted.
package jobpacsim
