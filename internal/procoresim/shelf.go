package procoresim

// pair is a cost code with a cost type; a cost code belongs to one project, so that a pair does too.
type pair struct{ code, kind int64 }

// item is one record of a shelf.
type item struct {
	owner  int64 // the project, contract or company it belongs to
	pair   pair  // where the kind has one
	values packed
	gone   bool
	synced bool // assignments only
}

// shelf keeps many records of one kind compactly: ids are given out without gaps, so that the place of a record follows from its id. All
// look-ups are by index.
type shelf struct {
	first int64
	items []item
	live  int
	of    map[int64][]int32 // owner -> places, in order of arrival
	at    map[pair]int32    // the last record of a pair
}

func newShelf(first int64) *shelf {
	return &shelf{first: first, of: map[int64][]int32{}, at: map[pair]int32{}}
}

// add stores a record under the next id.
func (h *shelf) add(it item) int64 {
	place := int32(len(h.items))
	h.items = append(h.items, it)
	h.of[it.owner] = append(h.of[it.owner], place)
	if it.pair.code != 0 {
		h.at[it.pair] = place
	}
	h.live++
	return h.first + int64(place)
}

// get is the record of an id, nil if there is none. It is good until the next add.
func (h *shelf) get(id int64) *item {
	if place := id - h.first; place >= 0 && place < int64(len(h.items)) && !h.items[place].gone {
		return &h.items[place]
	}
	return nil
}

// owned is get for a record of one owner.
func (h *shelf) owned(owner, id int64) *item {
	if it := h.get(id); it != nil && it.owner == owner {
		return it
	}
	return nil
}

// find is the id of the record of a pair, 0 if there is none.
func (h *shelf) find(p pair) int64 {
	if place, known := h.at[p]; known {
		return h.first + int64(place)
	}
	return 0
}

// drop removes a record; what is not there is dropped already.
func (h *shelf) drop(id int64) {
	it := h.get(id)
	if it == nil {
		return
	}
	if h.find(it.pair) == id {
		delete(h.at, it.pair)
	}
	it.gone, it.values = true, ""
	h.live--
}

// ids lists the records of one owner, or all where it is 0.
func (h *shelf) ids(owner int64) []int64 {
	list := []int64{}
	if owner == 0 {
		for place := range h.items {
			if !h.items[place].gone {
				list = append(list, h.first+int64(place))
			}
		}
		return list
	}
	for _, place := range h.of[owner] {
		if !h.items[place].gone {
			list = append(list, h.first+int64(place))
		}
	}
	return list
}

// shelves are the imported records that have no table of their own.
type shelves struct {
	assignments, jobCosts, budgetLines *shelf // of a project, by pair
	taxCodes                           *shelf // of a company
	directCosts, directLines           *shelf // of a project
	primes                             *shelf // of a project
	primeLines                         *shelf // of a prime contract
	linesOfCost                        map[int64][]int64
	budgets                            map[int64]*budget
	registers                          map[register]int64 // business registration -> vendor
	invoices                           map[invoiceKey]int64
	erpLists                           map[int64]int64 // company -> its ERP list of standard cost codes
	staged                             *table[StagedRecord]
	stagedAt                           map[stagedKey]int64
	codesOf                            map[int64][]int64 // project -> cost codes
}

// newShelves starts each range of ids where no other kind of line or record has one.
func newShelves() shelves {
	return shelves{
		assignments: newShelf(40_000_001), jobCosts: newShelf(50_000_001), budgetLines: newShelf(60_000_001), taxCodes: newShelf(350_001),
		directCosts: newShelf(70_000_001), directLines: newShelf(80_000_001), primes: newShelf(4_600_001), primeLines: newShelf(90_000_001),
		linesOfCost: map[int64][]int64{}, budgets: map[int64]*budget{}, registers: map[register]int64{}, invoices: map[invoiceKey]int64{},
		erpLists: map[int64]int64{}, staged: newTable[StagedRecord](), stagedAt: map[stagedKey]int64{}, codesOf: map[int64][]int64{},
	}
}
