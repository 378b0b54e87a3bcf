#ifndef COUNTERSIGN_COMMANDS_AUDIT_VIEW_H
#define COUNTERSIGN_COMMANDS_AUDIT_VIEW_H

#include "audit/audit.h"
#include "commands/output.h"

/* For people: the certificates, what was found, and who attests what. */
void audit_print(struct output *output, const struct audit_report *report);

/* For people: what happened to one request, the plan, and what was found. */
void audit_print_story(struct output *output, const struct audit_report *report);

/* For programs, as countersign(1) describes it; the story, too, where there is one. */
void audit_print_json(struct output *output, const struct audit_report *report);

#endif
