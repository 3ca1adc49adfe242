package words

import "testing"

func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Count(0), "0"}, {Count(999), "999"}, {Count(78412), "78,412"}, {Count(1234567), "1,234,567"}, {Count(-1000), "-1,000"},
		{Length(59.6), "1:00"}, {Length(1574), "26:14"}, {Length(3723), "1:02:03"},
		{Moment(141.9), "2:21.900"}, {Moment(-0.5), "-0:00.500"}, {Moment(3600), "1:00:00.000"},
		{Total(3672 * 60), "61 h 12 min"}, {Total(120), "2 min"}, {Total(60), "1 min"}, {Total(59.7), "1 min"}, {Total(14.2), "14 s"}, {Total(0.2), "1 s"}, {Total(0), "0 min"},
		{Rate(48.909), "48.91 Hz"}, {Rate(100), "100 Hz"}, {Rate(0), "–"},
		{Placements([]string{"left-wrist/accelerometer", "left-wrist/gyroscope", "right-wrist/accelerometer"}), "both wrists"},
		{Placements([]string{"left-wrist/accelerometer", "right-thigh/accelerometer"}), "left wrist, right thigh"},
		{Placements(nil), ""},
		{Sensor("left-wrist/heart-rate"), "left wrist heart rate"},
		{Exercise("resistance:arms/biceps-curl"), "biceps-curl"}, {Exercise("Walking fast"), "Walking fast"}, {Exercise("a/"), "a/"},
		{Bytes(52764), "53 kB"}, {Upper("left wrist"), "Left wrist"}, {Upper(""), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
