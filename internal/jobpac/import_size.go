package jobpac

import (
	"sync"

	"github.com/procpac/procpac/internal/erp"
)

// sizes remembers how long the answers of each listing have been, for that
// tells which of them may be cut: a listing that once gave 1,200 rows does not
// cut at 900. It holds while the cap of a listing is one number of rows
// (assumed). Safe for concurrent use.
type sizes struct {
	mu sync.Mutex
	of map[erp.Listing]size
}

type size struct {
	longest int // the longest answer yet
	cut     int // an answer of so many rows was cut, as another one proved; 0: none known
	vain    int // a wider question, too, gave no more than so many rows
}

func newSizes() *sizes { return &sizes{of: map[erp.Listing]size{}} }

// get is what is known of a listing.
func (s *sizes) get(l erp.Listing) size {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of[l]
}

// note takes down the length of an answer, and tells whether a longer one was
// seen before.
func (s *sizes) note(l erp.Listing, rows int) (below bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.of[l]
	if rows < known.longest {
		return true
	}
	known.longest = rows
	if known.cut < rows {
		known.cut = 0
	}
	s.of[l] = known
	return false
}

// wasCut takes down that an answer of so many rows was not all there is.
func (s *sizes) wasCut(l erp.Listing, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.of[l]; rows >= known.longest {
		known.cut = rows
		s.of[l] = known
	}
}

// inVain takes down that a wider question gave no more rows.
func (s *sizes) inVain(l erp.Listing, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.of[l]
	known.vain = rows
	s.of[l] = known
}
