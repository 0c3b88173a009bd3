//go:build linux

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// image is a disk in a file: ext4 on a loop device, mounted. The device does
// direct I/O where the file system below allows it (tmpfs does not), so that no
// cache of the host's stands in between; where it does not, the file's pages on
// the host hold the same, namely what the file system inside has sent to its
// disk, because the copy is read through them. What the file system inside
// keeps in its own cache, and has not sent, is in neither.
//
// The disk has no cache of its own that it could lose: what was sent is there.
// So a missing sync shows, a missing flush of the drive does not.
type image struct {
	t      *testing.T
	path   string // the file
	device string // loop7
	dir    string // where it is mounted
	direct bool
}

// imageSize is enough for some 20,000 appends.
const imageSize = 256 << 20

// images numbers the images of this process.
var images atomic.Int64

// powerless says why no image can be mounted here; empty: it can.
func powerless(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		return "needs root, to mount an image"
	}
	for _, tool := range []string{"mkfs.ext4", "losetup", "mount", "umount", "cp"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "needs " + tool
		}
	}
	i := unformatted(t)
	if err := i.format(); err != nil {
		return err.Error()
	}
	if err := i.mount(); err != nil {
		return "cannot mount a loop device: " + err.Error()
	}
	i.unmount()
	return ""
}

// newImage makes an empty file system and mounts it until the end of the test.
func newImage(t *testing.T) *image {
	t.Helper()
	i := unformatted(t)
	if err := i.format(); err != nil {
		t.Fatal(err)
	}
	if err := i.mount(); err != nil {
		t.Fatal(err)
	}
	return i
}

func unformatted(t *testing.T) *image {
	n := images.Add(1)
	base := t.TempDir()
	i := &image{t: t, path: filepath.Join(base, fmt.Sprintf("disk-%d.img", n)), dir: filepath.Join(base, fmt.Sprintf("disk-%d", n))}
	if err := os.Mkdir(i.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.unmount)
	return i
}

// format leaves nothing for the kernel to write later in the background.
func (i *image) format() error {
	if err := os.WriteFile(i.path, nil, 0o600); err != nil {
		return err
	}
	if err := os.Truncate(i.path, imageSize); err != nil {
		return err
	}
	_, err := tool("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", i.path)
	return err
}

// mount mounts the image; ext4 replays its journal where there is something to
// replay. The device frees itself when it is unmounted.
func (i *image) mount() error {
	device, err := tool("losetup", "--find", "--show", "--direct-io=on", i.path)
	if i.direct = err == nil; err != nil {
		device, err = tool("losetup", "--find", "--show", i.path)
	}
	if err != nil {
		return err
	}
	_, err = tool("mount", "-t", "ext4", device, i.dir)
	if _, freed := tool("losetup", "--detach", device); err == nil { // when the last user goes
		err = freed
	}
	if err == nil {
		i.device = filepath.Base(device)
	}
	return err
}

// unmount ends a mount; later calls do nothing. What still uses it fails the
// test, and loses it all the same.
func (i *image) unmount() {
	if i.device == "" {
		return
	}
	i.device = ""
	if _, err := tool("umount", i.dir); err != nil {
		i.t.Error(err)
		if _, err := tool("umount", "--lazy", i.dir); err != nil {
			i.t.Error(err)
		}
	}
}

// triesToCopy is how often a copy is made before the disk counts as never quiet.
const triesToCopy = 100

// copied is what the disk holds at one instant, as a disk of its own that is not
// mounted: a copy during which nothing was written. Whoever writes must be
// stopped; the kernel may write in between, then the copy is made again.
func (i *image) copied() *image {
	i.t.Helper()
	c := unformatted(i.t)
	for range triesToCopy {
		before := i.written()
		if _, err := tool("cp", "--sparse=always", i.path, c.path); err != nil {
			i.t.Fatal(err)
		}
		if before == i.written() {
			return c
		}
		rest(i.t.Context(), 20*time.Millisecond)
	}
	i.t.Fatalf("the disk was written to during %d copies", triesToCopy)
	return nil
}

// written counts what has reached the disk, and what is on its way.
func (i *image) written() string {
	i.t.Helper()
	text, err := os.ReadFile(filepath.Join("/sys/block", i.device, "stat"))
	if err != nil {
		i.t.Fatal(err)
	}
	fields := strings.Fields(string(text)) // 5 and 7: writes and sectors written, 9: under way
	if len(fields) < 9 {
		i.t.Fatalf("%s: %q", i.device, text)
	}
	if fields[8] != "0" {
		return fmt.Sprintf("%s under way at %v", fields[8], time.Now())
	}
	return strings.Join(fields[4:8], " ")
}

// tool runs a system tool and gives what it printed.
func tool(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out)), err
}

// freeze stops a process (SIGSTOP) and waits until each of its threads stands
// still. It is let go, to be killed, at the end of the test at the latest.
func freeze(t *testing.T, p *os.Process) {
	t.Helper()
	if err := p.Signal(stopSignal); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Signal(goOnSignal) }) // fails when it is dead, as it should be
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !still(t, p.Pid) {
		if !rest(ctx, time.Millisecond) {
			t.Fatalf("process %d does not stop", p.Pid)
		}
	}
}

// still tells whether every thread of a process is stopped.
func still(t *testing.T, pid int) bool {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		t.Fatalf("process %d is gone: %v", pid, err)
	}
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if err != nil {
			return false // it went; look again
		}
		_, state, _ := strings.Cut(string(text), ") ")
		if !strings.HasPrefix(state, "T") {
			return false
		}
	}
	return true
}
