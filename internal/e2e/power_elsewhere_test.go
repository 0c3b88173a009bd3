//go:build !linux

package e2e

import "testing"

// TestPowerLoss mounts ext4 images, which only Linux can.
func TestPowerLoss(t *testing.T) {
	t.Skip("power loss: all rounds skipped: needs Linux, to mount an ext4 image")
}
