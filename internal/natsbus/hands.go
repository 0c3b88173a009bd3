package natsbus

import "context"

// hands counts the workers that are free.
type hands struct{ free chan struct{} }

func newHands(n int) hands {
	h := hands{free: make(chan struct{}, n)}
	h.giveBack(n)
	return h
}

// takeFree waits until a hand is free and takes all that are; 0: ctx ended.
func (h hands) takeFree(ctx context.Context) int {
	select {
	case <-h.free:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case <-h.free:
		default:
			return n
		}
	}
}

// giveBack frees n hands.
func (h hands) giveBack(n int) {
	for range n {
		h.free <- struct{}{}
	}
}

// waitAll waits until every hand is free. Nobody may take hands meanwhile.
func (h hands) waitAll() {
	for range cap(h.free) {
		<-h.free
	}
}
