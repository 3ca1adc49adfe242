-- How a recording's own clock lies on the session's time axis. The clock itself
-- stays as it was imported.
CREATE TABLE alignments (
    recording TEXT PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    shift_s   REAL NOT NULL,
    stretch   REAL NOT NULL,
    method    TEXT NOT NULL,
    residual_s REAL NOT NULL,
    crc       INTEGER NOT NULL
) STRICT;

-- What a recording's sensor values look like, whatever its name and clock: see
-- fingerprint.go.
CREATE TABLE fingerprints (
    recording TEXT PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    digests   BLOB NOT NULL,
    blocks    BLOB NOT NULL,
    crc       INTEGER NOT NULL
) STRICT;

-- Why a model must not be used any more, such as that a person it learnt from
-- withdrew; NULL while it may.
ALTER TABLE models ADD COLUMN withdrawn TEXT;
