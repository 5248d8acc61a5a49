-- 014: what a run was computed of, so that it can be computed again when organizers, reports and rules have changed: the
-- rows as the worker read them, in pieces of at most a megabyte, which PostgreSQL compresses.

CREATE TABLE peernet.run_inputs (
    run   bigint NOT NULL REFERENCES peernet.runs (run) ON DELETE CASCADE,
    part  integer NOT NULL CHECK (part > 0),
    bytes bytea NOT NULL,
    PRIMARY KEY (run, part)
);
COMMENT ON TABLE peernet.run_inputs IS 'The inputs of newer runs, in the worker''s own form. Written with the run by peernet-regroup; old ones go by forget_run_inputs, all of a run with it.';
COMMENT ON COLUMN peernet.run_inputs.part IS '1, 2, ...: the pieces in their order.';

-- As for the rows of a run (002): none is changed, and none comes later than the run.
CREATE FUNCTION peernet.run_inputs_stay() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'peernet.run_inputs: what a run was computed of is never changed (update refused)'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER run_inputs_stay BEFORE UPDATE ON peernet.run_inputs
    FOR EACH ROW EXECUTE FUNCTION peernet.run_inputs_stay();
CREATE TRIGGER run_is_whole AFTER INSERT ON peernet.run_inputs REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION peernet.run_is_whole();

CREATE FUNCTION peernet.forget_run_inputs(programme text, newest integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    DELETE FROM peernet.run_inputs AS i USING peernet.runs AS r
    WHERE r.run = i.run AND r.programme = forget_run_inputs.programme
        AND r.run NOT IN (SELECT n.run FROM peernet.runs AS n WHERE n.programme = forget_run_inputs.programme
                          ORDER BY n.run DESC LIMIT greatest(forget_run_inputs.newest, 0))
        AND NOT EXISTS (SELECT FROM peernet.programmes AS p WHERE p.published_run = r.run);
END;
COMMENT ON FUNCTION peernet.forget_run_inputs IS 'Keeps the inputs of the newest runs of a programme and of its published one; those of the others go.';

REVOKE ALL ON FUNCTION peernet.run_inputs_stay, peernet.forget_run_inputs FROM PUBLIC;
GRANT SELECT, INSERT ON peernet.run_inputs TO peernet_daemon;
GRANT EXECUTE ON FUNCTION peernet.forget_run_inputs TO peernet_daemon;
