package app

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/jobpacsim"
	"github.com/procpac/procpac/internal/procoresim"
	"github.com/procpac/procpac/internal/receiver"
)

// SimulateOptions say which simulators to run, and where. Each has two
// listeners, the vendor's addresses and the management's: from Listen on, one
// port after the other; port 0 takes free ones.
type SimulateOptions struct {
	Which      string // procore, jobpac or both
	Listen     string // empty: 127.0.0.1:9001
	SeedFile   string // JSON {"procore": ..., "jobpac": ...}; empty: the demo company
	FaultsFile string // JSON {"procore": {"seed", "faults"}, "jobpac": [...]}
	Ready      func(addresses map[string]string)
	Log        zerolog.Logger
}

// seedFile and faultsFile are the forms of the two files.
type (
	seedFile struct {
		Procore procoresim.Seed `json:"procore"`
		Jobpac  jobpacsim.Seed  `json:"jobpac"`
	}
	faultsFile struct {
		Procore procoresim.Faults `json:"procore"`
		Jobpac  []jobpacsim.Fault `json:"jobpac"`
	}
)

// Simulate runs the simulators until ctx ends.
func Simulate(ctx context.Context, o SimulateOptions) error {
	seed := seedFile{Procore: demoProcore(), Jobpac: jobpacsim.DemoSeed()}
	if err := readJSON("--seed", o.SeedFile, &seed); err != nil {
		return err
	}
	var faults faultsFile
	if err := readJSON("--faults", o.FaultsFile, &faults); err != nil {
		return err
	}
	h := &house{listen: o.Listen, addresses: map[string]string{}}
	if h.listen == "" {
		h.listen = "127.0.0.1:9001"
	}
	err := h.open(o.Which, seed, faults)
	if err == nil {
		if o.Ready != nil {
			o.Ready(h.addresses)
		}
		<-ctx.Done()
	}
	return errors.Join(err, h.close())
}

// demoProcore is the demo company with its documents, approved and not sent.
func demoProcore() procoresim.Seed {
	seed, documents := procoresim.DemoSeed(), procoresim.DemoDocuments()
	seed.Commitments, seed.ChangeOrders = documents.Commitments, documents.ChangeOrders
	return seed
}

// readJSON reads a file named by a flag into a value; no file leaves it.
func readJSON(flag, path string, into any) error {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return setup(err, "%s %s cannot be read: %v", flag, path, bare(err))
	}
	if err := json.Unmarshal(text, into); err != nil {
		return setup(err, "%s %s is not the JSON expected here: %v", flag, path, err)
	}
	return nil
}

// house holds running simulators with their listeners.
type house struct {
	listen    string
	addresses map[string]string
	procore   *procoresim.Sim
	jobpac    *jobpacsim.Sim
	servers   []*http.Server
	home      sync.WaitGroup
}

func (h *house) open(which string, seed seedFile, faults faultsFile) error {
	if which != "procore" && which != "jobpac" && which != "both" {
		return setup(nil, "simulate %q: choose procore, jobpac or both", which)
	}
	if which != "jobpac" {
		h.procore = procoresim.New(procoresim.Config{})
		if err := errors.Join(h.procore.Seed(seed.Procore), h.procore.SetFaultPlan(faults.Procore)); err != nil {
			return setup(err, "the Procore simulator cannot take its seed or faults: %v", err)
		}
		if err := h.pair("procore", h.procore.Handler(), h.procore.Management()); err != nil {
			return err
		}
	}
	if which == "procore" {
		return nil
	}
	var err error
	if h.jobpac, err = jobpacsim.New(jobpacsim.Config{Seed: seed.Jobpac, Faults: faults.Jobpac}); err != nil {
		return setup(err, "the Jobpac simulator cannot take its seed or faults: %v", err)
	}
	return h.pair("jobpac", h.jobpac.Handler(), h.jobpac.Management())
}

// pair serves a vendor and its management; the first that cannot be served ends it.
func (h *house) pair(name string, vendor, management http.Handler) error {
	if err := h.serve(name, vendor); err != nil {
		return err
	}
	return h.serve(name+" management", management)
}

// serve serves a handler on the next address.
func (h *house) serve(name string, handler http.Handler) error {
	l, err := net.Listen("tcp", h.listen)
	if err != nil {
		return listenError("--listen", h.listen, err)
	}
	h.addresses[name] = "http://" + l.Addr().String()
	h.listen = next(h.listen)
	server := receiver.Server(handler)
	server.WriteTimeout = 0 // faults may hold an answer back for long
	h.servers = append(h.servers, server)
	h.home.Go(func() { _ = server.Serve(l) }) // it ends when close closes it
	return nil
}

// next is the address one port on; port 0 stays.
func next(address string) string {
	host, port, err := net.SplitHostPort(address)
	n, portErr := strconv.Atoi(port)
	if err != nil || portErr != nil || n == 0 {
		return address
	}
	return net.JoinHostPort(host, strconv.Itoa(n+1))
}

// close ends the simulators and waits for everything of theirs.
func (h *house) close() error {
	if h.procore != nil {
		h.procore.Close()
	}
	if h.jobpac != nil {
		h.jobpac.Close()
	}
	var errs []error
	for _, s := range h.servers {
		errs = append(errs, s.Close())
	}
	h.home.Wait()
	return errors.Join(errs...)
}
