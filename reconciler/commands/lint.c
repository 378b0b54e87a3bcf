#include "commands/lint.h"

#include <stdlib.h>
#include <string.h>

#include "evaluate/plan.h"
#include "manifest/configuration_decode.h"
#include "manifest/manifest.h"
#include "model/approval.h"
#include "model/status.h"
#include "reconcile/load.h"
#include "trust/evidence.h"

/* What one run of the lint knows. */
struct linting {
	const struct lint *lint;
	struct arena *arena;
	struct configuration configuration;
	struct reasons *reasons;
	struct source_files requests;   /* all of requests/, sorted */
};

static bool
touched(const struct lint *lint, struct text path)
{
	return lint->touched == NULL || texts_find(lint->touched, path) != NULL;
}

/* The reasons about files that were touched; about no file: always. */
static void
keep_touched(struct linting *linting, const struct reasons *found)
{
	for (size_t i = 0; i < found->count; i++)
		if (text_empty(found->at[i].position.path) ||
		    touched(linting->lint, found->at[i].position.path))
			*ARRAY_ADD(linting->arena, linting->reasons) = found->at[i];
}

static bool
list(struct linting *linting, const char *folder, struct source_files *files, struct text *why)
{
	struct reasons found = { 0 };

	if (!documents_list(&linting->lint->documents, linting->arena, folder, files, &found)) {
		*why = text_printf(linting->arena, "%s cannot be read", folder);
		return false;
	}
	keep_touched(linting, &found);
	return true;
}

static bool
read_document(struct linting *linting, struct source_file *file)
{
	if (documents_read(&linting->lint->documents, linting->arena, file))
		return true;
	reason_add(linting->arena, linting->reasons, (struct position){ .path = file->path },
	    "FileTooLarge", "the file cannot be read or is larger than 256 KiB");
	return false;
}

/* --- the configuration ------------------------------------------------------------------ */

static bool
configuration_touched(const struct lint *lint)
{
	if (lint->touched == NULL)
		return true;
	for (size_t i = 0; i < lint->touched->count; i++)
		if (path_is_configuration(lint->touched->at[i]))
			return true;
	return false;
}

static void
add_configuration_reasons(struct linting *linting)
{
	const struct reasons *found = &linting->configuration.reasons;
	bool broken = reasons_errors(found) > 0;

	for (size_t i = 0; i < found->count; i++)
		/* what names a thing may be the very file that is broken */
		if (!broken || strcmp(found->at[i].code, "Unused") != 0)
			*ARRAY_ADD(linting->arena, linting->reasons) = found->at[i];
}

static bool
lint_configuration(struct linting *linting, struct text *why)
{
	const struct configuration_place place = { .previous = configuration_none };
	struct source_files files = { 0 };

	for (int i = 0; configuration_folders[i] != NULL; i++)
		if (!list(linting, configuration_folders[i], &files, why))
			return false;
	for (size_t i = 0; i < files.count; i++)
		(void)read_document(linting, &files.at[i]);
	configuration_from_files(linting->arena, &files, &place, NULL, &linting->configuration);
	if (configuration_touched(linting->lint))
		add_configuration_reasons(linting);
	return true;
}

/* --- requests --------------------------------------------------------------------------- */

static int
compare_file(const void *path, const void *file)
{
	return text_compare(*(const struct text *)path, ((const struct source_file *)file)->path);
}

static struct source_file *
file_at(struct source_files *files, struct text path)
{
	return files->count == 0 ? NULL :
	    bsearch(&path, files->at, files->count, sizeof(files->at[0]), compare_file);
}

/* Whether the reconciler is done with this id; then what the rules say now does not matter. */
static bool
has_ended(const struct linting *linting, struct text id)
{
	struct request_record record = { 0 };

	return linting->lint->output_store != NULL && text_present(linting->lint->output_commit) &&
	       record_load(linting->lint->output_store, linting->arena,
		   linting->lint->output_commit, id, &record) &&
	       request_state_ended(record.state);
}

static void
lint_repository_id(struct linting *linting, struct text given, struct position position)
{
	const struct repository *repository = &linting->configuration.repository;

	if (!text_empty(given) && !text_empty(repository->id) && !text_equal(given, repository->id))
		reason_add(linting->arena, linting->reasons, position, "OtherRepository",
		    "spec.repository is %.*s, but this repository is %.*s (countersign.yaml, spec.id)",
		    TEXT_ARGUMENTS(text_visible(linting->arena, given, 64)),
		    TEXT_ARGUMENTS(repository->id));
}

static struct sighting
sighting_of(const struct linting *linting, struct text path)
{
	return (struct sighting){ .configuration = &linting->configuration,
		.observed_at = linting->lint->now, .source = SOURCE_FILE, .where = path };
}

static void
lint_request_signature(struct linting *linting, const struct request *request,
    const struct source_file *file)
{
	struct text path = text_printf(linting->arena, "%.*s.sig", TEXT_ARGUMENTS(file->path));
	struct source_file *found = file_at(&linting->requests, path);
	struct sighting sighting = sighting_of(linting, path);
	struct verified_request_signature signature = { 0 };
	struct position position = { .path = path };
	struct text why = { 0 };

	if (found == NULL || !read_document(linting, found))
		return;
	if (!evidence_from_request_signature(linting->arena, &sighting, request->id, file->content,
	    found->content, &signature, &why))
		reason_add(linting->arena, linting->reasons, position, "SignatureNotGood", "%.*s",
		    TEXT_ARGUMENTS(why));
	else if (!text_equal(signature.by, request->requester))
		reason_add(linting->arena, linting->reasons, position, "NotTheRequester",
		    "the signature is by %.*s, but the request names %.*s as its requester",
		    TEXT_ARGUMENTS(signature.by),
		    TEXT_ARGUMENTS(text_visible(linting->arena, request->requester, 255)));
}

/* A signature binds the repository's id through the file. */
static void
lint_repository_named(struct linting *linting, const struct request *request)
{
	const struct repository *repository = &linting->configuration.repository;

	if (repository->unsigned_requests == UNSIGNED_REQUESTS_REFUSE &&
	    text_empty(request->repository))
		reason_add(linting->arena, linting->reasons, request->position, "RepositoryMissing",
		    "spec.repository is missing: a signed request names the repository that it is for "
		    "(%.*s)", TEXT_ARGUMENTS(repository->id));
}

static void
lint_plan(struct linting *linting, const struct request *request)
{
	const struct plan_input input = { .configuration = &linting->configuration,
		.request = request, .generation = 1, .now = linting->lint->now };
	struct plan plan = { 0 };

	(void)plan_make(linting->arena, &input, &plan, linting->reasons);
}

static void
lint_request(struct linting *linting, struct source_file *file)
{
	struct request request = { 0 };
	struct text id = { 0 };

	if (!request_id_of_path(file->path, &id) || !read_document(linting, file))
		return;
	if (!request_decode(linting->arena, id, file->content, &request, linting->reasons))
		return;
	lint_repository_id(linting, request.repository, request.position);
	lint_request_signature(linting, &request, file);
	/* with a broken configuration each request would repeat what is wrong there */
	if (reasons_errors(&linting->configuration.reasons) > 0 || has_ended(linting, id))
		return;
	lint_repository_named(linting, &request);
	lint_plan(linting, &request);
}

/* --- approvals and revocations ---------------------------------------------------------- */

static void
lint_approval(struct linting *linting, struct source_files *files, struct source_file *file,
    const struct approval *approval)
{
	struct text path = text_printf(linting->arena, "%.*s.sig", TEXT_ARGUMENTS(file->path));
	struct source_file *signature = file_at(files, path);
	struct sighting sighting = sighting_of(linting, file->path);
	struct position position = { .path = file->path, .line = 1, .column = 1 };
	struct evidence evidence = { 0 };

	lint_repository_id(linting, approval->repository, approval->position);
	if (signature == NULL) {
		reason_add(linting->arena, linting->reasons, position, "SignatureMissing",
		    "there is no %.*s beside it, so nothing in it counts; make it with "
		    "`ssh-keygen -Y sign -n countersign -f KEY FILE`", TEXT_ARGUMENTS(path));
		return;
	}
	if (!read_document(linting, signature))
		return;
	evidence_from_approval(linting->arena, &sighting, file->content, approval,
	    signature->content, &evidence);
	for (size_t i = 0; i < evidence.ignored.count; i++) {
		struct text why = text_visible(linting->arena, evidence.ignored.at[i].why, 1024);

		/* old approvals by people who have left stay in the repository: no error then */
		if (linting->lint->touched != NULL)
			reason_add(linting->arena, linting->reasons, position, "WouldNotCount",
			    "would not count: %.*s", TEXT_ARGUMENTS(why));
		else
			warning_add(linting->arena, linting->reasons, position, "WouldNotCount",
			    "would not count: %.*s", TEXT_ARGUMENTS(why));
	}
}

static void
lint_decision_file(struct linting *linting, struct source_files *files, struct source_file *file)
{
	struct manifest manifest = { 0 };

	if (!text_ends_with(file->path, ".yaml") || !read_document(linting, file) ||
	    !manifest_decode(linting->arena, file->path, file->content, &manifest,
		linting->reasons) ||
	    manifest.object == NULL)
		return;
	if (manifest.kind == KIND_APPROVAL)
		lint_approval(linting, files, file, manifest.object);
	if (manifest.kind == KIND_REVOCATION) {
		const struct revocation *revocation = manifest.object;

		lint_repository_id(linting, revocation->repository, revocation->position);
	}
}

/* A signature whose document is gone or never was proves nothing. */
static void
lint_lonely_signatures(struct linting *linting, struct source_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		struct text path = files->at[i].path;

		if (!text_ends_with(path, ".sig") || !touched(linting->lint, path))
			continue;
		if (file_at(files, text_first(path, path.length - 4)) == NULL)
			warning_add(linting->arena, linting->reasons,
			    (struct position){ .path = path }, "SignatureOfNothing",
			    "there is no document beside this signature");
	}
}

/* Touched, or its signature was. */
static bool
document_touched(struct linting *linting, struct text path)
{
	return touched(linting->lint, path) ||
	    touched(linting->lint, text_printf(linting->arena, "%.*s.sig", TEXT_ARGUMENTS(path)));
}

/* Memory for one document; what was found in it is kept. A repository may hold a million. */
static void
start_document(const struct linting *all, struct reasons *found, struct linting *one)
{
	*one = *all;
	one->arena = arena_new();
	one->reasons = found;
}

static void
end_document(const struct linting *all, struct linting *one)
{
	for (size_t i = 0; i < one->reasons->count; i++) {
		struct reason reason = one->reasons->at[i];

		reason.message = text_copy(all->arena, reason.message);
		reason.position.path = text_copy(all->arena, reason.position.path);
		*ARRAY_ADD(all->arena, all->reasons) = reason;
	}
	arena_free(one->arena);
}

static void
lint_requests(struct linting *linting)
{
	for (size_t i = 0; i < linting->requests.count; i++) {
		struct linting one;
		struct reasons found = { 0 };

		start_document(linting, &found, &one);
		if (document_touched(&one, linting->requests.at[i].path))
			lint_request(&one, &linting->requests.at[i]);
		end_document(linting, &one);
	}
	lint_lonely_signatures(linting, &linting->requests);
}

static void
lint_decision_files(struct linting *linting, struct source_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		struct linting one;
		struct reasons found = { 0 };

		start_document(linting, &found, &one);
		if (document_touched(&one, files->at[i].path))
			lint_decision_file(&one, files, &files->at[i]);
		end_document(linting, &one);
	}
	lint_lonely_signatures(linting, files);
}

bool
lint_documents(struct arena *arena, const struct lint *lint, struct reasons *reasons,
    struct text *why)
{
	static const char *const decisions[] = { "approvals", "revocations" };
	struct linting linting = { .lint = lint, .arena = arena, .reasons = reasons };

	if (!lint_configuration(&linting, why) ||
	    !list(&linting, "requests", &linting.requests, why))
		return false;
	lint_requests(&linting);
	for (size_t folder = 0; folder < 2; folder++) {
		struct source_files files = { 0 };

		if (!list(&linting, decisions[folder], &files, why))
			return false;
		lint_decision_files(&linting, &files);
	}
	return true;
}
