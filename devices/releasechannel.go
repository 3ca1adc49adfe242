package devices

import (
	"path"

	"onset/dataset"
)

// ReleaseChannel proposes where a model is published: sensors/group/variant,
// for everybody's group when group is empty. ok is false for a model that can't
// leave.
func ReleaseChannel(row dataset.ModelRow, group string) (channel string, ok bool) {
	set, ok := sensorSetOf(row)
	if !ok {
		return "", false
	}
	if group == "" {
		group = channelOfAll
	}
	return path.Join(slug(set), slug(group), "f32"), true
}
