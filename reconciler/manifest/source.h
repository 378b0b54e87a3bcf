#ifndef COUNTERSIGN_MANIFEST_SOURCE_H
#define COUNTERSIGN_MANIFEST_SOURCE_H

#include "manifest/node.h"

/*
 * Looks at the bytes of a document before YAML does: size, UTF-8, line ends,
 * control characters, directives. Adds a reason for the first thing that is
 * wrong and gives false.
 */
bool source_check(struct arena *arena, const struct source *source, struct reasons *reasons);

#endif
