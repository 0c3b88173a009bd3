// Package config is every setting of the program: its name, meaning, default
// and legal range, read from a YAML file and then from the environment.
//
// A variable PROCPAC_WORKER__CONCURRENCY is worker.concurrency; two underscores
// part the levels. A connection is addressed by its name, with dashes as single
// underscores: PROCPAC_CONNECTIONS__ACME_WEST__JOBPAC__USER. One that the file
// does not have is created.
//
// Load reports every mistake at once (Problems): unknown keys with the nearest
// known name, values outside their range, secrets that others can read. A
// secret is never printed, whatever prints it.
package config
