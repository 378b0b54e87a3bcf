#ifndef COUNTERSIGN_TESTS_SSH_FIXTURE_H
#define COUNTERSIGN_TESTS_SSH_FIXTURE_H

#include <stdint.h>

#include "lib/git_fixture.h"

/* SSH keys of every type, made by stock ssh-keygen in the folder of a git fixture. */
struct ssh_test_key {
	const char *name;               /* of the file */
	const char *type;               /* as the public key says */
	const char *arguments;          /* for ssh-keygen */
};

enum { SSH_TEST_KEYS = 8 };
extern const struct ssh_test_key ssh_test_keys[SSH_TEST_KEYS];

/* Makes a key; false where this machine cannot (security keys need the dummy authenticator of openssh-tests). */
bool ssh_fixture_key(struct git_fixture *fixture, const struct ssh_test_key *key);

/* An Ed25519 key with this name. */
void ssh_fixture_ed25519(struct git_fixture *fixture, const char *name);

/* The public key's line. */
struct text ssh_fixture_public(struct git_fixture *fixture, const char *name);

/* What `ssh-keygen -Y sign` makes of a message. */
struct text ssh_fixture_sign(struct git_fixture *fixture, const char *name, const char *name_space,
	struct text message);

/* The raw commit that `git commit-tree -S` makes, with this message, on an empty tree. */
struct text ssh_fixture_commit(struct git_fixture *fixture, const char *name, struct text message);

/* The raw bytes of an object. */
struct text git_fixture_object(struct git_fixture *fixture, const char *type, const char *revision);

/* A file in the fixture's folder: its bytes; writing it. */
struct text ssh_fixture_file(struct git_fixture *fixture, const char *name);
void ssh_fixture_write(struct git_fixture *fixture, const char *name, struct text content);

/* Every field of a signature (PROTOCOL.sshsig section 2), free to be wrong. */
struct crafted {
	const char *magic;
	uint32_t version;
	struct text public_key;
	struct text name_space;
	struct text reserved;
	struct text hash;
	struct text signature;
	struct text behind;
};

/* The fields of a good signature. */
struct crafted crafted_from(struct arena *arena, struct text armour);

/* The fields, armoured. */
struct text crafted_armour(struct arena *arena, const struct crafted *crafted);

/* What a key signs for a message (PROTOCOL.sshsig section 3). */
struct text crafted_signed_data(struct arena *arena, const char *name_space, const char *hash,
	struct text message);

/* Bytes between the lines of an armour, and back, as leniently as can be. */
struct text crafted_blob(struct arena *arena, struct text armour);
struct text crafted_wrap(struct arena *arena, struct text blob, const char *name);

#endif
