#ifndef COUNTERSIGN_MANIFEST_WORDING_H
#define COUNTERSIGN_MANIFEST_WORDING_H

#include "base/arena.h"
#include "base/text.h"
#include "manifest/field.h"

/* What the tables have to say to people. */

/* What a field takes, to follow "expected ": "a list of names of people". */
struct text wording_expected(struct arena *arena, const struct field *field);

/* The same for one text of it, where it is a list. */
struct text wording_item(struct arena *arena, const struct field *field);

/*
 * What somebody who wrote `given` may have meant: one of the words, whatever
 * its case, spaces, '_' and '-'; what others call it; or the nearest
 * spelling. Absent when nothing is near.
 */
struct text wording_choice(struct arena *arena, const struct field *field, struct text given);

/* What to write in place of an unknown key of a table: a whole clause, ready to follow the key. */
struct text wording_key(struct arena *arena, const struct kind_row *row, const struct table *table,
    struct text given);

/* "a, b and c" of the names of choices or fields. */
struct text wording_choices(struct arena *arena, const struct choice *choices);

/*
 * Whether two names are the same but for case, spaces, '_', '-' and '/':
 * "server auth" and "serverAuth".
 */
bool wording_same(struct text a, struct text b);

/* The nearest of the names of kinds to an unknown one, or what others call them; absent: none. */
struct text wording_kind(struct arena *arena, struct text given);

#endif
