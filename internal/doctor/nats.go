package doctor

import (
	"context"
	"strings"
)

// SyncAlways tells whether the servers sync before they acknowledge: always
// counts when known is true; words say what was seen and what to do. An error:
// no server was reached.
type SyncAlways func(ctx context.Context) (always, known bool, words string, err error)

// Streams looks at the streams without changing anything: missing names those
// that are not there yet; an error is a setting under which something could be
// lost, or that they cannot be seen.
type Streams func(ctx context.Context) (missing []string, err error)

// Cluster looks at a NATS server outside. streams may be nil: then they are not
// looked at here.
func Cluster(replicas int, sync SyncAlways, streams Streams) Check {
	steps := []Step{{Topic: "nats", Look: func(ctx context.Context) ([]Line, bool) {
		always, known, words, err := sync(ctx)
		if err != nil {
			return []Line{wrong("Start it, or mend nats.url and nats.creds_file.", "NATS cannot be reached: %s.", said(err))}, false
		}
		return []Line{copies(replicas), synced(always, known, words)}, true
	}}}
	if streams != nil {
		steps = append(steps, streamsStep(streams))
	}
	return Check{Steps: steps}
}

// copies judges the number of copies on a cluster.
func copies(replicas int) Line {
	if replicas < 3 {
		return warn("Run three servers in three places and set nats.replicas to 3.",
			"NATS answers; nats.replicas is %d: what is stored is lost with the disk of that one server.", replicas)
	}
	return fine("NATS answers; every message is kept %d times.", replicas)
}

// synced says what an acknowledgement means.
func synced(always, known bool, words string) Line {
	l := Line{Topic: "nats sync", Level: OK, Words: words}
	switch {
	case !known:
		l.Level = Warning
	case !always:
		l.Level = Wrong
	}
	return l
}

func streamsStep(streams Streams) Step {
	return Step{Topic: "nats streams", Look: func(ctx context.Context) ([]Line, bool) {
		missing, err := streams(ctx)
		switch {
		case err != nil:
			return []Line{wrong("", "The streams cannot be used: %s.", strings.TrimSuffix(said(err), "."))}, false
		case len(missing) > 0:
			return []Line{fine("%s are not there yet; serve makes them.", several(missing))}, true
		}
		return []Line{fine("The streams have the settings that nothing can be lost under.")}, true
	}}
}

// Embedded is what the server inside the process promises by construction.
func Embedded() Line {
	return fine("The server inside the process syncs every message before it acknowledges, and opens no port.")
}
