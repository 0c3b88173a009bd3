package main

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// peakMB is the most memory that an ended process had resident.
func peakMB(state *os.ProcessState) float64 {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return float64(usage.Maxrss) / 1024
	}
	return 0
}

// ownCPU is the CPU time that this process has used so far.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// machineCPU is the time that the cores have been busy, or kept from us by the
// hypervisor, since the machine's start.
func machineCPU() (busy time.Duration) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	const idle, waiting, guest = 4, 5, 9 // guest time is counted in user time too
	for i, field := range bytes.Fields(line) {
		ticks, err := strconv.ParseInt(string(field), 10, 64)
		if err == nil && i != idle && i != waiting && i < guest {
			busy += time.Duration(ticks) * 10 * time.Millisecond // the kernel counts in hundredths
		}
	}
	return busy
}
