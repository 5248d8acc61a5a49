/* commands.h - what the commands do, one function each; see the table in command.c.
 * Each prints its result, or on standard error what went wrong, and returns the exit code. */
#ifndef PEERNET_CLI_COMMANDS_H
#define PEERNET_CLI_COMMANDS_H

#include "peernet/cli.h"
#include "peernet/invocation.h"

int cmd_doctor(struct cli *cli, const struct invocation *in);
int cmd_status(struct cli *cli, const struct invocation *in);
int cmd_organizer(struct cli *cli, const struct invocation *in);
int cmd_search(struct cli *cli, const struct invocation *in);
int cmd_similar(struct cli *cli, const struct invocation *in);
int cmd_explain(struct cli *cli, const struct invocation *in);
int cmd_match(struct cli *cli, const struct invocation *in);
int cmd_challenges(struct cli *cli, const struct invocation *in);
int cmd_networks(struct cli *cli, const struct invocation *in);
int cmd_network(struct cli *cli, const struct invocation *in);
int cmd_of(struct cli *cli, const struct invocation *in);
int cmd_unmatched(struct cli *cli, const struct invocation *in);
int cmd_submit(struct cli *cli, const struct invocation *in);
int cmd_upsert(struct cli *cli, const struct invocation *in);
int cmd_regroup(struct cli *cli, const struct invocation *in);
int cmd_propose(struct cli *cli, const struct invocation *in);
int cmd_runs(struct cli *cli, const struct invocation *in);
int cmd_run(struct cli *cli, const struct invocation *in);
int cmd_run_diff(struct cli *cli, const struct invocation *in);
int cmd_run_reject(struct cli *cli, const struct invocation *in);
int cmd_run_rollback(struct cli *cli, const struct invocation *in);
int cmd_run_cancel(struct cli *cli, const struct invocation *in);
int cmd_run_replay(struct cli *cli, const struct invocation *in);
int cmd_publish(struct cli *cli, const struct invocation *in);
int cmd_network_move(struct cli *cli, const struct invocation *in);
int cmd_network_rename(struct cli *cli, const struct invocation *in);
int cmd_network_note(struct cli *cli, const struct invocation *in);
int cmd_network_lock(struct cli *cli, const struct invocation *in);
int cmd_network_unlock(struct cli *cli, const struct invocation *in);
int cmd_pin_add(struct cli *cli, const struct invocation *in);
int cmd_pin_list(struct cli *cli, const struct invocation *in);
int cmd_pin_remove(struct cli *cli, const struct invocation *in);
int cmd_plan_list(struct cli *cli, const struct invocation *in);
int cmd_plan_get(struct cli *cli, const struct invocation *in);
int cmd_plan_adopt(struct cli *cli, const struct invocation *in);
int cmd_plan_record(struct cli *cli, const struct invocation *in);
int cmd_activity_list(struct cli *cli, const struct invocation *in);
int cmd_activity_set(struct cli *cli, const struct invocation *in);
int cmd_activity_remove(struct cli *cli, const struct invocation *in);
int cmd_activity_cover(struct cli *cli, const struct invocation *in);
int cmd_plan_make(struct cli *cli, const struct invocation *in);
int cmd_programme_list(struct cli *cli, const struct invocation *in);
int cmd_programme_get(struct cli *cli, const struct invocation *in);
int cmd_programme_create(struct cli *cli, const struct invocation *in);
int cmd_programme_set(struct cli *cli, const struct invocation *in);
int cmd_programme_history(struct cli *cli, const struct invocation *in);
int cmd_programme_archive(struct cli *cli, const struct invocation *in);
int cmd_insight_challenges(struct cli *cli, const struct invocation *in);
int cmd_insight_coverage(struct cli *cli, const struct invocation *in);
int cmd_insight_quality(struct cli *cli, const struct invocation *in);
int cmd_token_create(struct cli *cli, const struct invocation *in);
int cmd_token_list(struct cli *cli, const struct invocation *in);
int cmd_token_revoke(struct cli *cli, const struct invocation *in);
int cmd_audit_list(struct cli *cli, const struct invocation *in);
int cmd_audit_verify(struct cli *cli, const struct invocation *in);
int cmd_methods(struct cli *cli, const struct invocation *in);
int cmd_call(struct cli *cli, const struct invocation *in);
int cmd_help(struct cli *cli, const struct invocation *in);
int cmd_completion(struct cli *cli, const struct invocation *in);
int cmd_help_about(struct cli *cli, const struct command *c);
int cmd_version(struct cli *cli, const struct invocation *in);

#endif
