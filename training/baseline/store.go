package baseline

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// formatVersion is of the stored form; a newer one is refused.
const formatVersion = 1

// stored is a model as CBOR.
type stored struct {
	Version  int             `cbor:"version"`
	Config   Config          `cbor:"config"`
	Classes  int             `cbor:"classes"`
	Features int             `cbor:"features"`
	Scale    *scaling        `cbor:"scale,omitempty"`
	Method   cbor.RawMessage `cbor:"method"`
}

// MarshalBinary gives the model as CBOR; reading it back gives the same
// probabilities bit for bit.
func (m *Model) MarshalBinary() ([]byte, error) {
	method, err := cbor.Marshal(m.method)
	if err != nil {
		return nil, fmt.Errorf("writing a %s model: %w", m.config.Kind, err)
	}
	return cbor.Marshal(stored{formatVersion, m.config, m.classes, m.features, m.scale, method})
}

// Read is the inverse of MarshalBinary. It refuses what would fail later: every
// index and length is checked.
func Read(b []byte) (*Model, error) {
	decoder, err := cbor.DecOptions{MaxArrayElements: 1 << 27, MaxNestedLevels: 16}.DecMode()
	if err != nil {
		return nil, err
	}
	var s stored
	if err := decoder.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("reading a baseline model: %w", err)
	}
	if s.Version != formatVersion {
		return nil, fmt.Errorf("reading a baseline model: format %d, this program reads %d", s.Version, formatVersion)
	}
	m := &Model{config: s.Config, classes: s.Classes, features: s.Features, scale: s.Scale}
	switch s.Config.Kind {
	case KNN:
		m.method = &neighbours{}
	case Logistic:
		m.method = &logistic{}
	case Ridge:
		m.method = &ridge{}
	case SVMLinear, SVMRBF:
		m.method = &machine{}
	case Forest, ExtraTrees:
		m.method = &forest{}
	default:
		return nil, fmt.Errorf("reading a baseline model: %q isn't known", s.Config.Kind)
	}
	if err := decoder.Unmarshal(s.Method, m.method); err != nil {
		return nil, fmt.Errorf("reading a %s model: %w", s.Config.Kind, err)
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("reading a %s model: %w", s.Config.Kind, err)
	}
	return m, nil
}

func (m *Model) check() error {
	const most = 1 << 24
	if m.classes < 2 || m.features < 1 || m.classes > most || m.features > most {
		return fmt.Errorf("%d classes and %d features", m.classes, m.features)
	}
	trees := m.config.Kind == Forest || m.config.Kind == ExtraTrees
	if trees != (m.scale == nil) {
		return fmt.Errorf("the scaling is missing or too much")
	}
	if m.scale != nil {
		for _, row := range [][]float64{m.scale.Mean, m.scale.Inverse} {
			if err := checkRow(row, m.features); err != nil {
				return fmt.Errorf("scaling: %w", err)
			}
		}
	}
	return m.method.check(m.classes, m.features)
}
