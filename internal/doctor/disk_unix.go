//go:build linux || darwin

package doctor

import "syscall"

// freeSpace is what a process without privileges may still write to the disk of
// dir, in bytes.
func freeSpace(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
