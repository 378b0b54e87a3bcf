#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/moment.h"
#include "commands/command.h"
#include "commands/git.h"
#include "commands/init_administrators.h"
#include "commands/init_documents.h"
#include "commands/options.h"
#include "commands/output.h"
#include "issue/keys.h"
#include "manifest/manifest.h"
#include "model/local.h"
#include "model/names.h"
#include "reconcile/load.h"
#include "trust/sshsig.h"

static const char usage[] =
	"usage: countersign init PATH [--solo] [OPTIONS]\n"
	"\n"
	"Makes a new PKI, ready to run:\n"
	"  PATH/pki.git         the repository (bare): policies, requests, approvals, certificates\n"
	"  PATH/checkout        a clone to work in\n"
	"  PATH/root-ca.pem     the root certificate, for everything that is to trust the PKI\n"
	"  PATH/local           what the daemon knows by itself: countersign.yaml, which pins the\n"
	"                       repository's first commit, the reconciler's key, the issuing CA's\n"
	"                       key, the state directory, and offline/root-ca.key: take that away\n"
	"\n"
	"The first administrator is you: git's user.name, user.email and user.signingKey (of the\n"
	"form that gpg.format says). Administrators sign each later change of the rules.\n"
	"\n"
	"options:\n"
	"  --solo                       one person does everything: who asks may also approve\n"
	"  --administrator NAME=FILE    an administrator and the file of their public key (SSH,\n"
	"                               OpenPGP or a certificate); repeated for more; instead of\n"
	"                               git's settings\n"
	"  --required N                 how many administrators must sign a change\n"
	"                               (default: 2, or 1 when there is only one)\n"
	"  --domain NAME                a domain for which certificates may be issued; repeated for\n"
	"                               more (default: example.com)\n"
	"  --organization NAME          the organization in the certificates (default: Example Inc)\n"
	"  --state DIR                  put what is under PATH/local into DIR\n"
	"\n"
	"examples:\n"
	"  countersign init pki --solo --domain example.com\n"
	"  countersign init /srv/pki --administrator alice=alice.pub --administrator bob=bob.pub\n";

enum {
	ROOT_LIFETIME_SECONDS = 20 * 365 * 86400,
	ISSUING_LIFETIME_SECONDS = 5 * 365 * 86400,
	MAX_VALIDITY_SECONDS = 398 * 86400,
	PUBLIC_KEY_FILE_BYTES = 64 * 1024,
	CERTIFICATE_FILE_BYTES = 64 * 1024
};

struct choices {
	bool solo;
	struct texts administrators;
	int64_t required;
	struct texts domains;
	struct text organization;
	struct text state;
};

static const struct option_row rows[] = {
	{ "solo", 0, OPTION_FLAG, offsetof(struct choices, solo), NULL },
	{ "administrator", 0, OPTION_LIST, offsetof(struct choices, administrators), NULL },
	{ "required", 0, OPTION_NUMBER, offsetof(struct choices, required), NULL },
	{ "domain", 0, OPTION_LIST, offsetof(struct choices, domains), NULL },
	{ "organization", 0, OPTION_TEXT, offsetof(struct choices, organization), NULL },
	{ "state", 0, OPTION_TEXT, offsetof(struct choices, state), NULL },
	{ .name = NULL }
};

/* What is being made. */
struct making {
	struct arena *arena;
	struct choices choices;
	struct new_repository order;
	const char *top;                /* absolute */
	const char *local;              /* absolute */
	struct text commit;
	struct text digest;
};

/* --- who and what ---------------------------------------------------------------------- */

static int
take_administrators(struct making *making)
{
	int status = first_administrators_take(making->arena, &making->choices.administrators,
	    &making->order.administrators);
	int64_t count;

	if (status != EXIT_DONE)
		return status;
	count = (int64_t)making->order.administrators.count;
	if (making->choices.solo && count != 1)
		return complain(EXIT_USAGE,
		    "--solo is for one person, but there are %lld administrators",
		    (long long)count);
	making->order.required = making->choices.required;
	if (making->order.required == 0)
		making->order.required = count > 1 ? 2 : 1;
	if (making->order.required > count)
		return complain(EXIT_USAGE, "--required %lld: there %s only %lld administrator%s",
		    (long long)making->order.required, count == 1 ? "is" : "are",
		    (long long)count, count == 1 ? "" : "s");
	return EXIT_DONE;
}

static int
take_names(struct making *making)
{
	making->order.solo = making->choices.solo;
	making->order.organization = making->choices.organization;
	if (text_empty(making->order.organization))
		making->order.organization = TEXT("Example Inc");
	if (making->order.organization.length > 64)
		return complain(EXIT_USAGE, "--organization: at most 64 characters fit (RFC 5280)");
	if (making->choices.domains.count == 0)
		texts_add(making->arena, &making->choices.domains, TEXT("example.com"));
	for (size_t i = 0; i < making->choices.domains.count; i++) {
		struct text given = making->choices.domains.at[i], domain;

		if (!dns_name_canonical(making->arena, given, &domain) ||
		    text_find(domain, '*') < domain.length)
			return complain(EXIT_USAGE, "--domain %.*s: this is no DNS name",
			    TEXT_ARGUMENTS(given));
		texts_add(making->arena, &making->order.domains, domain);
	}
	return EXIT_DONE;
}

/* The first digit is a letter: without quotes no reader of YAML can take it for a number. */
static bool
draw_id(struct making *making)
{
	char bytes[16];

	do {
		if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
			return false;
		making->order.id = hex_encode(making->arena, (struct text){ bytes, sizeof(bytes) });
	} while (making->order.id.at[0] < 'a');
	return true;
}

/* --- folders, keys and certificates ----------------------------------------------------- */

static const char *
below(const struct making *making, const char *folder, const char *name)
{
	return arena_printf(making->arena, "%s/%s", folder, name);
}

/* A new, empty folder; its absolute path. */
static int
make_folder(struct arena *arena, const char *path, mode_t mode, const char **absolute)
{
	char resolved[PATH_MAX];

	/* one that is there and empty is as good as a new one, and rmdir tells */
	if (rmdir(path) != 0 && errno != ENOENT)
		return complain(EXIT_USAGE, "%s is already there, and not an empty folder", path);
	if (!file_make_folders(path, mode) || realpath(path, resolved) == NULL)
		return complain(EXIT_TROUBLE, "%s: %s", path, strerror(errno));
	*absolute = arena_printf(arena, "%s", resolved);
	return EXIT_DONE;
}

static int
make_folders(struct making *making, struct text path)
{
	const char *local = text_string(making->arena, making->choices.state);
	int status =
	    make_folder(making->arena, text_string(making->arena, path), 0755, &making->top);

	if (status != EXIT_DONE)
		return status;
	if (local[0] == '\0')
		local = below(making, making->top, "local");
	status = make_folder(making->arena, local, 0700, &making->local);
	if (status != EXIT_DONE)
		return status;
	if (chmod(making->local, 0700) != 0 ||
	    mkdir(below(making, making->local, "state"), 0700) != 0 ||
	    mkdir(below(making, making->local, "offline"), 0700) != 0)
		return complain(EXIT_TROUBLE, "%s: %s", making->local, strerror(errno));
	return EXIT_DONE;
}

static int
write_file(const char *path, struct text content, mode_t mode)
{
	if (file_write_durable(path, content, mode))
		return EXIT_DONE;
	return complain(EXIT_TROUBLE, "%s: %s", path, strerror(errno));
}

static int
make_authority(struct making *making)
{
	struct arena *arena = making->arena;
	struct new_repository *order = &making->order;
	struct text root_key, issuing_key, why = { 0 };
	moment now = moment_now();
	struct ca_order root = { .organization = order->organization, .not_before = now,
		.not_after = now + ROOT_LIFETIME_SECONDS, .path_length = 1 };
	struct ca_order issuing = { .organization = order->organization, .not_before = now,
		.not_after = now + ISSUING_LIFETIME_SECONDS, .path_length = 0 };
	int status;

	if (!private_key_new(arena, TEXT("ECDSA-P384"), &root_key, &why) ||
	    !private_key_new(arena, TEXT("ECDSA-P256"), &issuing_key, &why))
		return complain(EXIT_TROUBLE, "no CA key: %.*s", TEXT_ARGUMENTS(why));
	root.key = root_key;
	root.common_name = text_printf(arena, "%.*s Root CA", TEXT_ARGUMENTS(order->organization));
	issuing.key = issuing_key;
	issuing.common_name =
	    text_printf(arena, "%.*s Issuing CA", TEXT_ARGUMENTS(order->organization));
	issuing.issuer_key = root_key;
	if (!ca_certificate_new(arena, &root, &order->root_certificate, &why))
		return complain(EXIT_TROUBLE, "no root certificate: %.*s", TEXT_ARGUMENTS(why));
	issuing.issuer_certificate = order->root_certificate;
	if (!ca_certificate_new(arena, &issuing, &order->issuing_certificate, &why))
		return complain(EXIT_TROUBLE, "no CA certificate: %.*s", TEXT_ARGUMENTS(why));
	status = write_file(below(making, making->local, "offline/root-ca.key"), root_key, 0600);
	if (status == EXIT_DONE)
		status =
		    write_file(below(making, making->local, "issuing-ca.key"), issuing_key, 0600);
	explicit_bzero((char *)(uintptr_t)root_key.at, root_key.length);
	explicit_bzero((char *)(uintptr_t)issuing_key.at, issuing_key.length);
	if (status != EXIT_DONE)
		return status;
	return write_file(below(making, making->top, "root-ca.pem"), order->root_certificate, 0644);
}

static int
make_reconciler_key(struct making *making)
{
	const char *path = below(making, making->local, "reconciler_ed25519");
	struct text line;

	if (!ssh_private_key_create(path, "countersign reconciler") ||
	    !file_read(making->arena, arena_printf(making->arena, "%s.pub", path),
	    PUBLIC_KEY_FILE_BYTES, &line))
		return complain(EXIT_TROUBLE, "%s: %s", path, strerror(errno));
	making->order.reconciler_key = text_trim(line);
	return EXIT_DONE;
}

/* --- the repository --------------------------------------------------------------------- */

/* Runs git without the hooks and templates that the user has for other work. */
static int
new_git(struct making *making, const char *const *arguments)
{
	const char *all[32] = { "git", "-c", "core.hooksPath=/dev/null", "-c",
		"init.templateDir=" };
	struct text name;
	size_t count = 5;

	/* the author of the first commit, where git knows nobody */
	if (!git_setting(making->arena, "user.name", NULL, &name) ||
	    !git_setting(making->arena, "user.email", NULL, &name)) {
		all[count++] = "-c";
		all[count++] = "user.name=countersign";
		all[count++] = "-c";
		all[count++] = "user.email=countersign@localhost";
	}
	for (size_t i = 0; arguments[i] != NULL; i++)
		all[count++] = arguments[i];
	if (git_do(making->arena, (struct text){ NULL, 0 }, NULL, all))
		return EXIT_DONE;
	return complain(EXIT_TROUBLE, "git failed; what it said stands above");
}

static int
write_files(struct making *making, const char *checkout)
{
	struct new_files files = new_repository_files(making->arena, &making->order);

	for (size_t i = 0; i < files.count; i++) {
		char *path = arena_printf(making->arena, "%s/%.*s", checkout,
		    TEXT_ARGUMENTS(files.at[i].path));
		char *name = strrchr(path, '/');
		bool made;

		*name = '\0';
		made = file_make_folders(path, 0755);
		*name = '/';
		if (!made)
			return complain(EXIT_TROUBLE, "%s: %s", path, strerror(errno));
		if (write_file(path, files.at[i].content, 0644) != EXIT_DONE)
			return EXIT_TROUBLE;
	}
	return EXIT_DONE;
}

static int
make_repository(struct making *making)
{
	const char *bare = below(making, making->top, "pki.git");
	const char *checkout = below(making, making->top, "checkout");
	const char *const make_bare[] = { "init", "-q", "--bare", "-b", "main", bare, NULL };
	const char *const make_clone[] = { "init", "-q", "-b", "main", checkout, NULL };
	const char *const name_origin[] = { "-C", checkout, "remote", "add", "origin", bare, NULL };
	/* the daemon stops with an alarm when main goes back */
	const char *const only_forward[] = { "-C", bare, "config", "receive.denyNonFastForwards",
		"true", NULL };
	const char *const add[] = { "-C", checkout, "add", "--all", NULL };
	const char *const commit[] = { "-C", checkout, "commit", "-q", "--no-gpg-sign",
		"-m", "Introduction: the first rules of this PKI", NULL };
	const char *const push[] = { "-C", checkout, "push", "-q", "-u", "origin", "main", NULL };
	int status = new_git(making, make_bare);

	if (status == EXIT_DONE)
		status = new_git(making, only_forward);
	if (status == EXIT_DONE)
		status = new_git(making, make_clone);
	if (status == EXIT_DONE)
		status = new_git(making, name_origin);
	if (status == EXIT_DONE)
		status = write_files(making, checkout);
	if (status == EXIT_DONE)
		status = new_git(making, add);
	if (status == EXIT_DONE)
		status = new_git(making, commit);
	return status == EXIT_DONE ? new_git(making, push) : status;
}

/* --- the introduction ------------------------------------------------------------------- */

static const char *
introduction(const struct making *making)
{
	return arena_printf(making->arena, "%.*s@%.*s", TEXT_ARGUMENTS(making->commit),
	    TEXT_ARGUMENTS(making->digest));
}

static int
read_introduction(struct making *making)
{
	struct configuration_place place = { .previous = configuration_none };
	struct configuration configuration = { 0 };
	struct output errors = output_to(making->arena, stderr);
	struct texts local_authorities = { 0 };
	struct store *store = NULL;
	struct text why = { 0 };
	int status = EXIT_TROUBLE;

	texts_add(making->arena, &local_authorities, TEXT("issuing-ca"));
	if (!store_open(below(making, making->top, "pki.git"), making->arena, &store, &why))
		return complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why));
	if (!store_ref(store, making->arena, "refs/heads/main", &place.commit)) {
		(void)complain(status, "the new repository has no branch main");
		goto out;
	}
	if (!configuration_load(store, making->arena, &place, &local_authorities, &configuration,
		&why)) {
		(void)complain(status, "%.*s", TEXT_ARGUMENTS(why));
		goto out;
	}
	if (reasons_errors(&configuration.reasons) > 0) {
		output_reasons(&errors, &configuration.reasons);
		(void)complain(status, "the first configuration has errors");
		goto out;
	}
	making->commit = place.commit;
	making->digest = configuration.digest;
	status = EXIT_DONE;
out:
	store_close(store);
	return status;
}

/* For the audit, which believes nothing that stands in the repository itself. */
static int
keep_introduction(struct making *making)
{
	const char *const keep[] = { "-C", below(making, making->top, "checkout"), "config",
		"countersign.introduction", introduction(making), NULL };

	return new_git(making, keep);
}

static int
write_local_configuration(struct making *making)
{
	struct arena *arena = making->arena;
	struct local_configuration local = {
		.name = TEXT("local"),
		.repository_path = text_of(below(making, making->top, "pki.git")),
		.branch = TEXT("main"),
		.state_directory = text_of(below(making, making->local, "state")),
		.introduction_commit = making->commit,
		.introduction_digest = making->digest,
		.signing_key = text_of(below(making, making->local, "reconciler_ed25519")),
		.limits = { .max_validity = MAX_VALIDITY_SECONDS, .names_present = true },
	};
	struct buffer content = { .arena = arena };

	*ARRAY_ADD(arena, &local.authorities) = (struct local_authority){ .name = TEXT("issuing-ca"),
		.file = text_of(below(making, making->local, "issuing-ca.key")) };
	for (size_t i = 0; i < making->order.domains.count; i++) {
		texts_add(arena, &local.limits.names, text_printf(arena, "**.%.*s",
		    TEXT_ARGUMENTS(making->order.domains.at[i])));
		texts_add(arena, &local.limits.names, making->order.domains.at[i]);
	}
	buffer_add(&content,
	    TEXT("# What this machine knows by itself and takes from no repository: see "
		 "countersign.yaml(5).\n"));
	buffer_add(&content, manifest_write(arena, KIND_RECONCILER_CONFIGURATION, &local));
	return write_file(below(making, making->local, "countersign.yaml"), buffer_text(&content),
	    0600);
}

static void
print_next_steps(const struct making *making)
{
	struct output output = output_to(making->arena, stdout);
	const struct first_administrators *people = &making->order.administrators;
	struct text domain = making->order.domains.at[0];

	output_printf(&output,
	    "A new PKI is ready in %s\n\n  repository     %s/pki.git (id %.*s)\n", making->top,
	    making->top, TEXT_ARGUMENTS(making->order.id));
	output_printf(&output,
	    "  introduction   commit %.*s\n                 configuration %.*s\n",
	    TEXT_ARGUMENTS(making->commit), TEXT_ARGUMENTS(making->digest));
	output_printf(&output, "  administrators ");
	for (size_t i = 0; i < people->count; i++)
		output_printf(&output, "%s%.*s", i == 0 ? "" : ", ",
		    TEXT_ARGUMENTS(people->at[i].name));
	output_printf(&output, " (%lld must sign a change of the rules)\n\n",
	    (long long)making->order.required);
	output_printf(&output, "Take the root key to a safe place; the daemon never needs it:\n"
	    "  %s/offline/root-ca.key\n\nNext, in one terminal:\n"
	    "  countersign run --config %s/countersign.yaml\nand in another:\n"
	    "  cd %s/checkout\n"
	    "  countersign request web/www --profile web-production --new-key ~/www.key \\\n"
	    "      --dns www.%.*s -m 'Our web server'\n"
	    "  git push\n  countersign approve web/www --push\n  countersign get web/www --wait 60s\n",
	    making->local, making->local, making->top, TEXT_ARGUMENTS(domain));
	if (!making->order.solo)
		output_printf(&output, "\nNobody approves their own request here "
		    "(policies/one-step.yaml, selfApproval: forbid):\n%s\n", people->count > 1 ?
		    "another administrator approves it, from a clone of their own." :
		    "add people under identities/ before you ask, or start with --solo.");
	output_printf(&output, "\nWho audits it, in any other clone, has to know where trust begins:\n"
	    "  git config countersign.introduction \\\n      %s\n  countersign audit\n",
	    introduction(making));
}

static int
make_all(struct making *making)
{
	int status = make_reconciler_key(making);

	if (status == EXIT_DONE)
		status = make_authority(making);
	if (status == EXIT_DONE)
		status = make_repository(making);
	if (status == EXIT_DONE)
		status = read_introduction(making);
	if (status == EXIT_DONE)
		status = keep_introduction(making);
	if (status == EXIT_DONE)
		status = write_local_configuration(making);
	if (status != EXIT_DONE)
		advise("What was made so far is in %s and %s: remove it and try again.",
		    making->top, making->local);
	return status;
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct making making = { .arena = arena };
	struct command_line line = { .command = &command_init,
		.rows = rows,
		.into = &making.choices,
		.operand = "PATH",
		.least = 1,
		.most = 1 };
	int status = options_read(arena, &line, argc, argv);

	if (status != OPTIONS_GO_ON)
		return status;
	/* set inside git's own hooks; they would lead git away from the new repository */
	(void)unsetenv("GIT_DIR");
	(void)unsetenv("GIT_WORK_TREE");
	(void)unsetenv("GIT_INDEX_FILE");
	status = take_administrators(&making);
	if (status == EXIT_DONE)
		status = take_names(&making);
	if (status == EXIT_DONE && !draw_id(&making))
		status = complain(EXIT_TROUBLE, "no random bytes: %s", strerror(errno));
	if (status == EXIT_DONE)
		status = make_folders(&making, line.operands.at[0]);
	if (status == EXIT_DONE)
		status = make_all(&making);
	if (status == EXIT_DONE)
		print_next_steps(&making);
	return status;
}

const struct command command_init = {
	.name = "init",
	.summary = "a new PKI repository, CA and local configuration",
	.usage = usage,
	.run = run,
};
