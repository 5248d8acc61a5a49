-- 003: who may do what in this database. Roles are made by roles.sql; people and programs log in as members of them.

REVOKE ALL ON SCHEMA peernet FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA peernet FROM PUBLIC;
GRANT USAGE ON SCHEMA peernet TO peernet_daemon, peernet_reader;

GRANT SELECT ON ALL TABLES IN SCHEMA peernet TO peernet_daemon, peernet_reader;
REVOKE SELECT ON peernet.audit FROM peernet_reader;

-- The worker logs in with the daemon's role: it writes whole runs and publishes them, and cannot touch the inputs.
GRANT INSERT ON peernet.runs, peernet.networks, peernet.members, peernet.unmatched TO peernet_daemon;
GRANT USAGE ON SEQUENCE peernet.run_numbers TO peernet_daemon;
GRANT EXECUTE ON FUNCTION peernet.publish_run TO peernet_daemon;

-- What the tables' own checks call; needed by whoever is later allowed to insert.
GRANT EXECUTE ON FUNCTION peernet.text_valid, peernet.attributes_valid TO peernet_daemon, peernet_reader;
