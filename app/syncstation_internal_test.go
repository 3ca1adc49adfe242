package app

import (
	"errors"
	"net"
	"testing"
)

// caller is a connection from somewhere.
type caller struct {
	net.Conn
	from   net.Addr
	closed bool
}

func (c *caller) RemoteAddr() net.Addr { return c.from }
func (c *caller) Close() error         { c.closed = true; return nil }

// callers is a listener that some call.
type callers struct {
	net.Listener
	left []*caller
}

func (l *callers) Accept() (net.Conn, error) {
	if len(l.left) == 0 {
		return nil, errors.New("nobody calls")
	}
	c := l.left[0]
	l.left = l.left[1:]
	return c, nil
}

func TestOnlyThePrivateNetworkIsLetIn(t *testing.T) {
	t.Parallel()
	for address, in := range map[string]bool{"192.168.1.9": true, "10.0.0.2": true, "127.0.0.1": true, "169.254.3.4": true, "fd00::1": true,
		"203.0.113.7": false, "8.8.8.8": false, "2001:db8::1": false} {
		c := &caller{from: &net.TCPAddr{IP: net.ParseIP(address), Port: 40000}}
		got, err := privateListener{&callers{left: []*caller{c}}}.Accept()
		if in != (err == nil && got == net.Conn(c)) || in == c.closed {
			t.Errorf("%s: let in %v, closed %v", address, err == nil, c.closed)
		}
	}
}
