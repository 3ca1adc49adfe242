-- The study file. Every table that holds evidence carries a checksum: chunks,
-- pyramids and device times over their bytes, the others in crc over the row.

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    crc   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE participants (
    id          TEXT PRIMARY KEY,
    age_band    TEXT NOT NULL,
    sex         TEXT NOT NULL,
    proficiency TEXT NOT NULL,
    side        TEXT NOT NULL,
    model_group TEXT NOT NULL,
    fields      TEXT NOT NULL,   -- JSON object
    sessions    INTEGER NOT NULL, -- how many were ever imported: the last session number given
    crc         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A session is staged (visible = 0) while it is imported and becomes visible in
-- one transaction. A staged row belongs to nobody yet.
CREATE TABLE sessions (
    id            TEXT PRIMARY KEY,
    visible       INTEGER NOT NULL,
    participant   TEXT REFERENCES participants (id),
    number        INTEGER,
    start_ns      INTEGER,       -- Unix nanoseconds; NULL when the source has no calendar clock
    zone          TEXT NOT NULL,
    site          TEXT NOT NULL,
    latitude      REAL,
    longitude     REAL,
    simulated     INTEGER NOT NULL,
    format        TEXT NOT NULL,
    source        TEXT NOT NULL,
    imported_ns   INTEGER NOT NULL,
    duration_s    REAL NOT NULL,
    recordings    INTEGER NOT NULL,
    samples       INTEGER NOT NULL,
    sensors       TEXT NOT NULL, -- JSON array
    finding_kinds TEXT NOT NULL, -- JSON object
    crc           INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sessions_by_person ON sessions (participant, number) WHERE visible = 1;

CREATE TABLE recordings (
    id          TEXT PRIMARY KEY,
    session     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    ordinal     INTEGER NOT NULL,
    device      TEXT NOT NULL,
    placement   TEXT NOT NULL,
    samples     INTEGER NOT NULL,
    nominal_hz  REAL NOT NULL,
    measured_hz REAL NOT NULL,
    clock       BLOB NOT NULL,   -- segments: see clockblob.go
    device_time INTEGER NOT NULL,
    crc         INTEGER NOT NULL
) STRICT;
CREATE INDEX recordings_by_session ON recordings (session);

CREATE TABLE channels (
    id        INTEGER PRIMARY KEY,
    recording TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    ordinal   INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    axis      TEXT NOT NULL,
    unit      TEXT NOT NULL,
    scale     REAL NOT NULL,
    zero      REAL NOT NULL,     -- value of code 0
    range_min REAL NOT NULL,
    range_max REAL NOT NULL,
    crc       INTEGER NOT NULL
) STRICT;
CREATE INDEX channels_by_recording ON channels (recording);

CREATE TABLE chunks (
    channel INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    first   INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    crc     INTEGER NOT NULL,
    data    BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX chunks_by_channel ON chunks (channel, first);

CREATE TABLE pyramids (
    channel INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    level   INTEGER NOT NULL,
    data    BLOB NOT NULL        -- carries its own checksum
) STRICT;
CREATE UNIQUE INDEX pyramids_by_channel ON pyramids (channel, level);

CREATE TABLE device_times (
    recording TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    first     INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    crc       INTEGER NOT NULL,
    data      BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX device_times_by_recording ON device_times (recording, first);

CREATE TABLE findings (
    session   TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    recording TEXT REFERENCES recordings (id) ON DELETE CASCADE,
    ordinal   INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    at_s      REAL NOT NULL,
    length_s  REAL NOT NULL,
    sample    INTEGER NOT NULL,
    message   TEXT NOT NULL,
    crc       INTEGER NOT NULL
) STRICT;
CREATE INDEX findings_by_session ON findings (session, ordinal);
CREATE INDEX findings_by_recording ON findings (recording);

CREATE TABLE events (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    at_s    REAL NOT NULL,
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    value   REAL NOT NULL,
    crc     INTEGER NOT NULL
) STRICT;
CREATE INDEX events_by_session ON events (session, ordinal);

-- What the ledger's entries add up to. Check replays the ledger and compares.
CREATE TABLE labels (
    id           TEXT PRIMARY KEY,
    session      TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    recording    TEXT NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
    label_set    TEXT NOT NULL,
    kind         TEXT NOT NULL,
    start_sample INTEGER NOT NULL,
    end_sample   INTEGER NOT NULL,
    exercise     TEXT NOT NULL,
    rater        TEXT NOT NULL,
    origin       TEXT NOT NULL,
    confidence   REAL NOT NULL,
    attributes   TEXT NOT NULL,  -- JSON object
    created_ns   INTEGER NOT NULL
) STRICT;
CREATE INDEX labels_by_session ON labels (session, start_sample);
CREATE INDEX labels_by_recording ON labels (recording);

-- Counts over the labels of a session as of one ledger position; a cache.
CREATE TABLE label_counts (
    session    TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    labels     INTEGER NOT NULL,
    labelled_s REAL NOT NULL,
    exercises  TEXT NOT NULL     -- JSON object
) STRICT;

-- The ledger: rows are only ever added. Each hash covers the hash before it.
-- undo_top and redo_top are the stacks' heads after the entry, below the entry
-- that lies under this one on its stack; see history.go.
CREATE TABLE ledger (
    position   INTEGER PRIMARY KEY,
    at_ns      INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    rater      TEXT NOT NULL,
    program    TEXT NOT NULL,
    session    TEXT NOT NULL,    -- empty when it concerns none
    target     INTEGER NOT NULL,
    below      INTEGER NOT NULL,
    undo_top   INTEGER NOT NULL,
    redo_top   INTEGER NOT NULL,
    detail_sha BLOB NOT NULL,
    hash       BLOB NOT NULL
) STRICT;
CREATE INDEX ledger_by_session ON ledger (session, position);

-- What an entry says beyond its head. It can be erased when a person withdraws:
-- the chain then still proves that something was there, and no longer what.
CREATE TABLE ledger_details (
    position INTEGER PRIMARY KEY REFERENCES ledger (position),
    data     BLOB NOT NULL
) STRICT;
CREATE TABLE ledger_erasures (
    position INTEGER PRIMARY KEY REFERENCES ledger (position),
    by_entry INTEGER NOT NULL REFERENCES ledger (position)
) STRICT;
CREATE TABLE ledger_head (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL,
    hash     BLOB NOT NULL
) STRICT;

CREATE TRIGGER ledger_grows BEFORE INSERT ON ledger
WHEN NEW.position <> 1 + coalesce((SELECT max(position) FROM ledger), 0)
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_details_grow BEFORE INSERT ON ledger_details
WHEN EXISTS (SELECT 1 FROM ledger_details d WHERE d.position = NEW.position)
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_keeps BEFORE UPDATE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_details_keep BEFORE UPDATE ON ledger_details
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_details_stay BEFORE DELETE ON ledger_details
WHEN NOT EXISTS (SELECT 1 FROM ledger_erasures e WHERE e.position = OLD.position)
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_erasures_keep BEFORE UPDATE ON ledger_erasures
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_erasures_stay BEFORE DELETE ON ledger_erasures
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;

CREATE TABLE runs (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    config     BLOB NOT NULL,
    window_set TEXT NOT NULL,
    seed       TEXT NOT NULL,    -- decimal: 64 unsigned bits do not fit an INTEGER
    outcome    BLOB NOT NULL,
    seconds    REAL NOT NULL,
    status     TEXT NOT NULL,
    crc        INTEGER NOT NULL
) STRICT;

CREATE TABLE models (
    id           TEXT PRIMARY KEY,
    run          TEXT NOT NULL,
    name         TEXT NOT NULL,
    created_ns   INTEGER NOT NULL,
    architecture TEXT NOT NULL,
    spec         BLOB NOT NULL,
    scores       BLOB NOT NULL,
    accuracy     REAL NOT NULL,
    macro_f1     REAL NOT NULL,
    weights      BLOB NOT NULL,
    crc          INTEGER NOT NULL
) STRICT;

CREATE TABLE window_sets (
    hash       TEXT PRIMARY KEY,
    created_ns INTEGER NOT NULL,
    manifest   BLOB NOT NULL,
    crc        INTEGER NOT NULL
) STRICT;
