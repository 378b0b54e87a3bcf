#include "repository/remote_git.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"

enum { MOST_ARGUMENTS = 512, MOST_VARIABLES = 64, COMPLAINT_BYTES = 400 };

/* What of our environment git and ssh may see. */
static const char *const inherited[] = {
	"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK",
	"GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "SSL_CERT_FILE", "SSL_CERT_DIR", "https_proxy",
	"HTTPS_PROXY", "no_proxy", "NO_PROXY",
};

/*
 * Questions are never asked, replace refs never followed; ext:: and the like,
 * which run programs, and protocols without authentication are not spoken.
 */
static const char *const set[] = {
	"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=true", "SSH_ASKPASS=true",
	"GIT_NO_REPLACE_OBJECTS=1", "GIT_ALLOW_PROTOCOL=https:ssh:file",
};

/*
 * Objects are checked on their way in. What our own readers judge, entry by
 * entry and commit by commit, is let through, or one poisoned branch would keep
 * all others out.
 */
static const char *const settings[] = {
	"core.hooksPath=/dev/null", "core.fsync=all", "gc.auto=0", "maintenance.auto=false",
	"fetch.recurseSubmodules=false", "push.recurseSubmodules=no", "push.gpgSign=false",
	"transfer.fsckObjects=true",
	"fetch.fsck.badFilemode=warn", "fetch.fsck.badTimezone=warn", "fetch.fsck.badDate=warn",
	"fetch.fsck.badDateOverflow=warn", "fetch.fsck.badEmail=warn", "fetch.fsck.badName=warn",
	"fetch.fsck.missingEmail=warn", "fetch.fsck.missingNameBeforeEmail=warn",
	"fetch.fsck.missingSpaceBeforeEmail=warn", "fetch.fsck.missingSpaceBeforeDate=warn",
	"fetch.fsck.missingAuthor=warn", "fetch.fsck.missingCommitter=warn",
	"fetch.fsck.multipleAuthors=warn", "fetch.fsck.zeroPaddedDate=warn",
	"fetch.fsck.zeroPaddedFilemode=warn", "fetch.fsck.duplicateEntries=warn",
	"fetch.fsck.treeNotSorted=warn", "fetch.fsck.emptyName=warn",
	"fetch.fsck.fullPathname=warn", "fetch.fsck.hasDot=warn", "fetch.fsck.hasDotdot=warn",
	"fetch.fsck.hasDotgit=warn", "fetch.fsck.nullSha1=warn", "fetch.fsck.nulInCommit=warn",
	"fetch.fsck.gitmodulesBlob=warn", "fetch.fsck.gitmodulesMissing=warn",
	"fetch.fsck.gitmodulesName=warn", "fetch.fsck.gitmodulesParse=warn",
	"fetch.fsck.gitmodulesPath=warn", "fetch.fsck.gitmodulesSymlink=warn",
	"fetch.fsck.gitmodulesUrl=warn", "fetch.fsck.gitmodulesUpdate=warn",
	"fetch.fsck.gitattributesBlob=warn", "fetch.fsck.gitattributesLarge=warn",
	"fetch.fsck.gitattributesLineLength=warn", "fetch.fsck.gitattributesMissing=warn",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool
remote_url_is_usable(struct arena *arena, const char *url, struct text *why)
{
	const char *behind = strstr(url, "://"), *at;
	size_t host;

	if (url[0] == '\0' || url[0] == '-' || !text_equal(text_visible(arena, text_of(url),
	    strlen(url)), text_of(url))) {
		*why = TEXT("the repository's url is none");
		return false;
	}
	if (behind == NULL)
		return true;
	host = strcspn(behind + 3, "/");
	at = memchr(behind + 3, '@', host);
	if (at == NULL || memchr(behind + 3, ':', (size_t)(at - behind - 3)) == NULL)
		return true;
	*why = TEXT("the repository's url holds a password, which every user of this machine could"
	    " read from the process list: give it to a git credential helper");
	return false;
}

static const char *const *
make_environment(struct arena *arena)
{
	const char **environment = arena_allocate(arena, MOST_VARIABLES * sizeof(environment[0]));
	size_t count = 0;

	for (size_t i = 0; i < COUNT(inherited); i++)
		if (getenv(inherited[i]) != NULL)
			environment[count++] = arena_printf(arena, "%s=%s", inherited[i],
			    getenv(inherited[i]));
	for (size_t i = 0; i < COUNT(set); i++)
		environment[count++] = set[i];
	if (getenv("GIT_SSH_COMMAND") == NULL)
		environment[count++] = "GIT_SSH_COMMAND=ssh -oBatchMode=yes -oConnectTimeout=30"
		    " -oUpdateHostKeys=no";
	return environment;
}

/* The last thing that git said, which is what it died of. */
static struct text
complaint(struct arena *arena, struct text errors)
{
	struct buffer lines = { .arena = arena };
	struct text line;

	while (text_next_line(&errors, &line)) {
		if (!text_starts_with(line, "fatal:") && !text_starts_with(line, "error:") &&
		    !text_starts_with(line, "remote:") && !text_starts_with(line, "ssh:"))
			continue;
		if (lines.length > 0)
			buffer_add(&lines, TEXT("; "));
		buffer_add(&lines, text_visible(arena, text_trim(line), COMPLAINT_BYTES));
		if (lines.length > COMPLAINT_BYTES)
			break;
	}
	return lines.length > 0 ? buffer_text(&lines) : TEXT("it said nothing");
}

static bool
run(const struct remote *remote, struct arena *arena, const char *const *arguments,
    struct text *output, struct text *why)
{
	const struct child_order order = { .arguments = arguments, .errors = CHILD_ERRORS_KEPT,
		.environment = make_environment(arena), .seconds = remote->seconds,
		.most_file_bytes = REMOTE_PACK_BYTES };
	struct child_result result;

	if (!child_run(arena, &order, &result, why))
		return false;
	if (output != NULL)
		*output = result.output;
	if (result.status == 0)
		return true;
	*why = text_printf(arena, "git: %.*s", TEXT_ARGUMENTS(complaint(arena, result.errors)));
	return false;
}

bool
remote_git(const struct remote *remote, struct arena *arena, const char *const *arguments,
    struct text *output, struct text *why)
{
	const char **all = arena_allocate(arena, MOST_ARGUMENTS * sizeof(all[0]));
	size_t count = 0;

	all[count++] = "git";
	all[count++] = arena_printf(arena, "--git-dir=%s", remote->mirror);
	for (size_t i = 0; i < COUNT(settings); i++) {
		all[count++] = "-c";
		all[count++] = settings[i];
	}
	for (size_t i = 0; arguments[i] != NULL; i++) {
		if (count + 1 == MOST_ARGUMENTS)
			abort();
		all[count++] = arguments[i];
	}
	return run(remote, arena, all, output, why);
}

bool
remote_git_init(const struct remote *remote, struct arena *arena, struct text *why)
{
	const char *const arguments[] = { "git", "init", "--quiet", "--bare", "--template=",
		remote->mirror, NULL };

	return access(arena_printf(arena, "%s/HEAD", remote->mirror), F_OK) == 0 ||
	    run(remote, arena, arguments, NULL, why);
}
