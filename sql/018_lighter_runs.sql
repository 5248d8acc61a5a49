-- 018: runs are written with less work. What a network shares is kept as it is told (json): nothing here looks into it, and
-- to take it apart cost more than all else of a network. What a run was computed of is compressed by the quicker way where
-- the server knows it, and held against the run row by row: a statement's rows would be copied once more, and there are few.

LOCK TABLE peernet.networks, peernet.run_inputs IN ACCESS EXCLUSIVE MODE;

ALTER TABLE peernet.networks DROP CONSTRAINT networks_shared_check;
ALTER TABLE peernet.networks ALTER COLUMN shared TYPE json;
ALTER TABLE peernet.networks ADD CONSTRAINT networks_shared_check CHECK (json_typeof(shared) = 'array');

DO $$
BEGIN
    ALTER TABLE peernet.networks ALTER COLUMN shared SET COMPRESSION lz4;
    ALTER TABLE peernet.run_inputs ALTER COLUMN bytes SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL; -- a server without lz4: as before
END $$;

-- As run_is_whole (016); whether the run is there at all is the foreign key's to say.
CREATE FUNCTION peernet.run_inputs_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM peernet.runs AS r WHERE r.run = NEW.run AND r.xmin <> pg_current_xact_id()::xid) THEN
        RAISE EXCEPTION 'peernet.run_inputs: run % is written already, nothing can be added to it', NEW.run
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER run_is_whole ON peernet.run_inputs;
CREATE TRIGGER run_is_whole AFTER INSERT ON peernet.run_inputs FOR EACH ROW EXECUTE FUNCTION peernet.run_inputs_whole();
REVOKE ALL ON FUNCTION peernet.run_inputs_whole FROM PUBLIC;
