-- 017: a proposal whose inputs changed and changed back rests on what is current again; who locked a network is told also
-- when somebody else has named it since.

CREATE TABLE peernet.run_checks (
    run            bigint PRIMARY KEY REFERENCES peernet.runs (run) ON DELETE CASCADE,
    inputs_version bigint NOT NULL,
    at             timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE peernet.run_checks IS 'At which later version the inputs of a proposal were found to be the same as when it was computed. Written by confirm_run.';

CREATE FUNCTION peernet.run_version(run bigint) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT greatest(r.inputs_version, c.inputs_version) FROM peernet.runs AS r LEFT JOIN peernet.run_checks AS c USING (run)
        WHERE r.run = run_version.run);
COMMENT ON FUNCTION peernet.run_version IS 'The latest version of the inputs at which they are known to be those of the run.';

CREATE FUNCTION peernet.confirm_run(run bigint, inputs_version bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM peernet.runs AS r, peernet.changed_since(r.programme, peernet.run_version(r.run)) WHERE r.run = confirm_run.run) THEN
        RETURN; -- without waiting for who holds the row of state: there is nothing to note
    END IF;
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    -- Nobody has read a version that is still to come.
    INSERT INTO peernet.run_checks AS c (run, inputs_version)
    SELECT confirm_run.run, least(confirm_run.inputs_version, s.inputs_version) FROM peernet.state AS s
    ON CONFLICT (run) DO UPDATE SET inputs_version = greatest(c.inputs_version, excluded.inputs_version), at = clock_timestamp();
    PERFORM peernet.results_changed();
END $$;
COMMENT ON FUNCTION peernet.confirm_run IS 'The worker read that version of the inputs and found their digest to be that of the run.';

-- As before, but that it is as new as it was last found to be.
CREATE OR REPLACE FUNCTION peernet.decide_about(run bigint, who text, origin text, OUT programme text, OUT inputs_version bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF who IS NULL OR who = '' THEN
        RAISE EXCEPTION 'who decides about run %? The name must not be empty', decide_about.run
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT r.programme, peernet.run_version(r.run) INTO decide_about.programme, decide_about.inputs_version
    FROM peernet.runs r WHERE r.run = decide_about.run;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no run %', decide_about.run USING ERRCODE = 'PN003';
    END IF;
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM peernet.programmes p WHERE p.name = decide_about.programme AND p.archived_at IS NOT NULL) THEN
        RAISE EXCEPTION 'programme % is archived', decide_about.programme USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM peernet.act_for(decide_about.who, decide_about.origin);
END $$;

ALTER TABLE peernet.network_notes ADD COLUMN locked_by text CHECK (locked_by <> '');
COMMENT ON COLUMN peernet.network_notes.locked_by IS 'Who locked it; NULL: nobody has, or before this column was there (then changed_by).';

-- As before, with who locked it.
CREATE OR REPLACE FUNCTION peernet.set_network(programme text, network integer, name text, note text, locked boolean, version bigint,
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
    INSERT INTO peernet.network_notes AS n (programme, network, name, remark, locked, changed_by, locked_by)
    VALUES (set_network.programme, set_network.network, coalesce(set_network.name, ''), coalesce(set_network.note, ''),
            coalesce(set_network.locked, false), set_network.who, CASE WHEN set_network.locked THEN set_network.who END)
    ON CONFLICT (programme, network) DO UPDATE
    SET name = coalesce(set_network.name, n.name), remark = coalesce(set_network.note, n.remark),
        locked = coalesce(set_network.locked, n.locked), locked_by = CASE WHEN NOT coalesce(set_network.locked, n.locked) THEN NULL
            WHEN n.locked THEN coalesce(n.locked_by, n.changed_by) ELSE set_network.who END, version = n.version + 1, changed_by = set_network.who,
        changed_at = clock_timestamp();
    RETURN coalesce(was.version, 0) + 1;
END $$;

REVOKE ALL ON FUNCTION peernet.run_version, peernet.confirm_run FROM PUBLIC;
GRANT SELECT ON peernet.run_checks TO peernet_daemon, peernet_reader;
GRANT EXECUTE ON FUNCTION peernet.run_version TO peernet_daemon, peernet_reader;
GRANT EXECUTE ON FUNCTION peernet.confirm_run TO peernet_daemon;
