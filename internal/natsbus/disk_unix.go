//go:build linux || darwin

package natsbus

import "syscall"

// diskSpace is what a process without privileges may still write to the disk of
// dir, and the size of that disk, in bytes.
func diskSpace(dir string) (free, total int64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
