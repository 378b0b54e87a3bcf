#ifndef COUNTERSIGN_MODEL_SNAPSHOT_H
#define COUNTERSIGN_MODEL_SNAPSHOT_H

#include <stdint.h>

#include "base/array.h"
#include "base/text.h"

/* One file of a commit's tree. */
struct source_file {
	struct text path;           /* from the top of the tree */
	struct text blob;           /* object id, hex */
	struct text content;        /* absent until read, or when the blob is over the limit */
	uint64_t size_bytes;
	const struct source_file *same_as;  /* an earlier one of its list with the same bytes; NULL: none is known */
};

ARRAY(source_files, struct source_file);

#endif
