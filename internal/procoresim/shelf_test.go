package procoresim

import (
	"slices"
	"testing"
)

func TestShelf(t *testing.T) {
	h := newShelf(1000)
	a := h.add(item{owner: 1, pair: pair{10, 20}, values: "a"})
	b := h.add(item{owner: 1, pair: pair{10, 21}, values: "b"})
	c := h.add(item{owner: 2, pair: pair{11, 20}, values: "c"})
	if a != 1000 || b != 1001 || c != 1002 || h.live != 3 {
		t.Fatalf("ids %d %d %d, %d live", a, b, c, h.live)
	}

	for _, id := range []int64{0, 999, 1003, -1} {
		if h.get(id) != nil {
			t.Errorf("a record under %d", id)
		}
	}
	if h.get(b).values != "b" || h.owned(1, b) == nil || h.owned(2, b) != nil {
		t.Error("a record is not found under its id and owner")
	}
	if h.find(pair{10, 21}) != b || h.find(pair{10, 22}) != 0 {
		t.Error("a pair leads elsewhere")
	}
	if got := h.ids(1); !slices.Equal(got, []int64{a, b}) {
		t.Errorf("records of 1: %v", got)
	}
	if got := h.ids(0); !slices.Equal(got, []int64{a, b, c}) {
		t.Errorf("all records: %v", got)
	}
	if got := h.ids(3); got == nil || len(got) != 0 {
		t.Errorf("records of nobody: %v", got)
	}
}

func TestShelfDrop(t *testing.T) {
	h := newShelf(1)
	a := h.add(item{owner: 1, pair: pair{10, 20}})
	b := h.add(item{owner: 1, pair: pair{10, 21}})
	h.drop(a)
	h.drop(a)
	h.drop(77)
	if h.get(a) != nil || h.find(pair{10, 20}) != 0 || h.live != 1 {
		t.Error("a dropped record is still there")
	}
	if got := h.ids(1); !slices.Equal(got, []int64{b}) {
		t.Errorf("records of 1: %v", got)
	}
	again := h.add(item{owner: 1, pair: pair{10, 20}})
	if again == a || h.find(pair{10, 20}) != again {
		t.Errorf("id %d was given out twice", again)
	}
}

// TestShelfDropOfASecondOfOnePair: the index keeps the last one.
func TestShelfDropOfASecondOfOnePair(t *testing.T) {
	h := newShelf(1)
	first := h.add(item{owner: 1, pair: pair{10, 20}})
	second := h.add(item{owner: 1, pair: pair{10, 20}})
	h.drop(first)
	if h.find(pair{10, 20}) != second {
		t.Error("the pair is lost")
	}
}
