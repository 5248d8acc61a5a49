-- 007: the trail. Every change leaves a row in audit in its own transaction: who, when, from where, what, before and after.
-- Each row's hash covers the hash before it, and the last one is kept in state too: a row that is edited, removed or moved
-- is found, also the last. Who writes a row holds the row of state until its transaction ends, so the order is one; it is
-- taken before anything else that is locked, as by all writers.

ALTER TABLE peernet.audit DROP CONSTRAINT audit_programme_fkey; -- the trail outlives what it speaks of
ALTER TABLE peernet.audit ALTER COLUMN entry DROP IDENTITY;     -- numbers have no gaps from now on
ALTER TABLE peernet.audit
    ADD COLUMN origin text NOT NULL DEFAULT '',
    ADD COLUMN session text NOT NULL DEFAULT '',
    ADD COLUMN before jsonb,
    ADD COLUMN after  jsonb,
    ADD COLUMN hash   bytea CHECK (octet_length(hash) = 32),
    ADD CHECK (entry > 0);
COMMENT ON TABLE peernet.audit IS 'The trail: who changed what, when and from where, written in the transaction that did it; a chain by its hashes. Outlives what it speaks of.';
COMMENT ON COLUMN peernet.audit.entry IS '1, 2, 3 ... without a gap, in the order of the chain.';
COMMENT ON COLUMN peernet.audit.origin IS 'From where: the address of the daemon''s client, else the database role and from where it is connected.';
COMMENT ON COLUMN peernet.audit.session IS 'The database role that logged in and from where, as PostgreSQL knows them. who and origin are what the session says; empty: written before there was a chain.';
COMMENT ON COLUMN peernet.audit.before IS 'What was there: an object, or the rows that were changed where they are few. NULL: nothing, or too much to tell.';
COMMENT ON COLUMN peernet.audit.after IS 'What is there since, likewise.';
COMMENT ON COLUMN peernet.audit.hash IS 'SHA-256 of the hash before it and of the row''s own content (peernet.audit_hash).';

ALTER TABLE peernet.state
    ADD COLUMN audit_entries bigint NOT NULL DEFAULT 0,
    ADD COLUMN audit_hash    bytea  NOT NULL DEFAULT '\x';
COMMENT ON TABLE peernet.state IS 'One row: counters that grow with each committed change of inputs (organizers, challenges, reports, programmes, pins) and of results (runs, publications), which a daemon compares with what it holds; and the head of the trail.';
COMMENT ON COLUMN peernet.state.audit_entries IS 'How many entries the trail has.';
COMMENT ON COLUMN peernet.state.audit_hash IS 'The hash of the last one; empty while there is none.';

CREATE FUNCTION peernet.audit_hash(previous bytea, a peernet.audit) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN sha256(previous || convert_to(jsonb_build_array(
    (a).entry, (extract(epoch FROM (a).at) * 1000000)::bigint, (a).who, (a).origin, (a).session, (a).action, (a).programme,
    (a).run, (a).detail, (a).before, (a).after)::text, 'UTF8'));
COMMENT ON FUNCTION peernet.audit_hash IS 'What a row''s hash has to be: SHA-256 of the hash before it (of the first: nothing) and the text, in UTF-8, of a JSON array of its columns from entry to after, without the hash, the moment in microseconds since 1970.';

-- From where the present session is connected.
CREATE FUNCTION peernet.session_origin() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN 'role ' || session_user || coalesce(', ' || host(inet_client_addr()), ', local');

-- Rows get their number, time, session and hash here, whoever inserts them and whatever the session says of itself: settings
-- such as peernet.who are anybody's to set.
CREATE FUNCTION peernet.audit_chained() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head peernet.state;
BEGIN
    SELECT * INTO STRICT head FROM peernet.state FOR NO KEY UPDATE;
    NEW.entry := head.audit_entries + 1;
    NEW.at := clock_timestamp();
    NEW.origin := coalesce(nullif(NEW.origin, ''), nullif(current_setting('peernet.origin', true), ''), peernet.session_origin());
    NEW.session := peernet.session_origin();
    NEW.hash := peernet.audit_hash(head.audit_hash, NEW);
    UPDATE peernet.state SET audit_entries = NEW.entry, audit_hash = NEW.hash;
    RETURN NEW;
END $$;

CREATE FUNCTION peernet.audit_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'peernet.audit: what is in the trail is never changed (% refused)', lower(TG_OP)
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- What was written before this migration is chained as it is, with numbers that have no gaps.
DO $$
DECLARE
    was record;
    a peernet.audit;
    n bigint := 0;
    head bytea := '';
BEGIN
    FOR was IN SELECT entry FROM peernet.audit ORDER BY entry LOOP
        n := n + 1;
        UPDATE peernet.audit SET entry = n WHERE entry = was.entry RETURNING * INTO a;
        head := peernet.audit_hash(head, a);
        UPDATE peernet.audit SET hash = head WHERE entry = n;
    END LOOP;
    UPDATE peernet.state SET audit_entries = n, audit_hash = head;
END $$;
ALTER TABLE peernet.audit ALTER COLUMN hash SET NOT NULL;
CREATE TRIGGER audit_chained BEFORE INSERT ON peernet.audit FOR EACH ROW EXECUTE FUNCTION peernet.audit_chained();
-- What the trail is asked for: one run's, programme's or person's entries, newest first.
CREATE INDEX audit_run ON peernet.audit (run, entry) WHERE run IS NOT NULL;
CREATE INDEX audit_programme ON peernet.audit (programme, entry) WHERE programme IS NOT NULL;
CREATE INDEX audit_who ON peernet.audit (who, entry);
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON peernet.audit
    FOR EACH STATEMENT EXECUTE FUNCTION peernet.audit_stays();

-- Functions that act for somebody say for whom, until their transaction ends or another says so.
CREATE FUNCTION peernet.act_for(who text, origin text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF who IS NULL OR who = '' THEN
        RAISE EXCEPTION 'who changes this? The name must not be empty' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM set_config('peernet.who', who, true), set_config('peernet.origin', coalesce(origin, ''), true);
END $$;
COMMENT ON FUNCTION peernet.act_for IS 'Whom the trail names for the changes that follow in this transaction, and from where.';

CREATE FUNCTION peernet.actor() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN coalesce(nullif(current_setting('peernet.who', true), ''), 'role ' || session_user);

-- A statement's rows are told where they are few and small: the trail is kept for good, and read in pages. A row about one
-- thing of a programme, or about a programme itself, belongs to it. The notes of reports are theirs who wrote them: they
-- stay out.
CREATE FUNCTION peernet.audit_rows(changed text, verb text, n bigint, before jsonb, after jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    INSERT INTO peernet.audit (who, action, programme, detail, before, after)
    SELECT peernet.actor(), changed || '.' || verb,
           CASE WHEN n = 1 THEN coalesce(after, before) #>> ARRAY['0', CASE changed WHEN 'programmes' THEN 'name' ELSE 'programme' END]
           END, jsonb_build_object('rows', n), CASE WHEN told.small THEN before END, CASE WHEN told.small THEN after END
    FROM (SELECT octet_length(concat(before, after)) < 65536 AS small) AS told;
END;

CREATE OR REPLACE FUNCTION peernet.input_rows_added() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n bigint := (SELECT count(*) FROM new_rows);
BEGIN
    IF n > 0 THEN
        PERFORM peernet.inputs_changed();
        PERFORM peernet.audit_rows(TG_TABLE_NAME, 'add', n, NULL,
            (SELECT jsonb_agg(to_jsonb(r) - 'note') FROM new_rows AS r WHERE n <= 20));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION peernet.input_rows_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n bigint := (SELECT count(*) FROM old_rows);
BEGIN
    IF n > 0 THEN
        PERFORM peernet.inputs_changed();
        PERFORM peernet.audit_rows(TG_TABLE_NAME, 'remove', n,
            (SELECT jsonb_agg(to_jsonb(r) - 'note') FROM old_rows AS r WHERE n <= 20), NULL);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION peernet.input_rows_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n bigint := (SELECT count(*) FROM (TABLE new_rows EXCEPT TABLE old_rows) AS r);
BEGIN
    IF n > 0 THEN
        PERFORM peernet.inputs_changed();
        PERFORM peernet.audit_rows(TG_TABLE_NAME, 'change', n,
            (SELECT jsonb_agg(to_jsonb(r) - 'note') FROM (TABLE old_rows EXCEPT TABLE new_rows) AS r WHERE n <= 20),
            (SELECT jsonb_agg(to_jsonb(r) - 'note') FROM (TABLE new_rows EXCEPT TABLE old_rows) AS r WHERE n <= 20));
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION peernet.input_rows_truncated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM peernet.inputs_changed();
    INSERT INTO peernet.audit (who, action) VALUES (peernet.actor(), TG_TABLE_NAME || '.empty');
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION peernet.programmes_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    -- What a publication moves is no input.
    moved text[] := ARRAY['published_run', 'published_at'];
    -- What rollback_run says of the statement that it moves the pointer by.
    back boolean := coalesce(current_setting('peernet.action', true), '') = 'rollback';
    why text := CASE WHEN back THEN coalesce(current_setting('peernet.why', true), '') ELSE '' END;
    n bigint;
    was jsonb;
    is_now jsonb;
BEGIN
    SELECT count(*), CASE WHEN count(*) <= 20 THEN jsonb_agg(o.row ORDER BY name) END,
           CASE WHEN count(*) <= 20 THEN jsonb_agg(r.row ORDER BY name) END INTO n, was, is_now
    FROM (SELECT name, to_jsonb(new_rows) - moved AS row FROM new_rows) AS r
    JOIN (SELECT name, to_jsonb(old_rows) - moved AS row FROM old_rows) AS o USING (name)
    WHERE r.row <> o.row;
    IF n > 0 THEN
        PERFORM peernet.inputs_changed();
        PERFORM peernet.audit_rows('programmes', 'change', n, was, is_now);
    END IF;
    IF EXISTS (SELECT name, published_run, published_at FROM new_rows
               EXCEPT SELECT name, published_run, published_at FROM old_rows) THEN
        PERFORM peernet.results_changed();
        INSERT INTO peernet.audit (who, action, programme, run, detail, before, after)
        SELECT peernet.actor(), CASE WHEN r.published_run IS NULL THEN 'unpublish' WHEN back THEN 'rollback' ELSE 'publish' END,
               r.name, r.published_run,
               jsonb_build_object('replaced', o.published_run) || CASE WHEN why <> '' THEN jsonb_build_object('why', why) ELSE '{}' END,
               jsonb_build_object('run', o.published_run), jsonb_build_object('run', r.published_run)
        FROM new_rows AS r JOIN old_rows AS o USING (name)
        WHERE r.published_run IS DISTINCT FROM o.published_run ORDER BY r.name;
    END IF;
    RETURN NULL;
END $$;

-- As before, but for where the publication comes from; its row in the trail is written by the trigger above.
DROP FUNCTION peernet.publish_run(bigint, text);
CREATE FUNCTION peernet.publish_run(INOUT run bigint, IN who text, IN origin text DEFAULT NULL, OUT programme text,
                                    OUT published_at timestamptz)
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
    PERFORM peernet.act_for(publish_run.who, publish_run.origin);
    UPDATE peernet.programmes p SET published_run = publish_run.run, published_at = publish_run.published_at
    WHERE p.name = publish_run.programme;
END $$;
COMMENT ON FUNCTION peernet.publish_run IS
    'Moves the pointer of the run''s programme to it. PN003: no such run. PN001: something else than its base is published. '
    'A run that is published already stays so, with the time of its publication. origin NULL: the session''s.';

-- The row of state first, as everybody does. An import, or a run that is written, may hold it: who changes something for a
-- client waits a second at most (lock_timeout) and is told to come again, since others wait behind it on the daemon's one
-- connection.
DROP FUNCTION peernet.create_token(text, text, bytea, interval, text);
CREATE FUNCTION peernet.create_token(INOUT name text, INOUT role text, hash bytea, lifetime interval, who text,
                                     origin text DEFAULT NULL, OUT created_at timestamptz, OUT expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    INSERT INTO peernet.tokens AS t (name, role, hash, created_by, expires_at)
    VALUES (create_token.name, create_token.role, create_token.hash, create_token.who, now() + create_token.lifetime)
    RETURNING t.created_at, t.expires_at INTO create_token.created_at, create_token.expires_at;
    INSERT INTO peernet.audit (who, origin, action, detail, after)
    SELECT create_token.who, coalesce(create_token.origin, ''), 'token.create', d.detail, d.detail
    FROM jsonb_build_object('name', create_token.name, 'role', create_token.role, 'expires_at', create_token.expires_at)
        AS d (detail);
EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION 'there is a token % already', create_token.name
        USING ERRCODE = 'invalid_parameter_value', HINT = 'revoke it first, or take another name';
END $$;
COMMENT ON FUNCTION peernet.create_token IS
    'Adds a token by its SHA-256, with its row in the trail. lifetime NULL: it never expires. Refused (22023) while another of that name is not revoked.';

DROP FUNCTION peernet.revoke_token(text, text);
CREATE FUNCTION peernet.revoke_token(INOUT name text, who text, origin text DEFAULT NULL, OUT revoked_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    was jsonb;
BEGIN
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    UPDATE peernet.tokens t SET revoked_at = clock_timestamp(), revoked_by = revoke_token.who
    WHERE t.name = revoke_token.name AND t.revoked_at IS NULL
    RETURNING t.revoked_at, jsonb_build_object('name', t.name, 'role', t.role, 'expires_at', t.expires_at)
    INTO revoke_token.revoked_at, was;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no token %', revoke_token.name USING ERRCODE = 'PN003';
    END IF;
    INSERT INTO peernet.audit (who, origin, action, detail, before)
    VALUES (revoke_token.who, coalesce(revoke_token.origin, ''), 'token.revoke',
            jsonb_build_object('name', revoke_token.name), was);
END $$;
COMMENT ON FUNCTION peernet.revoke_token IS 'Ends a token for good, with its row in the trail. PN003: no token of that name is in force.';

-- A slice at a time, so that a long trail takes no connection for long. The first call has (0, ''), each further one the
-- last entry of the one before and its hash; `checked` < most: that was the end, and the head was compared too.
CREATE FUNCTION peernet.verify_audit(after bigint, previous bytea, most integer, OUT checked bigint, OUT last bigint,
                                     OUT last_hash bytea, OUT fault bigint, OUT kind text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head peernet.state;
BEGIN
    SELECT s.n, s.last, s.last_hash, s.fault, s.kind INTO checked, last, last_hash, fault, kind FROM (
        SELECT count(*) AS n, max(r.entry) AS last, (array_agg(r.hash ORDER BY r.entry DESC))[1] AS last_hash,
               min(r.wrong) AS fault,
               (array_agg(CASE WHEN r.wrong < r.entry THEN 'missing' ELSE 'changed' END ORDER BY r.entry)
                    FILTER (WHERE r.wrong IS NOT NULL))[1] AS kind
        FROM (SELECT c.entry, c.hash, CASE WHEN c.entry <> c.entry_before + 1 THEN c.entry_before + 1
                                           WHEN c.hash <> peernet.audit_hash(c.hash_before, c.a) THEN c.entry END AS wrong
              FROM (SELECT b.a, (b.a).entry, (b.a).hash,
                           lag((b.a).entry, 1, verify_audit.after) OVER (ORDER BY (b.a).entry) AS entry_before,
                           lag((b.a).hash, 1, verify_audit.previous) OVER (ORDER BY (b.a).entry) AS hash_before
                    FROM (SELECT a FROM peernet.audit AS a WHERE a.entry > verify_audit.after
                          ORDER BY a.entry LIMIT verify_audit.most) AS b) AS c) AS r) AS s;
    last := coalesce(last, verify_audit.after);
    last_hash := coalesce(last_hash, verify_audit.previous);
    IF fault IS NOT NULL OR checked = verify_audit.most THEN
        RETURN;
    END IF;
    SELECT * INTO head FROM peernet.state;
    IF last < head.audit_entries THEN
        fault := last + 1;
        kind := 'missing';
    ELSIF last > head.audit_entries THEN
        fault := head.audit_entries + 1;
        kind := 'added';
    ELSIF last_hash <> head.audit_hash THEN
        fault := last;
        kind := 'changed';
    END IF;
END $$;
COMMENT ON FUNCTION peernet.verify_audit IS
    'The first entry after `after` that is missing, was changed (or stands in the place of another) or was added by another way; NULL: none.';

REVOKE ALL ON FUNCTION peernet.audit_hash, peernet.session_origin, peernet.audit_chained, peernet.audit_stays, peernet.act_for,
    peernet.actor, peernet.audit_rows, peernet.publish_run, peernet.create_token, peernet.revoke_token, peernet.verify_audit
    FROM PUBLIC;
-- publish_run is nobody's but the owner's from here on: programs publish by publish_current (009), which checks more.
GRANT EXECUTE ON FUNCTION peernet.audit_hash, peernet.verify_audit, peernet.create_token, peernet.revoke_token TO peernet_daemon;
