package opsapi

import (
	"runtime"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/ops"
)

// metrics tells the numbers of one look at the system, and whatever the
// process gathers beside. Prometheus asks.
func (a *api) metrics(c echo.Context) error {
	look := prometheus.NewRegistry()
	if err := look.Register(snapshot(a.Service.Health(c.Request().Context()))); err != nil {
		return err
	}
	all := prometheus.Gatherers{look}
	if a.Metrics != nil {
		all = append(all, a.Metrics)
	}
	promhttp.HandlerFor(all, promhttp.HandlerOpts{}).ServeHTTP(c.Response(), c.Request())
	return nil
}

// snapshot is one answer of Health as a collector.
type snapshot ops.Health

// Describe names nothing: the metrics live for one answer only.
func (snapshot) Describe(chan<- *prometheus.Desc) {}

// Collect tells what is known. What could not be asked is left out rather than
// told as zero.
func (s snapshot) Collect(out chan<- prometheus.Metric) {
	gauge := func(name, help string, value float64, labels ...string) {
		var names, values []string
		for i := 0; i+1 < len(labels); i += 2 {
			names, values = append(names, labels[i]), append(values, labels[i+1])
		}
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), prometheus.GaugeValue, value, values...)
	}
	gauge("procpac_build_info", "Always 1; the labels say which program runs.", 1, "version", s.Version, "go", runtime.Version())
	gauge("procpac_start_time_seconds", "When the process started, in seconds since 1970.", float64(s.Started.Unix()))
	healthy := 0.0
	if ops.Health(s).Answers() {
		healthy = 1
		const lag = "How many records the projection is behind the stream."
		gauge("procpac_projection_lag_records", lag, float64(s.Lag.Events), "stream", "EVENTS")
		gauge("procpac_projection_lag_records", lag, float64(s.Lag.Journal), "stream", "JOURNAL")
	}
	gauge("procpac_healthy", "1 when the bus and the projection answer.", healthy)
	if s.SafeMode != nil {
		on := 0.0
		if s.SafeMode.On {
			on = 1
		}
		gauge("procpac_safe_mode", "1 while the stored history is in doubt and nothing is created in Jobpac.", on)
	}
	if s.Effects == nil {
		return
	}
	for _, state := range journal.States() {
		gauge("procpac_effects", "Effects in each state.", float64(s.Effects[string(state)]), "state", string(state))
	}
}
