-- Where the signals of a recording turn, whatever their unit and number of
-- digits: see shape.go. They are made from the samples after this step.
CREATE TABLE shapes (
    recording TEXT PRIMARY KEY REFERENCES recordings (id) ON DELETE CASCADE,
    data      BLOB NOT NULL,
    crc       INTEGER NOT NULL
) STRICT;
