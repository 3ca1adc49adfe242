// Package server is the sync server: it speaks devices/sync/protocol over TLS
// 1.3 with the store of devices/sync/store and the signed models of
// devices/sync/delivery. Administration is not part of what it serves: that is
// done on the store itself, by whoever may read its folder.
package server
