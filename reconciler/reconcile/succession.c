/*
 * Which configuration is trusted: candidates are collected, their signatures
 * gathered, and as long as one of them has the quorum of the configuration
 * trusted before, it takes its place.
 */
#include "reconcile/pass.h"

#include "evaluate/configuration_rules.h"
#include "manifest/configuration_decode.h"
#include "reconcile/load.h"
#include "trust/trailer.h"

/* How many signatures on configurations are kept: of one key, and of all that only candidates list. */
enum {
	SIGNATURES_BY_ADMINISTRATOR = 256,
	SIGNATURES_BY_PERSON = 16,
	SIGNATURES_BY_STRANGERS = 1024
};

/* Of each candidate. */
enum { REASONS_SHOWN = 50, NAMES_SHOWN = 100 };

bool
rules_differ(struct pass *pass, struct text from, struct text to)
{
	struct changes changes = { 0 };
	struct reasons reasons = { 0 };

	for (size_t i = 0; configuration_folders[i] != NULL; i++) {
		struct comparison comparison = { .from = from, .to = to,
			.folder = configuration_folders[i], .most = 1 };

		if (!snapshot_compare(pass->reconciler->store, pass->arena, &comparison, &changes,
		    &reasons) || changes.count > 0 || snapshot_was_cut(&reasons))
			return true;
	}
	return false;
}

/*
 * Of a line of first parents, newest first, those whose configuration differs
 * from their parent's, the tip left out: `below` is the parent of the last one; absent:
 * unknown.
 */
static void
add_changing(struct pass *pass, const struct history_commits *line, struct text below,
    struct texts *commits)
{
	size_t most = commits->count + CANDIDATES_MOST;

	for (size_t i = 1; i < line->count && commits->count < most; i++) {
		struct text parent = i + 1 < line->count ? line->at[i + 1].id : below;

		if (!text_present(parent) || rules_differ(pass, parent, line->at[i].id))
			texts_add(pass->arena, commits, line->at[i].id);
	}
}

/* The commits whose configuration might be trusted next, newest first. */
static bool
find_candidates(struct pass *pass, struct texts *commits)
{
	struct history_range range = { .tip = pass->input, .known = pass->previous_input,
		.most_bytes = 1 };
	struct history_commits line = { 0 };
	bool reached;

	texts_add(pass->arena, commits, pass->input);
	if (!text_present(range.known))
		range.known = pass->reconciler->local->introduction_commit;
	if (!history_first_parents(pass->reconciler->store, pass->arena, &range, &line, &reached))
		return false;
	add_changing(pass, &line, reached ? range.known : (struct text){ NULL, 0 }, commits);
	for (size_t i = 0; i < pass->configuration_status.candidates.count; i++)
		texts_add(pass->arena, commits, pass->configuration_status.candidates.at[i].commit);
	return true;
}

static bool
same_files(const struct configuration *a, const struct configuration *b)
{
	if (a->files.count != b->files.count)
		return false;
	for (size_t i = 0; i < a->files.count; i++)
		if (!text_equal(a->files.at[i].path, b->files.at[i].path) ||
		    !text_equal(a->files.at[i].sha256, b->files.at[i].sha256))
			return false;
	return true;
}

ARRAY(configurations, struct configuration);

static bool
load_candidates(struct pass *pass, const struct texts *commits, struct configurations *out,
    struct text *why)
{
	struct texts names = local_authority_names(pass->arena, pass->reconciler->local);
	/* which keys the reconciler had is not known to who decides again */
	const struct texts *local = pass->replay == NULL ? &names : NULL;
	size_t bytes = 0;

	for (size_t i = 0; i < commits->count && out->count < CANDIDATES_MOST &&
	     bytes < CANDIDATES_BYTES_MOST; i++) {
		struct configuration_place place = { .commit = commits->at[i],
			.number = pass->trusted->number + 1, .previous = pass->trusted->digest };
		struct configuration candidate;
		bool known = false;

		if (!rules_differ(pass, pass->trusted->commit, commits->at[i]))
			continue;
		if (!configuration_load(pass->reconciler->store, pass->arena, &place, local,
		    &candidate, why))
			return false;
		bytes += candidate.bytes;
		known = same_files(&candidate, pass->trusted);
		for (size_t j = 0; j < out->count && !known; j++)
			known = same_files(&candidate, &out->at[j]);
		if (!known)
			*ARRAY_ADD(pass->arena, out) = candidate;
	}
	return true;
}

/* Whether a signature stands there already, or says again what one says that still counts. */
static bool
signature_known(const struct pass *pass, const struct configuration_signature *wanted)
{
	const struct configuration_signatures *kept = &pass->configuration_status.signatures;

	for (size_t i = 0; i < kept->count; i++) {
		const struct configuration_signature *other = &kept->at[i];
		bool lapsed = pass->now - other->observed_at >
		    CONFIGURATION_SIGNATURE_LIFETIME_SECONDS;

		if (text_equal(other->digest, wanted->digest) &&
		    text_equal(other->by, wanted->by) && text_equal(other->key, wanted->key) &&
		    other->withdraw == wanted->withdraw &&
		    (!lapsed || text_equal(other->evidence, wanted->evidence)))
			return true;
	}
	return false;
}

/* Whether the trusted configuration knows the signature's key as that person's. */
static bool
signed_by_trusted(const struct pass *pass, const struct configuration_signature *signature)
{
	return identity_holds_key(pass->trusted, signature->by, signature->key,
	    signature->observed_at);
}

/*
 * Whether as many stand there as may: signatures are kept for good, so that
 * nobody may give any number of them. Counted by key, since a candidate can
 * give anybody an administrator's name.
 */
static bool
signatures_full(const struct pass *pass, const struct configuration_signature *wanted)
{
	const struct configuration_signatures *kept = &pass->configuration_status.signatures;
	bool trusted = signed_by_trusted(pass, wanted);
	size_t most = !trusted ? SIGNATURES_BY_STRANGERS :
	    texts_contain(&pass->trusted->repository.administrators, wanted->by) ?
	    SIGNATURES_BY_ADMINISTRATOR : SIGNATURES_BY_PERSON;
	size_t count = 0;

	for (size_t i = 0; i < kept->count; i++)
		count += trusted ? text_equal(kept->at[i].by, wanted->by) &&
			text_equal(kept->at[i].key, wanted->key) :
		    !signed_by_trusted(pass, &kept->at[i]);
	return count >= most;
}

static bool
refuse_signature(struct pass *pass, const struct configuration_signature *signature)
{
	const struct ignored refused = {
		.who = signature->by,
		.what = text_printf(pass->arena, "%s configuration %.*s",
		    signature->withdraw ? "withdraw" : "approve", TEXT_ARGUMENTS(signature->digest)),
		.why = TEXT("too many signatures on configurations are kept of this signer already; "
		    "there is room again when a configuration becomes trusted"),
		.commit = signature->evidence,
		.observed_at = signature->observed_at,
		.alarm = signature->withdraw,
	};

	return unheard_take(pass, &refused);
}

/*
 * Takes up what the keys of a configuration have signed; a candidate's speak of
 * that candidate only. True when some of it is kept.
 */
static bool
keep_signatures(struct pass *pass, const struct configuration *configuration,
    const struct configuration_signatures *found)
{
	bool kept = false;

	for (size_t i = 0; i < found->count; i++) {
		const struct configuration_signature *signature = &found->at[i];

		if (signature_known(pass, signature) || (configuration != pass->trusted &&
		    !text_equal(signature->digest, configuration->digest)))
			continue;
		if (signatures_full(pass, signature)) {
			kept = refuse_signature(pass, signature) || kept;
			continue;
		}
		*ARRAY_ADD(pass->arena, &pass->configuration_status.signatures) = *signature;
		pass->configuration_status_changed = kept = true;
	}
	return kept;
}

/*
 * A digest names the configuration before it, so that most signatures mean
 * nothing any more when another one has become trusted. Those just taken up
 * stay, and those that made it trusted, and what may be meant for the next one.
 */
static void
forget_signatures(struct pass *pass, const struct configurations *candidates)
{
	struct configuration_signatures *signatures = &pass->configuration_status.signatures;
	size_t kept = 0, recorded = 0;

	for (size_t i = 0; i < signatures->count; i++) {
		const struct configuration_signature *signature = &signatures->at[i];
		bool wanted = i >= pass->signatures_recorded ||
		    text_equal(signature->digest, pass->trusted->digest) ||
		    pass->now - signature->observed_at <= INBOX_WAIT_SECONDS;

		for (size_t j = 0; j < candidates->count && !wanted; j++)
			wanted = text_equal(signature->digest, candidates->at[j].digest);
		if (!wanted)
			continue;
		recorded += i < pass->signatures_recorded;
		signatures->at[kept++] = *signature;
	}
	signatures->count = kept;
	pass->signatures_recorded = recorded;
}

/* Whether a commit's trailers speak of configurations: the others need not be judged here. */
static bool
speaks_of_configuration(struct text raw)
{
	static const char wanted[] = "Countersign-Configuration";
	struct text line;

	while (text_next_line(&raw, &line))
		if (text_starts_with(line, wanted))
			return true;
	return false;
}

/* The same of an approval file. */
static bool
file_speaks_of_configuration(struct pass *pass, struct text path)
{
	struct approval_file file = { .commit = pass->input, .path = path };
	struct arena *scratch = arena_new();
	struct reasons reasons = { 0 };
	bool speaks = false;

	if (approval_load(pass->reconciler->store, scratch, &file, &reasons))
		for (size_t i = 0; i < file.approval->entries.count && !speaks; i++)
			speaks = text_present(file.approval->entries.at[i].configuration);
	arena_free(scratch);
	return speaks;
}

/* Marks the commits and files that do; false when a commit cannot be read. */
static bool
mark_speakers(struct pass *pass, bool *any)
{
	bool read = true;

	for (size_t i = 0; i < pass->approvals.count; i++) {
		struct seen_approval *file = &pass->approvals.at[i];

		file->speaks_of_configuration = file_speaks_of_configuration(pass, file->path);
		*any = *any || file->speaks_of_configuration;
	}

	for (size_t i = 0; i < pass->commits.count && read; i++) {
		struct seen_commit *commit = &pass->commits.at[i];
		struct arena *scratch = arena_new();
		struct text raw;

		read = commit_raw(pass, scratch, commit, &raw);
		commit->speaks_of_configuration = read && speaks_of_configuration(raw);
		*any = *any || commit->speaks_of_configuration;
		arena_free(scratch);
	}
	return read;
}

/*
 * What was found in memory of its own is kept with it, or all is forgotten: most
 * of what is said of configurations counts for nothing, under each candidate anew.
 */
static void
keep_or_forget(struct pass *pass, const struct configuration *configuration,
    const struct evidence *found, struct arena *own)
{
	if (keep_signatures(pass, configuration, &found->configuration_signatures))
		arena_join(pass->arena, own);
	else
		arena_free(own);
}

/* False when the commit cannot be read. */
static bool
hear_commit(struct pass *pass, const struct configuration *configuration,
    const struct seen_commit *commit)
{
	struct sighting sighting = { .configuration = configuration,
		.observed_at = commit->observed_at, .source = commit->source,
		.where = commit->id };
	struct arena *own = arena_new();
	struct evidence found = { 0 };
	struct text raw;
	bool good = commit_raw(pass, own, commit, &raw);

	if (good)
		evidence_from_commit(own, &sighting, raw, &found);
	keep_or_forget(pass, configuration, &found, own);
	return good;
}

static void
hear_file(struct pass *pass, const struct configuration *configuration, struct text path)
{
	struct approval_file file = { .commit = pass->input, .path = path };
	struct arena *own = arena_new();
	struct reasons reasons = { 0 };
	struct evidence found = { 0 };
	struct sighting sighting = { .configuration = configuration, .source = SOURCE_FILE,
		.where = path };

	if (approval_load(pass->reconciler->store, own, &file, &reasons) &&
	    text_present(file.signature.blob)) {
		sighting.observed_at = sightings_see(pass->reconciler->sightings,
		    file.signature.blob, pass->now);
		evidence_from_approval(own, &sighting, file.document.content, file.approval,
		    file.signature.content, &found);
	}
	keep_or_forget(pass, configuration, &found, own);
}

/*
 * The signatures on configurations, as the keys of one configuration know
 * them. A signature counts for a quorum only if that quorum's own
 * configuration lists the key; see configuration_may_follow(). False when a
 * commit cannot be read.
 */
static bool
signatures_under(struct pass *pass, const struct configuration *configuration)
{
	for (size_t i = 0; i < pass->commits.count; i++)
		if (pass->commits.at[i].speaks_of_configuration &&
		    !hear_commit(pass, configuration, &pass->commits.at[i]))
			return false;
	for (size_t i = 0; i < pass->approvals.count; i++)
		if (pass->approvals.at[i].speaks_of_configuration)
			hear_file(pass, configuration, pass->approvals.at[i].path);
	return true;
}

/* The same for the trusted one and all candidates. */
static bool
all_signatures(struct pass *pass, const struct configurations *candidates)
{
	bool good = signatures_under(pass, pass->trusted);

	for (size_t i = 0; i < candidates->count && good; i++)
		good = signatures_under(pass, &candidates->at[i]);
	return good;
}

/* The first of each list, errors before warnings: whoever writes a candidate decides how much is wrong with it. */
static struct reasons
reasons_shown(struct arena *arena, const struct reasons *all)
{
	struct reasons shown = { 0 };

	for (int errors = 1; errors >= 0; errors--)
		for (size_t i = 0; i < all->count && shown.count < REASONS_SHOWN; i++)
			if ((all->at[i].severity == SEVERITY_ERROR) == (errors == 1))
				*ARRAY_ADD(arena, &shown) = all->at[i];
	if (all->count > shown.count)
		warning_add(arena, &shown, (struct position){ 0 }, "MoreReasons",
		    "%zu more; `countersign check` shows all", all->count - shown.count);
	return shown;
}

/* What stands in the status of a candidate is bounded, or the status could not be read again. */
static void
keep_candidate(struct pass *pass, const struct configuration_candidate *progress)
{
	struct configuration_candidate *kept =
	    ARRAY_ADD(pass->arena, &pass->configuration_status.candidates);

	*kept = *progress;
	kept->reasons = reasons_shown(pass->arena, &progress->reasons);
	if (kept->signed_by.count > NAMES_SHOWN)
		kept->signed_by.count = NAMES_SHOWN;
	if (kept->waiting_for.count > NAMES_SHOWN)
		kept->waiting_for.count = NAMES_SHOWN;
}

/* Who decides again goes no further than the reconciler did, and prefers what it chose. */
static bool
is_wanted(const struct pass *pass, const struct configurations *candidates, size_t i)
{
	struct text wanted;

	if (pass->replay == NULL)
		return true;
	wanted = pass->replay->trusted;
	if (text_equal(pass->trusted->digest, wanted))
		return false;
	for (size_t j = 0; j < candidates->count; j++)
		if (text_equal(candidates->at[j].digest, wanted))
			return i == j;
	return true;
}

/* Who decides again believes his own clock: what has lapsed since counts no more. */
static bool
follows_by_clock(struct pass *pass, const struct configuration_succession *succession)
{
	struct configuration_succession again = *succession;
	struct configuration_candidate progress = { 0 };

	if (pass->replay == NULL || pass->replay->clock <= pass->now)
		return true;
	again.now = pass->replay->clock;
	return configuration_may_follow(pass->arena, &again, &progress);
}

/* Whether the reconciler has the keys of all authorities; who does not know asks for those that it had before. */
static bool
keys_are_there(const struct pass *pass, const struct configuration *candidate)
{
	const struct texts *names = pass->replay == NULL ? NULL : pass->replay->authorities;
	bool there = true;

	/* who decides by himself has looked already: see load_candidates() */
	for (size_t i = 0; i < candidate->authorities.count && pass->replay != NULL && there; i++) {
		const struct certificate_authority *authority = &candidate->authorities.at[i];

		there = !text_is(authority->type, "internal") || (names != NULL ?
		    texts_contain(names, authority->name) :
		    configuration_authority(pass->trusted, authority->name) != NULL);
	}
	return there;
}

/* What is not trusted yet, and why not, as far as a reconciler would say so. */
static void
pass_by(struct pass *pass, const struct configuration *candidate,
    struct configuration_candidate *progress, bool follows)
{
	bool usable = keys_are_there(pass, candidate);

	progress->observed_at = sightings_see(pass->reconciler->sightings, candidate->commit,
	    pass->now);
	/* what is wrong and no longer at the tip will not come right */
	if ((progress->valid && usable) || text_equal(candidate->commit, pass->input))
		keep_candidate(pass, progress);
	if (follows && usable && text_equal(pass->trusted->digest, pass->replay->trusted))
		pass->passed_over = candidate->digest;
}

/* One step of the succession; true when a candidate became trusted. */
static bool
adopt_one(struct pass *pass, const struct configurations *candidates)
{
	pass->configuration_status.candidates = (struct configuration_candidates){ 0 };
	for (size_t i = 0; i < candidates->count; i++) {
		struct configuration_candidate progress = { 0 };
		struct configuration_succession succession = { .trusted = pass->trusted,
			.candidate = &candidates->at[i],
			.signatures = &pass->configuration_status.signatures, .now = pass->now };
		bool follows;

		follows = configuration_may_follow(pass->arena, &succession, &progress) &&
		    follows_by_clock(pass, &succession);
		if (!follows || !is_wanted(pass, candidates, i)) {
			pass_by(pass, &candidates->at[i], &progress, follows);
			continue;
		}
		log_event(LOG_INFO, "configuration-trusted",
		    LOG_FIELDS({ "digest", candidates->at[i].digest },
			{ "commit", candidates->at[i].commit },
			{ "signed-by", texts_join(pass->arena, &progress.signed_by, ", ") }));
		pass->trusted = &candidates->at[i];
		pass->configuration_changed = true;
		return true;
	}
	return false;
}

/* What status/configuration.yaml says when the succession has come to rest. */
static void
describe(struct pass *pass, const struct configurations *candidates)
{
	struct configuration_status *status = &pass->configuration_status;
	const struct configuration *newest = pass->trusted;

	for (size_t i = 0; i < candidates->count; i++)
		if (text_equal(candidates->at[i].commit, pass->input))
			newest = &candidates->at[i];
	if (pass->configuration_changed) {
		status->trusted_number = pass->trusted->number;
		status->trusted_digest = pass->trusted->digest;
		status->trusted_previous = pass->trusted->previous;
		status->trusted_commit = pass->trusted->commit;
		status->trusted_since = pass->now;
		forget_signatures(pass, candidates);
	}
	status->reasons = reasons_shown(pass->arena, &newest->reasons);
	pass->configuration_status_changed = true;
}

enum pass_result
trust_configuration(struct pass *pass)
{
	struct text why = { NULL, 0 };
	struct configurations candidates = { 0 };
	struct texts commits = { 0 };
	bool signatures = false;

	if (!mark_speakers(pass, &signatures))
		return trouble("history-unreadable", pass->input);
	if (!pass->configuration_touched && !signatures && text_present(pass->output))
		return PASS_GO_ON;
	if (!find_candidates(pass, &commits))
		return trouble("history-unreadable", pass->input);
	for (;;) {
		candidates = (struct configurations){ 0 };
		if (!load_candidates(pass, &commits, &candidates, &why))
			return trouble("configuration-unreadable", why);
		if (!all_signatures(pass, &candidates))
			return trouble("history-unreadable", pass->input);
		if (!adopt_one(pass, &candidates))
			break;
	}
	if (pass->configuration_touched || signatures || pass->configuration_changed ||
	    pass->configuration_status_changed)
		describe(pass, &candidates);
	return PASS_GO_ON;
}
