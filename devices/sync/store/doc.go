// Package store keeps what the sync server knows: a SQLite database with an
// append-only, hash-chained journal beside the tables that it gives, and files
// beside it. A folder holds
//
//	server.toml    settings
//	server.db      journal and tables
//	keys/          the server's keys, for its owner's eyes only
//	sessions/      received sessions, each encrypted under its own key
//	spool/         uploads under way, encrypted likewise
//	blobs/         published models, named by their SHA-256
//	tuf/           signed metadata of the published models
//	withdrawn      identifiers of withdrawn sessions, for restored backups
//
// What the journal tells is written together with the tables in one
// transaction; the tables can be made anew from it. Secrets (keys of sessions,
// tickets, invitations) are never in it. Sessions name no device, in no table.
package store
