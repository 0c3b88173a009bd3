package natsbus

import (
	"context"
	"runtime"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// worthABatch is the number of appends from which a batch is cheaper than one
// sync each. The server stages a batch in a store of its own before it stores it
// (two fsyncs, two files written through, six names removed: about 7 ms where a
// single publish takes 0.35 ms; measured on server 2.15.2, ext4 on an SSD, one
// replica). Both sides of that scale with the disk.
const worthABatch = 20

// roundsOfBatch is how often what is left of a refused batch goes again as a
// batch before everyone goes alone.
const roundsOfBatch = 3

// commitAll is the committer: one round after the other, each with everything
// that waits. It adds no delay: whoever comes to an idle committer goes at once.
func (a *appender) commitAll(ctx context.Context) {
	defer close(a.stopped)
	for {
		select {
		case first := <-a.queue:
			a.round(ctx, first)
		case <-a.closing:
			a.finish(ctx)
			return
		}
	}
}

// finish answers what came in before the queue was closed.
func (a *appender) finish(ctx context.Context) {
	for {
		select {
		case first := <-a.queue:
			a.round(ctx, first)
		default:
			return
		}
	}
}

// round takes what waits and stores it. Followers whose leader's end does not
// answer them go again, in the same round.
func (a *appender) round(ctx context.Context, first *slip) {
	// Those who were answered by the last round are just about to come again;
	// one yield lets them, so that rounds do not alternate between one and all.
	runtime.Gosched()
	waiting := a.gather(first)
	for len(waiting) > 0 {
		r := &round{appender: a}
		r.send(ctx, lead(waiting))
		waiting = r.again
	}
}

// gather takes what waits, up to a batch, and leaves out whose caller has gone.
func (a *appender) gather(first *slip) []*slip {
	var slips []*slip
	size := 0
	for s := first; s != nil; {
		if s.ctx.Err() == nil {
			slips, size = append(slips, s), size+len(s.data)
		}
		if len(slips) >= mostMessages || size >= mostBytes {
			break
		}
		select {
		case s = <-a.queue:
		default:
			s = nil
		}
	}
	return slips
}

// lead makes the first slip of each mark a leader and the others its followers:
// the server takes only one of them in a batch.
func lead(slips []*slip) []*slip {
	seen := make(map[string]*slip, len(slips))
	leaders := slips[:0]
	for _, s := range slips {
		if leader := seen[s.mark()]; leader != nil {
			leader.followers = append(leader.followers, s)
			continue
		}
		seen[s.mark()] = s
		leaders = append(leaders, s)
	}
	return leaders
}

// round is one sending of leaders. Its ends may come in from several goroutines.
type round struct {
	*appender
	mu    sync.Mutex
	again []*slip // followers that no end has answered
}

// settle answers a leader and those of its followers whose answer follows from
// it; the others go again.
func (r *round) settle(leader *slip, out outcome) {
	followers := leader.followers
	leader.followers = nil
	r.counts.note(out)
	leader.answer <- out
	for _, f := range followers {
		end, known := follow(leader, out, f)
		if !known {
			r.mu.Lock()
			r.again = append(r.again, f)
			r.mu.Unlock()
			continue
		}
		r.counts.note(end)
		f.answer <- end
	}
}

// follow is the end of a follower, if its leader's end says it: a repeated id is
// stored already; an append to the same subject came too late, unless it named
// the very sequence that stands there now; a failure is everybody's.
func follow(leader *slip, out outcome, f *slip) (end outcome, known bool) {
	switch {
	case out.err != nil:
		return out, true
	case f.id != "" && out.taken:
		return out, true
	case f.id != "":
		return outcome{seq: out.seq, taken: true, sum: leader.sum}, true
	case out.seq != 0 && f.after != out.seq:
		return outcome{seq: out.seq, taken: true}, true
	}
	return outcome{}, false
}

// send stores the slips, no two of one mark, and settles each.
func (r *round) send(ctx context.Context, slips []*slip) {
	for range roundsOfBatch {
		if r.wary {
			slips = r.dropTaken(ctx, slips)
		}
		if !r.batches || len(slips) < worthABatch {
			break
		}
		if r.batch(ctx, slips) {
			return
		}
		r.wary = true
	}
	r.alone(ctx, slips)
}

// batch sends the slips as one. False: the server refused it as a whole, and
// nothing is stored.
func (r *round) batch(ctx context.Context, slips []*slip) bool {
	ctx, cancel := context.WithTimeout(ctx, commitWithin)
	defer cancel()
	messages := make([]*nats.Msg, len(slips))
	for i, s := range slips {
		messages[i] = s.message()
	}
	r.counts.batches.Add(1)
	ack, err := jetstreamext.PublishMsgBatch(ctx, r.js, messages, jetstreamext.BatchFlowControl{})
	if answered(err) {
		r.counts.refused.Add(1)
		return false
	}
	for i, s := range slips {
		if err != nil {
			r.settle(s, r.failed(err))
			continue
		}
		r.settle(s, outcome{seq: ack.Sequence - uint64(len(slips)-1-i)})
	}
	r.counts.batched.Add(uint64(len(slips)))
	return true
}

// alone publishes the slips side by side, each with its own sync, and settles
// each as soon as it is stored.
func (r *round) alone(ctx context.Context, slips []*slip) {
	if len(slips) == 1 { // the common case of a quiet bus
		r.settle(slips[0], r.single(ctx, slips[0]))
		return
	}
	var all sync.WaitGroup
	for _, s := range slips {
		all.Go(func() { r.settle(s, r.single(ctx, s)) })
	}
	all.Wait()
}

// dropTaken finds by one look-up whose subject has moved on already, settles
// those and returns the others. A failed look-up drops nobody: the server
// decides. Looking goes on until it finds nobody late.
func (r *round) dropTaken(ctx context.Context, slips []*slip) []*slip {
	subjects := make([]string, len(slips))
	for i, s := range slips {
		subjects[i] = s.subject
	}
	last := make(map[string]stored, len(slips))
	err := eachLast(ctx, r.js.Conn(), r.stream, subjects, func(m stored) { last[m.subject] = m })
	if err != nil {
		return slips
	}
	left := slips[:0]
	for _, s := range slips {
		if m, ok := last[s.subject]; ok && m.seq > s.after {
			r.settle(s, outcome{seq: m.seq, taken: true, sum: m.header.Get(headerSum)})
			continue
		}
		left = append(left, s)
	}
	r.wary = len(left) < len(subjects)
	return left
}
