#ifndef COUNTERSIGN_COMMANDS_AUDIT_VIEW_H
#define COUNTERSIGN_COMMANDS_AUDIT_VIEW_H

#include "audit/audit.h"
#include "commands/output.h"

/*
 * OUTPUT_JSON, for programs, as countersign(1) describes it; anything else for people: what
 * happened to the one request and its plan, where the report is about one, then certificates, what
 * was found, and who attests what. For people a report that is unfinished is its findings alone.
 */
void audit_print(struct output *output, const struct audit_report *report, int format);

/*
 * What a program gets that asks for JSON where there is no report, as the command ends with EXIT_NO
 * or EXIT_TROUBLE: it must not take nothing for a good sign. Gives `status`.
 */
int audit_print_none(struct arena *arena, int format, int status);

#endif
