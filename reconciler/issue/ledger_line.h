#ifndef COUNTERSIGN_ISSUE_LEDGER_LINE_H
#define COUNTERSIGN_ISSUE_LEDGER_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/moment.h"
#include "base/text.h"

enum ledger_line_kind { LEDGER_INTENT, LEDGER_CERTIFICATE, LEDGER_RELEASED, LEDGER_LOST };

/* One line of the ledger, taken apart; texts point into the line. */
struct ledger_line {
	enum ledger_line_kind kind;
	int64_t number;
	struct text previous;      /* 64 hex digits */
	/* all but a loss: */
	struct text digest;        /* "sha256:…" */
	/* an intent and a certificate: */
	struct text tbs_sha256;    /* 64 hex digits */
	struct text serial_number; /* 38 hex digits */
	moment begun;              /* an intent; 0: it is of before they had a time */
	struct text certificate;   /* base64; absent in all others */
	/* a loss: */
	int64_t lost_number;
	struct text lost_hash;     /* 64 hex digits */
	/* all: */
	struct text hash;          /* 64 hex digits */
};

/* Reads a line without its LF, and checks its own hash; false when it is none. */
bool ledger_line_read(struct arena *arena, struct text line, struct ledger_line *out);

/* Whether the texts of its kind have the form that ledger_line_read() takes. */
bool ledger_line_writable(const struct ledger_line *line);

/* Writes the line with its LF, and sets line->hash. */
struct text ledger_line_write(struct arena *arena, struct ledger_line *line);

#endif
