#ifndef COUNTERSIGN_MANIFEST_ENCODE_H
#define COUNTERSIGN_MANIFEST_ENCODE_H

#include "manifest/field.h"
#include "manifest/node.h"

/*
 * The tree of a whole document for an object of a kind, the inverse of
 * decoding: apiVersion, kind, metadata, then the body in the order of the
 * table. What is absent or as by default is left out, unless the table wants
 * it always.
 */
struct node *encode_document(struct arena *arena, const struct kind_row *row, const void *object);

#endif
