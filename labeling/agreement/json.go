package agreement

import (
	"encoding/json"
	"math"
	"reflect"
)

// MarshalJSON writes the report with null for what does not exist.
func (r *Report) MarshalJSON() ([]byte, error) {
	type bare Report
	return json.Marshal(nullable(reflect.ValueOf(bare(*r))))
}

// nullable is a value with NaN replaced by nil, which JSON can hold.
func nullable(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
	case reflect.Slice, reflect.Array:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = nullable(v.Index(i))
		}
		return list
	case reflect.Struct:
		out := map[string]any{}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Anonymous {
				for name, value := range nullable(v.Field(i)).(map[string]any) {
					out[name] = value
				}
				continue
			}
			out[f.Tag.Get("json")] = nullable(v.Field(i))
		}
		return out
	}
	return v.Interface()
}
