package doctor

import (
	"context"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Link is an address we talk to, or listen on, and where it stands in the
// configuration.
type Link struct{ Key, Address string }

// secure are the schemes that encrypt.
func secure(scheme string) bool {
	return scheme == "https" || scheme == "tls" || scheme == "rediss"
}

// Links tells which links leave this machine in the clear. Of an address only
// the host is repeated.
func Links(links []Link) Check {
	var lines []Line
	for _, l := range links {
		u, err := url.Parse(l.Address)
		if err != nil || u.Host == "" || secure(u.Scheme) || loopback(u.Hostname()) {
			continue
		}
		lines = append(lines, warn("Use the encrypted scheme of it, or keep that link on a private network.",
			"%s: the link to %s is not encrypted.", l.Key, u.Host))
	}
	if len(lines) == 0 {
		lines = []Line{fine("No link leaves this machine in the clear.")}
	}
	return Pure("", "links", lines...)
}

// loopback tells whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// SecretFiles looks at the modes of the files that hold secrets. file is the
// configuration file, inline the keys of secrets that stand in it.
func SecretFiles(paths []Link, file string, inline []string, dataDir string) Check {
	return Check{Steps: []Step{{Topic: "secrets", Look: func(context.Context) ([]Line, bool) {
		var lines []Line
		for _, p := range paths {
			if open(p.Address) {
				lines = append(lines, wrong("chmod 600 it.", "%s: %s can be read by others.", p.Key, p.Address))
			}
		}
		if len(inline) > 0 && file != "" && open(file) {
			lines = append(lines, wrong("chmod 600 it, or move them to files of their own (..._file).",
				"The configuration file %s can be read by others and holds %s.", file, several(inline)))
		}
		if open(dataDir) {
			lines = append(lines, warn("chmod 700 it.", "data_dir %s can be read by others: it holds the documents' contents.", dataDir))
		}
		if len(lines) == 0 {
			lines = []Line{fine("%d secret files, readable by their owner only.", len(paths))}
		}
		return lines, true
	}}}}
}

// open tells whether others may use a file. One that cannot be looked at is not
// told of here: whoever reads it complains.
func open(path string) bool {
	if path == "" {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o077 != 0
}

// Directory looks at the data directory: it can be written, and whether a server
// uses it now, which is well.
func Directory(dir string, inUse func(dir string) (bool, error)) Step {
	return Step{Topic: "data directory", Look: func(context.Context) ([]Line, bool) {
		at, missing := nearest(dir)
		if err := writable(at); err != nil {
			return []Line{wrong("Give this user the rights, or set data_dir to another directory.",
				"%s cannot be written: %s.", at, bare(err))}, false
		}
		if missing {
			return []Line{fine("%s is not there yet and can be made.", dir)}, true
		}
		used, err := inUse(dir)
		switch {
		case err != nil:
			return []Line{warn("", "%s can be written; whether a server uses it cannot be told: %s.", dir, bare(err))}, true
		case used:
			return []Line{fine("%s can be written; a server is running on it.", dir)}, true
		}
		return []Line{fine("%s can be written; no server is running on it.", dir)}, true
	}}
}

// nearest is dir, or the directory in which it would be made.
func nearest(dir string) (at string, missing bool) {
	at, err := filepath.Abs(dir)
	if err != nil {
		at = dir
	}
	for {
		if _, err := os.Stat(at); err == nil || !os.IsNotExist(err) || filepath.Dir(at) == at {
			return at, missing
		}
		at, missing = filepath.Dir(at), true
	}
}

// writable tries to make a file.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".procpac-check-*")
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Remove(f.Name())
}

// bare is a file system's error without the path, which the words name.
func bare(err error) string {
	text := err.Error()
	return strings.TrimSpace(text[strings.LastIndex(text, ": ")+1:])
}
