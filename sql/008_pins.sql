-- 008: rules that people set, and what they say of a network, through functions that leave their trail. Who changes one
-- holds the row of state from the beginning, and says on what it rests: what somebody else changed meanwhile is told.

ALTER TABLE peernet.pins ADD COLUMN network integer CHECK (network > 0), ADD COLUMN cost real,
    ADD CHECK (network IS NULL OR rule = 'keep');
COMMENT ON COLUMN peernet.pins.network IS 'Of keep: the network to be in, where a person moved it; NULL: the one that it is in.';
COMMENT ON COLUMN peernet.pins.cost IS 'Of mean fit, as it was reckoned when the rule was set; NULL: unknown.';

CREATE TABLE peernet.network_notes (
    programme  text COLLATE "C" NOT NULL REFERENCES peernet.programmes (name),
    network    integer NOT NULL CHECK (network > 0),
    name       text NOT NULL DEFAULT '' CHECK (name = '' OR peernet.text_valid(name, 100)),
    remark     text NOT NULL DEFAULT '' CHECK (length(remark) <= 2000),
    locked     boolean NOT NULL DEFAULT false,
    version    bigint NOT NULL DEFAULT 1,
    changed_by text NOT NULL CHECK (changed_by <> ''),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (programme, network)
);
COMMENT ON TABLE peernet.network_notes IS 'What people say of a network, by its number, which it keeps from run to run. Changed by set_network.';
COMMENT ON COLUMN peernet.network_notes.name IS 'That people gave it; empty: none, its label speaks for it.';
COMMENT ON COLUMN peernet.network_notes.locked IS 'Later runs leave its members as they are.';
COMMENT ON COLUMN peernet.network_notes.version IS 'Grows with each change: a change can say on which one it rests.';

-- Who removed a pin (remove_pin).
CREATE INDEX audit_removed_pins ON peernet.audit USING gin (before jsonb_path_ops) WHERE action = 'pins.remove';

DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['pins', 'network_notes'] LOOP
        EXECUTE format('CREATE TRIGGER state_first BEFORE INSERT OR UPDATE OR DELETE ON peernet.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.state_first()', one);
    END LOOP;
    CREATE TRIGGER input_rows_added AFTER INSERT ON peernet.network_notes REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION peernet.input_rows_added();
    CREATE TRIGGER input_rows_removed AFTER DELETE ON peernet.network_notes REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION peernet.input_rows_removed();
    CREATE TRIGGER input_rows_updated AFTER UPDATE ON peernet.network_notes REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION peernet.input_rows_updated();
    CREATE TRIGGER input_rows_truncated AFTER TRUNCATE ON peernet.network_notes
        FOR EACH STATEMENT EXECUTE FUNCTION peernet.input_rows_truncated();
END $$;

-- `inputs`: the version of the inputs in which the caller looked for contradictions; `base`: the run that was published then,
-- 0 = none was. NULL: it does not matter.
CREATE FUNCTION peernet.add_pin(programme text, rule text, organizers text[], network integer, why text, until date, cost real,
                                inputs bigint, base bigint, who text, origin text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    is_published bigint;
    made bigint;
BEGIN
    PERFORM peernet.act_for(add_pin.who, add_pin.origin);
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    PERFORM peernet.rules_may_change(add_pin.programme);
    SELECT p.published_run INTO is_published FROM peernet.programmes p WHERE p.name = add_pin.programme;
    IF coalesce(is_published, 0) <> coalesce(add_pin.base, is_published, 0) THEN
        RAISE EXCEPTION 'this rests on %, but % is published now', coalesce('run ' || nullif(add_pin.base, 0), 'nothing published'),
            coalesce('run ' || is_published, 'nothing')
            USING ERRCODE = 'PN001', HINT = 'look at the networks again';
    END IF;
    PERFORM peernet.rules_unchanged(add_pin.programme, add_pin.inputs);
    -- Who is moved again is no longer moved to where it was moved before.
    IF add_pin.network IS NOT NULL THEN
        DELETE FROM peernet.pins p WHERE p.programme = add_pin.programme AND p.network IS NOT NULL
            AND p.organizers = add_pin.organizers;
    END IF;
    INSERT INTO peernet.pins AS p (programme, rule, organizers, network, why, made_by, until, cost)
    VALUES (add_pin.programme, add_pin.rule, add_pin.organizers, add_pin.network, coalesce(add_pin.why, ''), add_pin.who,
            add_pin.until, add_pin.cost)
    RETURNING p.pin INTO made;
    RETURN made;
END $$;
COMMENT ON FUNCTION peernet.add_pin IS 'Sets a rule and returns its number. PN001: rules, locks or settings were changed, or another run was published, since the caller looked. PN003: no such programme; 22023: it is archived.';

CREATE FUNCTION peernet.remove_pin(pin bigint, who text, origin text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    gone peernet.pins;
    entry peernet.audit;
BEGIN
    PERFORM peernet.act_for(remove_pin.who, remove_pin.origin);
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    DELETE FROM peernet.pins p WHERE p.pin = remove_pin.pin RETURNING * INTO gone;
    IF NOT FOUND THEN
        -- Found first, sorted then: else the planner may go through the whole trail in its order.
        WITH removed AS MATERIALIZED (SELECT * FROM peernet.audit a WHERE a.action = 'pins.remove'
            AND a.before @> jsonb_build_array(jsonb_build_object('pin', remove_pin.pin)))
        SELECT * INTO entry FROM removed ORDER BY removed.entry DESC LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'pin % was removed by % at %', remove_pin.pin, entry.who,
                to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') USING ERRCODE = 'PN003';
        END IF;
        RAISE EXCEPTION 'there is no pin %', remove_pin.pin USING ERRCODE = 'PN003';
    END IF;
    RETURN json_build_object('pin', gone.pin, 'programme', gone.programme, 'rule', gone.rule, 'organizers', gone.organizers);
END $$;
COMMENT ON FUNCTION peernet.remove_pin IS 'Ends a rule for good. PN003: there is none of that number (any more).';

-- What is NULL stays as it is. `version`: on which the change rests; NULL: on whatever there is. `inputs`: of a lock, the
-- version of the inputs in which the caller looked for rules that it contradicts; NULL: it does not matter.
CREATE FUNCTION peernet.set_network(programme text, network integer, name text, note text, locked boolean, version bigint,
                                    inputs bigint, who text, origin text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    was peernet.network_notes;
BEGIN
    PERFORM peernet.act_for(set_network.who, set_network.origin);
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    PERFORM peernet.rules_may_change(set_network.programme);
    SELECT * INTO was FROM peernet.network_notes n
    WHERE n.programme = set_network.programme AND n.network = set_network.network;
    IF set_network.version IS NOT NULL AND set_network.version <> coalesce(was.version, 0) THEN
        RAISE EXCEPTION 'this rests on version % of network %, but % changed it at %: its name is "%", its note "%", it is %',
            set_network.version, set_network.network, coalesce(was.changed_by, 'nobody'),
            coalesce(to_char(was.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'no time'),
            coalesce(was.name, ''), coalesce(was.remark, ''), CASE WHEN was.locked THEN 'locked' ELSE 'not locked' END
            USING ERRCODE = 'PN001', HINT = 'nothing was changed; that is version ' || coalesce(was.version, 0);
    END IF;
    IF was.version IS NOT NULL AND (coalesce(set_network.name, was.name), coalesce(set_network.note, was.remark),
                                    coalesce(set_network.locked, was.locked)) = (was.name, was.remark, was.locked) THEN
        RETURN was.version;
    END IF;
    IF set_network.locked THEN
        PERFORM peernet.rules_unchanged(set_network.programme, set_network.inputs);
    END IF;
    INSERT INTO peernet.network_notes AS n (programme, network, name, remark, locked, changed_by)
    VALUES (set_network.programme, set_network.network, coalesce(set_network.name, ''), coalesce(set_network.note, ''),
            coalesce(set_network.locked, false), set_network.who)
    ON CONFLICT (programme, network) DO UPDATE
    SET name = coalesce(set_network.name, n.name), remark = coalesce(set_network.note, n.remark),
        locked = coalesce(set_network.locked, n.locked), version = n.version + 1, changed_by = set_network.who,
        changed_at = clock_timestamp();
    RETURN coalesce(was.version, 0) + 1;
END $$;
COMMENT ON FUNCTION peernet.set_network IS 'Names, notes or locks a network and returns the new version. PN001: it rests on another version than there is, or a lock on rules or settings that were changed. PN003: no such programme; 22023: it is archived.';

REVOKE ALL ON FUNCTION peernet.add_pin, peernet.remove_pin, peernet.set_network FROM PUBLIC;
GRANT SELECT ON peernet.network_notes TO peernet_daemon, peernet_reader;
GRANT EXECUTE ON FUNCTION peernet.add_pin, peernet.remove_pin, peernet.set_network TO peernet_daemon;
