-- The three groups of the cluster; nobody logs in as them: GRANT them to the roles that do. `peernet db init` runs this
-- and it may be run again at any time. An administrator may run it beforehand (psql -f roles.sql) where the role that
-- runs `peernet db init` has no CREATEROLE; that role must then be a member of peernet_owner.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['peernet_owner', 'peernet_daemon', 'peernet_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another init in the same cluster was quicker
            END;
        END IF;
    END LOOP;
    IF NOT pg_has_role(current_user, 'peernet_owner', 'USAGE') THEN
        EXECUTE format('GRANT peernet_owner TO %I', current_user);
    END IF;
END $$;
