package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/procpac/procpac/internal/natsbus"
)

// storeMetrics tells what the bus counts: appends, what streams have lost, and
// how full the store is.
type storeMetrics struct {
	bus                     *natsbus.Bus
	appends, gaps, used, of *prometheus.Desc
}

// newStoreMetrics is a gatherer of the bus's numbers.
func newStoreMetrics(bus *natsbus.Bus) prometheus.Gatherer {
	stream := []string{"stream"}
	r := prometheus.NewRegistry()
	r.MustRegister(&storeMetrics{
		bus:     bus,
		appends: prometheus.NewDesc("procpac_appends_total", "Appends to a stream, by how they ended.", append(stream, "outcome"), nil),
		gaps:    prometheus.NewDesc("procpac_stream_lost_messages_total", "Messages that a stream has lost, as far as they were met.", stream, nil),
		used:    prometheus.NewDesc("procpac_store_used_bytes", "Bytes that the streams use.", nil, nil),
		of:      prometheus.NewDesc("procpac_store_max_bytes", "Bytes that the streams may use; 0: not known.", nil, nil),
	})
	return r
}

// Describe lists the numbers.
func (m *storeMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.appends, m.gaps, m.used, m.of} {
		to <- d
	}
}

// Collect reads the numbers.
func (m *storeMetrics) Collect(to chan<- prometheus.Metric) {
	s := m.bus.Stats()
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	for stream, c := range map[string]natsbus.Counts{"EVENTS": s.Events, "JOURNAL": s.Journal} {
		count(m.appends, c.Stored, stream, "stored")
		count(m.appends, c.Taken, stream, "repeat")
		count(m.appends, c.Failed, stream, "failed")
	}
	count(m.gaps, s.Gaps.Events, "EVENTS")
	count(m.gaps, s.Gaps.Journal, "JOURNAL")
	to <- prometheus.MustNewConstMetric(m.used, prometheus.GaugeValue, float64(s.Used))
	to <- prometheus.MustNewConstMetric(m.of, prometheus.GaugeValue, float64(s.Most))
}
