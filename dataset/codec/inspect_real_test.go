package codec

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// Tables as loggers and laboratories write them: what the proposal must tell.
func TestInspectTablesOfManyMakers(t *testing.T) {
	rows := func(n int, row func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(row(i))
		}
		return b.String()
	}
	second := func(i int) string { return fmt.Sprintf("%02d.%03d", 30+i/50, i%50*20) }
	comma := func(s string) string { return strings.ReplaceAll(s, ".", ",") }
	preamble := "------------ Data File Created By ActiGraph GT9X ActiLife v6.13.4 Firmware v1.7.1 date format d/M/yyyy at 100 Hz  Filter Normal -----------\n" +
		"Serial Number: TAS1\nStart Time 18:40:00\nStart Date 17/9/2019\nEpoch Period (hh:mm:ss) 00:00:00\nCurrent Battery Voltage: 4,07     Mode = 12\n--------------------------------------------------\n"
	for name, c := range map[string]struct {
		text    string
		first   int64
		unit    string // of the time
		from    string
		hz      float64
		channel string // of the first channel
		open    string // a part of what is open
	}{
		"shimmer with device names": {"\"sep=\t\"\r\nShimmer_E1_Timestamp_Unix_CAL\tShimmer_E1_Accel_LN_X_CAL\t\r\nms\tm/(s^2)\t\r\n" +
			rows(60, func(i int) string { return fmt.Sprintf("1.62940333%05dE12\t0.1\t\r\n", 77000+20*i) }), 4, "ms", "1970", 0, "accelerometer x m/s2", ""},
		"shimmer of five rows": {"sep=,\r\nS1,S1\r\nTimestamp,Accel_X\r\nCAL,CAL\r\nms,m/s^2\r\n" +
			rows(60, func(i int) string { return fmt.Sprintf("%d.5,0.1\r\n", 20*i) }), 6, "ms", "start", 50, "accelerometer x m/s2", ""},
		"actigraph with a header": {preamble + "Accelerometer X,Accelerometer Y,Accelerometer Z\n" + strings.Repeat("-0.015,0.029,-1.006\n", 40), 9, "", "", 100, "accelerometer x ", "18:40:00"},
		"actigraph without":       {preamble + strings.Repeat("0;0,008;0,996\n", 40), 8, "", "", 100, "value  ", "100 Hz"},
		"separator line":          {"sep=;\ntime;ax;ay\n" + rows(60, func(i int) string { return fmt.Sprintf("%d,5;0,1;0,25\n", i) }), 3, "", "start", 0, "accelerometer x ", "unit"},
		"moments with an offset":  {"timestamp,acc_x (g)\n" + rows(60, func(i int) string { return "2024-03-31T01:59:" + second(i) + "+01:00,0.1\n" }), 2, "text", "", 50, "accelerometer x g", ""},
		"moments with a comma":    {"timestamp;acc_x;acc_y\n" + rows(60, func(i int) string { return "2024-03-31 01:59:" + comma(second(i)) + ";0,1;0,2\n" }), 2, "text", "", 50, "accelerometer x ", "zone"},
		"days before months":      {"Zeit;X;Y\n" + rows(60, func(i int) string { return "31.03.2024 01:59:" + comma(second(i)) + ";0,1;0,2\n" }), 2, "text", "", 50, "value x ", "zone"},
		"units in brackets":       {"Time [s],Acc X [m/s^2]\n" + rows(60, func(i int) string { return fmt.Sprintf("%.2f,9.8\n", float64(i)/50) }), 2, "s", "start", 50, "accelerometer x m/s2", ""},
		"units behind names":      {"# device: X\nt_ms,gx_dps\n" + rows(60, func(i int) string { return fmt.Sprintf("%d,9.8\n", 20*i) }), 3, "ms", "start", 50, "gyroscope x deg/s", ""},
		"no header":               {rows(60, func(i int) string { return fmt.Sprintf("%.2f,0.1,0.2\n", float64(i)/50) }), 1, "", "start", 0, "value  ", "unit"},
		"microseconds since 1970": {"t,x\n" + rows(60, func(i int) string { return fmt.Sprintf("%d,0.1\n", 1711846770000000+20000*i) }), 2, "us", "1970", 50, "value x ", ""},
		"day and time apart":      {"date,time,x\n" + rows(60, func(i int) string { return "2024-03-31,01:59:" + second(i) + ",0.1\n" }), 2, "", "", 0, "value x ", "Join the two"},
		"empty cells":             {"t_s,acc_x_g\n" + rows(60, func(i int) string { return fmt.Sprintf("%.2f,%s\n", float64(i)/50, []string{"0.5", ""}[i%2]) }), 2, "s", "start", 50, "accelerometer x g", ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, filepath.Join(t.TempDir(), "t.csv"), []byte(c.text))
			in, err := Inspect(path)
			if err != nil {
				t.Fatal(err)
			}
			m := in.Proposal
			if in.FirstOf != c.first || m.Time.Unit != c.unit || m.Time.From != c.from || len(m.Channels) == 0 {
				t.Fatalf("data from row %d, time %+v, %+v", in.FirstOf, m.Time, m.Channels)
			}
			if got := m.Channels[0].Kind + " " + m.Channels[0].Axis + " " + m.Channels[0].Unit; got != c.channel {
				t.Errorf("the first channel is %q", got)
			}
			if c.open != "" && !strings.Contains(strings.Join(in.Open, "\n"), c.open) {
				t.Errorf("open: %q", in.Open)
			}
			if len(m.Labels) != 0 {
				t.Errorf("labels from %v", m.Labels[0].Column)
			}
			if c.hz == 0 {
				return
			}
			whole := complete(m, "g", m.Time.Rate)
			if err := whole.compile(); err != nil {
				t.Fatal(err)
			}
			trial, err := whole.Try(path, 1000)
			if err != nil || !near(trial.MeasuredHz, c.hz, 0.01) || trial.Rows < 40 {
				t.Errorf("%+v, %v", trial, err)
			}
		})
	}
}
