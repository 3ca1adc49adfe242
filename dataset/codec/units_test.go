package codec

import (
	"slices"
	"strings"
	"testing"
)

func TestUnitsAreWrittenAsTheStudyDoes(t *testing.T) {
	for written, want := range map[string]string{
		"N": "N", "kN": "kN", "N·m": "Nm", "Nm": "Nm", "newton": "N", "kg": "kg", "mm": "mm", "cm": "cm", "lux": "lx", "bpm": "1/min", "mg": "mg", "mT": "mT", "µT": "uT",
		"V": "V", "µV": "uV", "mV": "mV", "km/h": "km/h", "kmh": "km/h", "m/s": "m/s", "m/s²": "m/s2", "m/s^2": "m/s2", "G": "g", "g": "g", "dps": "deg/s", "°C": "degC", "mbar": "hPa",
		"HPA": "hPa", "MG": "MG", "furlong": "furlong", "R": "1",
	} {
		if got := plainUnit(written); got != want {
			t.Errorf("%q is %q, want %q", written, got, want)
		}
	}
	if !slices.IsSorted(knownUnits) {
		t.Error("the known units are not sorted")
	}
	if _, _, unit, _ := unitColumn("Mag X [G]"); unit != "G" {
		t.Errorf("the field's gauss is %q", unit)
	}
}

func TestSensorsAreKnownInOtherLanguages(t *testing.T) {
	for header, want := range map[string]string{
		"Beschl X [g]": "accelerometer x g", "Beschl. Y (mg)": "accelerometer y mg", "Drehrate Z [°/s]": "gyroscope z deg/s", "Winkelgeschw. X (rad/s)": "gyroscope x rad/s",
		"Magnetfeld Y [µT]": "magnetometer y uT", "Kraft [N]": "force  N", "Kraft vorne [kN]": "force  kN", "Herzfrequenz [bpm]": "heart-rate  1/min", "Luftdruck [hPa]": "pressure  hPa",
		"Accélération X (m/s²)": "accelerometer x m/s2", "Vitesse angulaire Y (°/s)": "gyroscope y deg/s", "Champ magnétique Z (µT)": "magnetometer z uT", "Fréquence cardiaque (bpm)": "heart-rate  1/min",
		"Aceleración X [g]": "accelerometer x g", "Velocidad angular Z [rad/s]": "gyroscope z rad/s", "Fuerza [N]": "force  N", "Presión [hPa]": "pressure  hPa",
		"Accelerazione Y [g]": "accelerometer y g", "Velocità angolare X [°/s]": "gyroscope x deg/s", "Forza [N]": "force  N",
		"Versnelling X [g]": "accelerometer x g", "Hoeksnelheid Z [°/s]": "gyroscope z deg/s", "Kracht [N]": "force  N", "Hartslag [bpm]": "heart-rate  1/min",
	} {
		in := &Inspection{Columns: []InspectedColumn{{Name: header, Kind: "number"}}}
		_, _, in.Columns[0].Unit, _ = unitColumn(header)
		in.proposeChannel(0, Column{Number: 1})
		r := in.Proposal.Channels[0]
		if got := r.Kind + " " + r.Axis + " " + r.Unit; got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
		if len(in.Open) > 0 {
			t.Errorf("%s: open %q", header, in.Open)
		}
	}
}

func TestAnUnknownUnitIsOpen(t *testing.T) {
	in := &Inspection{Columns: []InspectedColumn{{Name: "Weg [furlong]", Kind: "number", Unit: "furlong"}}}
	in.proposeChannel(0, Column{Number: 1})
	if open := strings.Join(in.Open, " "); !strings.Contains(open, `"furlong", which is no unit that is known here`) {
		t.Errorf("open: %q", open)
	}
}
