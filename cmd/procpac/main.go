// Command procpac carries approvals from Procore into Jobpac; see procpac --help.
package main

import (
	"os"

	"github.com/procpac/procpac/internal/cli"
)

func main() { os.Exit(cli.Main()) }
