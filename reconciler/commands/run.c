#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "commands/command.h"
#include "commands/options.h"
#include "commands/output.h"
#include "daemon/daemon.h"
#include "daemon/self_test.h"

static const char usage[] =
	"usage: countersign run [--config FILE] [--once | --self-test]\n"
	"\n"
	"Watches the repository that the local configuration names, counts approvals, issues\n"
	"certificates and commits states and certificates to the branch countersign/output.\n"
	"Ends cleanly on SIGTERM and SIGINT; SIGHUP reloads the local configuration.\n"
	"\n"
	"options:\n"
	"  --config FILE            the local configuration (default: /etc/countersign/countersign.yaml)\n"
	"  --once                   do what there is to do now, and end\n"
	"  --check-from COMMIT      the checker takes the state at this output commit as it is, and judges\n"
	"                           what follows\n"
	"  --accept-ledger-loss HASH  the signer's ledger that had this entry is lost for good: go on\n"
	"                           with another one, and give up what was being issued\n"
	"  --self-test              start no daemon; show that its processes cannot do what they may not\n"
	"  --log text|json          lines for people, or JSON (default: text on a terminal)\n"
	"  --log-level LEVEL        debug, info, warning or error (default: info)\n"
	"\n"
	"examples:\n"
	"  countersign run --config local/countersign.yaml\n"
	"  countersign run --config local/countersign.yaml --once\n";

static const char *const log_forms[] = { "text", "json", "auto", NULL };
static const char *const log_levels[] = { "debug", "info", "warning", "error", NULL };

struct choices {
	struct text config;
	bool once;
	struct text check_from;
	struct text accept_ledger_loss;
	bool self_test;
	int log;
	int log_level;
};

static const struct option_row rows[] = {
	{ "config", 0, OPTION_TEXT, offsetof(struct choices, config), NULL },
	{ "once", 0, OPTION_FLAG, offsetof(struct choices, once), NULL },
	{ "check-from", 0, OPTION_TEXT, offsetof(struct choices, check_from), NULL },
	{ "accept-ledger-loss", 0, OPTION_TEXT, offsetof(struct choices, accept_ledger_loss), NULL },
	{ "self-test", 0, OPTION_FLAG, offsetof(struct choices, self_test), NULL },
	{ "log", 0, OPTION_CHOICE, offsetof(struct choices, log), log_forms },
	{ "log-level", 0, OPTION_CHOICE, offsetof(struct choices, log_level), log_levels },
	{ .name = NULL }
};

static int
test_itself(struct arena *arena, const char *configuration_path)
{
	struct text why = { NULL, 0 };

	if (self_test(arena, configuration_path, &why))
		return EXIT_DONE;
	return text_present(why) ? complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why)) : EXIT_NO;
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct choices choices = { .config = TEXT("/etc/countersign/countersign.yaml"), .log = 2,
		.log_level = LOG_INFO };
	struct command_line line = { .command = &command_run, .rows = rows, .into = &choices };
	int status = options_read(arena, &line, argc, argv);
	struct daemon_options options;
	struct text why = { NULL, 0 };

	if (status != OPTIONS_GO_ON)
		return status;
	log_configure((enum log_level)choices.log_level, choices.log == 2 ? -1 : choices.log);
	if (choices.self_test)
		return test_itself(arena, text_string(arena, choices.config));
	options = (struct daemon_options){
		.configuration_path = text_string(arena, choices.config),
		.once = choices.once,
		.check_from = choices.check_from,
		.accept_ledger_loss = choices.accept_ledger_loss,
	};
	switch (daemon_run(arena, &options, &why)) {
	case DAEMON_DONE:
		return EXIT_DONE;
	case DAEMON_SAID:
		return EXIT_TROUBLE;
	case DAEMON_TROUBLE:
	case DAEMON_ALARM:
		break;
	}
	return complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why));
}

const struct command command_run = {
	.name = "run",
	.summary = "the daemon: watch a repository, count approvals, issue",
	.usage = usage,
	.run = run,
};
