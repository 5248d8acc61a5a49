-- 015: programmes run by themselves at calendar times of a zone. PostgreSQL reckons the times, by its clock and its zones,
-- so that all daemons agree; each asks what is due, and one of them is given it.

ALTER TABLE peernet.programmes ADD COLUMN schedule text CHECK (length(schedule) BETWEEN 1 AND 200);
COMMENT ON COLUMN peernet.programmes.schedule IS 'When it is run: Mon..Fri 02:30 Europe/Stockholm (parse_schedule); NULL = by nobody but those who ask for it.';

CREATE TABLE peernet.schedules (
    programme  text COLLATE "C" PRIMARY KEY REFERENCES peernet.programmes (name) ON DELETE CASCADE,
    done_until timestamptz NOT NULL,
    taken_at   timestamptz,
    taken_by   uuid,
    taken_due  timestamptz,
    last_due   timestamptz,
    last_ended timestamptz,
    last_said  text,
    CHECK ((taken_at IS NULL) = (taken_by IS NULL) AND (taken_at IS NULL) = (taken_due IS NULL))
);
COMMENT ON TABLE peernet.schedules IS 'How far the schedule of each programme that has one is done with. Written by take_due and end_due.';
COMMENT ON COLUMN peernet.schedules.done_until IS 'Times up to here are done with: they were run, or came before there was this schedule.';
COMMENT ON COLUMN peernet.schedules.taken_at IS 'When a daemon last said that it sees to what is due; one that says so no more was lost.';
COMMENT ON COLUMN peernet.schedules.taken_by IS 'The token of who did: only that one says so again, or that it has ended.';
COMMENT ON COLUMN peernet.schedules.taken_due IS 'Which due time it sees to.';
COMMENT ON COLUMN peernet.schedules.last_due IS 'The last due time that was run, when that ended, and how.';

-- "2..4,7", or names of days, as the numbers that it names, each once and in order; NULL: it is none.
CREATE FUNCTION peernet.schedule_numbers(list text, lowest integer, highest integer, names text[] DEFAULT '{}') RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text;
    ends text[];
    a integer;
    b integer;
    found integer[] := '{}';
BEGIN
    IF list = '*' THEN
        RETURN ARRAY(SELECT generate_series(lowest, highest));
    ELSIF list = '' THEN
        RETURN NULL;
    END IF;
    FOREACH part IN ARRAY string_to_array(list, ',') LOOP
        ends := string_to_array(part, '..');
        IF cardinality(ends) NOT IN (1, 2) THEN
            RETURN NULL;
        END IF;
        a := coalesce(array_position(names, lower(ends[1])), CASE WHEN cardinality(names) = 0 AND ends[1] ~ '^[0-9]{1,2}$' THEN ends[1]::integer END);
        b := CASE WHEN cardinality(ends) = 1 THEN a ELSE
            coalesce(array_position(names, lower(ends[2])), CASE WHEN cardinality(names) = 0 AND ends[2] ~ '^[0-9]{1,2}$' THEN ends[2]::integer END) END;
        IF a IS NULL OR b IS NULL OR a < lowest OR b > highest OR (a > b AND cardinality(names) = 0) THEN
            RETURN NULL;
        END IF;
        -- Fri..Mon goes over the end of the week.
        found := found || ARRAY(SELECT (n - lowest) % (highest - lowest + 1) + lowest
                                FROM generate_series(a, CASE WHEN a > b THEN b + highest - lowest + 1 ELSE b END) AS n);
    END LOOP;
    RETURN ARRAY(SELECT DISTINCT n FROM unnest(found) AS n ORDER BY n);
END $$;

-- What systemd's OnCalendar says, the part of it that people use: [DAYS] [*-MONTHS-DAYS] HH:MM[,HH:MM] [ZONE].
-- Not PARALLEL SAFE, nor is what calls it: PostgreSQL before 17 begins no block with EXCEPTION in a parallel query.
CREATE FUNCTION peernet.parse_schedule(schedule text, OUT weekdays integer[], OUT months integer[], OUT days integer[], OUT times time[], OUT zone text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    words text[] := regexp_split_to_array(btrim(schedule), '\s+');
    part text;
    allowed constant text := 'allowed is days, times and a zone, as in "Mon..Fri 02:30 Europe/Stockholm", "daily 02:30,14:30" or "*-08..12-01 03:00"';
BEGIN
    weekdays := ARRAY[1, 2, 3, 4, 5, 6, 7];
    months := ARRAY(SELECT generate_series(1, 12));
    days := ARRAY(SELECT generate_series(1, 31));
    zone := 'Europe/Stockholm';
    IF words[1] !~ '[:*]' THEN
        weekdays := CASE WHEN lower(words[1]) = 'daily' THEN weekdays
            ELSE peernet.schedule_numbers(words[1], 1, 7, ARRAY['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']) END;
        IF weekdays IS NULL THEN
            RAISE EXCEPTION 'schedule: % is no day or days of the week; %', quote_literal(left(words[1], 40)), allowed USING ERRCODE = '22023';
        END IF;
        words := words[2:];
    END IF;
    IF words[1] ~ '^\*-' THEN
        months := peernet.schedule_numbers(split_part(words[1], '-', 2), 1, 12);
        days := peernet.schedule_numbers(split_part(words[1], '-', 3), 1, 31);
        IF months IS NULL OR days IS NULL OR split_part(words[1], '-', 4) <> '' THEN
            RAISE EXCEPTION 'schedule: % is no date; %', quote_literal(left(words[1], 40)), allowed USING ERRCODE = '22023';
        END IF;
        IF NOT EXISTS (SELECT FROM unnest(months) AS m, unnest(days) AS d WHERE d <= (ARRAY[31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[m]) THEN
            RAISE EXCEPTION 'schedule: % never comes', quote_literal(left(words[1], 40)) USING ERRCODE = '22023';
        END IF;
        words := words[2:];
    END IF;
    IF words[1] IS NULL OR words[1] !~ '^([01][0-9]|2[0-3]):[0-5][0-9](,([01][0-9]|2[0-3]):[0-5][0-9])*$' THEN
        RAISE EXCEPTION 'schedule: % is no time of day; %', coalesce(quote_literal(left(words[1], 40)), 'nothing'), allowed USING ERRCODE = '22023';
    END IF;
    times := ARRAY(SELECT DISTINCT t::time FROM unnest(string_to_array(words[1], ',')) AS t ORDER BY 1);
    IF cardinality(times) > 48 THEN
        RAISE EXCEPTION 'schedule: % times a day; allowed are 48', cardinality(times) USING ERRCODE = '22023';
    END IF;
    zone := coalesce(words[2], zone);
    IF words[3] IS NOT NULL THEN
        RAISE EXCEPTION 'schedule: % stands behind the zone; %', quote_literal(left(words[3], 40)), allowed USING ERRCODE = '22023';
    END IF;
    BEGIN
        IF zone !~ '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$' THEN
            RAISE SQLSTATE '22023';
        END IF;
        PERFORM timestamp '2026-01-01' AT TIME ZONE zone;
    EXCEPTION WHEN invalid_parameter_value THEN
        RAISE EXCEPTION 'schedule: % is no time zone; %', quote_literal(left(zone, 40)), allowed USING ERRCODE = '22023';
    END;
END $$;
COMMENT ON FUNCTION peernet.parse_schedule IS 'A schedule taken apart; without a zone it is that of Sweden. 22023: what is wrong with it.';

-- A local time that a change to summer time leaves out is that much later; one that comes twice is the second: so each
-- time of each day is one moment. Rare dates come within eight years (29 February).
CREATE FUNCTION peernet.schedule_moments(schedule text, first date, last date) RETURNS SETOF timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT (d::date + t) AT TIME ZONE s.zone
    FROM peernet.parse_schedule(schedule_moments.schedule) AS s,
        generate_series(schedule_moments.first::timestamp, schedule_moments.last::timestamp, interval '1 day') AS d, unnest(s.times) AS t
    WHERE extract(isodow FROM d) = ANY (s.weekdays) AND extract(month FROM d) = ANY (s.months) AND extract(day FROM d) = ANY (s.days);
END;

CREATE FUNCTION peernet.next_due(schedule text, after timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    -- Mostly it is within days; a day to each side, since a zone's day is another than that of UTC.
    SELECT coalesce(
        (SELECT min(m) FROM peernet.schedule_moments(next_due.schedule, (next_due.after - interval '1 day')::date,
            (next_due.after + interval '40 days')::date) AS m WHERE m > next_due.after),
        (SELECT min(m) FROM peernet.schedule_moments(next_due.schedule, (next_due.after + interval '39 days')::date,
            (next_due.after + interval '3000 days')::date) AS m WHERE m > next_due.after));
END;
COMMENT ON FUNCTION peernet.next_due IS 'The first time of a schedule that is later than that moment.';

-- The last of those times that came in between: several that were missed are run once.
CREATE FUNCTION peernet.last_due(schedule text, after timestamptz, until timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT max(m) FROM peernet.schedule_moments(last_due.schedule,
            (greatest(last_due.after, last_due.until - interval '3000 days') - interval '1 day')::date, (last_due.until + interval '1 day')::date) AS m
        WHERE m > last_due.after AND m <= last_due.until);

CREATE FUNCTION peernet.schedule_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.schedule IS NULL THEN
        DELETE FROM peernet.schedules AS s WHERE s.programme = NEW.name;
    ELSIF TG_OP = 'INSERT' OR NEW.schedule IS DISTINCT FROM OLD.schedule OR (NEW.archived_at IS NULL AND OLD.archived_at IS NOT NULL) THEN
        PERFORM peernet.parse_schedule(NEW.schedule);
        INSERT INTO peernet.schedules AS s (programme, done_until) VALUES (NEW.name, clock_timestamp())
        ON CONFLICT (programme) DO UPDATE SET done_until = excluded.done_until, taken_at = NULL, taken_by = NULL, taken_due = NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER schedule_changed AFTER INSERT OR UPDATE ON peernet.programmes
    FOR EACH ROW EXECUTE FUNCTION peernet.schedule_changed();

-- What is due and nobody sees to, from now on the caller's, and how long until something else is. Each take has a token of
-- its own. `mine` are those of what the caller sees to already: it says so again, and is told which are not its any more.
CREATE FUNCTION peernet.take_due(mine uuid[], at timestamptz DEFAULT clock_timestamp()) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    lost constant interval := '2 minutes';
    one record;
    due timestamptz;
    token uuid;
    kept uuid[];
    taken json[] := '{}';
    next timestamptz;
BEGIN
    WITH renewed AS (UPDATE peernet.schedules AS s SET taken_at = take_due.at WHERE s.taken_by = ANY (take_due.mine) RETURNING s.taken_by)
    SELECT array_agg(r.taken_by) INTO kept FROM renewed AS r;
    FOR one IN SELECT s.programme, s.done_until, p.schedule FROM peernet.schedules AS s JOIN peernet.programmes AS p ON p.name = s.programme
               WHERE p.archived_at IS NULL AND (s.taken_at IS NULL OR s.taken_at < take_due.at - lost) ORDER BY s.programme
               FOR UPDATE OF s SKIP LOCKED LOOP
        due := peernet.last_due(one.schedule, one.done_until, take_due.at);
        IF due IS NOT NULL THEN
            token := gen_random_uuid();
            UPDATE peernet.schedules AS s SET taken_at = take_due.at, taken_by = token, taken_due = due WHERE s.programme = one.programme;
            taken := taken || json_build_object('programme', one.programme, 'due', due, 'token', token);
        END IF;
        next := least(next, peernet.next_due(one.schedule, take_due.at));
    END LOOP;
    -- That it is seen to is shown with the next load; whoever holds the row of state is not waited for, and is followed by one.
    IF cardinality(taken) > 0 THEN
        PERFORM FROM peernet.state FOR NO KEY UPDATE SKIP LOCKED;
        IF FOUND THEN
            PERFORM peernet.results_changed();
        END IF;
    END IF;
    RETURN json_build_object('taken', to_json(taken), 'next_s', extract(epoch FROM next - take_due.at),
        'lost', (SELECT coalesce(json_agg(m), '[]') FROM unnest(take_due.mine) AS m WHERE m <> ALL (coalesce(kept, '{}'))));
END $$;
COMMENT ON FUNCTION peernet.take_due IS 'Gives the caller what is due of programmes'' schedules; it says twice a minute that it still sees to it, by its token, and ends it by end_due.';

-- The daemon, whose clients wait behind this on its one connection, tells it again where somebody holds the row of state.
CREATE FUNCTION peernet.end_due(token uuid, said text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
BEGIN
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    IF end_due.said IS NULL THEN
        UPDATE peernet.schedules AS s SET taken_at = NULL, taken_by = NULL, taken_due = NULL WHERE s.taken_by = end_due.token;
    ELSE
        UPDATE peernet.schedules AS s SET taken_at = NULL, taken_by = NULL, taken_due = NULL, done_until = greatest(s.done_until, s.taken_due),
            last_due = s.taken_due, last_ended = clock_timestamp(), last_said = end_due.said
        WHERE s.taken_by = end_due.token;
    END IF;
    IF FOUND THEN
        PERFORM peernet.results_changed();
    END IF;
END $$;
COMMENT ON FUNCTION peernet.end_due IS 'What was taken by that token is done with, and how that ended; NULL: it was not come to, somebody else may take it. Nothing where it is another''s.';

-- When a programme is due next: of what was missed, the first, and while somebody sees to that the one after it; NULL:
-- never by itself.
CREATE FUNCTION peernet.programme_due(p peernet.programmes) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT peernet.next_due((p).schedule, greatest(s.done_until, s.taken_due)) FROM peernet.schedules AS s
        WHERE s.programme = (p).name AND (p).schedule IS NOT NULL AND (p).archived_at IS NULL);

-- As before, with the schedule, where there is one.
CREATE OR REPLACE FUNCTION peernet.programme_document(p peernet.programmes) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN jsonb_build_object('title_sv', (p).title_sv, 'title_en', (p).title_en, 'purpose', (p).purpose, 'settings', (p).settings,
    'publishing', (p).publishing, 'churn_most', (p).churn_most, 'fit_least', (p).fit_least,
    'archived_at', to_char((p).archived_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    || CASE WHEN (p).schedule IS NULL THEN '{}' ELSE jsonb_build_object('schedule', (p).schedule) END;

CREATE OR REPLACE FUNCTION peernet.programme_json(p peernet.programmes) RETURNS json
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT json_build_object('name', (p).name, 'title_sv', (p).title_sv, 'title_en', (p).title_en, 'purpose', (p).purpose,
    'settings', (p).settings, 'publishing', (p).publishing, 'churn_most', (p).churn_most, 'fit_least', (p).fit_least,
    'schedule', (p).schedule, 'next_due', to_char(peernet.programme_due(p) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'last_due', to_char(s.last_due AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'last_said', s.last_said,
    'revision', (p).revision, 'archived_at', to_char((p).archived_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'run', (p).published_run, 'published_at', to_char((p).published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    FROM (SELECT) AS one LEFT JOIN peernet.schedules AS s ON s.programme = (p).name);

-- As before, with the schedule, which has to be one.
CREATE OR REPLACE FUNCTION peernet.set_programme(name text, revision bigint, patch jsonb, dry_run boolean, who text, origin text DEFAULT NULL) RETURNS json
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
    p.schedule := regexp_replace(btrim(becomes ->> 'schedule'), '\s+', ' ', 'g');
    IF p.schedule IS NOT NULL THEN
        PERFORM peernet.parse_schedule(p.schedule);
    END IF;
    IF p.publishing = 'bounds' AND p.churn_most IS NULL AND p.fit_least IS NULL THEN
        RAISE EXCEPTION 'publishing within bounds needs churn_most or fit_least' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT dry_run AND was <> peernet.programme_document(p) THEN
        UPDATE peernet.programmes AS q SET (title_sv, title_en, purpose, settings, publishing, churn_most, fit_least, schedule) =
            (p.title_sv, p.title_en, p.purpose, p.settings, p.publishing, p.churn_most, p.fit_least, p.schedule)
        WHERE q.name = p.name RETURNING q.revision INTO p.revision;
    END IF;
    RETURN json_build_object('programme', peernet.programme_json(p),
        'changes', peernet.programme_changes_json(was, peernet.programme_document(p)), 'dry_run', dry_run);
END $$;

REVOKE ALL ON FUNCTION peernet.schedule_numbers, peernet.parse_schedule, peernet.schedule_moments, peernet.next_due, peernet.last_due,
    peernet.schedule_changed, peernet.take_due, peernet.end_due, peernet.programme_due FROM PUBLIC;
GRANT SELECT ON peernet.schedules TO peernet_daemon, peernet_reader;
GRANT EXECUTE ON FUNCTION peernet.schedule_numbers, peernet.parse_schedule, peernet.schedule_moments, peernet.next_due,
    peernet.programme_due TO peernet_daemon, peernet_reader;
GRANT EXECUTE ON FUNCTION peernet.take_due, peernet.end_due TO peernet_daemon;
