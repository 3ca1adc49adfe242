package training

import "testing"

func TestOnlyKeysThatDifferAreListed(t *testing.T) {
	a, b := DefaultConfig(), DefaultConfig()
	b.Data.ExcludeSessions = Names{"s1"} // absent from a's text
	b.Model.Layers = []int{60}
	got, err := differences(a, b)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0].Key != "model.layers" || got[0].A != "[250, 100]" || got[0].B != "[60]" {
		t.Errorf("%+v", got[0])
	}
	if got[1].Key != "data.exclude_sessions" || got[1].A != "" || got[1].B != `["s1"]` {
		t.Errorf("%+v", got[1])
	}
}
