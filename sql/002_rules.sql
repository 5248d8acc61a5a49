-- 002: what the tables do by themselves: versions that grow, runs that never change, publishing.
-- Every function here runs with its owner's rights and a fixed search_path, so that a role with few rights sets it off
-- but cannot bend it.

CREATE FUNCTION peernet.inputs_changed() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH changed AS (UPDATE peernet.state SET inputs_version = inputs_version + 1 RETURNING inputs_version)
    SELECT pg_notify('peernet', 'inputs ' || inputs_version) FROM changed;
END;
COMMENT ON FUNCTION peernet.inputs_changed IS 'Raises inputs_version by one and tells listeners when the transaction commits.';

CREATE FUNCTION peernet.results_changed() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH changed AS (UPDATE peernet.state SET results_version = results_version + 1 RETURNING results_version)
    SELECT pg_notify('peernet', 'results ' || results_version) FROM changed;
END;
COMMENT ON FUNCTION peernet.results_changed IS 'Raises results_version by one and tells listeners when the transaction commits.';

-- A statement that touched no row, or wrote what was there already, is no change.
CREATE FUNCTION peernet.input_rows_added() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows) THEN
        PERFORM peernet.inputs_changed();
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION peernet.input_rows_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM old_rows) THEN
        PERFORM peernet.inputs_changed();
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION peernet.input_rows_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (TABLE new_rows EXCEPT TABLE old_rows) THEN
        PERFORM peernet.inputs_changed();
    END IF;
    RETURN NULL;
END $$;

-- TRUNCATE tells no rows: it always counts as a change.
CREATE FUNCTION peernet.input_rows_truncated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM peernet.inputs_changed();
    RETURN NULL;
END $$;

-- Of a programme the words and settings are inputs, the published run is a result.
CREATE FUNCTION peernet.programmes_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT name, title_sv, title_en, settings FROM new_rows
               EXCEPT SELECT name, title_sv, title_en, settings FROM old_rows) THEN
        PERFORM peernet.inputs_changed();
    END IF;
    IF EXISTS (SELECT name, published_run, published_at FROM new_rows
               EXCEPT SELECT name, published_run, published_at FROM old_rows) THEN
        PERFORM peernet.results_changed();
    END IF;
    RETURN NULL;
END $$;

DO $$
DECLARE
    input text;
BEGIN
    FOREACH input IN ARRAY ARRAY['organizers', 'challenges', 'reports', 'programmes', 'pins'] LOOP
        EXECUTE format('CREATE TRIGGER input_rows_added AFTER INSERT ON peernet.%I REFERENCING NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.input_rows_added()', input);
        EXECUTE format('CREATE TRIGGER input_rows_removed AFTER DELETE ON peernet.%I REFERENCING OLD TABLE AS old_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.input_rows_removed()', input);
        EXECUTE format('CREATE TRIGGER input_rows_updated AFTER UPDATE ON peernet.%I '
            'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION peernet.%I()',
            input, CASE input WHEN 'programmes' THEN 'programmes_updated' ELSE 'input_rows_updated' END);
        EXECUTE format('CREATE TRIGGER input_rows_truncated AFTER TRUNCATE ON peernet.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.input_rows_truncated()', input);
    END LOOP;
END $$;

CREATE FUNCTION peernet.runs_added() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows) THEN
        PERFORM peernet.results_changed();
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER runs_added AFTER INSERT ON peernet.runs REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION peernet.runs_added();

-- Runs never change. What is old may be removed, by a member of peernet_owner that says so in its transaction:
--   SET LOCAL peernet.retention = 'on'; DELETE ...
CREATE FUNCTION peernet.runs_stay() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('peernet.retention', true) = 'on'
       AND pg_has_role(current_user, 'peernet_owner', 'USAGE') THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'peernet.%: a run that is written is never changed (% refused)', TG_TABLE_NAME, lower(TG_OP)
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'old runs are removed by a member of peernet_owner after SET LOCAL peernet.retention = ''on''';
END $$;

-- Nor does a run grow: its rows come in the transaction that wrote the run itself (without savepoints).
CREATE FUNCTION peernet.run_is_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    late bigint;
BEGIN
    SELECT r.run INTO late FROM peernet.runs r
    WHERE r.run IN (SELECT DISTINCT n.run FROM new_rows n) AND r.xmin <> pg_current_xact_id()::xid
    ORDER BY r.run LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'peernet.%: run % is written already, nothing can be added to it', TG_TABLE_NAME, late
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

DO $$
DECLARE
    result text;
BEGIN
    FOREACH result IN ARRAY ARRAY['runs', 'networks', 'members', 'unmatched'] LOOP
        EXECUTE format('CREATE TRIGGER runs_stay BEFORE UPDATE OR DELETE ON peernet.%I '
            'FOR EACH ROW EXECUTE FUNCTION peernet.runs_stay()', result);
        EXECUTE format('CREATE TRIGGER runs_stay_whole BEFORE TRUNCATE ON peernet.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.runs_stay()', result);
    END LOOP;
    FOREACH result IN ARRAY ARRAY['networks', 'members', 'unmatched'] LOOP
        EXECUTE format('CREATE TRIGGER run_is_whole AFTER INSERT ON peernet.%I REFERENCING NEW TABLE AS new_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION peernet.run_is_whole()', result);
    END LOOP;
END $$;

-- Whoever changes a programme's row takes the row of versions first, as who writes a run has by then: taken the other
-- way round, a worker that publishes its own run and somebody else's change would wait for each other.
CREATE FUNCTION peernet.state_first() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    RETURN NULL;
END $$;
CREATE TRIGGER state_first BEFORE UPDATE OR DELETE ON peernet.programmes
    FOR EACH STATEMENT EXECUTE FUNCTION peernet.state_first();

-- Publishing: the pointer and its audit row, in the caller's transaction. The programme's row is locked before it is
-- read, so of two runs with the same base the second to come is stale.
CREATE FUNCTION peernet.publish_run(INOUT run bigint, IN who text, OUT programme text, OUT published_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    base bigint;
    now_published bigint;
BEGIN
    IF who IS NULL OR who = '' THEN
        RAISE EXCEPTION 'who publishes run %? The name must not be empty', publish_run.run
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT r.programme, r.base_run INTO publish_run.programme, base FROM peernet.runs r WHERE r.run = publish_run.run;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no run %', publish_run.run USING ERRCODE = 'PN003';
    END IF;
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    SELECT p.published_run, p.published_at INTO now_published, publish_run.published_at
    FROM peernet.programmes p WHERE p.name = publish_run.programme FOR NO KEY UPDATE;
    IF now_published = publish_run.run THEN
        RETURN;
    END IF;
    IF now_published IS DISTINCT FROM base THEN
        RAISE EXCEPTION 'run % of programme % rests on %, but % is published now', publish_run.run,
            publish_run.programme, coalesce('run ' || base, 'nothing published'), coalesce('run ' || now_published, 'nothing')
            USING ERRCODE = 'PN001', HINT = 'run the programme again to build on what is published';
    END IF;
    publish_run.published_at := clock_timestamp();
    UPDATE peernet.programmes p SET published_run = publish_run.run, published_at = publish_run.published_at
    WHERE p.name = publish_run.programme;
    INSERT INTO peernet.audit (who, action, programme, run, detail)
    VALUES (publish_run.who, 'publish', publish_run.programme, publish_run.run, jsonb_build_object('replaced', now_published));
END $$;
COMMENT ON FUNCTION peernet.publish_run IS
    'Moves the pointer of the run''s programme to it. PN003: no such run. PN001: something else than its base is published. '
    'A run that is published already stays so, with the time of its publication.';
