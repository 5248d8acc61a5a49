-- 020: a member's row holds facts, and its sentence is worded from them when somebody asks. Sentences in two languages were two
-- thirds of a run, written anew every night and held by every daemon. Runs that were written before keep theirs.

ALTER TABLE peernet.members
    ALTER COLUMN reason_sv DROP NOT NULL, ALTER COLUMN reason_en DROP NOT NULL,
    ALTER COLUMN shared DROP NOT NULL, ALTER COLUMN shared DROP DEFAULT,
    ADD COLUMN shared_at bytea, ADD COLUMN told smallint,
    ADD COLUMN next_figure real, ADD COLUMN next_pin bigint, ADD COLUMN next_with text COLLATE "C";
COMMENT ON COLUMN peernet.members.reason_sv IS 'The sentence, of runs that were written before migration 020. Of later ones it is worded from the other columns when asked for: network.of and network.get say it, and so does "peernet of".';
COMMENT ON COLUMN peernet.members.reason_en IS 'As reason_sv.';
COMMENT ON COLUMN peernet.members.shared IS 'Codes of the challenges it shares with other members, most shared first, where shared_at has not their places; member_shares has the codes of all.';
COMMENT ON COLUMN peernet.members.shared_at IS 'The challenges it shares with other members, most shared first, as places in the network''s shared, from 0: two bytes each, the greater first. member_shares has their codes.';
COMMENT ON COLUMN peernet.members.told IS 'How the sentence is put together (service/core/explain/member_words.h).';
COMMENT ON COLUMN peernet.members.next_figure IS 'Of next_why: costs_others, what the others would lose, as a sum of fits (NULL where the settings maximise the sum of all similarities); least_fit, the least fit.';
COMMENT ON COLUMN peernet.members.next_pin IS 'Of next_why: pinned and apart, the pin''s number; 0 is the lock of its network.';
COMMENT ON COLUMN peernet.members.next_with IS 'Of next_why: pinned and apart, the other organizer whom the pin concerns.';

-- Costs nothing but who reads it.
CREATE VIEW peernet.member_shares AS
SELECT m.run, m.network, m.organizer, coalesce(m.shared, ARRAY(
        SELECT n.shared -> (get_byte(m.shared_at, 2 * at) * 256 + get_byte(m.shared_at, 2 * at + 1)) ->> 'challenge'
        FROM generate_series(0, length(m.shared_at) / 2 - 1) AS at ORDER BY at)) AS shared
FROM peernet.members AS m JOIN peernet.networks AS n USING (run, network);
COMMENT ON VIEW peernet.member_shares IS 'Codes of the challenges that each member of a run shares with other members of its network, most shared first.';
GRANT SELECT ON peernet.member_shares TO peernet_daemon, peernet_reader;
