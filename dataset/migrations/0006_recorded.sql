-- A session's length and the seconds that labels cover count what was recorded,
-- also where a clock stepped back. Both are made from the clocks and labels after
-- this step; label counts when the study is next listed.
DELETE FROM label_counts;
