-- 011: reports and organizers that clients of the daemon send, a batch at a time: whole or not at all, and not twice
-- where the batch carries a key. Values are checked by the programs (service/core/input.c) and by the tables; what only
-- the database knows is checked here, with the index of the entry.

CREATE TABLE peernet.intake_keys (
    who            text NOT NULL CHECK (who <> ''),
    method         text NOT NULL CHECK (method IN ('report.submit', 'organizer.upsert')),
    key            text COLLATE "C" NOT NULL CHECK (key <> '' AND length(key) <= 100),
    digest         bytea NOT NULL CHECK (octet_length(digest) = 32),
    added          bigint NOT NULL,
    changed        bigint NOT NULL,
    unchanged      bigint NOT NULL,
    inputs_version bigint NOT NULL,
    accepted_at    timestamptz NOT NULL,
    PRIMARY KEY (who, method, key)
);
CREATE INDEX intake_keys_accepted ON peernet.intake_keys (accepted_at);
COMMENT ON TABLE peernet.intake_keys IS 'Idempotency keys: which batch a caller sent by which key, and how it was answered. Forgotten after a while.';
COMMENT ON COLUMN peernet.intake_keys.digest IS 'SHA-256 of the batch, so that the same key with other content is told from the same batch again.';
COMMENT ON COLUMN peernet.intake_keys.inputs_version IS 'Of peernet.state, with the batch in it.';

-- The row of versions first, as everybody who writes inputs: so batches come one after the other, and a key is looked up
-- and written without another in between. Answers what is known of the key; without accepted_at it is new.
CREATE FUNCTION peernet.intake_begin(method text, who text, key text, entries jsonb, origin text) RETURNS peernet.intake_keys
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    batch peernet.intake_keys;
    content bytea := sha256(convert_to(entries::text, 'UTF8'));
BEGIN
    PERFORM peernet.act_for(intake_begin.who, intake_begin.origin);
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    SELECT k.* INTO batch FROM peernet.intake_keys k
    WHERE k.who = intake_begin.who AND k.method = intake_begin.method AND k.key = intake_begin.key;
    IF NOT FOUND THEN
        batch := ROW(intake_begin.who, intake_begin.method, intake_begin.key, content, 0, 0, 0, NULL, NULL);
    ELSIF batch.digest <> content THEN
        RAISE EXCEPTION 'key: "%" came before, on %, with other content; a key is for one batch, and for the same batch again',
            intake_begin.key, to_char(batch.accepted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN batch;
END $$;

CREATE FUNCTION peernet.intake_end(batch peernet.intake_keys, remembered interval) RETURNS peernet.intake_keys
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    batch.accepted_at := clock_timestamp();
    SELECT s.inputs_version INTO batch.inputs_version FROM peernet.state s;
    IF batch.added + batch.changed > 0 THEN
        INSERT INTO peernet.audit (who, action, detail)
        VALUES (batch.who, batch.method, jsonb_strip_nulls(jsonb_build_object(
            'added', batch.added, 'changed', batch.changed, 'key', batch.key)));
    END IF;
    IF batch.key IS NOT NULL THEN
        INSERT INTO peernet.intake_keys SELECT batch.*;
        DELETE FROM peernet.intake_keys k WHERE k.accepted_at < now() - remembered;
    END IF;
    RETURN batch;
END $$;

-- An import, or another daemon's batch, may hold what is needed: whoever waits long is told to come again, since others
-- wait behind it on the daemon's connection.
CREATE FUNCTION peernet.submit_reports(entries jsonb, who text, key text, remembered interval, origin text DEFAULT NULL) RETURNS peernet.intake_keys
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    batch peernet.intake_keys;
    at bigint;
    first bigint;
    named text;
BEGIN
    batch := peernet.intake_begin('report.submit', submit_reports.who, submit_reports.key, entries, submit_reports.origin);
    IF batch.accepted_at IS NOT NULL THEN
        RETURN batch;
    END IF;
    SELECT e.n - 1, e.value ->> 'organizer' INTO at, named
    FROM jsonb_array_elements(entries) WITH ORDINALITY AS e (value, n)
    WHERE NOT EXISTS (SELECT FROM peernet.organizers o WHERE o.id = e.value ->> 'organizer') ORDER BY e.n LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'reports[%].organizer "%" is unknown; it must be in the database (organizer.upsert)', at, named
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT e.n - 1, e.value ->> 'challenge' INTO at, named
    FROM jsonb_array_elements(entries) WITH ORDINALITY AS e (value, n)
    WHERE NOT EXISTS (SELECT FROM peernet.challenges c WHERE c.code = e.value ->> 'challenge') ORDER BY e.n LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'reports[%].challenge "%" is unknown; it must be in the catalogue (challenge.list)', at, named
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT q.n - 1, q.first - 1 INTO at, first FROM (
        SELECT e.n, first_value(e.n) OVER same AS first
        FROM jsonb_array_elements(entries) WITH ORDINALITY AS e (value, n)
        WINDOW same AS (PARTITION BY e.value ->> 'organizer', e.value ->> 'challenge', e.value ->> 'reported_on' ORDER BY e.n)
    ) AS q WHERE q.n <> q.first ORDER BY q.n LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'reports[%] has the organizer, the challenge and the day of reports[%]; one a day is allowed', at, first
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    WITH put AS (
        INSERT INTO peernet.reports AS r (organizer, challenge, reported_on, severity, note)
        SELECT e.value ->> 'organizer', e.value ->> 'challenge', (e.value ->> 'reported_on')::date,
               (e.value ->> 'severity')::smallint, coalesce(e.value ->> 'note', '')
        FROM jsonb_array_elements(entries) AS e (value)
        ON CONFLICT (organizer, challenge, reported_on) DO UPDATE SET severity = excluded.severity, note = excluded.note
        WHERE (r.severity, r.note) IS DISTINCT FROM (excluded.severity, excluded.note)
        RETURNING r.xmax = 0 AS fresh)
    SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) INTO batch.added, batch.changed FROM put;
    batch.unchanged := jsonb_array_length(entries) - batch.added - batch.changed;
    RETURN peernet.intake_end(batch, remembered);
END $$;
COMMENT ON FUNCTION peernet.submit_reports IS
    'Enters a batch of reports, [{"organizer", "challenge", "severity", "reported_on", "note"}], whole or not at all. '
    'By a key that was used before (key NULL: none) nothing is entered and the answer is that of then; with other content '
    'it is refused (22023). 55P03: somebody else holds what is needed.';

-- Of an organizer that is there already, fields that an entry leaves out stay as they are, and so do attributes that it
-- does not name; null empties a field and removes an attribute.
CREATE FUNCTION peernet.upsert_organizers(entries jsonb, who text, key text, remembered interval, origin text DEFAULT NULL) RETURNS peernet.intake_keys
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    batch peernet.intake_keys;
    at bigint;
    first bigint;
BEGIN
    batch := peernet.intake_begin('organizer.upsert', upsert_organizers.who, upsert_organizers.key, entries, upsert_organizers.origin);
    IF batch.accepted_at IS NOT NULL THEN
        RETURN batch;
    END IF;
    SELECT q.n - 1, q.first - 1 INTO at, first FROM (
        SELECT e.n, first_value(e.n) OVER same AS first
        FROM jsonb_array_elements(entries) WITH ORDINALITY AS e (value, n)
        WINDOW same AS (PARTITION BY e.value ->> 'id' ORDER BY e.n)
    ) AS q WHERE q.n <> q.first ORDER BY q.n LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'organizers[%] has the id of organizers[%]; each stands once', at, first
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    WITH put AS (
        INSERT INTO peernet.organizers AS o (id, name, kind, municipality, county, lat, lon, pupils, attributes)
        SELECT e.value ->> 'id', e.value ->> 'name', (e.value ->> 'kind')::peernet.organizer_kind,
               coalesce(CASE WHEN e.value ? 'municipality' THEN e.value ->> 'municipality' ELSE old.municipality END, ''),
               coalesce(CASE WHEN e.value ? 'county' THEN e.value ->> 'county' ELSE old.county END, ''),
               CASE WHEN e.value ? 'lat' THEN (e.value ->> 'lat')::double precision ELSE old.lat END,
               CASE WHEN e.value ? 'lon' THEN (e.value ->> 'lon')::double precision ELSE old.lon END,
               CASE WHEN e.value ? 'pupils' THEN (e.value ->> 'pupils')::integer ELSE old.pupils END,
               jsonb_strip_nulls(coalesce(old.attributes, '{}') ||
                   CASE jsonb_typeof(e.value -> 'attributes') WHEN 'object' THEN e.value -> 'attributes' ELSE '{}' END)
        FROM jsonb_array_elements(entries) AS e (value) LEFT JOIN peernet.organizers old ON old.id = e.value ->> 'id'
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, municipality = excluded.municipality,
            county = excluded.county, lat = excluded.lat, lon = excluded.lon, pupils = excluded.pupils,
            attributes = excluded.attributes
        WHERE (o.name, o.kind, o.municipality, o.county, o.lat, o.lon, o.pupils, o.attributes) IS DISTINCT FROM
            (excluded.name, excluded.kind, excluded.municipality, excluded.county, excluded.lat, excluded.lon,
             excluded.pupils, excluded.attributes)
        RETURNING o.xmax = 0 AS fresh)
    SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) INTO batch.added, batch.changed FROM put;
    batch.unchanged := jsonb_array_length(entries) - batch.added - batch.changed;
    RETURN peernet.intake_end(batch, remembered);
END $$;
COMMENT ON FUNCTION peernet.upsert_organizers IS
    'Adds organizers, or changes those that are there: [{"id", "name", "kind", "municipality", "county", "lat", "lon", '
    '"pupils", "attributes": {name: text or list}}], whole or not at all, by keys as submit_reports.';

REVOKE ALL ON FUNCTION peernet.intake_begin, peernet.intake_end, peernet.submit_reports, peernet.upsert_organizers FROM PUBLIC;
-- The daemon writes inputs by these functions only. The triggers of the tables tell the trail which rows; the row of
-- intake_end says by which batch.
GRANT SELECT ON peernet.intake_keys TO peernet_daemon;
GRANT EXECUTE ON FUNCTION peernet.submit_reports, peernet.upsert_organizers TO peernet_daemon;
