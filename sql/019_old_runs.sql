-- 019: old runs go, all but a programme's newest, the one in force, those that were in force within so many days, and those
-- that a kept plan rests on. Pins, locks and notes rest on what is in force.

-- Who leaves a number out wants none removed for its sake: NULL keeps all. A run that nothing has taken the place of, by the
-- trail, is in force.
CREATE FUNCTION peernet.forgettable_runs(programme text, newest integer, days integer) RETURNS SETOF bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT r.run FROM peernet.runs AS r WHERE r.programme = forgettable_runs.programme
        AND r.run NOT IN (SELECT n.run FROM peernet.runs AS n WHERE n.programme = forgettable_runs.programme
                          ORDER BY n.run DESC LIMIT greatest(coalesce(forgettable_runs.newest, 2147483647), 1))
        AND NOT EXISTS (SELECT FROM peernet.programmes AS p WHERE p.published_run = r.run)
        AND NOT EXISTS (SELECT FROM peernet.plans AS p WHERE p.run = r.run)
        AND NOT EXISTS (SELECT FROM (SELECT a.run, lead(a.at, 1, 'infinity') OVER (ORDER BY a.entry) AS ended FROM peernet.audit AS a
                WHERE a.programme = forgettable_runs.programme AND a.action IN ('publish', 'rollback', 'unpublish')) AS force
            WHERE force.run = r.run
                AND force.ended > coalesce(now() - make_interval(days => forgettable_runs.days), '-infinity'))
    ORDER BY r.run;
END;
COMMENT ON FUNCTION peernet.forgettable_runs IS 'Runs of a programme that are not among its newest, nor in force, nor were within so many days, and that no plan rests on; the oldest first. NULL for newest keeps all, for days all that ever were in force.';

-- One at a time, so that nobody waits long; and the row of state comes last, when there is little left to do. Whoever calls
-- it is done with something else, and is not kept by an import that holds that row: the run goes another time.
CREATE FUNCTION peernet.forget_run(programme text, newest integer, days integer, who text, origin text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
#variable_conflict use_column
DECLARE
    old bigint := (SELECT min(f) FROM peernet.forgettable_runs(forget_run.programme, forget_run.newest, forget_run.days) AS f);
BEGIN
    PERFORM peernet.act_for(forget_run.who, forget_run.origin);
    IF old IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('peernet.retention', 'on', true);
    DELETE FROM peernet.members AS m WHERE m.run = old;
    DELETE FROM peernet.networks AS n WHERE n.run = old;
    DELETE FROM peernet.unmatched AS u WHERE u.run = old;
    PERFORM FROM peernet.state FOR NO KEY UPDATE;
    IF NOT EXISTS (SELECT FROM peernet.forgettable_runs(forget_run.programme, forget_run.newest, forget_run.days) AS f WHERE f = old) THEN
        RAISE EXCEPTION 'run % is needed again', old USING ERRCODE = 'PN001', HINT = 'nothing was removed';
    END IF;
    INSERT INTO peernet.audit (who, action, programme, run, detail, before)
    SELECT peernet.actor(), 'run.forget', r.programme, r.run,
           jsonb_build_object('newest', forget_run.newest, 'days', forget_run.days),
           jsonb_build_object('inputs_digest', r.inputs_digest, 'finished_at', r.finished_at)
    FROM peernet.runs AS r WHERE r.run = old;
    DELETE FROM peernet.runs AS r WHERE r.run = old;
    PERFORM set_config('peernet.retention', '', true);
    PERFORM peernet.results_changed();
    RETURN old;
END $$;
COMMENT ON FUNCTION peernet.forget_run IS 'Removes the oldest of forgettable_runs, with its row in the trail, and says which; NULL: there is none. PN001: it was put in force meanwhile, nothing was removed; 55P03: somebody held what it needs for a second, likewise.';

REVOKE ALL ON FUNCTION peernet.forgettable_runs, peernet.forget_run FROM PUBLIC;
GRANT EXECUTE ON FUNCTION peernet.forgettable_runs, peernet.forget_run TO peernet_daemon;
