package client_test

import (
	"testing"

	"onset/devices/client"
	"onset/devices/sync/delivery"
	"onset/devices/sync/protocol"
	"onset/devices/sync/store"
	"onset/devices/sync/synctest"
)

func TestStagedReleaseReachesAShareThatGrows(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	s.Publish("good 1", 500, 100)
	var devices []*client.Client
	for range 10 {
		c := s.Device("watch")
		works(t, c, "good 1")
		devices = append(devices, c)
	}
	r := s.Publish("good 2", 500, 40)
	before := have(t, devices, r.SHA256)
	want := 0
	for _, c := range devices {
		pin, err := c.Pin()
		if err != nil {
			t.Fatal(err)
		}
		if delivery.InShare(pin, r.Salt, 40) {
			want++
		}
	}
	if len(before) != want {
		t.Fatalf("%d devices took it, %d are in the share", len(before), want)
	}
	if _, err := s.Store.SetRollout(t.Context(), synctest.Channel, 70, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Repo.Update(t.Context(), s.Store); err != nil {
		t.Fatal(err)
	}
	after := have(t, devices, r.SHA256)
	for d := range before {
		if !after[d] {
			t.Error("a device left a share that grew")
		}
	}
	if _, err := s.Store.SetRollout(t.Context(), synctest.Channel, 100, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Repo.Update(t.Context(), s.Store); err != nil {
		t.Fatal(err)
	}
	if n := len(have(t, devices, r.SHA256)); n != len(devices) {
		t.Errorf("%d of %d devices have the stable release", n, len(devices))
	}
}

// have pulls on all devices and tells who uses a model.
func have(t *testing.T, devices []*client.Client, sum string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, c := range devices {
		p, err := c.Pull(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if p.Model != nil && p.Model.SHA256 == sum {
			out[c.Device()] = true
		}
	}
	return out
}

func TestBadFeedbackTakesAReleaseBack(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	stable := s.Publish("good 1", 500, 100)
	var devices []*client.Client
	for range 8 {
		c := s.Device("watch")
		works(t, c, "good 1")
		devices = append(devices, c)
	}
	bad := s.Publish("bad 2", 500, 99)
	if n := len(have(t, devices, bad.SHA256)); n != 0 {
		t.Errorf("%d devices run a model that fails its test", n)
	}
	changed, err := s.Repo.Advance(t.Context(), s.Store, delivery.DefaultRules())
	if err != nil || len(changed) != 1 || changed[0].State != store.ReleaseHalted {
		t.Fatalf("%+v, %v", changed, err)
	}
	late := s.Device("late")
	if p, err := late.Pull(t.Context()); err != nil || p.Model == nil || p.Model.SHA256 != stable.SHA256 {
		t.Errorf("a device after the halt: %+v, %v", p, err)
	}
}

func TestGoodFeedbackCarriesAReleaseOn(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	s.Publish("good 1", 500, 100)
	var devices []*client.Client
	for range 4 {
		c := s.Device("watch")
		works(t, c, "good 1")
		devices = append(devices, c)
	}
	r := s.Publish("good 2", 500, 99)
	rules := delivery.Rules{HaltShare: 0.1, HaltBad: 2, GoOn: 1}
	if changed, err := s.Repo.Advance(t.Context(), s.Store, rules); err != nil || len(changed) != 0 {
		t.Fatalf("it went on before anybody had it: %+v, %v", changed, err)
	}
	have(t, devices, r.SHA256)
	if changed, err := s.Repo.Advance(t.Context(), s.Store, rules); err != nil || len(changed) != 1 || changed[0].State != store.ReleaseStable {
		t.Fatalf("%+v, %v", changed, err)
	}
	if n := len(have(t, devices, r.SHA256)); n != len(devices) {
		t.Errorf("%d of %d devices have the stable release", n, len(devices))
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	rules := delivery.Rules{HaltShare: 0.1, HaltBad: 2, GoOn: 3}
	for _, c := range []struct{ percent, active, bad, want int }{
		{1, 0, 0, 1}, {1, 3, 0, 10}, {10, 3, 0, 10}, {10, 6, 0, 50}, {50, 9, 0, 100},
		{10, 0, 1, 10}, {10, 0, 2, 0}, {50, 30, 2, 100}, {50, 18, 2, 0}, {50, 9, 1, 50},
	} {
		got, why := rules.Decide(store.Release{State: store.ReleaseRolling, Percent: c.percent, Active: c.active, Bad: c.bad})
		if got != c.want || got != c.percent && why == "" {
			t.Errorf("%+v: %d %%, %q", c, got, why)
		}
	}
}

func TestRollBackIsANewVersion(t *testing.T) {
	t.Parallel()
	s := synctest.Start(t, nil)
	c := s.Device("watch")
	first := s.Publish("good 1", 500, 100)
	works(t, c, "good 1")
	s.Publish("good 2", 500, 100)
	works(t, c, "good 2")
	back, err := s.Repo.RollBack(t.Context(), s.Store, synctest.Channel, "it was worse")
	if err != nil || back.Version != 3 || back.SHA256 != first.SHA256 {
		t.Fatalf("%+v, %v", back, err)
	}
	works(t, c, "good 1")
}

func TestShareIsDeterministicAndMonotone(t *testing.T) {
	t.Parallel()
	in := make([]int, 101)
	for i := range 2000 {
		pin := protocol.Pin{byte(i), byte(i >> 8)}
		was := false
		for p := range 101 {
			is := delivery.InShare(pin, "salt", p)
			if was && !is {
				t.Fatalf("device %d leaves the share at %d %%", i, p)
			}
			if is {
				in[p]++
			}
			was = is
		}
	}
	if in[0] != 0 || in[100] != 2000 || in[10] < 140 || in[10] > 260 {
		t.Errorf("of 2000 devices %d are in 0 %%, %d in 10 %%, %d in 100 %%", in[0], in[10], in[100])
	}
}
