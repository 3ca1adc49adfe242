package server

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter bounds how often one device or one address may ask. It keeps nothing
// of those that were quiet for a while, and writes nothing down.
type limiter struct {
	set Settings
	now func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
	swept   time.Time
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

func newLimiter(set Settings, now func() time.Time) *limiter {
	return &limiter{set: set, now: now, buckets: map[string]*bucket{}}
}

const quietFor = 5 * time.Minute

// allow takes one request of a key from its budget.
func (l *limiter) allow(key string, perSecond float64, burst int) bool {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > quietFor {
		for k, b := range l.buckets {
			if now.Sub(b.used) > quietFor {
				delete(l.buckets, k)
			}
		}
		l.swept = now
	}
	b, ok := l.buckets[key]
	if !ok {
		b = &bucket{Limiter: rate.NewLimiter(rate.Limit(perSecond), burst)}
		l.buckets[key] = b
	}
	b.used = now
	return b.AllowN(now, 1)
}

func (l *limiter) device(id string) bool {
	return l.allow("d "+id, l.set.DeviceRate, l.set.DeviceBurst)
}

func (l *limiter) upload(remote string) bool {
	return l.allow("u "+network(remote), l.set.AddressRate, l.set.AddressBurst)
}

func (l *limiter) pair(remote string) bool {
	return l.allow("p "+network(remote), l.set.PairRate, l.set.PairBurst)
}

// network is what an address counts as: itself, or its /64 for IPv6.
func network(remote string) string {
	a, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	ip := a.Addr().Unmap()
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

// bounded is a listener that holds so many connections at most, and so many of
// one address. Those beyond are closed at once.
type bounded struct {
	net.Listener
	most, perAddress int
	refused          func()

	mu    sync.Mutex
	open  int
	byNet map[string]int
}

func newBounded(l net.Listener, most, perAddress int, refused func()) *bounded {
	return &bounded{Listener: l, most: most, perAddress: perAddress, refused: refused, byNet: map[string]int{}}
}

// Accept waits for a connection that there is room for.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if key := network(c.RemoteAddr().String()); b.take(key) {
			return &boundedConn{Conn: c, give: sync.OnceFunc(func() { b.give(key) })}, nil
		}
		b.refused()
		_ = c.Close() // nothing was said yet
	}
}

func (b *bounded) take(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open >= b.most || b.byNet[key] >= b.perAddress {
		return false
	}
	b.open++
	b.byNet[key]++
	return true
}

func (b *bounded) give(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open--
	if b.byNet[key]--; b.byNet[key] == 0 {
		delete(b.byNet, key)
	}
}

type boundedConn struct {
	net.Conn
	give func()
}

func (c *boundedConn) Close() error {
	c.give()
	return c.Conn.Close()
}
