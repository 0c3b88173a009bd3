package redisstore

import (
	"fmt"
	"testing"
	"time"
)

// A keeper that runs for years does not grow with what it once knew, and
// throws nothing away that still counts.
func TestLocalDoesNotGrow(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l := NewLocal(func() time.Time { return now })
	if held, _ := l.Take(t.Context(), "acme", "kept", "one", 1000*time.Hour); !held {
		t.Fatal("not taken")
	}
	for i := range 50_000 {
		now = now.Add(time.Second)
		if held, _ := l.Take(t.Context(), "acme", fmt.Sprint(i), "one", 90*time.Second); !held {
			t.Fatal("not taken")
		}
	}
	if len(l.held.items) > 2*fewest {
		t.Fatalf("%d claims are kept, of which 91 run", len(l.held.items))
	}
	if held, _ := l.Take(t.Context(), "acme", "kept", "two", time.Minute); held {
		t.Fatal("a running claim was thrown away")
	}
	if held, _ := l.Take(t.Context(), "acme", "49950", "two", time.Minute); held {
		t.Fatal("a running claim was thrown away")
	}
}
