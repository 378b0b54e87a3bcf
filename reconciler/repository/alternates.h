#ifndef COUNTERSIGN_REPOSITORY_ALTERNATES_H
#define COUNTERSIGN_REPOSITORY_ALTERNATES_H

#include "base/arena.h"
#include "base/text.h"

/*
 * Adds the folders that a folder of objects borrows from (info/alternates, gitrepository-layout(5)),
 * and those that these borrow from, as deep as git itself follows them; 64 at most. What cannot be
 * read is passed over.
 */
void alternates_add(struct arena *arena, const char *objects, struct texts *out);

#endif
