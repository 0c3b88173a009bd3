package witness

import (
	"testing"

	"github.com/procpac/procpac/internal/journal"
)

// What the watch costs a load, and what a batch of the tail costs.
func BenchmarkLoad(b *testing.B) {
	r := newRig(b)
	r.start()
	r.write(1, 7)
	r.feed()
	for name, j := range map[string]History{"bare": r.bus.Journal(), "watched": r.j} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := j.Load(b.Context(), key(1)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkHalted(b *testing.B) {
	r := newRig(b)
	r.start()
	for b.Loop() {
		if r.guard.Halted() != "" {
			b.Fatal("halted")
		}
	}
}

func BenchmarkNote(b *testing.B) {
	r := newRig(b)
	r.start()
	for _, size := range []int{1, 500} {
		b.Run(map[int]string{1: "one", 500: "batch of 500"}[size], func(b *testing.B) {
			seq := uint64(0)
			for b.Loop() {
				var batch Batch
				for range size {
					seq++
					batch.Records = append(batch.Records, Record{Seq: seq, Key: key(int(seq % 10_000)), State: journal.Done})
				}
				must(b, r.file.Note(b.Context(), batch))
			}
		})
	}
}
