package jobpacsim

import "fmt"

// Edit is a change a person makes in Jobpac itself.
type Edit struct {
	// Book is a name as in the JSON form of Books.
	Book string `json:"book"`
	// Key chooses the rows: any columns, all must be equal.
	Key Row `json:"key"`
	// Set are the new values; an empty one clears the column.
	Set Row `json:"set"`
}

// Edit changes every row that has the key and says how many there were. None,
// an unknown column or a value of the wrong form is an error. No business rule
// is asked, as for a person with every right.
func (s *Sim) Edit(e Edit) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, changed, err := s.chosen(e.Book, e.Key)
	if err != nil {
		return 0, err
	}
	set, err := t.checkedRow(e.Set, s.settings)
	if err != nil {
		return 0, err
	}
	for _, r := range changed {
		t.change(r, set, s.now())
	}
	return len(changed), nil
}

// Remove deletes every row that has the key, and nothing that hangs on it, as
// somebody who works on the database itself. It says how many there were; none
// and an unknown column are errors.
func (s *Sim) Remove(book string, key Row) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, gone, err := s.chosen(book, key)
	if err != nil {
		return 0, err
	}
	for _, r := range gone {
		t.remove(r)
	}
	return len(gone), nil
}

// chosen are the rows of a book that have the key.
func (s *Sim) chosen(book string, key Row) (*table, []*record, error) {
	t, ok := s.books.byName[book]
	if !ok {
		return nil, nil, fmt.Errorf("book %q is not known", book)
	}
	checked, err := t.checkedRow(key, s.settings)
	if err != nil {
		return nil, nil, err
	}
	rows := t.matching(checked)
	if len(checked) == 0 || len(rows) == 0 {
		return nil, nil, fmt.Errorf("%s has no row with this key", book)
	}
	return t, rows, nil
}

// matching gives the rows that have all these values.
func (t *table) matching(key Row) []*record {
	var leading []string
	for _, c := range t.columns[:t.key] {
		value, ok := key[c.name]
		if !ok {
			break
		}
		leading = append(leading, value)
	}
	var found []*record
	for _, r := range t.within(leading, "", "") {
		if t.equal(r, key) {
			found = append(found, r)
		}
	}
	return found
}

func (t *table) equal(r *record, key Row) bool {
	for name, value := range key {
		if t.get(r, name) != value {
			return false
		}
	}
	return true
}
