package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics count what happens, by route and outcome: never by device, address or
// session.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	sessions prometheus.Counter
	bytes    prometheus.Counter
	turned   prometheus.Counter
}

func newMetrics(v *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "onset_requests_total", Help: "Requests by route and status."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "onset_request_seconds", Help: "How long requests took, by route.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"route"}),
		sessions: prometheus.NewCounter(prometheus.CounterOpts{Name: "onset_sessions_received_total", Help: "Sessions received."}),
		bytes:    prometheus.NewCounter(prometheus.CounterOpts{Name: "onset_session_bytes_received_total", Help: "Bytes of received sessions."}),
		turned:   prometheus.NewCounter(prometheus.CounterOpts{Name: "onset_connections_refused_total", Help: "Connections refused because too many were open."}),
	}
	stored := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "onset_stored_bytes", Help: "Bytes of sessions in the store."},
		func() float64 { return float64(v.store.Stored()) })
	quota := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "onset_quota_bytes", Help: "The quota of stored bytes."},
		func() float64 { return float64(v.set.QuotaBytes) })
	m.registry.MustRegister(m.requests, m.seconds, m.sessions, m.bytes, m.turned, stored, quota,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) request(path, method string, status int, took time.Duration) {
	route := method + " " + path
	if path == "none" {
		route = "none" // methods of unknown requests are the peer's invention
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

func (m *metrics) session(bytes int64) {
	m.sessions.Inc()
	m.bytes.Add(float64(bytes))
}

func (m *metrics) refused() { m.turned.Inc() }

// OpsHandler is what the owner's own machine may ask: metrics and profiles.
func (v *Server) OpsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(v.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	for _, path := range []string{"/healthz", "/readyz"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			serve := (*Server).health
			if path == "/readyz" {
				serve = (*Server).ready
			}
			if err := serve(v, w, r, device{}); err != nil {
				v.refuse(w, err)
			}
		})
	}
	return mux
}

var errNotLoopback = errors.New("metrics and profiles are served on loopback addresses only, such as 127.0.0.1:7431")

// CheckOps refuses an address for metrics that is not on loopback, before
// anything listens on it.
func CheckOps(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("the address %q for metrics: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && !ip.IsLoopback() {
		return fmt.Errorf("the address %q for metrics: %w", address, errNotLoopback)
	}
	return nil
}

// ServeOps answers on a loopback listener until ctx ends.
func (v *Server) ServeOps(ctx context.Context, l net.Listener) error {
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return errNotLoopback
	}
	web := &http.Server{Handler: v.OpsHandler(), ReadHeaderTimeout: 3 * time.Second, ErrorLog: nil}
	stop := context.AfterFunc(ctx, func() { _ = web.Close() })
	defer stop()
	if err := web.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
