#ifndef COUNTERSIGN_COMMANDS_VERSION_H
#define COUNTERSIGN_COMMANDS_VERSION_H

/* The program's version (semver.org), and the version of the documents that it reads and writes. */
#define COUNTERSIGN_VERSION "0.1.0"
#define COUNTERSIGN_API_VERSION "countersign/v1"

#endif
