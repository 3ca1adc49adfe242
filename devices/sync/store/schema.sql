CREATE TABLE journal (
    seq  INTEGER PRIMARY KEY,
    at   TEXT NOT NULL,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    prev BLOB NOT NULL,
    hash BLOB NOT NULL UNIQUE
) STRICT;
CREATE TRIGGER journal_stays_u BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_stays_d BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- Given by the journal.
CREATE TABLE devices (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    pin      TEXT NOT NULL UNIQUE,
    channel  TEXT NOT NULL,
    platform TEXT NOT NULL,
    runtime  TEXT NOT NULL,
    sensors  TEXT NOT NULL,
    paired   TEXT NOT NULL,
    revoked  TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE TABLE feedback (
    device  TEXT NOT NULL,
    channel TEXT NOT NULL,
    sha256  TEXT NOT NULL,
    state   TEXT NOT NULL,
    detail  TEXT NOT NULL,
    day     TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (device, channel, sha256)
) STRICT, WITHOUT ROWID;
CREATE TABLE releases (
    channel   TEXT NOT NULL,
    version   INTEGER NOT NULL,
    sha256    TEXT NOT NULL,
    length    INTEGER NOT NULL,
    model     TEXT NOT NULL,
    percent   INTEGER NOT NULL,
    salt      TEXT NOT NULL,
    state     TEXT NOT NULL, -- rolling, stable, halted, superseded
    published TEXT NOT NULL,
    changed   TEXT NOT NULL,
    note      TEXT NOT NULL,
    PRIMARY KEY (channel, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    sha256     TEXT NOT NULL,
    length     INTEGER NOT NULL,
    grp        TEXT NOT NULL,
    consent    TEXT NOT NULL,
    withdrawal TEXT NOT NULL, -- SHA-256 of the code
    files      INTEGER NOT NULL,
    expanded   INTEGER NOT NULL,
    day        TEXT NOT NULL, -- of its arrival, no finer
    state      TEXT NOT NULL, -- waiting, imported, rejected, withdrawn
    decided    TEXT NOT NULL DEFAULT '',
    note       TEXT NOT NULL DEFAULT '',
    study      TEXT NOT NULL DEFAULT '', -- sessions of the study that it became
    erased     TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- Not in the journal: short-lived, secret, or of no lasting interest.
CREATE TABLE device_seen (
    device TEXT PRIMARY KEY,
    seen   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE invitations (
    id      TEXT PRIMARY KEY,
    secret  BLOB NOT NULL,
    expires INTEGER NOT NULL,
    tries   INTEGER NOT NULL,
    name    TEXT NOT NULL,
    channel TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE comparisons (
    id         TEXT PRIMARY KEY,
    expires    INTEGER NOT NULL,
    commitment BLOB NOT NULL,
    nonce      BLOB NOT NULL,
    request    BLOB,            -- JSON of what the device revealed
    digits     TEXT NOT NULL DEFAULT '',
    answer     TEXT NOT NULL DEFAULT '',
    channel    TEXT NOT NULL DEFAULT '',
    state      TEXT NOT NULL,   -- open, revealed, accepted, done
    tries      INTEGER NOT NULL DEFAULT 0,
    reply      BLOB
) STRICT, WITHOUT ROWID;
CREATE TABLE tickets (
    hash BLOB PRIMARY KEY,
    grp  TEXT NOT NULL,
    day  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE ticket_days (
    device TEXT NOT NULL,
    day    TEXT NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (device, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE uploads (
    id         TEXT PRIMARY KEY,
    ticket     BLOB NOT NULL,
    sha256     TEXT NOT NULL,
    length     INTEGER NOT NULL,
    grp        TEXT NOT NULL,
    consent    TEXT NOT NULL,
    withdrawal TEXT NOT NULL,
    day        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE session_keys (
    id      TEXT PRIMARY KEY,
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
