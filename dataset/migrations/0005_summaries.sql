-- Coarse minima and maxima of a long stretch in one row each, so that a day of
-- samples is seen whole without its fine ones. They are made from the samples
-- after this step.
CREATE TABLE summaries (
    channel INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    first   INTEGER NOT NULL,
    data    BLOB NOT NULL        -- carries its own checksum
) STRICT;
CREATE UNIQUE INDEX summaries_by_channel ON summaries (channel, first);
