-- 006: more of the reasons as data: who links whom, who is closest, why a member is not in its next best network, and what
-- is known of those left out. Runs that were written before have none of it.

ALTER TABLE peernet.networks ADD COLUMN link jsonb CHECK (jsonb_typeof(link) = 'object');
COMMENT ON COLUMN peernet.networks.link IS 'The member that holds two others together, where it tells something: {"organizer": id, "sides": [{"organizer": id, "similarity": 0-1, "shared": [code]} twice], "similarity": of the sides, "shared": [code] of the sides}.';

ALTER TABLE peernet.members ADD COLUMN next_why text, ADD COLUMN closest text COLLATE "C", ADD COLUMN closest_similarity real,
    ADD CHECK ((closest IS NULL) = (closest_similarity IS NULL));
COMMENT ON COLUMN peernet.members.next_why IS 'Why it is not in the next best network: best_here, full, costs_others, ... (service/core/README.md).';
COMMENT ON COLUMN peernet.members.closest IS 'The organizer of its network that is most similar to it.';

ALTER TABLE peernet.unmatched ADD COLUMN next_network integer, ADD COLUMN next_fit real, ADD COLUMN next_why text,
    ADD COLUMN last_report date, ADD COLUMN ahead integer CHECK (ahead >= 0),
    ADD CHECK ((next_network IS NULL) = (next_fit IS NULL));
COMMENT ON COLUMN peernet.unmatched.next_network IS 'The nearest network, of those that report something.';
COMMENT ON COLUMN peernet.unmatched.last_report IS 'Of those that reported nothing within the window: the latest report before it.';
COMMENT ON COLUMN peernet.unmatched.ahead IS 'Of those that wait for a place: how many wait before it.';
