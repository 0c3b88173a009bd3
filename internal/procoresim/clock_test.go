package procoresim

import (
	"testing"
	"testing/synctest"
	"time"
)

func fired(ch <-chan time.Time) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

func TestManualClock(t *testing.T) {
	c := NewManualClock(start())
	if _, any := c.Next(); any {
		t.Error("a timer out of nowhere")
	}
	late, _ := c.After(2 * time.Second)
	early, _ := c.After(time.Second)
	gone, stop := c.After(time.Second)
	now, stopNow := c.After(0)
	stopNow()
	stop()
	stop()
	if next, _ := c.Next(); !next.Equal(start().Add(time.Second)) {
		t.Errorf("next %v", next)
	}
	if !fired(now) || fired(early) {
		t.Error("a timer of zero must fire at once, the others not")
	}
	c.Advance(time.Second)
	if !fired(early) || fired(late) || fired(gone) {
		t.Error("after one second only the early timer fires")
	}
	c.Advance(time.Second)
	if !fired(late) || !c.Now().Equal(start().Add(2*time.Second)) {
		t.Error("the late timer did not fire")
	}
}

func TestRunningClockFollowsTheWallAndCanBePushed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewRunningClock()
		begin := c.Now()
		byWall, stop := c.After(time.Second)
		defer stop()
		<-byWall
		if got := c.Now().Sub(begin); got != time.Second {
			t.Errorf("waited %v", got)
		}
		pushed, stopPushed := c.After(time.Hour)
		defer stopPushed()
		dropped, drop := c.After(time.Minute)
		drop()
		if next, any := c.Next(); !any || !next.Equal(begin.Add(time.Second+time.Hour)) {
			t.Errorf("next %v", next)
		}
		c.Advance(time.Hour)
		<-pushed
		if got := c.Now().Sub(begin); got != time.Hour+time.Second {
			t.Errorf("shows %v", got)
		}
		synctest.Wait()
		if _, any := c.Next(); any || fired(dropped) {
			t.Error("a timer is left over")
		}
	})
}
