-- 021: what a large programme's run keeps for the next one, so that this costs what has changed: who was most similar to
-- whom, in pieces, in the worker's own form.

CREATE TABLE peernet.run_neighbours (
    run   bigint NOT NULL REFERENCES peernet.runs (run) ON DELETE CASCADE,
    part  integer NOT NULL CHECK (part > 0),
    bytes bytea NOT NULL,
    PRIMARY KEY (run, part)
);
COMMENT ON TABLE peernet.run_neighbours IS 'What the newest run of a programme and its published one found out about who is similar to whom, in the worker''s own form: where the next run begins. Written with the run by peernet-regroup; that of others goes by forget_run_neighbours. Without it the next run finds the same neighbours anew, and searches for its networks from the start.';
COMMENT ON COLUMN peernet.run_neighbours.part IS '1, 2, ...: the pieces in their order.';

-- As for what a run was computed of (014, 018).
CREATE FUNCTION peernet.run_neighbours_stay() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'peernet.run_neighbours: what a run kept for the next one is never changed (update refused)'
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER run_neighbours_stay BEFORE UPDATE ON peernet.run_neighbours
    FOR EACH ROW EXECUTE FUNCTION peernet.run_neighbours_stay();

CREATE FUNCTION peernet.run_neighbours_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM peernet.runs AS r WHERE r.run = NEW.run AND r.xmin <> pg_current_xact_id()::xid) THEN
        RAISE EXCEPTION 'peernet.run_neighbours: run % is written already, nothing can be added to it', NEW.run
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER run_is_whole AFTER INSERT ON peernet.run_neighbours
    FOR EACH ROW EXECUTE FUNCTION peernet.run_neighbours_whole();

CREATE FUNCTION peernet.forget_run_neighbours(programme text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    DELETE FROM peernet.run_neighbours AS k USING peernet.runs AS r
    WHERE r.run = k.run AND r.programme = forget_run_neighbours.programme
        AND r.run < (SELECT max(n.run) FROM peernet.runs AS n WHERE n.programme = forget_run_neighbours.programme)
        AND NOT EXISTS (SELECT FROM peernet.programmes AS p WHERE p.published_run = r.run);
END;
COMMENT ON FUNCTION peernet.forget_run_neighbours IS 'Leaves what the newest run of a programme and its published one kept for the next; that of the others goes.';

DO $$
BEGIN
    ALTER TABLE peernet.run_neighbours ALTER COLUMN bytes SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL; -- a server without lz4: as before
END $$;

REVOKE ALL ON FUNCTION peernet.run_neighbours_stay, peernet.run_neighbours_whole, peernet.forget_run_neighbours FROM PUBLIC;
GRANT SELECT, INSERT ON peernet.run_neighbours TO peernet_daemon;
GRANT EXECUTE ON FUNCTION peernet.forget_run_neighbours TO peernet_daemon;
