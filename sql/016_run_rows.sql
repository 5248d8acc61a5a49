-- 016: the rows of a run are held against other tables a statement at a time. A foreign key looks up and locks a row for
-- each row that is added, which was half of what writing a run costs; sets are compared in a tenth of that. What holds is
-- what held: whoever adds rows to a run has added the run, and with it has the row of state until its transaction ends,
-- and whoever takes an organizer away has that row too before it looks whether a run names it. So the second of two sees
-- what the first did.

-- All at once, and in the order in which a daemon's load reads them: taken one by one as they are changed, the two could wait
-- for each other.
LOCK TABLE peernet.runs, peernet.organizers, peernet.networks, peernet.members, peernet.unmatched IN ACCESS EXCLUSIVE MODE;

ALTER TABLE peernet.networks  DROP CONSTRAINT networks_run_fkey;
ALTER TABLE peernet.members   DROP CONSTRAINT members_organizer_fkey, DROP CONSTRAINT members_run_network_fkey;
ALTER TABLE peernet.unmatched DROP CONSTRAINT unmatched_run_fkey, DROP CONSTRAINT unmatched_organizer_fkey;
-- It was there for the foreign key; whoever reads members reads those of a run.
DROP INDEX peernet.members_network;

-- A run's rows come in the transaction that wrote the run itself (without savepoints), and name what there is. One look at
-- the rows for all of it: there may be a million.
CREATE OR REPLACE FUNCTION peernet.run_is_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '64MB' AS $$
DECLARE
    late bigint;
    missing text;
BEGIN
    IF TG_TABLE_NAME IN ('networks', 'run_inputs') THEN
        SELECT n.run, CASE WHEN r.run IS NULL THEN 'run ' || n.run END INTO late, missing
        FROM new_rows AS n LEFT JOIN peernet.runs AS r USING (run)
        WHERE r.run IS NULL OR r.xmin <> pg_current_xact_id()::xid LIMIT 1;
    ELSIF TG_TABLE_NAME = 'members' THEN
        SELECT n.run, CASE WHEN r.run IS NULL THEN 'run ' || n.run WHEN r.xmin <> pg_current_xact_id()::xid THEN NULL
                           WHEN o.id IS NULL THEN 'organizer ' || n.organizer
                           ELSE format('network %s of run %s', n.network, n.run) END INTO late, missing
        FROM new_rows AS n LEFT JOIN peernet.runs AS r USING (run) LEFT JOIN peernet.organizers AS o ON o.id = n.organizer
        LEFT JOIN peernet.networks AS w ON w.run = n.run AND w.network = n.network
        WHERE r.run IS NULL OR r.xmin <> pg_current_xact_id()::xid OR o.id IS NULL OR w.run IS NULL LIMIT 1;
    ELSE
        SELECT n.run, CASE WHEN r.run IS NULL THEN 'run ' || n.run WHEN r.xmin <> pg_current_xact_id()::xid THEN NULL
                           ELSE 'organizer ' || n.organizer END INTO late, missing
        FROM new_rows AS n LEFT JOIN peernet.runs AS r USING (run) LEFT JOIN peernet.organizers AS o ON o.id = n.organizer
        WHERE r.run IS NULL OR r.xmin <> pg_current_xact_id()::xid OR o.id IS NULL LIMIT 1;
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'peernet.%: there is no %', TG_TABLE_NAME, missing USING ERRCODE = 'foreign_key_violation';
    ELSIF late IS NOT NULL THEN
        RAISE EXCEPTION 'peernet.%: run % is written already, nothing can be added to it', TG_TABLE_NAME, late
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

-- What a run names stays.
CREATE FUNCTION peernet.organizers_held() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held text;
BEGIN
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    IF TG_OP = 'UPDATE' THEN
        SELECT OLD.id INTO held WHERE EXISTS (SELECT FROM peernet.members AS m WHERE m.organizer = OLD.id)
            OR EXISTS (SELECT FROM peernet.unmatched AS u WHERE u.organizer = OLD.id);
    ELSIF TG_OP = 'TRUNCATE' THEN
        SELECT m.organizer INTO held FROM (SELECT organizer FROM peernet.members UNION ALL SELECT organizer FROM peernet.unmatched)
            AS m LIMIT 1;
    ELSE
        SELECT o.id INTO held FROM old_rows AS o
        WHERE o.id IN (SELECT m.organizer FROM peernet.members AS m)
           OR o.id IN (SELECT u.organizer FROM peernet.unmatched AS u) LIMIT 1;
    END IF;
    IF held IS NOT NULL THEN
        RAISE EXCEPTION 'peernet.organizers: a run names organizer % (% refused)', held, lower(TG_OP)
            USING ERRCODE = 'foreign_key_violation', HINT = 'remove the runs that name it first';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER organizers_held AFTER DELETE ON peernet.organizers REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION peernet.organizers_held();
CREATE TRIGGER organizers_held_renamed AFTER UPDATE OF id ON peernet.organizers
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION peernet.organizers_held();
CREATE TRIGGER organizers_held_emptied BEFORE TRUNCATE ON peernet.organizers
    FOR EACH STATEMENT EXECUTE FUNCTION peernet.organizers_held();

-- A run goes last, a network after its members.
CREATE FUNCTION peernet.run_rows_held() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held text;
BEGIN
    IF TG_TABLE_NAME = 'networks' THEN
        SELECT format('network %s of run %s has members', o.network, o.run) INTO held FROM old_rows AS o
        WHERE (o.run, o.network) IN (SELECT m.run, m.network FROM peernet.members AS m
                                     WHERE m.run IN (SELECT run FROM old_rows)) LIMIT 1;
    ELSE
        SELECT format('run %s has networks or organizers', o.run) INTO held FROM old_rows AS o
        WHERE EXISTS (SELECT FROM peernet.networks AS n WHERE n.run = o.run)
           OR EXISTS (SELECT FROM peernet.members AS m WHERE m.run = o.run)
           OR EXISTS (SELECT FROM peernet.unmatched AS u WHERE u.run = o.run) LIMIT 1;
    END IF;
    IF held IS NOT NULL THEN
        RAISE EXCEPTION 'peernet.%: % (delete refused)', TG_TABLE_NAME, held USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER run_rows_held AFTER DELETE ON peernet.networks REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION peernet.run_rows_held();
CREATE TRIGGER run_rows_held AFTER DELETE ON peernet.runs REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION peernet.run_rows_held();

REVOKE ALL ON FUNCTION peernet.organizers_held, peernet.run_rows_held FROM PUBLIC;
