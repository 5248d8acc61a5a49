-- 018: less waiting for the row of state, which an import holds until it ends.
--
-- The daemon tells the end of a due run again: it waits for that no longer than for its clients, who wait behind it on its
-- one connection.

ALTER FUNCTION peernet.end_due(text, timestamptz, text) SET lock_timeout = '1s';

-- As before, but that it waits only where there is something to note.
CREATE OR REPLACE FUNCTION peernet.confirm_run(run bigint, inputs_version bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM peernet.runs AS r, peernet.changed_since(r.programme, peernet.run_version(r.run)) WHERE r.run = confirm_run.run) THEN
        RETURN; -- without waiting for anybody
    END IF;
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    INSERT INTO peernet.run_checks AS c (run, inputs_version) VALUES (confirm_run.run, confirm_run.inputs_version)
    ON CONFLICT (run) DO UPDATE SET inputs_version = greatest(c.inputs_version, excluded.inputs_version), at = clock_timestamp();
    PERFORM peernet.results_changed();
END $$;
