package witness

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// nats is the directory of the server.
func (r *rig) nats() string { return filepath.Join(r.dir, "nats") }

// copyOf copies the server's directory.
func (r *rig) copyOf() string {
	r.t.Helper()
	to := filepath.Join(r.t.TempDir(), "copy")
	must(r.t, os.CopyFS(to, os.DirFS(r.nats())))
	return to
}

// putBack replaces the server's directory by a copy.
func (r *rig) putBack(from string) {
	r.t.Helper()
	must(r.t, os.RemoveAll(r.nats()))
	must(r.t, os.CopyFS(r.nats(), os.DirFS(from)))
}

// blocks are a stream's message files, in order.
func (r *rig) blocks(stream string) []string {
	r.t.Helper()
	all, err := filepath.Glob(filepath.Join(r.nats(), "jetstream", "*", "streams", stream, "msgs", "*.blk"))
	if err != nil || len(all) == 0 {
		r.t.Fatalf("no message files, %v", err)
	}
	number := func(name string) int {
		n, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), ".blk"))
		must(r.t, err)
		return n
	}
	slices.SortFunc(all, func(a, b string) int { return number(a) - number(b) })
	return all
}

// block is a stream's only message file.
func (r *rig) block(stream string) string {
	r.t.Helper()
	all := r.blocks(stream)
	if len(all) != 1 {
		r.t.Fatalf("%d message files", len(all))
	}
	return all[0]
}

// index is where the server keeps what it knows of a stream's files.
func (r *rig) index(stream string) string {
	return filepath.Join(filepath.Dir(r.blocks(stream)[0]), "index.db")
}

// forgetIndex takes away what the server knows of its files, as a power cut does.
func (r *rig) forgetIndex(stream string) {
	r.t.Helper()
	must(r.t, os.Remove(r.index(stream)))
}

// place is where one stored message lies in its file: a head, subject, headers,
// body and checksum.
type place struct {
	seq                 uint64
	at, body, sum, next int
}

// places reads the layout of a message file (seen in the server's source).
func places(t testing.TB, data []byte) []place {
	t.Helper()
	var all []place
	for at := 0; at < len(data); {
		length := int(binary.LittleEndian.Uint32(data[at:]) &^ (1 << 31))
		subject := int(binary.LittleEndian.Uint16(data[at+20:]))
		head := at + 22 + subject
		p := place{seq: binary.LittleEndian.Uint64(data[at+4:]), at: at, body: head, sum: at + length - 8, next: at + length}
		if binary.LittleEndian.Uint32(data[at:])&(1<<31) != 0 {
			p.body = head + 4 + int(binary.LittleEndian.Uint32(data[head:]))
		}
		if p.next <= at || p.next > len(data) {
			t.Fatalf("message at %d is not as expected: %+v", at, p)
		}
		if subject > 0 { // else the server notes here that it gave a message up
			all = append(all, p)
		}
		at = p.next
	}
	return all
}

// indexed tells whether the server will trust its index of a stream.
func (r *rig) indexed(stream string) bool {
	_, err := os.Stat(r.index(stream))
	return err == nil
}

// flip turns one bit of the message files at a place that pick chooses. The high
// bytes of a sequence are left alone where the server trusts its index: it then
// fills the hole up to that number one by one, and never gets ready (seen, 2.15.2).
// Nothing is created by a process that does not start.
func (r *rig) flip(stream string, random *rand.Rand, pick func(places []place) (from, to int)) {
	r.t.Helper()
	var data []byte
	var ends []int
	for _, name := range r.blocks(stream) {
		part, err := os.ReadFile(name)
		must(r.t, err)
		data = append(data, part...)
		ends = append(ends, len(data))
	}
	all := places(r.t, data)
	from, to := pick(all)
	at, bit := from+random.IntN(to-from), random.IntN(8)
	for r.indexed(stream) && slices.ContainsFunc(all, func(p place) bool { return at >= p.at+7 && at < p.at+12 }) {
		at = from + random.IntN(to-from)
	}
	r.t.Logf("flipped bit %d of byte %d of %d of %s", bit, at, len(data), stream)
	data[at] ^= 1 << bit
	begin := 0
	for i, name := range r.blocks(stream) {
		must(r.t, os.WriteFile(name, data[begin:ends[i]], 0o600))
		begin = ends[i]
	}
}
