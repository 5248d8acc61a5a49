-- 004: how long an organizer has waited for a place, so that who waited longest goes first.

-- Runs written before this one tell nothing: waited is 0 there, and who was over capacity counts as waiting for one run.
ALTER TABLE peernet.unmatched
    ADD COLUMN waited        integer NOT NULL DEFAULT 0 CHECK (waited >= 0),
    ADD COLUMN waiting_since date,
    ADD CONSTRAINT unmatched_waiting CHECK ((waiting_since IS NULL) = (waited = 0));
COMMENT ON COLUMN peernet.unmatched.waited IS
    'Published runs in a row, this run included, in which it found no room; 0 where another run would not help.';
COMMENT ON COLUMN peernet.unmatched.waiting_since IS 'The day (as_of) of the first of them.';
