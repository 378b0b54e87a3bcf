#include "daemon/confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "daemon/occupations.h"
#include "daemon/repository_places.h"
#include "daemon/state.h"
#include "issue/pkcs11_uri.h"
#include "reconcile.h"

#ifdef SANITIZED
#include <sanitizer/common_interface_defs.h>

/* gcc's sanitizer of undefined behaviour begins with its first report, at which it forgets what file was opened. */
void begin_undefined(void) __asm__("_ZN7__ubsan27InitAsStandaloneIfNecessaryEv")
    __attribute__((weak));
#endif

#ifdef COVERAGE_COUNTERS
void __gcov_dump(void);
#endif

static bool
is_keeper(enum occupation occupation)
{
	return occupation == OCCUPATION_KEEPER || occupation == OCCUPATION_KEEPER_WITH_TOKEN;
}

const char *
occupation_name(enum occupation occupation)
{
	if (occupation == OCCUPATION_CHECKER)
		return "checker";
	return is_keeper(occupation) ? "keeper" : "reconciler";
}

struct text
occupation_user(const struct local_configuration *local, enum occupation occupation)
{
	struct text own = { NULL, 0 };

	if (is_keeper(occupation))
		own = local->keeper_user;
	else if (occupation == OCCUPATION_CHECKER)
		own = local->checker_user;
	return text_present(own) ? own : local->user;
}

/*
 * A build with sanitizers opens the file that they would report to (log_path)
 * while it can: neither another user nor a confined process could.
 */
static void
open_reports(void)
{
#ifdef SANITIZED
	if (begin_undefined != NULL)
		begin_undefined();
	(void)__sanitizer_get_report_path();
	__sanitizer_sandbox_on_notify(NULL);
#endif
}

void
end_process(bool clean)
{
#ifdef COVERAGE_COUNTERS
	__gcov_dump();
#endif
	_exit(clean ? EXIT_SUCCESS : EXIT_FAILURE);
}

void
ignore_signals(void)
{
	static const int signals[] = { SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGHUP };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)signal(signals[i], SIG_IGN);
}

bool
protect_memory(void)
{
	struct rlimit none = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0;
}

bool
protect_process(const char *name, struct text *why)
{
	(void)prctl(PR_SET_NAME, name);
	if (!protect_memory() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		*why = TEXT("core dumps, tracers and new privileges cannot be kept away");
		return false;
	}
	return true;
}

struct confinement
keeper_confinement(struct arena *arena, bool tokens)
{
	struct confinement confinement = { .occupation = OCCUPATION_KEEPER };

	if (tokens) {
		confinement.occupation = OCCUPATION_KEEPER_WITH_TOKEN;
		place_add(arena, &confinement.places, "/", PLACE_READ | PLACE_WRITE);
	}
	return confinement;
}

/* The keys of the CAs, the PINs of their tokens, and the folder of the ledger. */
static struct texts
secrets_of(struct arena *arena, const struct local_configuration *local)
{
	struct texts secrets = { 0 };
	struct pkcs11_uri uri;
	struct text why;

	texts_add(arena, &secrets, local->state_directory);
	for (size_t i = 0; i < local->authorities.count; i++) {
		const struct local_authority *authority = &local->authorities.at[i];

		if (text_present(authority->file))
			texts_add(arena, &secrets, authority->file);
		else if (pkcs11_uri_read(arena, authority->pkcs11, &uri, &why) &&
		    text_present(uri.pin_source))
			texts_add(arena, &secrets, uri.pin_source);
	}
	return secrets;
}

struct confinement
checker_confinement(struct arena *arena, const struct local_configuration *local)
{
	struct confinement confinement = { .occupation = OCCUPATION_CHECKER,
		.secrets = secrets_of(arena, local) };

	place_add(arena, &confinement.places, checker_folder(arena, local),
	    PLACE_READ | PLACE_WRITE);
	return confinement;
}

/*
 * Programs, libraries and what they are configured by; not the whole of /etc,
 * where keys may be.
 */
static const char *const program_places[] = {
	"/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt", "/nix", "/gnu", "/snap",
};
static const char *const settings_places[] = {
	"/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/ca-certificates.conf", "/etc/ssh",
	"/etc/crypto-policies", "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf",
	"/etc/ld.so.conf.d", "/etc/ld.so.preload", "/etc/passwd", "/etc/group", "/etc/hosts",
	"/etc/host.conf", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/services", "/etc/protocols",
	"/etc/gai.conf", "/etc/localtime", "/etc/gitconfig", "/run/systemd/resolve", "/run/nscd",
	"/proc", "/sys/devices/system/cpu", "/dev/random", "/dev/urandom",
};

const char *
reconciler_home(struct arena *arena, const struct local_configuration *local)
{
	const struct passwd *user = geteuid() == 0 && text_present(local->user)
	    ? getpwnam(text_string(arena, local->user)) : NULL;
	const char *own = getenv("HOME");

	return user != NULL ? arena_printf(arena, "%s", user->pw_dir) : own == NULL ? "" : own;
}

/*
 * ssh's and git's own files below HOME, and what else a url is reached by. Of ~/.ssh only what
 * hosts are known is written: keys and settings there let others in, and start programs,
 * whenever the same user comes by without a sandbox.
 */
static void
add_remote_places(struct arena *arena, struct places *places, const char *home, struct text url)
{
	const char *path;

	for (size_t i = 0; i < sizeof(program_places) / sizeof(program_places[0]); i++)
		place_add(arena, places, program_places[i], PLACE_READ | PLACE_EXECUTE);
	place_add(arena, places, "/dev/tty", PLACE_READ | PLACE_WRITE);
	if (home[0] == '/') {
		place_add(arena, places, arena_printf(arena, "%s/.ssh", home), PLACE_READ);
		place_add(arena, places, arena_printf(arena, "%s/.ssh/known_hosts", home),
		    PLACE_READ | PLACE_WRITE);
		place_add(arena, places, arena_printf(arena, "%s/.gitconfig", home), PLACE_READ);
		place_add(arena, places, arena_printf(arena, "%s/.git-credentials", home), PLACE_READ);
		place_add(arena, places, arena_printf(arena, "%s/.config/git", home), PLACE_READ);
	}
	path = text_string(arena, text_starts_with(url, "file://") ? text_skip(url, strlen("file://"))
	    : url);
	if (path[0] == '/')
		place_add(arena, places, path, PLACE_READ | PLACE_WRITE);
}

struct confinement
reconciler_confinement(struct arena *arena, const struct local_configuration *local)
{
	bool remote = text_present(local->repository_url);
	struct confinement confinement = { .occupation = remote ? OCCUPATION_RECONCILER_REMOTE
							       : OCCUPATION_RECONCILER,
		.secrets = secrets_of(arena, local) };
	struct places *places = &confinement.places;

	place_add(arena, places, reconciler_folder(arena, local), PLACE_READ | PLACE_WRITE);
	place_add(arena, places, text_string(arena, local->signing_key), PLACE_READ);
	place_add(arena, places, "/dev/null", PLACE_READ | PLACE_WRITE);
	for (size_t i = 0; i < sizeof(settings_places) / sizeof(settings_places[0]); i++)
		place_add(arena, places, settings_places[i], PLACE_READ);
	if (remote) {
		/* /tmp is everybody's: what git puts there goes where nobody else reads */
		(void)setenv("TMPDIR", places->at[0].path, 1);
		add_remote_places(arena, places, reconciler_home(arena, local), local->repository_url);
		return confinement;
	}
	repository_places_add(arena, places, text_string(arena, local->repository_path));
	for (size_t i = 0; i < sizeof(program_places) / sizeof(program_places[0]); i++)
		place_add(arena, places, program_places[i], PLACE_READ);
	return confinement;
}

/* Landlock cannot leave a part of a place out: a key in the repository's folder, or in /etc/ssl, is in reach. */
static void
name_secrets_in_reach(const struct texts *secrets, struct arena *arena, struct texts *missing)
{
	for (size_t i = 0; i < secrets->count; i++) {
		int descriptor = open(text_string(arena, secrets->at[i]),
		    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

		if (descriptor < 0)
			continue;
		(void)close(descriptor);
		texts_add(arena, missing, text_printf(arena, "it can read %.*s, which lies among what "
		    "it needs: move that elsewhere", TEXT_ARGUMENTS(secrets->at[i])));
	}
}

/* What is missing is said, or too much. */
static bool
judge(const struct confinement *confinement, enum sandbox_wish wish, const struct texts *missing,
    struct arena *arena, struct text *why)
{
	struct text who = text_of(occupation_name(confinement->occupation)), all;

	if (missing->count == 0)
		return true;
	all = texts_join(arena, missing, "; ");
	if (wish == SANDBOX_REQUIRED) {
		*why = text_printf(arena, "the sandbox of the %.*s is required, and not whole: %.*s",
		    TEXT_ARGUMENTS(who), TEXT_ARGUMENTS(all));
		return false;
	}
	log_event(LOG_WARNING, "sandbox-incomplete", LOG_FIELDS({ "process", who }, { "why", all }));
	return true;
}

bool
confine(const struct confinement *confinement, enum sandbox_wish wish, struct arena *arena,
    struct text *why)
{
	bool network = confinement->occupation == OCCUPATION_KEEPER_WITH_TOKEN ||
	    confinement->occupation == OCCUPATION_RECONCILER_REMOTE;
	struct call_rules rules = occupation_calls(arena, confinement->occupation);
	struct texts missing = { 0 };
	struct text problem;

	if (wish == SANDBOX_OFF)
		return true;
#ifdef COVERAGE_COUNTERS
	texts_add(arena, &missing, TEXT("a build that counts what it runs writes files as it ends"));
	return judge(confinement, wish, &missing, arena, why);
#endif
	/* the C library reads the zone's file once, whichever zone is asked for */
	tzset();
	if (!landlock_enter(&confinement->places, network, arena, &missing, &problem))
		texts_add(arena, &missing, problem);
	else
		name_secrets_in_reach(&confinement->secrets, arena, &missing);
	/* one is the least with which poll(2) works: no new descriptor is as low as that */
	if (confinement->occupation == OCCUPATION_KEEPER)
		(void)setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 1, 1 });
	if (!call_filter_enter(&rules, arena, &problem))
		texts_add(arena, &missing, problem);
	return judge(confinement, wish, &missing, arena, why);
}

/* What no program that root starts gets back; while root has the right to say so. */
static void
drop_for_programs(uint32_t kept)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
		if (capability >= 32 || (kept >> capability & 1) == 0)
			(void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

static bool
set_capabilities(uint32_t lower)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { .effective = lower, .permitted = lower } };

	return syscall(SYS_capset, &header, data) == 0;
}

static bool
switch_to(const struct passwd *user)
{
	return initgroups(user->pw_name, user->pw_gid) == 0 &&
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) == 0 &&
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) == 0 &&
	    set_capabilities(0) &&
	    /* believed only when it is seen that there is no way back */
	    setresuid(0, 0, 0) != 0 && geteuid() == user->pw_uid && getegid() == user->pw_gid;
}

/* Root's process stays root's, for want of a user. */
static uint32_t
capabilities_kept(enum occupation occupation)
{
	if (is_keeper(occupation) || occupation == OCCUPATION_CHECKER)
		return 0;
	return 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH | 1u << CAP_FOWNER | 1u << CAP_CHOWN;
}

bool
become_user(const struct local_configuration *local, enum occupation occupation,
    struct arena *arena, struct text *why)
{
	struct text name = occupation_user(local, occupation);
	uint32_t kept = text_present(name) ? 0 : capabilities_kept(occupation);
	const struct passwd *user;
	pid_t parent = getppid();

	open_reports();
	if (geteuid() != 0)
		return true;
	drop_for_programs(kept);
	if (!text_present(name)) {
		if (set_capabilities(kept))
			return true;
		*why = text_printf(arena, "root's capabilities cannot be given up: %s",
		    strerror(errno));
		return false;
	}
	user = getpwnam(text_string(arena, name));
	if (user == NULL || user->pw_uid == 0) {
		*why = text_printf(arena, "there is no user %.*s without root's rights",
		    TEXT_ARGUMENTS(name));
		return false;
	}
	if (switch_to(user)) {
		/* forgotten with the user; one that ended meanwhile is another now */
		die_with_parent(parent);
		return setenv("HOME", user->pw_dir, 1) == 0;
	}
	*why = text_printf(arena, "cannot become the user %.*s: %s", TEXT_ARGUMENTS(name),
	    strerror(errno));
	return false;
}
