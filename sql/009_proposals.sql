-- 009: what became of a run after it was written: whether what it rests on is still current, rejected, rolled back to.

-- Which kind of input changed last when. A run says which version it read, so this tells what has changed since. One row
-- a kind, and for what belongs to a programme one a programme: it does not grow with the changes.
CREATE TABLE peernet.input_versions (
    input     text NOT NULL CHECK (input IN ('organizers', 'challenges', 'reports', 'settings', 'pins', 'programmes')),
    programme text COLLATE "C" NOT NULL DEFAULT '',
    version   bigint NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (input, programme)
);
COMMENT ON TABLE peernet.input_versions IS 'The version of state.inputs_version at which each kind of input changed last. Written by triggers.';
COMMENT ON COLUMN peernet.input_versions.input IS 'settings and pins (with locked networks) are those of a programme; programmes: words of programmes and networks, on which no run rests.';
COMMENT ON COLUMN peernet.input_versions.programme IS 'Empty where it is an input of all programmes.';

-- What changed before this migration is not known in detail: it counts as changed at the present version.
INSERT INTO peernet.input_versions (input, version, at)
SELECT i, s.inputs_version, now() FROM peernet.state AS s, unnest(ARRAY['organizers', 'challenges', 'reports']) AS i;
INSERT INTO peernet.input_versions (input, programme, version, at)
SELECT i, p.name, s.inputs_version, now()
FROM peernet.state AS s, peernet.programmes AS p, unnest(ARRAY['settings', 'pins']) AS i;

CREATE FUNCTION peernet.note_input(input text, programmes text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    INSERT INTO peernet.input_versions AS v (input, programme, version, at)
    SELECT note_input.input, p, s.inputs_version, clock_timestamp()
    FROM peernet.state AS s, (SELECT DISTINCT unnest(note_input.programmes)) AS named (p)
    WHERE s.inputs_version > (SELECT max(version) FROM peernet.input_versions)
    ON CONFLICT (input, programme) DO UPDATE SET version = excluded.version, at = excluded.at;
END;
COMMENT ON FUNCTION peernet.note_input IS 'That this kind of input is what raised inputs_version just now; nothing where nothing did.';

-- After those of 002 (triggers go by name), which raise the version where something did change, and lock it.
CREATE FUNCTION peernet.input_version_noted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM peernet.note_input(TG_TABLE_NAME, ARRAY['']);
    RETURN NULL;
END $$;

-- Pins, locks and programmes are few: who is concerned is found anew. Words about networks and programmes are no input.
CREATE FUNCTION peernet.input_version_noted_added() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'pins' THEN
        PERFORM peernet.note_input('pins', (SELECT array_agg(programme) FROM new_rows));
    ELSIF TG_TABLE_NAME = 'network_notes' THEN
        PERFORM peernet.note_input('pins', (SELECT array_agg(programme) FROM new_rows WHERE locked));
        PERFORM peernet.note_input('programmes', ARRAY['']);
    ELSE
        PERFORM peernet.note_input('settings', (SELECT array_agg(name) FROM new_rows));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION peernet.input_version_noted_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'pins' THEN
        PERFORM peernet.note_input('pins', (SELECT array_agg(programme) FROM old_rows));
    ELSIF TG_TABLE_NAME = 'network_notes' THEN
        PERFORM peernet.note_input('pins', (SELECT array_agg(programme) FROM old_rows WHERE locked));
        PERFORM peernet.note_input('programmes', ARRAY['']);
    ELSE
        PERFORM peernet.note_input('settings', (SELECT array_agg(name) FROM old_rows));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION peernet.input_version_noted_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'pins' THEN
        PERFORM peernet.note_input('pins', (SELECT array_agg(c.programme) FROM
            ((TABLE new_rows EXCEPT TABLE old_rows) UNION ALL (TABLE old_rows EXCEPT TABLE new_rows)) AS c));
    ELSIF TG_TABLE_NAME = 'network_notes' THEN
        PERFORM peernet.note_input('pins', (SELECT array_agg(c.programme) FROM
            (SELECT programme, network, locked FROM new_rows EXCEPT SELECT programme, network, locked FROM old_rows) AS c));
        PERFORM peernet.note_input('programmes', ARRAY['']);
    ELSIF EXISTS (SELECT name, settings FROM new_rows EXCEPT SELECT name, settings FROM old_rows) THEN
        PERFORM peernet.note_input('settings', (SELECT array_agg(c.name) FROM
            (SELECT name, settings FROM new_rows EXCEPT SELECT name, settings FROM old_rows) AS c));
    ELSE
        PERFORM peernet.note_input('programmes', ARRAY['']);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION peernet.input_version_noted_truncated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM peernet.note_input('pins', (SELECT array_agg(name) FROM peernet.programmes));
    RETURN NULL;
END $$;

DO $$
DECLARE
    input text;
BEGIN
    FOREACH input IN ARRAY ARRAY['organizers', 'challenges', 'reports'] LOOP
        EXECUTE format('CREATE TRIGGER input_version_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON peernet.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.input_version_noted()', input);
    END LOOP;
    FOREACH input IN ARRAY ARRAY['pins', 'network_notes', 'programmes'] LOOP
        EXECUTE format('CREATE TRIGGER input_version_noted_added AFTER INSERT ON peernet.%I REFERENCING NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.input_version_noted_added()', input);
        EXECUTE format('CREATE TRIGGER input_version_noted_removed AFTER DELETE ON peernet.%I '
            'REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION peernet.input_version_noted_removed()', input);
        EXECUTE format('CREATE TRIGGER input_version_noted_updated AFTER UPDATE ON peernet.%I '
            'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.input_version_noted_updated()', input);
    END LOOP;
    FOREACH input IN ARRAY ARRAY['pins', 'network_notes'] LOOP
        EXECUTE format('CREATE TRIGGER input_version_noted_truncated AFTER TRUNCATE ON peernet.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.input_version_noted_truncated()', input);
    END LOOP;
END $$;

CREATE FUNCTION peernet.changed_since(programme text, version bigint, OUT input text, OUT at timestamptz) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT v.input, v.at FROM peernet.input_versions AS v
    WHERE v.version > changed_since.version AND v.programme IN ('', changed_since.programme) AND v.input <> 'programmes'
    ORDER BY v.input;
END;
COMMENT ON FUNCTION peernet.changed_since IS 'The kinds of input of a programme that changed after that version, and when they did last.';

-- Of two rules that contradict each other never both are set: add_pin and set_network ask this, with the row of state
-- locked. Who it was and what is told from the trail.
CREATE FUNCTION peernet.rules_unchanged(programme text, version bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    last peernet.audit;
BEGIN
    IF NOT EXISTS (SELECT FROM peernet.input_versions v WHERE v.programme = rules_unchanged.programme
                   AND v.input IN ('pins', 'settings') AND v.version > rules_unchanged.version) THEN
        RETURN;
    END IF;
    SELECT * INTO last FROM peernet.audit a WHERE a.programme = rules_unchanged.programme
        AND split_part(a.action, '.', 1) IN ('pins', 'network_notes', 'programmes') ORDER BY a.entry DESC LIMIT 1;
    RAISE EXCEPTION 'meanwhile % %', coalesce(last.who, 'somebody'), coalesce(CASE
            WHEN last.action = 'pins.add' THEN format('set pin %s (%s: %s)', last.after #>> '{0,pin}', last.after #>> '{0,rule}',
                (SELECT string_agg(o, ', ') FROM jsonb_array_elements_text(last.after #> '{0,organizers}') AS o))
            WHEN last.action = 'pins.remove' THEN 'removed pin ' || (last.before #>> '{0,pin}')
            WHEN last.action LIKE 'network\_notes.%' THEN 'changed network ' || (coalesce(last.after, last.before) #>> '{0,network}')
            WHEN last.action LIKE 'programmes.%' THEN 'changed programme ' || last.programme END,
            'changed the rules or settings of programme ' || rules_unchanged.programme)
        USING ERRCODE = 'PN001', HINT = 'nothing was changed; look at the pins and networks again';
END $$;
COMMENT ON FUNCTION peernet.rules_unchanged IS 'PN001 where pins, locks or settings of the programme were changed after that version of the inputs (NULL: it does not matter), with who did last.';

-- A run never changes, so that somebody does not want it is beside it.
CREATE TABLE peernet.rejections (
    run bigint PRIMARY KEY REFERENCES peernet.runs (run) ON DELETE CASCADE,
    who text NOT NULL CHECK (who <> ''),
    at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    why text NOT NULL CHECK (why <> '' AND length(why) <= 1000)
);
COMMENT ON TABLE peernet.rejections IS 'Proposals that a person did not want, and why. Written by reject_run; outdone by publishing it all the same.';

CREATE FUNCTION peernet.decide_about(run bigint, who text, origin text, OUT programme text, OUT inputs_version bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF who IS NULL OR who = '' THEN
        RAISE EXCEPTION 'who decides about run %? The name must not be empty', decide_about.run
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT r.programme, r.inputs_version INTO decide_about.programme, decide_about.inputs_version
    FROM peernet.runs r WHERE r.run = decide_about.run;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no run %', decide_about.run USING ERRCODE = 'PN003';
    END IF;
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    PERFORM set_config('peernet.who', who, true), set_config('peernet.origin', coalesce(origin, ''), true);
END $$;
COMMENT ON FUNCTION peernet.decide_about IS 'What each decision about a run begins with: who and the run are checked, the row of versions is locked; settings of the transaction say for whom, and from where, it acts.';

CREATE FUNCTION peernet.publish_current(INOUT run bigint, IN who text, IN accepting text, IN origin text DEFAULT NULL, OUT programme text, OUT published_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    version bigint;
    already boolean;
    changed text;
    inputs text[];
    binding text[] := CASE accepting WHEN 'inputs' THEN ARRAY['settings', 'pins'] WHEN 'checked' THEN ARRAY[]::text[] END;
    rejection peernet.rejections;
    forbidden text;
BEGIN
    IF accepting IS NULL OR accepting NOT IN ('none', 'inputs', 'checked', 'all') THEN
        RAISE EXCEPTION 'accepting: % came; allowed are none, inputs, checked and all', coalesce(quote_literal(accepting), 'nothing')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- A run that publishes itself obeys the policy as it is now, which whoever changes it does with this row locked.
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    IF accepting IN ('inputs', 'checked') THEN
        forbidden := peernet.publishing_forbidden(publish_current.run);
        IF forbidden IS NOT NULL AND NOT EXISTS (SELECT FROM peernet.programmes p WHERE p.published_run = publish_current.run) THEN
            RAISE EXCEPTION '%', forbidden USING ERRCODE = 'PN004';
        END IF;
    END IF;
    SELECT n.programme, n.inputs_version INTO publish_current.programme, version
    FROM peernet.decide_about(publish_current.run, publish_current.who, publish_current.origin) AS n;
    already := EXISTS (SELECT FROM peernet.programmes p
                       WHERE p.name = publish_current.programme AND p.published_run = publish_current.run);
    SELECT p.published_at INTO publish_current.published_at
    FROM peernet.publish_run(publish_current.run, publish_current.who, publish_current.origin) AS p;
    IF already THEN
        RETURN;
    END IF;
    SELECT * INTO rejection FROM peernet.rejections r WHERE r.run = publish_current.run;
    IF FOUND AND accepting <> 'all' THEN
        RAISE EXCEPTION 'run % was rejected by % on %: %', publish_current.run, rejection.who, to_char(rejection.at, 'YYYY-MM-DD'), rejection.why
            USING ERRCODE = 'PN001', HINT = 'run the programme again, or publish it all the same with force';
    END IF;
    SELECT array_agg(c.input), string_agg(format('%s (changed %s)', c.input, to_char(c.at, 'YYYY-MM-DD HH24:MI:SS')), ', ')
    INTO inputs, changed
    FROM peernet.changed_since(publish_current.programme, version) AS c
    WHERE binding IS NULL OR c.input = ANY (binding);
    IF changed IS NOT NULL AND accepting <> 'all' THEN
        RAISE EXCEPTION 'run % of programme % rests on what is no longer current: %', publish_current.run,
            publish_current.programme, changed
            USING ERRCODE = 'PN001', HINT = 'run the programme again, or publish it all the same with force';
    END IF;
    IF accepting = 'all' AND (rejection.run IS NOT NULL OR inputs IS NOT NULL) THEN
        INSERT INTO peernet.audit (who, action, programme, run, detail)
        VALUES (publish_current.who, 'publish.force', publish_current.programme, publish_current.run,
                jsonb_strip_nulls(jsonb_build_object('changed', to_jsonb(inputs), 'rejected_by', rejection.who)));
    END IF;
END $$;
COMMENT ON FUNCTION peernet.publish_current IS
    'publish_run, refused (PN001) also where the run was rejected or its inputs have changed since, which are named. accepting: none; inputs, where only settings and pins must still be the same; checked, where whoever calls has seen that they are; all. inputs and checked are for runs that publish themselves: PN004 where the policy of the programme forbids that, or it is archived. 22023: another word.';

CREATE FUNCTION peernet.reject_run(INOUT run bigint, IN who text, IN why text, IN origin text DEFAULT NULL, OUT programme text, OUT rejected_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
BEGIN
    SELECT n.programme INTO reject_run.programme FROM peernet.decide_about(reject_run.run, reject_run.who, reject_run.origin) AS n;
    IF EXISTS (SELECT FROM peernet.programmes p WHERE p.published_run = reject_run.run) THEN
        RAISE EXCEPTION 'run % is published', reject_run.run
            USING ERRCODE = 'invalid_parameter_value', HINT = 'roll back to an earlier run instead';
    END IF;
    INSERT INTO peernet.rejections AS r (run, who, why) VALUES (reject_run.run, reject_run.who, reject_run.why)
    ON CONFLICT DO NOTHING RETURNING r.at INTO reject_run.rejected_at;
    IF NOT FOUND THEN
        SELECT r.at INTO reject_run.rejected_at FROM peernet.rejections r WHERE r.run = reject_run.run;
        RETURN;
    END IF;
    INSERT INTO peernet.audit (who, action, programme, run, detail)
    VALUES (reject_run.who, 'reject', reject_run.programme, reject_run.run, jsonb_build_object('why', reject_run.why));
    PERFORM peernet.results_changed();
END $$;
COMMENT ON FUNCTION peernet.reject_run IS 'A proposal is not wanted, with its audit row; the first rejection stands. PN003: no such run; 22023: it is published.';

CREATE FUNCTION peernet.rollback_run(INOUT run bigint, IN who text, IN why text, IN expected bigint, IN origin text DEFAULT NULL, OUT programme text,
                                     OUT published_at timestamptz, OUT replaced bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    rejection peernet.rejections;
BEGIN
    SELECT n.programme INTO rollback_run.programme FROM peernet.decide_about(rollback_run.run, rollback_run.who, rollback_run.origin) AS n;
    SELECT p.published_run, p.published_at INTO rollback_run.replaced, rollback_run.published_at
    FROM peernet.programmes p WHERE p.name = rollback_run.programme FOR NO KEY UPDATE;
    IF rollback_run.replaced = rollback_run.run THEN
        RETURN;
    END IF;
    IF rollback_run.replaced IS DISTINCT FROM coalesce(rollback_run.expected, rollback_run.replaced) THEN
        RAISE EXCEPTION 'run % is no longer what is published for programme %: % is', rollback_run.expected,
            rollback_run.programme, coalesce('run ' || rollback_run.replaced, 'nothing') USING ERRCODE = 'PN001';
    END IF;
    IF NOT EXISTS (SELECT FROM peernet.audit a WHERE a.run = rollback_run.run AND a.action IN ('publish', 'rollback')) THEN
        RAISE EXCEPTION 'run % was never published', rollback_run.run
            USING ERRCODE = 'invalid_parameter_value', HINT = 'publish it';
    END IF;
    -- Who rejected it meanwhile is not passed over; publishing it all the same outdoes that.
    SELECT * INTO rejection FROM peernet.rejections r WHERE r.run = rollback_run.run AND NOT EXISTS (
        SELECT FROM peernet.audit a WHERE a.run = r.run AND a.action IN ('publish', 'rollback') AND a.at > r.at);
    IF FOUND THEN
        RAISE EXCEPTION 'run % was rejected by % on %: %', rollback_run.run, rejection.who, to_char(rejection.at, 'YYYY-MM-DD'), rejection.why
            USING ERRCODE = 'PN001', HINT = 'roll back to another, or run the programme again';
    END IF;
    rollback_run.published_at := clock_timestamp();
    -- The trail's row is that of the trigger, which calls it what it is.
    PERFORM set_config('peernet.action', 'rollback', true), set_config('peernet.why', coalesce(rollback_run.why, ''), true);
    UPDATE peernet.programmes p SET published_run = rollback_run.run, published_at = rollback_run.published_at
    WHERE p.name = rollback_run.programme;
    PERFORM set_config('peernet.action', '', true), set_config('peernet.why', '', true);
END $$;
COMMENT ON FUNCTION peernet.rollback_run IS
    'Publishes again a run that was published before, with its row in the trail, rollback. PN001: something else than the expected run is published (NULL expects nothing), or it was rejected since it was published. 22023: it never was.';

CREATE FUNCTION peernet.note_cancel(run bigint, programme text, who text, origin text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
BEGIN
    PERFORM set_config('peernet.origin', coalesce(origin, ''), true);
    INSERT INTO peernet.audit (who, action, programme, run)
    VALUES (note_cancel.who, 'cancel', note_cancel.programme, note_cancel.run);
END $$;
COMMENT ON FUNCTION peernet.note_cancel IS 'The audit row of a run that was cancelled while it was computed, which leaves no run.';

REVOKE ALL ON FUNCTION peernet.note_input, peernet.input_version_noted, peernet.input_version_noted_added,
    peernet.input_version_noted_removed, peernet.input_version_noted_updated, peernet.input_version_noted_truncated,
    peernet.changed_since, peernet.rules_unchanged, peernet.decide_about, peernet.publish_current,
    peernet.reject_run, peernet.rollback_run, peernet.note_cancel FROM PUBLIC;
GRANT SELECT ON peernet.input_versions, peernet.rejections TO peernet_daemon, peernet_reader;
GRANT EXECUTE ON FUNCTION peernet.changed_since TO peernet_daemon, peernet_reader;
GRANT EXECUTE ON FUNCTION peernet.publish_current, peernet.reject_run, peernet.rollback_run, peernet.note_cancel TO peernet_daemon;
