-- 012: activities that an agency offers (a reading lift, a mathematics lift), and which challenges each answers. No run
-- rests on them: daemons read them anew, and no proposal goes stale.

CREATE TABLE peernet.activities (
    code       text COLLATE "C" PRIMARY KEY CHECK (peernet.text_valid(code, 64)),
    title_sv   text NOT NULL CHECK (peernet.text_valid(title_sv, 200)),
    title_en   text NOT NULL CHECK (peernet.text_valid(title_en, 200)),
    challenges text[] NOT NULL CHECK (cardinality(challenges) BETWEEN 1 AND 1000 AND array_position(challenges, NULL) IS NULL)
);
COMMENT ON TABLE peernet.activities IS 'The catalogue of what is offered to organizers. Changed by set_activity and remove_activity.';
COMMENT ON COLUMN peernet.activities.challenges IS 'Codes of the challenges that it answers, ordered, each once; one that is in the catalogue no more counts for nothing.';

-- Rows as a statement left and found them; changed by hand they are in the trail as well.
CREATE FUNCTION peernet.activities_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n bigint;
    was jsonb;
    becomes jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT count(*), jsonb_agg(to_jsonb(r)) INTO n, becomes FROM new_rows AS r;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT count(*), jsonb_agg(to_jsonb(r)) INTO n, was FROM old_rows AS r;
    ELSE
        SELECT count(*), jsonb_agg(to_jsonb(r)) INTO n, becomes FROM (TABLE new_rows EXCEPT TABLE old_rows) AS r;
        SELECT jsonb_agg(to_jsonb(r)) INTO was FROM (TABLE old_rows EXCEPT TABLE new_rows) AS r;
    END IF;
    IF n > 0 THEN
        PERFORM peernet.results_changed();
        PERFORM peernet.audit_rows('activities', CASE TG_OP WHEN 'INSERT' THEN 'add' WHEN 'DELETE' THEN 'remove' ELSE 'change' END,
            n, CASE WHEN n <= 20 THEN was END, CASE WHEN n <= 20 THEN becomes END);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION peernet.activities_emptied() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM peernet.results_changed();
    INSERT INTO peernet.audit (who, action) VALUES (peernet.actor(), 'activities.empty');
    RETURN NULL;
END $$;

CREATE TRIGGER state_first BEFORE INSERT OR UPDATE OR DELETE ON peernet.activities
    FOR EACH STATEMENT EXECUTE FUNCTION peernet.state_first();
CREATE TRIGGER activities_added AFTER INSERT ON peernet.activities REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION peernet.activities_changed();
CREATE TRIGGER activities_removed AFTER DELETE ON peernet.activities REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION peernet.activities_changed();
CREATE TRIGGER activities_updated AFTER UPDATE ON peernet.activities REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION peernet.activities_changed();
CREATE TRIGGER activities_emptied AFTER TRUNCATE ON peernet.activities
    FOR EACH STATEMENT EXECUTE FUNCTION peernet.activities_emptied();

CREATE FUNCTION peernet.set_activity(code text, title_sv text, title_en text, challenges text[], who text, origin text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    ordered text[] := ARRAY(SELECT DISTINCT c COLLATE "C" FROM unnest(set_activity.challenges) AS c ORDER BY 1);
BEGIN
    PERFORM peernet.act_for(set_activity.who, set_activity.origin);
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    INSERT INTO peernet.activities AS a (code, title_sv, title_en, challenges)
    VALUES (set_activity.code, set_activity.title_sv, set_activity.title_en, ordered)
    ON CONFLICT (code) DO UPDATE
    SET title_sv = excluded.title_sv, title_en = excluded.title_en, challenges = excluded.challenges
    WHERE (a.title_sv, a.title_en, a.challenges) <> (excluded.title_sv, excluded.title_en, excluded.challenges);
    RETURN json_build_object('activity', set_activity.code, 'challenges', to_json(ordered));
END $$;
COMMENT ON FUNCTION peernet.set_activity IS 'Adds an activity, or changes the one of that code.';

CREATE FUNCTION peernet.remove_activity(code text, who text, origin text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
BEGIN
    PERFORM peernet.act_for(remove_activity.who, remove_activity.origin);
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    DELETE FROM peernet.activities AS a WHERE a.code = remove_activity.code;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no activity %', remove_activity.code USING ERRCODE = 'PN003';
    END IF;
    RETURN json_build_object('activity', remove_activity.code);
END $$;
COMMENT ON FUNCTION peernet.remove_activity IS 'Takes an activity out of the catalogue. PN003: there is none of that code.';

REVOKE ALL ON FUNCTION peernet.set_activity, peernet.remove_activity, peernet.activities_changed, peernet.activities_emptied FROM PUBLIC;
GRANT SELECT ON peernet.activities TO peernet_daemon, peernet_reader;
GRANT EXECUTE ON FUNCTION peernet.set_activity, peernet.remove_activity TO peernet_daemon;
