package codec

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// Columns that other payloads of the sensors write, and a file that does not
// tell its start.
func TestXsensPayloadsAndNoStart(t *testing.T) {
	var b strings.Builder
	b.WriteString("sep=,\nDeviceTag:,left\nOutputRate:,60Hz\n\nPacketCounter,SampleTimeFine,Quat_q0,dq_W,dv[1],dV[3],Acc_X\n")
	for i := range 100 {
		fmt.Fprintf(&b, "%d,%d,1,0.5,0.1,0.3,9.8\n", i, 5_000_000+i*16667)
	}
	s, done := importOne(t, Options{}, writeFile(t, filepath.Join(t.TempDir(), "LFoot_1.csv"), []byte(b.String())))
	r := s.recordings[0]
	var kinds []string
	for _, c := range r.spec.Channels {
		kinds = append(kinds, c.Kind+"."+c.Axis)
	}
	if got := strings.Join(kinds, " "); got != "orientation.w delta-orientation.w delta-velocity.x delta-velocity.z accelerometer.x" {
		t.Error(got)
	}
	if !s.Start.IsZero() || done.Samples != 100 || !near(r.clock.Time(0), 0, 1e-6) || !says(s.findings, "note", "does not tell when") {
		t.Errorf("starts %v, clock %+v, %+v", s.Start, r.clock, s.findings)
	}
}

func TestPhyphoxNamesTheZone(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("\"Time (s)\",\"Acceleration x (m/s^2)\"\n")
	for i := range 100 {
		fmt.Fprintf(&b, "%.9E,1.5E-2\n", float64(i)/100)
	}
	writeFile(t, filepath.Join(dir, "Raw Data.csv"), []byte(b.String()))
	writeFile(t, filepath.Join(dir, "meta", "time.csv"), []byte("\"event\",\"experiment time\",\"system time\",\"system time text\"\n\"START\",0.0E0,1705472086.073,\"2024-01-17 08:14:46.073 UTC+02:00\"\n"))
	s, _ := importOne(t, Options{}, dir)
	if s.Zone != "Etc/GMT-2" || s.Start.UTC().Hour() != 6 {
		t.Errorf("%v in %q", s.Start, s.Zone)
	}
}

// Tables of fused readings lie beside those of the sensors and say what they
// hold by their names alone.
func TestMetaMotionFusedTables(t *testing.T) {
	dir := t.TempDir()
	for sensor, columns := range map[string]string{
		"Accelerometer_25.000Hz": "x-axis (g),y-axis (g),z-axis (g)", "Linear Acceleration_100.000Hz": "x-axis (g),y-axis (g),z-axis (g)",
		"Gravity_100.000Hz": "x-axis (g),y-axis (g),z-axis (g)", "Quaternion_100.000Hz": "w (number),x (number),y (number),z (number)",
		"Magnetometer_25.000Hz": "x-axis (T),y-axis (T),z-axis (T)",
	} {
		var b strings.Builder
		fmt.Fprintf(&b, "epoc (ms),timestamp (GMT-07:00),elapsed (s),%s\n", columns)
		for i := range 50 {
			fmt.Fprintf(&b, "%d,2019-01-11T09:10:08.431,%.3f%s\n", 1547219408431+i*40, float64(i)/25, strings.Repeat(",0.5", strings.Count(columns, ",")+1))
		}
		writeFile(t, filepath.Join(dir, "MetaWear_2019-01-11T09.10.08.431_C42732BE255C_"+sensor+"_1.4.5.csv"), []byte(b.String()))
	}
	s, done := importOne(t, Options{}, dir)
	kinds := map[string]string{}
	for _, r := range s.recordings {
		kinds[r.spec.Channels[0].Kind] = r.spec.Channels[0].Unit
	}
	want := map[string]string{"accelerometer": "g", "linear-acceleration": "g", "gravity": "g", "orientation": "1", "magnetometer": "T"}
	if done.Recordings != 5 || fmt.Sprint(kinds) != fmt.Sprint(want) || s.Zone != "Etc/GMT+7" {
		t.Errorf("%v in %q", kinds, s.Zone)
	}
}
