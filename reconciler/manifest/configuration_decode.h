#ifndef COUNTERSIGN_MANIFEST_CONFIGURATION_DECODE_H
#define COUNTERSIGN_MANIFEST_CONFIGURATION_DECODE_H

#include <stdbool.h>

#include "base/arena.h"
#include "model/configuration.h"
#include "model/snapshot.h"

/*
 * Decodes all files of a configuration (paths under identities/, authorities/,
 * policies/, profiles/, notifiers/ and countersign.yaml; contents read) into
 * `out`: lists, files with their SHA-256, and reasons. A bad file becomes a
 * reason. What has the same bytes as another file is decoded once: a name is taken
 * twice by it, whatever it says. Foreign documents (another apiVersion) count in `files` all the
 * same. The digest is not computed here, and cross-file rules are checked by
 * evaluate/.
 */
void configuration_decode(struct arena *arena, const struct source_files *files,
    struct configuration *out);

/* Whether a path belongs to the configuration. */
bool path_is_configuration(struct text path);

#endif
