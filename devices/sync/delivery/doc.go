// Package delivery signs what devices may run. It keeps a repository of The
// Update Framework (TUF, specification 1.0): a root that names the keys,
// targets that name the models of every release channel by length and SHA-256,
// a snapshot and a short-lived timestamp. Devices refuse what is not signed,
// older than what they have seen, expired, or put together from two states.
//
// A release channel sensorset/group/variant has up to two targets:
// CHANNEL/stable, which every device gets, and CHANNEL/next, which a share of
// them gets. Which devices belong to the share follows from their key and the
// release's salt alone; see InShare.
package delivery
