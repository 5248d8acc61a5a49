#include "peernet/command.h"

#include <stdio.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/invocation.h"
#include "peernet/nearest.h"

static const struct flag no_flags[] = {{NULL, NULL, TEXT_NONE, false}};
static const struct flag regroup_flags[] = {{"wait", NULL, TEXT_FLAG_WAIT, false},
                                            {"all", NULL, TEXT_FLAG_ALL, false},
                                            {NULL, NULL, TEXT_NONE, false}};
static const struct flag yes_flags[] = {{"yes", NULL, TEXT_FLAG_YES, false}, {NULL, NULL, TEXT_NONE, false}};
static const struct flag dry_flags[] = {{"dry-run", NULL, TEXT_FLAG_DRY_RUN, false},
                                        {NULL, NULL, TEXT_NONE, false}};
static const struct flag match_flags[] = {{"report", NULL, TEXT_FLAG_REPORT, false},
                                          {NULL, NULL, TEXT_NONE, false}};
static const struct flag submit_flags[] = {{"file", "FILE", TEXT_FLAG_FILE_REPORTS, false},
                                           {"on", "DATE", TEXT_FLAG_ON, false},
                                           {"note", "TEXT", TEXT_FLAG_NOTE, false},
                                           {NULL, NULL, TEXT_NONE, false}};
static const struct flag upsert_flags[] = {{"file", "FILE", TEXT_FLAG_FILE_ORGANIZERS, false},
                                           {NULL, NULL, TEXT_NONE, false}};
static const struct flag propose_flags[] = {{"set", "NAME=VALUE", TEXT_FLAG_SET, true},
                                            {"together", "IDS", TEXT_FLAG_TOGETHER, true},
                                            {"apart", "IDS", TEXT_FLAG_APART, true},
                                            {"keep", "IDS", TEXT_FLAG_KEEP, true},
                                            {"file", "FILE", TEXT_FLAG_FILE_IDS, false},
                                            {"members", NULL, TEXT_FLAG_MEMBERS, false},
                                            {NULL, NULL, TEXT_NONE, false}};
static const struct flag plan_flags[] = {{"capacity", "PLACES", TEXT_FLAG_CAPACITY, true},
                                         {"set", "NAME=VALUE", TEXT_FLAG_PLAN_SET, true},
                                         {"file", "FILE", TEXT_FLAG_PLAN_FILE, false},
                                         {NULL, NULL, TEXT_NONE, false}};
static const struct flag doctor_flags[] = {{"db", "CONNINFO", TEXT_FLAG_DB, false},
                                           {NULL, NULL, TEXT_NONE, false}};
static const struct flag help_flags[] = {{"roff", NULL, TEXT_FLAG_ROFF, false},
                                         {NULL, NULL, TEXT_NONE, false}};

const struct flag common_flags[] = {
    {"address", "ADDRESS", TEXT_FLAG_ADDRESS, false},
    {"credentials", "FILE", TEXT_FLAG_CREDENTIALS, false},
    {"ca", "FILE", TEXT_FLAG_CA, false},
    {"json", NULL, TEXT_FLAG_JSON, false},
    {"csv", NULL, TEXT_FLAG_CSV, false},
    {"watch", NULL, TEXT_FLAG_WATCH, false},
    {"fields", "FIELD,...", TEXT_FLAG_FIELDS, false},
    {"lang", "sv|en", TEXT_FLAG_LANG, false},
    {"timeout", "SECONDS", TEXT_FLAG_TIMEOUT, false},
    {"help", NULL, TEXT_FLAG_HELP, false},
    {NULL, NULL, TEXT_NONE, false},
};

#define WORDS(symbol) TEXT_SUMMARY_##symbol, TEXT_ABOUT_##symbol

const struct command commands[] = {
    {"networks", GROUP_NETWORKS, "network.list", "", 0, 0, "peernet networks", WORDS(NETWORKS), no_flags,
     true, "unmatched", cmd_networks},
    {"network", GROUP_NETWORKS, "network.get", "N", 1, 1, "peernet network 7", WORDS(NETWORK), no_flags,
     false, NULL, cmd_network},
    {"of", GROUP_NETWORKS, "network.of", "ID", 1, ARGUMENTS_JOINED, "peernet of 2120000019", WORDS(OF),
     no_flags, false, NULL, cmd_of},
    {"unmatched", GROUP_NETWORKS, "network.list", "", 0, 0, "peernet unmatched", WORDS(UNMATCHED), no_flags,
     true, "unmatched", cmd_unmatched},

    {"organizer", GROUP_ORGANIZERS, "organizer.get", "ID", 1, ARGUMENTS_JOINED,
     "peernet organizer 2120000019", WORDS(ORGANIZER), no_flags, false, NULL, cmd_organizer},
    {"search", GROUP_ORGANIZERS, "organizer.search", "TEXT", 1, ARGUMENTS_JOINED, "peernet search vallentuna",
     WORDS(SEARCH), no_flags, false, NULL, cmd_search},
    {"similar", GROUP_ORGANIZERS, "organizer.similar", "ID", 1, ARGUMENTS_JOINED,
     "peernet similar 2120000019 --limit 5", WORDS(SIMILAR), no_flags, false, NULL, cmd_similar},
    {"explain", GROUP_ORGANIZERS, "organizer.explain", "ID OTHER", 2, 2,
     "peernet explain 2120000019 \"Ekerö kommun\"", WORDS(EXPLAIN), no_flags, false, NULL, cmd_explain},
    {"match", GROUP_ORGANIZERS, "organizer.match", "ID | --report CHALLENGE=SEVERITY ...", 1,
     ARGUMENTS_JOINED, "peernet match 2120000019", WORDS(MATCH), match_flags, false, "organizer", cmd_match},
    {"challenges", GROUP_ORGANIZERS, "challenge.list", "", 0, 0, "peernet challenges", WORDS(CHALLENGES),
     no_flags, false, NULL, cmd_challenges},
    {"submit", GROUP_ORGANIZERS, "report.submit", "ORGANIZER CHALLENGE=SEVERITY ... | --file FILE", 0,
     ARGUMENTS_JOINED, "peernet submit 2120000019 staff.qualified=4 --note \"Two posts vacant\"",
     WORDS(SUBMIT), submit_flags, false, NULL, cmd_submit},
    {"upsert", GROUP_ORGANIZERS, "organizer.upsert", "ID FIELD=VALUE ... | --file FILE", 0, ARGUMENTS_JOINED,
     "peernet upsert 5590000001 name=\"Nya skolan AB\" kind=independent pupils=180", WORDS(UPSERT),
     upsert_flags, false, NULL, cmd_upsert},

    {"regroup", GROUP_RUNS, "run.start", "", 0, 0, "peernet regroup --wait --publish", WORDS(REGROUP),
     regroup_flags, false, NULL, cmd_regroup},
    {"propose", GROUP_RUNS, "network.propose", "[ORGANIZER ...]", 0, ARGUMENTS_MOST,
     "peernet propose --set min_size=4 --set 'scope={\"kind\": \"municipal\"}'", WORDS(PROPOSE),
     propose_flags, false, NULL, cmd_propose},
    {"runs", GROUP_RUNS, "run.list", "", 0, 0, "peernet runs --limit 5", WORDS(RUNS), no_flags, false, NULL,
     cmd_runs},
    {"run", GROUP_RUNS, "run.get", "N", 1, 1, "peernet run 12", WORDS(RUN), no_flags, false, NULL, cmd_run},
    {"run diff", GROUP_RUNS, "run.diff", "BASE N", 2, 2, "peernet run diff 11 12", WORDS(RUN_DIFF), no_flags,
     false, NULL, cmd_run_diff},
    {"run reject", GROUP_RUNS, "run.reject", "N WHY", 2, 2,
     "peernet run reject 12 \"two pairs belong together\"", WORDS(RUN_REJECT), no_flags, false, NULL,
     cmd_run_reject},
    {"run rollback", GROUP_RUNS, "run.rollback", "N", 1, 1, "peernet run rollback 11 --yes",
     WORDS(RUN_ROLLBACK), yes_flags, false, NULL, cmd_run_rollback},
    {"run cancel", GROUP_RUNS, "run.cancel", "N", 1, 1, "peernet run cancel 13 --yes", WORDS(RUN_CANCEL),
     yes_flags, false, NULL, cmd_run_cancel},
    {"run replay", GROUP_RUNS, "run.replay", "N", 1, 1, "peernet run replay 12", WORDS(RUN_REPLAY), no_flags,
     false, NULL, cmd_run_replay},
    {"publish", GROUP_RUNS, "run.publish", "N", 1, 1, "peernet publish 12", WORDS(PUBLISH), no_flags, false,
     NULL, cmd_publish},

    {"network move", GROUP_HANDS, "network.move", "ID N", 2, 2, "peernet network move 2120000019 7 --dry-run",
     WORDS(NETWORK_MOVE), no_flags, false, NULL, cmd_network_move},
    {"network rename", GROUP_HANDS, "network.rename", "N NAME", 2, 2, "peernet network rename 7 Mälardalen",
     WORDS(NETWORK_RENAME), no_flags, false, NULL, cmd_network_rename},
    {"network note", GROUP_HANDS, "network.note", "N TEXT", 2, 2, "peernet network note 7 \"Meets in March\"",
     WORDS(NETWORK_NOTE), no_flags, false, NULL, cmd_network_note},
    {"network lock", GROUP_HANDS, "network.lock", "N", 1, 1, "peernet network lock 7", WORDS(NETWORK_LOCK),
     no_flags, false, "locked", cmd_network_lock},
    {"network unlock", GROUP_HANDS, "network.lock", "N", 1, 1, "peernet network unlock 7",
     WORDS(NETWORK_UNLOCK), no_flags, false, "locked", cmd_network_unlock},
    {"pin add", GROUP_HANDS, "pin.add", "RULE ID ...", 2, ARGUMENTS_MAX,
     "peernet pin add together 2120000019 \"Ekerö kommun\" --why \"share staff\"", WORDS(PIN_ADD), no_flags,
     false, NULL, cmd_pin_add},
    {"pin list", GROUP_HANDS, "pin.list", "", 0, 0, "peernet pin list", WORDS(PIN_LIST), no_flags, false,
     NULL, cmd_pin_list},
    {"pin remove", GROUP_HANDS, "pin.remove", "PIN", 1, 1, "peernet pin remove 3", WORDS(PIN_REMOVE),
     no_flags, false, NULL, cmd_pin_remove},

    {"programme list", GROUP_PROGRAMMES, "programme.list", "", 0, 0, "peernet programme list",
     WORDS(PROGRAMME_LIST), no_flags, false, NULL, cmd_programme_list},
    {"programme get", GROUP_PROGRAMMES, "programme.get", "NAME", 1, 1, "peernet programme get reading",
     WORDS(PROGRAMME_GET), no_flags, false, NULL, cmd_programme_get},
    {"programme create", GROUP_PROGRAMMES, "programme.create", "NAME [KEY=VALUE ...]", 1, ARGUMENTS_MOST,
     "peernet programme create reading title_en=Reading min_size=4", WORDS(PROGRAMME_CREATE), no_flags, false,
     NULL, cmd_programme_create},
    {"programme set", GROUP_PROGRAMMES, "programme.set", "NAME KEY=VALUE ...", 1, ARGUMENTS_MOST,
     "peernet programme set reading target_size=7 --dry-run", WORDS(PROGRAMME_SET), dry_flags, false,
     "dry_run", cmd_programme_set},
    {"programme history", GROUP_PROGRAMMES, "programme.history", "NAME", 1, 1,
     "peernet programme history reading", WORDS(PROGRAMME_HISTORY), no_flags, false, NULL,
     cmd_programme_history},
    {"programme archive", GROUP_PROGRAMMES, "programme.archive", "NAME", 1, 1,
     "peernet programme archive reading --yes", WORDS(PROGRAMME_ARCHIVE), yes_flags, false, NULL,
     cmd_programme_archive},

    {"insight challenges", GROUP_INSIGHT, "insight.challenges", "", 0, 0,
     "peernet insight challenges --by kind", WORDS(INSIGHT_CHALLENGES), no_flags, false, NULL,
     cmd_insight_challenges},
    {"insight coverage", GROUP_INSIGHT, "insight.coverage", "", 0, 0, "peernet insight coverage --by county",
     WORDS(INSIGHT_COVERAGE), no_flags, false, NULL, cmd_insight_coverage},
    {"insight quality", GROUP_INSIGHT, "insight.quality", "", 0, 0, "peernet insight quality --runs 5",
     WORDS(INSIGHT_QUALITY), no_flags, false, NULL, cmd_insight_quality},
    {"plan make", GROUP_PLANS, "plan.make", "OFFICE=LAT,LON[,PLACES] ... | --file FILE", 0, ARGUMENTS_JOINED,
     "peernet plan make Stockholm=59.33,18.07 Lund=55.70,13.19 --capacity 100 --capacity 250",
     WORDS(PLAN_MAKE), plan_flags, false, "detail", cmd_plan_make},

    {"plan list", GROUP_PLANS, "plan.list", "", 0, 0, "peernet plan list", WORDS(PLAN_LIST), no_flags, false,
     NULL, cmd_plan_list},
    {"plan get", GROUP_PLANS, "plan.get", "PLAN", 1, 1, "peernet plan get 3", WORDS(PLAN_GET), no_flags,
     false, NULL, cmd_plan_get},
    {"plan adopt", GROUP_PLANS, "plan.adopt", "PLAN", 1, 1, "peernet plan adopt 3", WORDS(PLAN_ADOPT),
     no_flags, false, NULL, cmd_plan_adopt},
    {"plan record", GROUP_PLANS, "plan.record", "OUTCOME ID ...", 2, ARGUMENTS_MAX,
     "peernet plan record met 2120000019 \"Ekerö kommun\" --plan 3", WORDS(PLAN_RECORD), no_flags, false,
     NULL, cmd_plan_record},
    {"activity list", GROUP_PLANS, "activity.list", "", 0, 0, "peernet activity list", WORDS(ACTIVITY_LIST),
     no_flags, false, NULL, cmd_activity_list},
    {"activity set", GROUP_PLANS, "activity.set", "CODE SWEDISH ENGLISH CHALLENGE ...", 4, ARGUMENTS_MAX,
     "peernet activity set reading Läslyftet \"Reading lift\" subject.swe", WORDS(ACTIVITY_SET), no_flags,
     false, NULL, cmd_activity_set},
    {"activity remove", GROUP_PLANS, "activity.remove", "CODE", 1, 1, "peernet activity remove reading",
     WORDS(ACTIVITY_REMOVE), no_flags, false, NULL, cmd_activity_remove},
    {"activity cover", GROUP_PLANS, "activity.cover", "", 0, 0, "peernet activity cover --network 7",
     WORDS(ACTIVITY_COVER), no_flags, false, NULL, cmd_activity_cover},

    {"token create", GROUP_ACCESS, "token.create", "NAME", 1, 1,
     "peernet token create case-system --role reporter --expires 90d", WORDS(TOKEN_CREATE), no_flags, false,
     NULL, cmd_token_create},
    {"token list", GROUP_ACCESS, "token.list", "", 0, 0, "peernet token list", WORDS(TOKEN_LIST), no_flags,
     false, NULL, cmd_token_list},
    {"token revoke", GROUP_ACCESS, "token.revoke", "NAME", 1, 1, "peernet token revoke case-system",
     WORDS(TOKEN_REVOKE), no_flags, false, NULL, cmd_token_revoke},
    {"audit list", GROUP_ACCESS, "audit.list", "", 0, 0, "peernet audit list --action publish --limit 5",
     WORDS(AUDIT_LIST), no_flags, false, NULL, cmd_audit_list},
    {"audit verify", GROUP_ACCESS, "audit.verify", "", 0, 0, "peernet audit verify", WORDS(AUDIT_VERIFY),
     no_flags, false, NULL, cmd_audit_verify},

    {"status", GROUP_SERVICE, "status", "", 0, 0, "peernet status", WORDS(STATUS), no_flags, false, NULL,
     cmd_status},
    {"doctor", GROUP_SERVICE, NULL, "", 0, 0, "peernet doctor --db dbname=peernet", WORDS(DOCTOR),
     doctor_flags, false, NULL, cmd_doctor},
    {"methods", GROUP_SERVICE, "methods", "", 0, 0, "peernet methods", WORDS(METHODS), no_flags, false, NULL,
     cmd_methods},
    {"call", GROUP_SERVICE, NULL, "METHOD [PARAMS]", 1, 2,
     "peernet call organizer.search '{\"text\": \"vallentuna\", \"limit\": 3}'", WORDS(CALL), no_flags, false,
     NULL, cmd_call},
    {"db", GROUP_SERVICE, NULL, "COMMAND ...", 0, ARGUMENTS_JOINED, "peernet db help", WORDS(DB), no_flags,
     false, NULL, NULL},
    {"help", GROUP_SERVICE, NULL, "[COMMAND]", 0, 2, "peernet help network", WORDS(HELP), help_flags, false,
     NULL, cmd_help},
    {"completion", GROUP_SERVICE, NULL, "SHELL", 1, 1, "peernet completion bash", WORDS(COMPLETION), no_flags,
     false, NULL, cmd_completion},
    {"version", GROUP_SERVICE, NULL, "", 0, 0, "peernet version", WORDS(VERSION), no_flags, false, NULL,
     cmd_version},
};
const size_t command_count = sizeof commands / sizeof commands[0];

static const struct param_word param_words[] = {
    {"organizer", "ID", TEXT_PARAM_ORGANIZER},
    {"text", "TEXT", TEXT_PARAM_TEXT},
    {"other", "OTHER", TEXT_PARAM_OTHER},
    {"network", "N", TEXT_PARAM_NETWORK},
    {"run", "N", TEXT_PARAM_RUN},
    {"base", "BASE", TEXT_PARAM_BASE},
    {"revision", "N", TEXT_PARAM_REVISION},
    {"archived", NULL, TEXT_PARAM_ARCHIVED},
    {"undo", NULL, TEXT_PARAM_UNDO},
    {"expected", "N", TEXT_PARAM_EXPECTED},
    {"programme", "NAME", TEXT_PARAM_PROGRAMME},
    {"as_of", "RUN|DATE", TEXT_PARAM_AS_OF},
    {"limit", "N", TEXT_PARAM_LIMIT},
    {"offset", "N", TEXT_PARAM_OFFSET},
    {"seed", "N", TEXT_PARAM_SEED},
    {"name", "NAME", TEXT_PARAM_NAME},
    {"role", "ROLE", TEXT_PARAM_ROLE},
    {"expires", "TIME", TEXT_PARAM_EXPIRES},
    {"key", "KEY", TEXT_PARAM_KEY},
    {"publish", NULL, TEXT_PARAM_PUBLISH},
    {"who", "WHO", TEXT_PARAM_WHO},
    {"rule", "RULE", TEXT_PARAM_RULE},
    {"organizers", "ID ...", TEXT_PARAM_ORGANIZERS},
    {"pin", "PIN", TEXT_PARAM_PIN},
    {"note", "TEXT", TEXT_PARAM_NOTE},
    {"version", "VERSION", TEXT_PARAM_VERSION},
    {"why", "TEXT", TEXT_PARAM_WHY},
    {"until", "DAY", TEXT_PARAM_UNTIL},
    {"dry_run", NULL, TEXT_PARAM_DRY_RUN},
    {"ended", NULL, TEXT_PARAM_ENDED},
    {"action", "ACTION", TEXT_PARAM_ACTION},
    {"from", "DAY", TEXT_PARAM_FROM},
    {"to", "DAY", TEXT_PARAM_TO},
    {"before", "ENTRY", TEXT_PARAM_BEFORE},
    {"force", NULL, TEXT_PARAM_FORCE},
    {"by", "HOW", TEXT_PARAM_BY},
    {"pairs", "N", TEXT_PARAM_PAIRS},
    {"runs", "N", TEXT_PARAM_RUNS},
    {"plan", "PLAN", TEXT_PARAM_PLAN},
    {"outcome", "OUTCOME", TEXT_PARAM_OUTCOME},
    {"on", "DAY", TEXT_PARAM_HAPPENED},
    {"again", NULL, TEXT_PARAM_AGAIN},
    {"save", "NAME", TEXT_PARAM_SAVE},
    {"activity", "CODE", TEXT_PARAM_ACTIVITY},
    {"title_sv", "SWEDISH", TEXT_PARAM_TITLE_SV},
    {"title_en", "ENGLISH", TEXT_PARAM_TITLE_EN},
    {"challenges", "CHALLENGE ...", TEXT_PARAM_CHALLENGES},
    {"most", "N", TEXT_PARAM_MOST},
    {"enough", "PERCENT", TEXT_PARAM_ENOUGH},
    {"widely", "PERCENT", TEXT_PARAM_WIDELY},
    {"offices", "OFFICE ...", TEXT_PARAM_OFFICES},
    {"terms", "N", TEXT_PARAM_TERMS},
    {"detail", NULL, TEXT_PARAM_DETAIL},
};

enum text group_title(enum command_group group)
{
    static const enum text titles[] = {
        [GROUP_NETWORKS] = TEXT_GROUP_NETWORKS_TITLE,
        [GROUP_ORGANIZERS] = TEXT_GROUP_ORGANIZERS_TITLE,
        [GROUP_RUNS] = TEXT_GROUP_RUNS_TITLE,
        [GROUP_HANDS] = TEXT_GROUP_HANDS_TITLE,
        [GROUP_PROGRAMMES] = TEXT_GROUP_PROGRAMMES_TITLE,
        [GROUP_INSIGHT] = TEXT_GROUP_INSIGHT_TITLE,
        [GROUP_PLANS] = TEXT_GROUP_PLANS_TITLE,
        [GROUP_ACCESS] = TEXT_GROUP_ACCESS_TITLE,
        [GROUP_SERVICE] = TEXT_GROUP_SERVICE_TITLE,
    };
    return titles[group];
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

const char *command_second_words(const char *first)
{
    static char words[128];
    size_t length = strlen(first), used = 0;
    words[0] = '\0';
    for (size_t i = 0; i < command_count && used < sizeof words; i++)
        if (strncmp(commands[i].name, first, length) == 0 && commands[i].name[length] == ' ')
            used += (size_t)snprintf(words + used, sizeof words - used, "%s%s", used > 0 ? ", " : "",
                                     commands[i].name + length + 1);
    return words[0] != '\0' ? words : NULL;
}

/* Of many that are asked for by a word of their own, as networks and runs are: "programmes", "activities". */
static const char *list_of(const char *typed)
{
    for (size_t i = 0; i < command_count; i++) {
        const char *name = commands[i].name, *blank = strchr(name, ' ');
        if (blank == NULL || strcmp(blank, " list") != 0)
            continue;
        char many[64];
        bool in_y = blank[-1] == 'y';
        snprintf(many, sizeof many, "%.*s%s", (int)(blank - name) - in_y, name, in_y ? "ies" : "s");
        if (strcmp(typed, many) == 0)
            return name;
    }
    return NULL;
}

/* "tokn": the first word of commands of two. */
static const char *nearest_first(const char *typed)
{
    static char first[64];
    struct nearest nearest;
    const char *best = NULL;
    char word[64];
    nearest_begin(&nearest, typed);
    for (size_t i = 0; i < command_count; i++) {
        snprintf(word, sizeof word, "%.*s", (int)strcspn(commands[i].name, " "), commands[i].name);
        nearest.word = NULL;
        nearest_offer(&nearest, word);
        if (nearest.word != NULL)
            best = commands[i].name;
    }
    if (best == NULL)
        return NULL;
    snprintf(first, sizeof first, "%.*s", (int)strcspn(best, " "), best);
    return first;
}

const char *command_nearest(const char *typed)
{
    struct nearest nearest;
    const char *list = list_of(typed);
    if (list != NULL)
        return list;
    nearest_begin(&nearest, typed);
    for (size_t i = 0; i < command_count; i++)
        nearest_offer(&nearest, commands[i].name);
    return nearest.word != NULL ? nearest.word : nearest_first(typed);
}

const struct method *command_method(const struct command *c)
{
    return c->method == NULL ? NULL : method_find(c->method, strlen(c->method));
}

const char *command_list(const struct command *c)
{
    static const char *const lists[][2] = {
        {"of", "peers"},
        {"network", "members"},
        {"unmatched", "unmatched"},
        {"networks", "networks"},
        {"run diff", "moves"},
        {"insight challenges", "challenges"},
        {"insight quality", "runs"},
        {"status", "programmes"},
    };
    for (size_t i = 0; c != NULL && i < sizeof lists / sizeof lists[0]; i++)
        if (strcmp(lists[i][0], c->name) == 0)
            return lists[i][1];
    return NULL;
}

const char *command_columns(const struct command *c)
{
    static const char *const columns[][2] = {
        {"pin list", "pin,rule,organizers,network,why,made_by,made_at,until,ended,cost"},
        {"plan list", "run,name,plan,made_at,made_by,followed,programme,adopted_at,adopted_by"},
        {"plan make", "plan,term,office,round,network,organizer,name,need,km"},
        {"activity cover", "network,label,covered,activity,title,share"},
        {"activity list", "activity,title,title_sv,title_en,challenges"},
        {"token list", "name,role,created_at,created_by,expires_at,expired,used_on"},
        {"networks", "number,label,reason,size,cohesion,shared,link,name,note,locked,version,moves"},
        {"unmatched", "organizer.id,organizer.name,organizer.kind,code,reason,next,last_report,ahead"},
        {"of", "organizer.id,organizer.name,organizer.kind,fit,similarity,shared"},
        {"search", "id,name,kind,municipality,county,lat,lon,pupils,attributes"},
        {"similar", "organizer.id,organizer.name,organizer.kind,similarity,shared"},
        {"run diff",
         "organizer.id,organizer.name,organizer.kind,move,why,pin,before.network,before.fit,before.unmatched,"
         "after.network,after.fit,after.unmatched,reason"},
        {"audit list", "entry,at,who,origin,session,action,programme,run,detail,before,after,hash"},
    };
    for (size_t i = 0; c != NULL && i < sizeof columns / sizeof columns[0]; i++)
        if (strcmp(columns[i][0], c->name) == 0)
            return columns[i][1];
    return NULL;
}

bool command_can_type(const struct param *p)
{
    return p->type != PARAM_LIST && p->type != PARAM_MAP;
}

bool command_has_flag(const struct command *c, const struct param *p)
{
    return command_can_type(p) && p->optional && (c->hidden == NULL || strcmp(c->hidden, p->name) != 0);
}

const char *param_flag(const struct param *p)
{
    static const char *const flags[][2] = {
        {"dry_run", "dry-run"}, {"as_of", "as-of"}, {"version", "if-version"}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (strcmp(p->name, flags[i][0]) == 0)
            return flags[i][1];
    return p->name;
}

const struct param_word *param_word_find(const char *name)
{
    for (size_t i = 0; i < sizeof param_words / sizeof param_words[0]; i++)
        if (strcmp(param_words[i].name, name) == 0)
            return &param_words[i];
    return NULL;
}
