#ifndef COUNTERSIGN_COMMANDS_REQUEST_VIEW_H
#define COUNTERSIGN_COMMANDS_REQUEST_VIEW_H

#include "commands/clone.h"
#include "commands/forecast.h"
#include "commands/output.h"
#include "model/status.h"

/* The parts of a request's page, as `show` and the decisions print them. */

/* Good, waiting or bad: how a state is coloured. */
enum output_style request_state_style(enum request_state state);

/* Id, state, requester, profile, policy, what would be (or was) issued, why, until when. */
void view_request(struct output *output, const struct forecast *forecast, moment now);

/* The steps: who approved when, who can still approve, how many are missing. */
void view_steps(struct output *output, const struct request_record *record);

/* What was seen and did not count, and why. */
void view_ignored(struct output *output, const struct request_record *record);

/* Plan and digest. */
void view_plan(struct output *output, const struct request_record *record);

/* What differs between two plans, "-" and "+" before the lines; nothing when only the generation does. */
void view_plan_changes(struct output *output, struct text before, struct text after);

/* What a forecast wants people to know, each a line. */
void view_notes(struct output *output, const struct forecast *forecast);

/* "Alice Example <alice@example.com> (alice)", as far as it is known; made safe. */
struct text view_requester(struct arena *arena, const struct requester_status *requester);

/* "1 more in Security Review: erin, frank": who is waited for; "" when nobody is. */
struct text view_waiting_for(struct arena *arena, const struct request_record *record);

#endif
