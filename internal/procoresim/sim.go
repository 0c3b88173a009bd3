package procoresim

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// The credentials that a simulator accepts when its Config names none.
const (
	DefaultClientID     = "demo-client"
	DefaultClientSecret = "demo-client-secret"
)

// Config is what a simulator is made from. Its zero value is a working simulator on the wall clock.
type Config struct {
	Clock           Clock     // nil: a RunningClock
	Settings        *Settings // nil: DefaultSettings; must be usable, see SetSettings
	ClientID        string    // empty: DefaultClientID
	ClientSecret    string    // empty: DefaultClientSecret
	DeliveryHistory int       // finished deliveries kept for each hook; 0: 10000
}

// Sim is one running simulator. All methods are safe for concurrent use. Close must be called.
type Sim struct {
	config Config
	clock  Clock
	api    http.Handler
	manage http.Handler
	sender *http.Client
	ctx    context.Context
	stop   context.CancelFunc
	wg     sync.WaitGroup

	columns columnBook

	mu       sync.Mutex // guards all below
	settings Settings
	data     *data
	faults   faultPlan
	rate     rateWindows
	calls    int64
	counts   map[string]*EndpointCount // by endpoint
	writing  map[string]int            // project -> writes of direct costs under way
	changed  chan struct{}             // closed at the next move of the delivery engine; nil when nobody waits
	closed   bool
}

// data is everything that Reset throws away.
type data struct {
	ids              map[string]int64
	clients          map[string]Client
	tokens           map[string]*token
	companies        *table[Company]
	projects         *table[Project]
	vendors          *table[Vendor]
	standard         *table[StandardCostCode]
	costCodes        *table[CostCode]
	costTypes        *table[LineItemType]
	commitments      *table[Commitment]
	changes          *table[ChangeOrder]
	changesOf        map[int64][]int64   // commitment -> change orders
	lines            map[int64]lineOwner // line of either kind -> where it stands
	requisitions     *table[Requisition]
	requisitionItems map[externalKey]int64 // -> requisition
	primeChanges     *table[PrimeChange]
	markups          map[int64]int64 // -> prime contract change order
	requests         *table[erpRequest]
	details          *table[requestDetail]
	external         map[externalKey]*externalRow
	originTaken      map[originKey]int64 // -> item id
	hooks            *table[hook]
	counts           DeliveryCounts

	erpConnections map[int64]*ERPConnection // by company; nil until the first
	shelves
}

// columnBook has the columns of every imported kind. It never changes.
type columnBook struct {
	vendors, projects, standardCodes, costCodes, costTypes, jobCosts, taxCodes, directCosts, directLines, primes, primeLines, budgetLines *columns
	staged                                                                                                                                map[string]*columns
}

func newColumnBook() columnBook {
	return columnBook{
		vendors: vendorColumns(), projects: projectColumns(), standardCodes: standardCodeColumns(), costCodes: costCodeColumns(),
		costTypes: costTypeColumns(), jobCosts: jobCostColumns(), taxCodes: taxCodeColumns(), directCosts: directCostColumns(),
		directLines: directLineColumns(), primes: primeColumns(), primeLines: primeLineColumns(), budgetLines: budgetLineColumns(), staged: stagedColumns(),
	}
}

// New makes a simulator without records. It panics only if config.Settings cannot be used, which is a mistake in the caller's code.
func New(config Config) *Sim {
	settings := DefaultSettings()
	if config.Settings != nil {
		settings = config.Settings.clone()
	}
	if err := settings.check(); err != nil {
		panic("procoresim: " + err.Error())
	}
	s := &Sim{
		config: config.filled(), settings: settings, sender: newSender(), columns: newColumnBook(),
		counts: map[string]*EndpointCount{}, writing: map[string]int{},
	}
	s.clock = s.config.Clock
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.data = s.newData()
	s.api, s.manage = s.newAPI(), s.newManagement()
	return s
}

func (c Config) filled() Config {
	if c.Clock == nil {
		c.Clock = NewRunningClock()
	}
	if c.ClientID == "" {
		c.ClientID = DefaultClientID
	}
	if c.ClientSecret == "" {
		c.ClientSecret = DefaultClientSecret
	}
	if c.DeliveryHistory == 0 {
		c.DeliveryHistory = 10_000
	}
	return c
}

func (s *Sim) newData() *data {
	client := Client{ID: s.config.ClientID, Secret: s.config.ClientSecret, UserID: 9901, Login: "service-account@example.invalid", Name: "Service Account"}
	return &data{
		ids: firstIDs(), clients: map[string]Client{client.ID: client}, tokens: map[string]*token{},
		companies: newTable[Company](), projects: newTable[Project](), vendors: newTable[Vendor](),
		standard: newTable[StandardCostCode](), costCodes: newTable[CostCode](), costTypes: newTable[LineItemType](),
		commitments: newTable[Commitment](), changes: newTable[ChangeOrder](), changesOf: map[int64][]int64{}, lines: map[int64]lineOwner{},
		requisitions: newTable[Requisition](), requisitionItems: map[externalKey]int64{}, primeChanges: newTable[PrimeChange](), markups: map[int64]int64{},
		requests: newTable[erpRequest](), details: newTable[requestDetail](),
		external: map[externalKey]*externalRow{}, originTaken: map[originKey]int64{}, hooks: newTable[hook](), shelves: newShelves(),
	}
}

// Handler serves Procore's own addresses: /oauth and /rest.
func (s *Sim) Handler() http.Handler { return s.api }

// Management serves /sim, the remote control. It asks for no password: bind it to a loopback address.
func (s *Sim) Management() http.Handler { return s.manage }

// Reset drops all records, hooks, tokens and faults, and puts the settings back to those of the Config. Deliveries not yet sent are lost.
func (s *Sim) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.data.hooks.all() {
		h.cancel()
	}
	s.data, s.faults, s.rate = s.newData(), faultPlan{}, rateWindows{}
	clear(s.counts)
	s.settings = DefaultSettings()
	if s.config.Settings != nil {
		s.settings = s.config.Settings.clone()
	}
	s.engineMoved()
}

// Close stops all deliveries and waits until every goroutine of the simulator has ended. Handlers answer on, but nothing is delivered.
func (s *Sim) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.wg.Wait()
	s.sender.CloseIdleConnections()
}

func (s *Sim) newAPI() http.Handler {
	e := newEcho()
	for _, ep := range endpoints() {
		e.Add(ep.Method, ep.Path, s.serve(ep))
	}
	e.RouteNotFound("/*", s.serve(Endpoint{handle: (*Sim).noSuchPath}))
	return s.withFaults(e)
}

// newEcho is a router that keeps quiet; errors are rendered by the handlers themselves.
func newEcho() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	return e
}

func (s *Sim) noSuchPath(c *call) (reply, error) {
	return reply{}, notFound("the path", c.Request().URL.Path)
}

// stamp is a time as records carry it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
