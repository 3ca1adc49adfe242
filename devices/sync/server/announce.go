package server

import (
	"fmt"
	"io"
	"log"
	"net"

	"github.com/hashicorp/mdns"
)

// Service is what the server is called in DNS-SD. Its record says the protocol's
// version only: trust comes from the pairing code alone.
const Service = "_onset-sync._tcp"

// Announce tells the local network where the server is, when the settings ask
// for it and the server listens on an address of a private range. silence ends
// it; it is never nil.
func Announce(address net.Addr, set Settings) (silence func(), err error) {
	silence = func() {}
	if !set.Mdns {
		return silence, nil
	}
	tcp, ok := address.(*net.TCPAddr)
	if !ok {
		return silence, fmt.Errorf("%v is no network address", address)
	}
	iface, ip := privateInterface(tcp.IP)
	if iface == nil {
		return silence, fmt.Errorf("the server listens on no address of a private network")
	}
	service, err := mdns.NewMDNSService(set.Name, Service, "", "onset-sync.local.", tcp.Port, []net.IP{ip}, []string{"v=1"})
	if err != nil {
		return silence, fmt.Errorf("announcing the server: %w", err)
	}
	s, err := mdns.NewServer(&mdns.Config{Zone: service, Iface: iface, Logger: log.New(io.Discard, "", 0)})
	if err != nil {
		return silence, fmt.Errorf("announcing the server: %w", err)
	}
	return func() { _ = s.Shutdown() }, nil
}

// privateInterface is an interface with an address of a private range on which a
// server that listens on ip can be reached.
func privateInterface(ip net.IP) (*net.Interface, net.IP) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, nil
	}
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 || i.Flags&net.FlagMulticast == 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addresses {
			n, ok := a.(*net.IPNet)
			if !ok || n.IP.To4() == nil || !n.IP.IsPrivate() {
				continue
			}
			if ip.IsUnspecified() || ip.Equal(n.IP) {
				return &i, n.IP
			}
		}
	}
	return nil, nil
}

// PrivateAddress is this machine's address on a private network, or empty.
func PrivateAddress() string {
	if _, ip := privateInterface(net.IPv4zero); ip != nil {
		return ip.String()
	}
	return ""
}
