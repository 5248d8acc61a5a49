#include "peernet/words.h"

#include <math.h>
#include <string.h>

#include "peernet/json.h"
#include "peernet/phrase.h"
#include "peernet/show.h"

#define LABELS_SAID 4

struct word {
    const char *code;
    enum text id;
};

static void say(struct buf *out, const struct cli *cli, const struct word *words, size_t n, const char *code)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i].code, code) == 0) {
            buf_text(out, cli_text(cli, words[i].id));
            return;
        }
    }
    show_text(out, code);
}
#define SAY(out, cli, words, code) say(out, cli, words, sizeof(words) / sizeof((words)[0]), code)

void words_kind(struct buf *out, const struct cli *cli, const char *kind)
{
    static const struct word kinds[] = {
        {"municipal", TEXT_KIND_MUNICIPAL},
        {"independent", TEXT_KIND_INDEPENDENT},
        {"regional", TEXT_KIND_REGIONAL},
        {"state", TEXT_KIND_STATE},
    };
    SAY(out, cli, kinds, kind);
}

void words_state(struct buf *out, const struct cli *cli, const char *state)
{
    static const struct word states[] = {
        {"proposal", TEXT_STATE_PROPOSAL},     {"published", TEXT_STATE_PUBLISHED},
        {"stale", TEXT_STATE_STALE},           {"rejected", TEXT_STATE_REJECTED},
        {"running", TEXT_STATE_RUNNING},       {"done", TEXT_STATE_DONE},
        {"failed", TEXT_STATE_FAILED},         {"cancelled", TEXT_STATE_CANCELLED},
        {"superseded", TEXT_STATE_SUPERSEDED}, {"replaced", TEXT_STATE_REPLACED},
        {"unchanged", TEXT_STATE_UNCHANGED},
    };
    SAY(out, cli, states, state);
}

void words_run_state(struct buf *out, const struct cli *cli, const json_t *run)
{
    const char *state = json_text(run, "state");
    bool over = json_is_true(json_object_get(run, "was_published")) &&
                (strcmp(state, "stale") == 0 || strcmp(state, "proposal") == 0);
    words_state(out, cli, over ? "replaced" : state);
}

void words_field(struct buf *out, const struct cli *cli, const char *field)
{
    static const struct word fields[] = {
        {"rule", TEXT_KEY_RULE},
        {"organizers", TEXT_KEY_ORGANIZERS},
        {"organizer", TEXT_KEY_ORGANIZER},
        {"network", TEXT_KEY_NETWORK},
        {"why", TEXT_KEY_WHY},
        {"until", TEXT_KEY_UNTIL},
        {"cost", TEXT_KEY_COST},
        {"pin", TEXT_KEY_PIN},
        {"name", TEXT_KEY_NAME},
        {"role", TEXT_KEY_ROLE},
        {"expires_at", TEXT_KEY_EXPIRES},
        {"remark", TEXT_KEY_REMARK},
        {"locked", TEXT_KEY_LOCKED},
        {"version", TEXT_KEY_VERSION},
        {"title_sv", TEXT_KEY_TITLE_SV},
        {"title_en", TEXT_KEY_TITLE_EN},
        {"purpose", TEXT_KEY_PURPOSE},
        {"publishing", TEXT_KEY_PUBLISHING},
        {"churn_most", TEXT_KEY_CHURN},
        {"fit_least", TEXT_KEY_FIT},
        {"schedule", TEXT_KEY_SCHEDULE},
        {"settings", TEXT_KEY_SETTINGS},
        {"archived_at", TEXT_KEY_ARCHIVED},
        {"challenges", TEXT_KEY_CHALLENGES},
        {"challenge", TEXT_KEY_CHALLENGE},
        {"severity", TEXT_KEY_SEVERITY},
        {"reported_on", TEXT_KEY_REPORTED},
        {"code", TEXT_KEY_CODE},
        {"plan", TEXT_KEY_PLAN},
        {"run", TEXT_KEY_RUN},
        {"outcome", TEXT_KEY_OUTCOME},
        {"happened", TEXT_KEY_HAPPENED},
        {"adopted_at", TEXT_KEY_ADOPTED},
        {"added", TEXT_KEY_ADDED},
        {"changed", TEXT_KEY_CHANGED},
        {"revision", TEXT_KEY_REVISION},
        {"replaced", TEXT_KEY_REPLACED},
        {"inputs_digest", TEXT_KEY_DIGEST},
        {"finished_at", TEXT_KEY_FINISHED},
    };
    SAY(out, cli, fields, field);
}

void words_part(struct buf *out, const struct cli *cli, const char *part)
{
    static const struct word parts[] = {{"daemon", TEXT_PART_DAEMON},
                                        {"version", TEXT_PART_VERSION},
                                        {"data", TEXT_PART_DATA},
                                        {"limits", TEXT_PART_LIMITS},
                                        {"programmes", TEXT_PART_PROGRAMMES},
                                        {"database", TEXT_PART_DATABASE},
                                        {"schema", TEXT_PART_SCHEMA},
                                        {"clock", TEXT_PART_CLOCK},
                                        {"certificates", TEXT_PART_CERTIFICATES}};
    SAY(out, cli, parts, part);
}

void words_stage(struct buf *out, const struct cli *cli, const char *stage)
{
    static const struct word stages[] = {
        {"read", TEXT_STAGE_READ},         {"profiles", TEXT_STAGE_PROFILES},
        {"graph", TEXT_STAGE_GRAPH},       {"communities", TEXT_STAGE_COMMUNITIES},
        {"networks", TEXT_STAGE_NETWORKS}, {"reasons", TEXT_STAGE_REASONS},
        {"write", TEXT_STAGE_WRITE},       {"publish", TEXT_STAGE_PUBLISH},
        {"end", TEXT_STAGE_END},
    };
    SAY(out, cli, stages, stage);
}

void words_why(struct buf *out, const struct cli *cli, const char *why)
{
    static const struct word reasons[] = {
        {"pinned", TEXT_WHY_PINNED},
        {"apart", TEXT_WHY_APART},
        {"limit", TEXT_WHY_LIMIT},
        {"full", TEXT_WHY_FULL},
        {"too_small", TEXT_WHY_TOO_SMALL},
        {"least_fit", TEXT_WHY_LEAST_FIT},
        {"costs_others", TEXT_WHY_COSTS_OTHERS},
        {"stability", TEXT_WHY_STABILITY},
    };
    if (why[0] == '\0' || strcmp(why, "best_here") == 0 || strcmp(why, "unknown") == 0)
        return;
    buf_text(out, ", ");
    SAY(out, cli, reasons, why);
}

void words_publishing(struct buf *out, const struct cli *cli, const char *publishing)
{
    static const struct word policies[] = {{"person", TEXT_PUBLISHING_PERSON},
                                           {"always", TEXT_PUBLISHING_ALWAYS},
                                           {"bounds", TEXT_PUBLISHING_BOUNDS}};
    SAY(out, cli, policies, publishing);
}

void words_input(struct buf *out, const struct cli *cli, const char *input)
{
    static const struct word inputs[] = {
        {"organizers", TEXT_INPUT_ORGANIZERS},
        {"challenges", TEXT_INPUT_CHALLENGES},
        {"reports", TEXT_INPUT_REPORTS},
        {"settings", TEXT_INPUT_SETTINGS},
        {"pins", TEXT_INPUT_PINS},
    };
    SAY(out, cli, inputs, input);
}

void words_move(struct buf *out, const struct cli *cli, const char *why)
{
    static const struct word reasons[] = {
        {"closed", TEXT_MOVE_CLOSED},
        {"split", TEXT_MOVE_SPLIT},
        {"better", TEXT_MOVE_BETTER},
        {"others", TEXT_MOVE_OTHERS},
        {"new", TEXT_MOVE_NEW},
        {"placed", TEXT_MOVE_PLACED},
        {"gone", TEXT_MOVE_GONE},
        {"nothing_reported", TEXT_REASON_NOTHING_REPORTED},
        {"no_fit", TEXT_REASON_NO_FIT},
        {"over_capacity", TEXT_REASON_OVER_CAPACITY},
        {"constraint", TEXT_REASON_CONSTRAINT},
    };
    SAY(out, cli, reasons, why);
}

void words_change(struct buf *out, const struct cli *cli, const char *change)
{
    static const struct word changes[] = {
        {"changed", TEXT_CHANGE_CHANGED}, {"grew", TEXT_CHANGE_GREW},     {"shrank", TEXT_CHANGE_SHRANK},
        {"new", TEXT_CHANGE_NEW},         {"closed", TEXT_CHANGE_CLOSED}, {"split", TEXT_CHANGE_SPLIT},
        {"merged", TEXT_CHANGE_MERGED},
    };
    SAY(out, cli, changes, change);
}

/* Bytes of "Low pass rate in year 9: "; 0 when there is no colon. */
static size_t topic_length(const char *label)
{
    const char *colon = strstr(label, ": ");
    return colon == NULL ? 0 : (size_t)(colon - label) + 2;
}

void words_labels(struct buf *out, const json_t *challenges, bool brief)
{
    const char *before = "";
    size_t n = json_array_size(challenges), said = n < LABELS_SAID ? n : LABELS_SAID;
    for (size_t i = 0; i < said; i++) {
        const char *label = json_text(json_array_get(challenges, i), "label");
        size_t topic = topic_length(label);
        bool same = topic > 0 && (brief || strncmp(label, before, topic) == 0);
        buf_text(out, i == 0 ? "" : same ? ", " : "; ");
        show_text(out, same ? label + topic : label);
        before = label;
    }
    if (n > said)
        buf_printf(out, " (+%zu)", n - said);
}

void words_said(struct buf *out, const struct cli *cli, const char *said)
{
    struct buf words;
    buf_init(&words, 0);
    phrase_say(&words, cli->language, said);
    show_text(out, buf_string(&words));
    buf_free(&words);
}

void words_organizer(struct buf *out, const json_t *organizer)
{
    show_text(out, json_text(organizer, "name"));
    buf_text(out, " (");
    show_text(out, json_text(organizer, "id"));
    buf_text(out, ")");
}

void words_first_run(struct cli *cli, enum text text, const json_t *params)
{
    const char *programme = json_text(params, "programme");
    struct buf flag;
    buf_init(&flag, 0);
    if (programme[0] != '\0') {
        buf_text(&flag, " --programme ");
        show_text(&flag, programme);
    }
    text_fill(&cli->out, cli->language, text, (const char *const[]){buf_string(&flag)}, 1);
    buf_text(&cli->out, "\n");
    buf_free(&flag);
}

void words_footer(struct cli *cli, const json_t *result)
{
    struct buf age;
    double seconds = json_number(result, "age_s");
    int64_t run = json_whole(result, "run");
    if (isnan(seconds))
        return;
    buf_init(&age, 0);
    show_ago(&age, cli->language, seconds);
    buf_printf(&cli->out, "%s", cli_dim(cli));
    if (run > 0)
        buf_printf(&cli->out, "%s %lld · ", cli_text(cli, TEXT_RUN_WORD), (long long)run);
    TEXT_FILL(&cli->out, cli->language, TEXT_DATA_OF, buf_string(&age));
    buf_printf(&cli->out, "%s\n", cli_plain(cli));
    buf_free(&age);
}

const char *words_network(const json_t *network)
{
    const char *name = json_text(network, "name");
    return name[0] != '\0' ? name : json_text(network, "label");
}
