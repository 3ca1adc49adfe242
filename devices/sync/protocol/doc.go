// Package protocol is what a device and the sync server say to each other: the
// paths, headers, messages and refusals of version 1, and the text of a pairing
// code. Both sides use it, so they can't drift apart; docs/devices/sync.md
// tells it to people and openapi.yaml to machines.
package protocol
