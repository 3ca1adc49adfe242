package server_test

import (
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/mdns"

	"onset/devices/sync/server"
)

// inNetwork names the address that a network of the test's own is to have.
const inNetwork = "ONSET_TEST_NETWORK"

// TestServerIsFoundOnPrivateNetworksOnly announces the server on a network of
// its own, which needs root and a kernel that makes one.
func TestServerIsFoundOnPrivateNetworksOnly(t *testing.T) {
	if address := os.Getenv(inNetwork); address != "" {
		announceOn(t, address)
		return
	}
	if os.Getuid() != 0 {
		t.Skip("only root makes networks")
	}
	for _, tool := range []string{"unshare", "ip"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	if out, err := exec.Command("unshare", "-n", "ip", "link", "add", "lab0", "type", "veth", "peer", "name", "lab1").CombinedOutput(); err != nil {
		t.Skipf("no network can be made: %s", out)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"10.77.0.1", "203.0.113.1"} {
		setup := "ip link set lo up && ip link add lab0 type veth peer name lab1 && ip addr add " + address + "/24 dev lab0 && ip link set lab1 up && " +
			"ip link set lab0 up && ip route add 224.0.0.0/4 dev lab0 && exec " + self + " -test.run '^TestServerIsFoundOnPrivateNetworksOnly$' -test.v"
		cmd := exec.Command("unshare", "-n", "sh", "-c", setup)
		cmd.Env = append(os.Environ(), inNetwork+"="+address)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("on %s: %v\n%s", address, err, out)
		} else {
			t.Logf("on %s: %s", address, out)
		}
	}
}

func announceOn(t *testing.T, address string) {
	set := server.DefaultSettings()
	everywhere := &net.TCPAddr{IP: net.IPv4zero, Port: 7430}
	if set.Mdns {
		t.Error("a server announces itself unasked")
	}
	set.Mdns = true
	silence, err := server.Announce(everywhere, set)
	private := net.ParseIP(address).IsPrivate()
	if (err == nil) != private {
		t.Fatalf("announcing on %s: %v", address, err)
	}
	if !private {
		return
	}
	iface, err := net.InterfaceByName("lab0")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	found := make(chan *mdns.ServiceEntry, 4)
	go func() {
		p := &mdns.QueryParam{Service: server.Service, Domain: "local", Timeout: 10 * time.Second, Entries: found, Interface: iface, DisableIPv6: true}
		if err := mdns.Query(p); err != nil {
			t.Error(err)
		}
	}()
	select {
	case e := <-found:
		t.Logf("found %s at %s:%d after %v", e.Name, e.AddrV4, e.Port, time.Since(began).Round(time.Microsecond))
		if e.AddrV4.String() != address || e.Port != 7430 || !slices.Equal(e.InfoFields, []string{"v=1"}) || !strings.Contains(e.Name, server.Service) {
			t.Errorf("%+v", e)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nobody answered")
	}
	silence()
}
