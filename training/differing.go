package training

import "slices"

// Differing lists the settings in which configs are not all the same, as dotted
// keys in the order of the config, with values[i][k] what config i has at key k;
// "" where it is not set.
func Differing(configs []Config) (keys []string, values [][]string, err error) {
	var all []string
	flat := make([]map[string]string, len(configs))
	for i, c := range configs {
		text, err := c.TOML()
		if err != nil {
			return nil, nil, err
		}
		var own []string
		own, flat[i] = flatTOML(text)
		for _, k := range own {
			if !slices.Contains(all, k) {
				all = append(all, k)
			}
		}
	}
	for _, k := range all {
		if slices.ContainsFunc(flat, func(v map[string]string) bool { return v[k] != flat[0][k] }) {
			keys = append(keys, k)
		}
	}
	values = make([][]string, len(configs))
	for i := range values {
		for _, k := range keys {
			values[i] = append(values[i], flat[i][k])
		}
	}
	return keys, values, nil
}
