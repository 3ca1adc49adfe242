-- Minima and maxima are stored chunk by chunk, so that an import need not hold
-- those of a whole channel: the finest level of each chunk, from which the
-- levels above follow. They are made from the samples by a later step.
DROP TABLE pyramids;
CREATE TABLE overviews (
    channel INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    first   INTEGER NOT NULL,
    data    BLOB NOT NULL        -- carries its own checksum
) STRICT;
CREATE UNIQUE INDEX overviews_by_channel ON overviews (channel, first);
