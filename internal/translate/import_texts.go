package translate

// RuleText is a rule with what it demands, for people who read a list of rules.
type RuleText struct {
	ID   string
	Text string
	// Note: a record that breaks it is brought all the same, and the summary
	// tells it.
	Note bool
	// Elsewhere: it is found by the caller, who knows what Procore has.
	Elsewhere bool
}

// ImportRuleTexts lists the rules of imports in the order of the records they are
// about: those of the connection, then jobs, creditors, cost codes, cost types,
// budgets and costs, head contracts and GST codes.
func ImportRuleTexts() []RuleText {
	return []RuleText{
		{ID: "IM-WORK-ID", Text: "a row belongs to the connection's WorkID, where it shows one: one Jobpac organisation per connection"},
		{ID: "IM-JOB-CODE", Text: "a job number is 1 to 6 letters, digits or - / . _"},
		{ID: "IM-JOB-EXISTS", Text: "only new projects are connected: no unlinked Procore project has the job's number", Elsewhere: true},
		{ID: "IM-JOB-CLOSED", Text: "a job that is inactive or financially complete is not offered; a linked one is marked inactive"},
		{ID: "IM-SUB-JOB", Text: "sub jobs do not go between the systems", Elsewhere: true},
		{ID: "IM-NO-PROJECT", Text: "the job has a linked project in Procore", Elsewhere: true},
		{ID: "IM-CREDITOR-CODE", Text: "a creditor has a code that can be kept"},
		{ID: "IM-CREDITOR-NAME", Text: "a creditor has a name"},
		{ID: "IM-CREDITOR-STOPPED", Text: "a stopped or inactive creditor is marked inactive in Procore", Note: true},
		{ID: "IM-CODE-TEXT", Text: "a cost code is not empty and can be kept"},
		{ID: "IM-CODE-BOTH", Text: "a cost code is a heading or a cost centre on a job, never both"},
		{ID: "IM-CODE-NAME", Text: "a cost code is the same on all jobs, a heading or a cost centre: Procore has one list"},
		{ID: "IM-CODE-TIER", Text: "headings stand on one level: Procore has sections and the cost codes in them"},
		{ID: "IM-CODE-SECTION", Text: "every cost code stands under a heading: sectioned cost codes are switched on"},
		{ID: "IM-NO-COST-CODE", Text: "the cost code of a record is in Procore, else the record waits"},
		{ID: "IM-TYPE-TEXT", Text: "a cost type can be kept"},
		{ID: "IM-TYPE-MISSING", Text: "a cost centre that is not a heading has a cost type"},
		{ID: "IM-NO-COST-TYPE", Text: "the cost type of a record is in Procore, else the record waits", Elsewhere: true},
		{ID: "IM-BUDGET-TIERS", Text: "budgets stand on cost centres, not on headings: two tiers"},
		{ID: "IM-AMOUNT", Text: "an amount is a number in whole cents, a quantity is a number"},
		{ID: "IM-DATE", Text: "a cost transaction has a date"},
		{ID: "IM-COST-ROW", Text: "a cost transaction has a number of its own"},
		{ID: "IM-CONTRACT-SUM", Text: "a contract sum is an amount; where the claim codes come to another one the summary tells it", Note: true},
		{ID: "IM-CLAIM-CODE", Text: "a claim code can be kept, belongs to its job and stands once in a contract"},
		{ID: "IM-GST-CODE", Text: "a GST code is not empty and can be kept"},
		{ID: "IM-GST-RATE", Text: "a GST rate is a percentage from 0 to 100"},
	}
}
