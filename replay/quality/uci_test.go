package quality

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// recordings are the physiotherapy exercises of Yurtman and Barshan beside the
// project; the test is skipped without.
func recordings(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "data", "uci-physical-therapy")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the physiotherapy recordings in ../shared/data are absent")
	}
	return dir
}

// columns reads a table with semicolons, leaving out the first row and column.
func columns(t *testing.T, path string) [][]float64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out [][]float64
	for lines := bufio.NewScanner(f); lines.Scan(); {
		cells := strings.Split(strings.TrimSpace(lines.Text()), ";")
		if _, err := strconv.ParseFloat(cells[0], 64); err != nil || len(cells) < 3 {
			continue
		}
		if out == nil {
			out = make([][]float64, len(cells)-1)
		}
		for k, c := range cells[1:] {
			v, err := strconv.ParseFloat(c, 64)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			out[k] = append(out[k], v)
		}
	}
	return out
}

// units are the accelerometers (in g) and gyroscopes of all five units.
func units(t *testing.T, dir, name string) [][]float64 {
	var out [][]float64
	n := math.MaxInt
	for u := 1; u <= 5; u++ {
		for k, x := range columns(t, filepath.Join(dir, fmt.Sprint("u", u), name))[:6] {
			factor := 1 / 9.80665
			if k >= 3 {
				factor = 0.3 // a radian a second weighs about a third of a g
			}
			for i := range x {
				x[i] *= factor
			}
			out, n = append(out, x), min(n, len(x))
		}
	}
	for k := range out {
		out[k] = out[k][:n]
	}
	return out
}

// Each file holds ten right, ten fast and ten low repetitions in this order. The
// settings were chosen on these same three people: this holds them, it does not
// promise them elsewhere.
func TestExecutionTypesOfThePhysiotherapyExercises(t *testing.T) {
	root := recordings(t)
	files, off, right, found := 0, 0.0, 0, 0
	for s := 1; s <= 3; s++ {
		for e := 1; e <= 8; e++ {
			dir := filepath.Join(root, fmt.Sprint("s", s), fmt.Sprint("e", e))
			session, times := units(t, dir, "template_session.txt"), columns(t, filepath.Join(dir, "template_times.txt"))
			var templates [][][]float64
			for k := range times[0] {
				from, to := int(times[0][k]), int(times[1][k])
				var one [][]float64
				for _, x := range session {
					one = append(one, x[from:min(to, len(x))])
				}
				templates = append(templates, one)
			}
			got := Templates(units(t, dir, "test.txt"), templates, 1.7, 1.8)
			files++
			off += math.Abs(float64(len(got) - 30))
			for i, m := range got {
				found++
				if m.Template == i*3/len(got) {
					right++
				}
			}
		}
	}
	t.Logf("%d files: mean count error %.2f of 30, execution type right %.3f of %d found", files, off/float64(files), float64(right)/float64(found), found)
	if off/float64(files) > 3.5 || float64(right) < 0.78*float64(found) {
		t.Errorf("mean count error %.2f, types %.3f", off/float64(files), float64(right)/float64(found))
	}
}
