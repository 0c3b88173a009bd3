package doctor

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
)

// scarce is how much free space is too little for a day's work and a restart.
const scarce = 512 << 20

// Room looks at the free space where the data lie. most is how much the streams
// may use (0: they lie elsewhere).
func Room(dir string, most int64) Step {
	return Step{Topic: "disk", Look: func(context.Context) ([]Line, bool) {
		at, _ := nearest(dir)
		free, err := freeSpace(at)
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			return []Line{fine("Free space cannot be asked for on this system.")}, true
		case err != nil:
			return []Line{warn("", "The free space of %s cannot be asked for: %s.", at, bare(err))}, true
		}
		return []Line{room(at, free, most, sizeOf(dir))}, true
	}}
}

// room judges the free space.
func room(dir string, free, most, used int64) Line {
	const do = "Make room, or move data_dir to a larger disk."
	switch {
	case free < scarce:
		return wrong(do, "Only %s are free at %s: soon nothing can be stored, and webhooks are answered with 503.", size(free), dir)
	case most > 0 && free < most-used:
		return warn(do+" Or lower nats.max_store.", "%s are free at %s, less than the %s that the streams may still grow by: the disk is full before the store is.",
			size(free), dir, size(most-used))
	}
	return fine("%s are free at %s.", size(free), dir)
}

// size is a number of bytes as a person reads it.
func size(n int64) string {
	units := []struct {
		name  string
		shift int
	}{{"TiB", 40}, {"GiB", 30}, {"MiB", 20}, {"KiB", 10}}
	for _, u := range units {
		if n >= 1<<u.shift {
			tenths := (n >> (u.shift - 10)) * 10 >> 10
			return decimal(tenths) + " " + u.name
		}
	}
	return decimal(n*10) + " bytes"
}

// sizeOf is how much the files below dir hold; what cannot be read counts nothing.
func sizeOf(dir string) int64 {
	var sum int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error { // never fails: see above
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}
