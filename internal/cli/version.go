package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set when a release is built (-ldflags "-X ...cli.version=v1.2.3").
var version string

// built says which program this is.
type built struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Changed bool   `json:"changed,omitempty"` // built from a tree with changes beside the commit
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// programVersion is what the build noted; the version is "dev" where nobody
// gave one.
func programVersion() built {
	b := built{Version: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if ok {
		b.note(info)
	}
	if b.Version == "" {
		b.Version = "dev"
	}
	return b
}

// note takes over what the build information knows and the release did not say.
func (b *built) note(info *debug.BuildInfo) {
	if b.Version == "" && info.Main.Version != "(devel)" {
		b.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = setting.Value
		case "vcs.modified":
			b.Changed = setting.Value == "true"
		}
	}
}

func (s *shell) version() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "Prints which program this is",
		Example: "  procpac version\n  procpac version --json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			b := programVersion()
			if asJSON {
				return s.printJSON(b)
			}
			_, err := fmt.Fprintf(s.Out, "procpac %s (%s, %s/%s)\n", b.Version, b.Go, b.OS, b.Arch)
			return err
		},
	}
	jsonFlag(c.Flags(), &asJSON)
	return c
}
