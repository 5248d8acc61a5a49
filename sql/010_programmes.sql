-- 010: programmes as people keep them: what for, who may publish, revisions with their history, an archive.

ALTER TABLE peernet.programmes
    ADD COLUMN purpose     text NOT NULL DEFAULT '' CHECK (length(purpose) <= 2000),
    ADD COLUMN publishing  text NOT NULL DEFAULT 'always' CHECK (publishing IN ('person', 'always', 'bounds')),
    ADD COLUMN churn_most  double precision CHECK (churn_most BETWEEN 0 AND 1),
    ADD COLUMN fit_least   double precision CHECK (fit_least BETWEEN 0 AND 1),
    ADD COLUMN revision    bigint NOT NULL DEFAULT 1,
    ADD COLUMN archived_at timestamptz,
    ADD CONSTRAINT programmes_bounds CHECK (publishing <> 'bounds' OR churn_most IS NOT NULL OR fit_least IS NOT NULL);
COMMENT ON COLUMN peernet.programmes.purpose IS 'What it is for, in the words of those who keep it.';
COMMENT ON COLUMN peernet.programmes.publishing IS 'What a run may do by itself: person = nothing, a person publishes; always = publish; bounds = publish where churn_most and fit_least hold.';
COMMENT ON COLUMN peernet.programmes.churn_most IS 'Of the members before, the greatest share that may move or leave.';
COMMENT ON COLUMN peernet.programmes.fit_least IS 'The least mean fit of the run.';
COMMENT ON COLUMN peernet.programmes.revision IS 'One more with each change, but for publications.';
COMMENT ON COLUMN peernet.programmes.archived_at IS 'Since when it is not run any more; NULL = it is.';

-- What people keep of a programme, as one document.
CREATE FUNCTION peernet.programme_document(p peernet.programmes) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN jsonb_build_object('title_sv', (p).title_sv, 'title_en', (p).title_en, 'purpose', (p).purpose, 'settings', (p).settings,
    'publishing', (p).publishing, 'churn_most', (p).churn_most, 'fit_least', (p).fit_least,
    'archived_at', to_char((p).archived_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));

-- As clients see it.
CREATE FUNCTION peernet.programme_json(p peernet.programmes) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN json_build_object('name', (p).name, 'title_sv', (p).title_sv, 'title_en', (p).title_en, 'purpose', (p).purpose,
    'settings', (p).settings, 'publishing', (p).publishing, 'churn_most', (p).churn_most, 'fit_least', (p).fit_least,
    'revision', (p).revision, 'archived_at', to_char((p).archived_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'run', (p).published_run, 'published_at', to_char((p).published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));

CREATE TABLE peernet.programme_revisions (
    programme text COLLATE "C" NOT NULL REFERENCES peernet.programmes (name) ON DELETE CASCADE,
    revision  bigint NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    who       text NOT NULL,
    document  jsonb NOT NULL,
    PRIMARY KEY (programme, revision)
);
COMMENT ON TABLE peernet.programme_revisions IS 'Each programme as it was at each revision, and who made it so. Written by triggers.';
INSERT INTO peernet.programme_revisions (programme, revision, who, document)
SELECT p.name, p.revision, 'peernet db migrate', peernet.programme_document(p) FROM peernet.programmes AS p;

CREATE FUNCTION peernet.programme_revised() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.revision := OLD.revision + (peernet.programme_document(NEW) <> peernet.programme_document(OLD))::integer;
    RETURN NEW;
END $$;
CREATE TRIGGER programme_revised BEFORE UPDATE ON peernet.programmes FOR EACH ROW EXECUTE FUNCTION peernet.programme_revised();

CREATE FUNCTION peernet.programme_remembered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO peernet.programme_revisions (programme, revision, who, document)
    VALUES (NEW.name, NEW.revision, peernet.actor(), peernet.programme_document(NEW))
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER programme_remembered AFTER INSERT OR UPDATE ON peernet.programmes
    FOR EACH ROW EXECUTE FUNCTION peernet.programme_remembered();

CREATE FUNCTION peernet.programme_changes(was jsonb, becomes jsonb, OUT name text, OUT before jsonb, OUT after jsonb) RETURNS SETOF record
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH x AS (SELECT key, value FROM jsonb_each(was - 'settings')
               UNION ALL SELECT 'settings.' || key, value FROM jsonb_each(was -> 'settings')),
    y AS (SELECT key, value FROM jsonb_each(becomes - 'settings')
          UNION ALL SELECT 'settings.' || key, value FROM jsonb_each(becomes -> 'settings'))
    SELECT key, x.value, y.value FROM x FULL JOIN y USING (key) WHERE x.value IS DISTINCT FROM y.value ORDER BY key;
END;
COMMENT ON FUNCTION peernet.programme_changes IS 'What differs between two documents of a programme, setting by setting.';

CREATE FUNCTION peernet.programme_changes_json(was jsonb, becomes jsonb) RETURNS json
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN (SELECT coalesce(json_agg(json_build_object('name', c.name, 'before', c.before, 'after', c.after) ORDER BY c.name), '[]')
        FROM peernet.programme_changes(was, becomes) AS c);

-- "revision 4 by ada: settings.min_size is 4, was 5; revision 5 by bo: purpose": what came after a revision.
CREATE FUNCTION peernet.programme_news(programme text, revision bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT string_agg(format('revision %s by %s: %s', n.revision, n.who, n.what), '; ' ORDER BY n.revision)
        FROM (SELECT r.revision, r.who, (SELECT string_agg(CASE WHEN length(concat(c.before, c.after)) <= 60
                  THEN format('%s is %s, was %s', c.name, coalesce(c.after::text, 'unset'), coalesce(c.before::text, 'unset'))
                  ELSE c.name END, '; ')
                  FROM peernet.programme_changes(b.document, r.document) AS c) AS what
              FROM peernet.programme_revisions AS r JOIN peernet.programme_revisions AS b
                  ON b.programme = r.programme AND b.revision = r.revision - 1
              WHERE r.programme = programme_news.programme AND r.revision > programme_news.revision
              ORDER BY r.revision DESC LIMIT 5) AS n);

-- The row, locked behind that of versions, and at that revision.
CREATE FUNCTION peernet.lock_programme(name text, revision bigint, who text, origin text) RETURNS peernet.programmes
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    p peernet.programmes;
BEGIN
    PERFORM peernet.act_for(lock_programme.who, lock_programme.origin);
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    SELECT * INTO p FROM peernet.programmes AS q WHERE q.name = lock_programme.name FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no programme %', lock_programme.name USING ERRCODE = 'PN003';
    END IF;
    IF p.revision <> coalesce(lock_programme.revision, p.revision) THEN
        RAISE EXCEPTION 'programme % is at revision % now, not %: %', p.name, p.revision, lock_programme.revision,
            coalesce(peernet.programme_news(p.name, lock_programme.revision), 'that one never was')
            USING ERRCODE = 'PN001', HINT = 'look at it and say what you want changed again';
    END IF;
    RETURN p;
END $$;

CREATE FUNCTION peernet.set_programme(name text, revision bigint, patch jsonb, dry_run boolean, who text, origin text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    p peernet.programmes := peernet.lock_programme(set_programme.name, set_programme.revision, set_programme.who, set_programme.origin);
    was jsonb := peernet.programme_document(p);
    becomes jsonb;
BEGIN
    -- A setting that is nil is the default again.
    becomes := was || (patch - 'settings') || jsonb_build_object('settings',
        (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each((was -> 'settings') || coalesce(patch -> 'settings', '{}'))
         WHERE value <> 'null'));
    p.title_sv := becomes ->> 'title_sv';
    p.title_en := becomes ->> 'title_en';
    p.purpose := becomes ->> 'purpose';
    p.settings := becomes -> 'settings';
    p.publishing := becomes ->> 'publishing';
    p.churn_most := becomes ->> 'churn_most';
    p.fit_least := becomes ->> 'fit_least';
    IF p.publishing = 'bounds' AND p.churn_most IS NULL AND p.fit_least IS NULL THEN
        RAISE EXCEPTION 'publishing within bounds needs churn_most or fit_least' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT dry_run AND was <> peernet.programme_document(p) THEN
        UPDATE peernet.programmes AS q SET (title_sv, title_en, purpose, settings, publishing, churn_most, fit_least) =
            (p.title_sv, p.title_en, p.purpose, p.settings, p.publishing, p.churn_most, p.fit_least)
        WHERE q.name = p.name RETURNING q.revision INTO p.revision;
    END IF;
    RETURN json_build_object('programme', peernet.programme_json(p),
        'changes', peernet.programme_changes_json(was, peernet.programme_document(p)), 'dry_run', dry_run);
END $$;
COMMENT ON FUNCTION peernet.set_programme IS
    'Changes what the patch names, of its settings likewise (null: the default), or with dry_run only says what would change. The caller has checked the settings against that revision. PN001: it has another one; what came since is told. PN003: no such programme.';

CREATE FUNCTION peernet.create_programme(name text, patch jsonb, who text, origin text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    p peernet.programmes;
BEGIN
    PERFORM peernet.act_for(create_programme.who, create_programme.origin);
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    INSERT INTO peernet.programmes AS q (name, title_sv, title_en, settings)
    VALUES (create_programme.name, coalesce(patch ->> 'title_sv', patch ->> 'title_en', create_programme.name),
            coalesce(patch ->> 'title_en', patch ->> 'title_sv', create_programme.name),
            jsonb_strip_nulls(coalesce(patch -> 'settings', '{}')))
    ON CONFLICT DO NOTHING RETURNING * INTO p;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is a programme % already', create_programme.name
            USING ERRCODE = 'invalid_parameter_value', HINT = 'change it, or take another name';
    END IF;
    IF patch - ARRAY['title_sv', 'title_en', 'settings'] <> '{}' THEN
        PERFORM peernet.set_programme(p.name, p.revision, patch - ARRAY['title_sv', 'title_en', 'settings'], false,
            create_programme.who, create_programme.origin);
        SELECT * INTO p FROM peernet.programmes AS q WHERE q.name = p.name;
    END IF;
    RETURN json_build_object('programme', peernet.programme_json(p));
END $$;
COMMENT ON FUNCTION peernet.create_programme IS 'A new programme; titles left out are its name. 22023: there is one of that name.';

CREATE FUNCTION peernet.archive_programme(name text, revision bigint, undo boolean, who text, origin text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    p peernet.programmes := peernet.lock_programme(archive_programme.name, archive_programme.revision, archive_programme.who, archive_programme.origin);
BEGIN
    IF p.name = 'default' THEN
        RAISE EXCEPTION 'programme default is always there' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE peernet.programmes AS q SET archived_at = CASE WHEN NOT undo THEN clock_timestamp() END
    WHERE q.name = p.name AND (q.archived_at IS NULL) <> undo RETURNING q.* INTO p;
    IF NOT FOUND THEN
        SELECT * INTO p FROM peernet.programmes AS q WHERE q.name = archive_programme.name;
    END IF;
    RETURN json_build_object('programme', peernet.programme_json(p));
END $$;
COMMENT ON FUNCTION peernet.archive_programme IS 'A programme that is archived keeps its networks and its runs, and is run no more; undo takes it back.';

CREATE FUNCTION peernet.programme_history(name text, most bigint) RETURNS json
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT json_build_object('revisions', coalesce(json_agg(json_build_object('revision', h.revision,
            'at', to_char(h.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'who', h.who,
            'changes', peernet.programme_changes_json(coalesce(h.was, '{"settings": {}}'), h.document)) ORDER BY h.revision DESC), '[]'))
        FROM (SELECT r.revision, r.at, r.who, r.document, b.document AS was
              FROM peernet.programme_revisions AS r LEFT JOIN peernet.programme_revisions AS b
                  ON b.programme = r.programme AND b.revision = r.revision - 1
              WHERE r.programme = programme_history.name ORDER BY r.revision DESC LIMIT most) AS h);

-- Of what is archived no rule is set (add_pin and set_network ask this).
CREATE FUNCTION peernet.rules_may_change(programme text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p peernet.programmes;
BEGIN
    SELECT * INTO p FROM peernet.programmes AS q WHERE q.name = rules_may_change.programme;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no programme %', rules_may_change.programme USING ERRCODE = 'PN003';
    ELSIF p.archived_at IS NOT NULL THEN
        RAISE EXCEPTION 'programme % is archived', p.name USING ERRCODE = 'invalid_parameter_value';
    END IF;
END $$;
COMMENT ON FUNCTION peernet.rules_may_change IS 'PN003: there is no such programme; 22023: it is archived.';

-- What a run may not do by itself, in words; NULL: it may publish.
CREATE FUNCTION peernet.publishing_forbidden(run bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT CASE
            WHEN p.archived_at IS NOT NULL THEN format('programme %s is archived', p.name)
            WHEN p.publishing = 'person' THEN format('programme %s is published by people only', p.name)
            WHEN p.publishing = 'bounds' AND f.churn > p.churn_most
                THEN format('%s %% of the members would move or leave, more than %s %%', round((100 * f.churn)::numeric, 1),
                    round((100 * p.churn_most)::numeric, 1))
            WHEN p.publishing = 'bounds' AND f.fit < p.fit_least
                THEN format('the mean fit is %s, below %s', round(f.fit::numeric, 4), p.fit_least) END
        FROM peernet.runs AS r JOIN peernet.programmes AS p ON p.name = r.programme
        CROSS JOIN LATERAL (SELECT (r.figures ->> 'mean_fit')::double precision AS fit,
            ((b ->> 'moved')::double precision + (b ->> 'left')::double precision) / nullif((b ->> 'stayed')::double precision
                + (b ->> 'moved')::double precision + (b ->> 'left')::double precision, 0) AS churn
            FROM (SELECT r.figures -> 'base') AS base (b)) AS f
        WHERE r.run = publishing_forbidden.run);
COMMENT ON FUNCTION peernet.publishing_forbidden IS 'Why the policy of its programme keeps a run from publishing itself, or that it is archived; NULL where nothing does.';

-- As before, but that of an archived programme nothing is decided.
CREATE OR REPLACE FUNCTION peernet.decide_about(run bigint, who text, origin text, OUT programme text, OUT inputs_version bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF who IS NULL OR who = '' THEN
        RAISE EXCEPTION 'who decides about run %? The name must not be empty', decide_about.run
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT r.programme, r.inputs_version INTO decide_about.programme, decide_about.inputs_version
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

REVOKE ALL ON FUNCTION peernet.programme_document, peernet.programme_json, peernet.programme_revised, peernet.programme_remembered,
    peernet.programme_changes, peernet.programme_changes_json, peernet.programme_news, peernet.lock_programme, peernet.set_programme,
    peernet.create_programme, peernet.archive_programme, peernet.programme_history, peernet.rules_may_change,
    peernet.publishing_forbidden FROM PUBLIC;
GRANT SELECT ON peernet.programme_revisions TO peernet_daemon, peernet_reader;
GRANT EXECUTE ON FUNCTION peernet.programme_json, peernet.programme_changes, peernet.programme_changes_json, peernet.programme_history,
    peernet.publishing_forbidden TO peernet_daemon, peernet_reader;
GRANT EXECUTE ON FUNCTION peernet.set_programme, peernet.create_programme, peernet.archive_programme TO peernet_daemon;
