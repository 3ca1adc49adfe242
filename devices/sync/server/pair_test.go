package server_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onset/devices/client"
	"onset/devices/sync/protocol"
	"onset/devices/sync/synctest"
)

func pairWith(t *testing.T, s *synctest.Server, text string) error {
	t.Helper()
	c, err := client.Pair(context.Background(), filepath.Join(t.TempDir(), "d"), text, synctest.About("watch"), s.Options())
	if err == nil {
		c.Close()
	}
	return err
}

func TestInvitationIsForOneDeviceOnce(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	text := s.Invite()
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if pairWith(t, s, text) == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d devices were paired with one invitation", won.Load())
	}
}

func TestInvitationDiesOfFiveWrongTries(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	good := s.Invite()
	inv, err := protocol.ParseInvitation(good)
	if err != nil {
		t.Fatal(err)
	}
	wrong := inv
	wrong.Token = inv.Token[:8] + protocol.NewSecret() // the same public part
	for i := range 4 {
		if pairWith(t, s, wrong.Text()) == nil {
			t.Fatal("a wrong secret was let in")
		}
		if i == 3 {
			continue
		}
	}
	if err := pairWith(t, s, good); err != nil {
		t.Errorf("after four wrong tries: %v", err)
	}
	good = s.Invite()
	if inv, err = protocol.ParseInvitation(good); err != nil {
		t.Fatal(err)
	}
	wrong.Token = inv.Token[:8] + protocol.NewSecret()
	for range 5 {
		if pairWith(t, s, wrong.Text()) == nil {
			t.Fatal("a wrong secret was let in")
		}
	}
	if pairWith(t, s, good) == nil {
		t.Error("the invitation outlived five wrong tries")
	}
}

func TestInvitationExpires(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	text := s.Invite()
	s.Clock.Turn(5*time.Minute + 2*time.Second)
	if pairWith(t, s, text) == nil {
		t.Error("an expired invitation was taken")
	}
}

func TestDeviceRefusesAnotherServer(t *testing.T) {
	t.Parallel()
	s, other := synctest.Start(t, nil), synctest.Start(t, nil)
	inv, err := protocol.ParseInvitation(s.Invite())
	if err != nil {
		t.Fatal(err)
	}
	inv.Address = other.Address // somebody answers in the server's place
	if err := pairWith(t, s, inv.Text()); err == nil || !strings.Contains(err.Error(), "pinned") {
		t.Errorf("%v", err)
	}
}

// compare pairs by digits; middle is given the device's digits and returns what
// the person types at the device.
func compare(t *testing.T, s *synctest.Server, address string, middle func(digits string) string) error {
	t.Helper()
	shown := make(chan string, 1)
	c, err := client.Compare(context.Background(), filepath.Join(t.TempDir(), "d"), address, synctest.About("watch"), s.Options(),
		func(d string) { shown <- d }, func(context.Context) (string, error) { return middle(<-shown), nil })
	if err == nil {
		c.Close()
	}
	return err
}

func TestPairingByDigits(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	err := compare(t, s, s.Address, func(digits string) string {
		answer, err := s.Store.AcceptDigits(context.Background(), digits[:4]+" "+digits[4:], synctest.Channel)
		if err != nil {
			t.Error(err)
		}
		return answer
	})
	if err != nil {
		t.Fatal(err)
	}
	if d, err := s.Store.Devices(t.Context()); err != nil || len(d) != 1 || d[0].Channel != synctest.Channel {
		t.Errorf("%+v, %v", d, err)
	}
}

// TestDigitsDifferForSomebodyInBetween lets a device talk to another server than
// the person does: what the person carries fits on neither side.
func TestDigitsDifferForSomebodyInBetween(t *testing.T) {
	t.Parallel()
	s, middle := synctest.Start(t, nil), synctest.Start(t, nil)
	err := compare(t, s, middle.Address, func(digits string) string {
		if _, err := s.Store.AcceptDigits(context.Background(), digits, synctest.Channel); err == nil {
			t.Error("the true server accepted the digits of a device that talks to another")
		}
		// The one in between accepts for itself, but the device must be told its
		// digits by the person, who has none from the true server.
		if _, err := middle.Store.AcceptDigits(context.Background(), digits, synctest.Channel); err != nil {
			t.Error(err)
		}
		return "00000000"
	})
	if !errors.Is(err, client.ErrDigits) {
		t.Errorf("%v", err)
	}
}

func TestCommitmentBindsTheDevice(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	id, _, err := s.Store.BeginComparison(t.Context(), protocol.Commit([]byte("request"), protocol.NewNonce()))
	if err != nil {
		t.Fatal(err)
	}
	other := protocol.CompareReveal{Nonce: protocol.NewNonce(), PairRequest: protocol.PairRequest{CSR: []byte("request")}}
	if err := s.Store.Reveal(t.Context(), id, other, s.Server.Pin()); err == nil {
		t.Error("another value than the committed one was revealed")
	}
}
