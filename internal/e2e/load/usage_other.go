//go:build !linux

package main

import (
	"os"
	"time"
)

// peakMB is not known here.
func peakMB(*os.ProcessState) float64 { return 0 }

// ownCPU is not known here.
func ownCPU() time.Duration { return 0 }

// machineCPU is not known here.
func machineCPU() time.Duration { return 0 }
