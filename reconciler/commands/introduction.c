#include "commands/introduction.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "commands/git.h"
#include "commands/options.h"
#include "commands/output.h"
#include "model/local.h"
#include "reconcile/load.h"

enum { COMMIT_DIGITS = 40 };

/* "COMMIT@sha256:DIGEST" */
static bool
parse(struct text given, struct introduction *out)
{
	return text_split(&given, '@', &out->commit) && hex_is_lower(out->commit, COMMIT_DIGITS) &&
	    digest_is_named(out->digest = given);
}

static int
read_config(struct arena *arena, struct text path, struct introduction *out)
{
	struct text why = { NULL, 0 };
	const struct local_configuration *local = local_configuration_read(arena,
	    text_string(arena, path), &why);

	if (local == NULL)
		return complain(EXIT_TROUBLE, "--config: %.*s", TEXT_ARGUMENTS(why));
	out->commit = local->introduction_commit;
	out->digest = local->introduction_digest;
	out->branch = local->branch;
	out->source = text_printf(arena, "--config %.*s", TEXT_ARGUMENTS(path));
	return OPTIONS_GO_ON;
}

int
introduction_find(struct arena *arena, const struct introduction_options *options,
    struct introduction *out)
{
	struct text given = options->given;

	*out = (struct introduction){ .source = TEXT("--introduction") };
	if (text_present(options->config) && !text_present(given))
		return read_config(arena, options->config, out);
	if (!text_present(given)) {
		if (!git_setting(arena, "countersign.introduction", NULL, &given))
			return complain(EXIT_USAGE, "where does trust begin? Give --introduction "
			    "COMMIT@sha256:DIGEST, as whoever made the repository tells it, or "
			    "--config FILE; `git config countersign.introduction "
			    "COMMIT@sha256:DIGEST` keeps it for this clone");
		out->source = TEXT("git config countersign.introduction");
	}
	if (parse(given, out))
		return OPTIONS_GO_ON;
	return complain(EXIT_USAGE, "\"%.*s\" is no introduction: a commit's whole id, \"@\", and the "
	    "digest of the configuration there, \"sha256:\" and 64 hex digits",
	    TEXT_ARGUMENTS(output_visible(arena, given)));
}
