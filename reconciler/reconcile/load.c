#include "reconcile/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "evaluate/configuration_rules.h"
#include "issue/authority.h"
#include "issue/csr.h"
#include "manifest/configuration_decode.h"
#include "manifest/manifest.h"
#include "model/local.h"
#include "reconcile/sightings.h"
#include "repository/snapshot.h"
#include "trust/sshkey.h"

enum { LOCAL_CONFIGURATION_BYTES = 256 * 1024, CONFIGURATION_FILES_MOST = 20000,
	CONFIGURATION_BYTES_MOST = 32 * 1024 * 1024, OUTPUT_FILE_BYTES = 16 * 1024 * 1024,
	FILE_BOOKKEEPING_BYTES = 256, APPROVALS_AT_ONCE = 65536 };

const char *const configuration_folders[] = {
	"countersign.yaml", "identities", "authorities", "policies", "profiles", "notifiers", NULL,
};

const struct text configuration_none = {
	"sha256:0000000000000000000000000000000000000000000000000000000000000000", 71
};

/* All that stands there, but no more than a few thousand too many: a tree can name one file over and over. */
static bool
list_configuration_files(struct store *store, struct arena *arena, struct text commit,
    struct source_files *files, struct reasons *reasons)
{
	for (size_t i = 0; configuration_folders[i] != NULL; i++) {
		const struct comparison all = { .to = commit, .folder = configuration_folders[i],
			.most = CONFIGURATION_FILES_MOST + 1 };
		struct changes added = { 0 };

		if (!snapshot_compare(store, arena, &all, &added, reasons))
			return false;
		for (size_t j = 0; j < added.count; j++)
			*ARRAY_ADD(arena, files) = (struct source_file){
				.path = added.at[j].path, .blob = added.at[j].new_blob };
	}
	return true;
}

static int
compare_blobs(const void *a, const void *b)
{
	const struct source_file *one = *(struct source_file *const *)a;
	const struct source_file *other = *(struct source_file *const *)b;
	int order = text_compare(one->blob, other->blob);

	return order != 0 ? order : one < other ? -1 : one > other;
}

/* Each file knows the first one that has the same bytes. */
static void
find_same(struct arena *arena, struct source_files *files)
{
	struct source_file **sorted = arena_allocate(arena, (files->count + 1) * sizeof(sorted[0]));

	for (size_t i = 0; i < files->count; i++)
		sorted[i] = &files->at[i];
	qsort(sorted, files->count, sizeof(sorted[0]), compare_blobs);
	for (size_t i = 1; i < files->count; i++)
		if (text_equal(sorted[i]->blob, sorted[i - 1]->blob))
			sorted[i]->same_as = sorted[i - 1]->same_as != NULL ?
			    sorted[i - 1]->same_as : sorted[i - 1];
}

/* What is not read has no content; bytes that stand there more than once are read once. */
static void
read_file(struct store *store, struct arena *arena, struct source_file *file, size_t *bytes,
    struct reasons *reasons)
{
	if (file->same_as != NULL) {
		file->content = file->same_as->content;
	} else if (*bytes > CONFIGURATION_BYTES_MOST) {
		reason_add(arena, reasons, (struct position){ .path = file->path },
		    "ConfigurationTooLarge", "is not read: the files before it have more than "
		    "%d MiB", CONFIGURATION_BYTES_MOST / (1024 * 1024));
	} else if (!snapshot_read(store, arena, file)) {
		reason_add(arena, reasons, (struct position){ .path = file->path },
		    "FileTooLarge", "the file cannot be read or is larger than %d KiB",
		    SNAPSHOT_FILE_BYTES / 1024);
	} else {
		*bytes += file->content.length;
	}
}

static bool
read_configuration_files(struct store *store, struct arena *arena, struct text commit,
    struct source_files *files, struct reasons *reasons)
{
	size_t bytes = 0;

	if (!list_configuration_files(store, arena, commit, files, reasons))
		return false;
	if (files->count > CONFIGURATION_FILES_MOST) {
		reason_add(arena, reasons, (struct position){ 0 }, "TooManyFiles",
		    "the configuration has more than %d files, and no more are read",
		    CONFIGURATION_FILES_MOST);
		files->count = CONFIGURATION_FILES_MOST;
	}
	find_same(arena, files);
	for (size_t i = 0; i < files->count; i++)
		read_file(store, arena, &files->at[i], &bytes, reasons);
	return true;
}

static void
append_reasons(struct arena *arena, struct reasons *to, const struct reasons *from)
{
	for (size_t i = 0; i < from->count; i++)
		*ARRAY_ADD(arena, to) = from->at[i];
}

bool
configuration_load(struct store *store, struct arena *arena,
    const struct configuration_place *place, const struct texts *local_authorities,
    struct configuration *out, struct text *why)
{
	struct source_files files = { 0 };
	struct reasons tree_reasons = { 0 };

	*out = (struct configuration){ 0 };
	if (!read_configuration_files(store, arena, place->commit, &files, &tree_reasons)) {
		*why = text_printf(arena, "the tree of commit %.*s cannot be read",
		    TEXT_ARGUMENTS(place->commit));
		return false;
	}
	configuration_from_files(arena, &files, place, local_authorities, out);
	for (size_t i = 0; i < files.count; i++)
		out->bytes += FILE_BOOKKEEPING_BYTES +
		    (files.at[i].same_as == NULL ? files.at[i].content.length : 0);
	append_reasons(arena, &out->reasons, &tree_reasons);
	return true;
}

void
configuration_from_files(struct arena *arena, const struct source_files *files,
    const struct configuration_place *place, const struct texts *local_authorities,
    struct configuration *out)
{
	*out = (struct configuration){ 0 };
	configuration_decode(arena, files, out);
	out->commit = place->commit;
	out->number = place->number;
	out->previous = place->previous;
	identity_keys_resolve(arena, out);
	for (size_t i = 0; i < out->authorities.count; i++)
		authority_read(arena, &out->authorities.at[i], &out->reasons);
	configuration_check(arena, out, local_authorities);
	configuration_digest(arena, out);
}

struct texts
local_authority_names(struct arena *arena, const struct local_configuration *local)
{
	struct texts names = { 0 };

	for (size_t i = 0; i < local->authorities.count; i++)
		texts_add(arena, &names, local->authorities.at[i].name);
	return names;
}

bool
request_decode(struct arena *arena, struct text id, struct text content, struct request *out,
    struct reasons *reasons)
{
	struct manifest manifest = { 0 };

	*out = (struct request){ .id = id, .path_length = -1 };
	if (!manifest_decode(arena, request_path(arena, id), content, &manifest, reasons))
		return false;
	if (manifest.foreign)
		return false;
	if (manifest.kind != KIND_CERTIFICATE_REQUEST) {
		reason_add(arena, reasons,
		    (struct position){ .path = request_path(arena, id), .line = 1, .column = 1 },
		    "NotARequest", "expected apiVersion: countersign/v1, kind: CertificateRequest");
		return false;
	}
	*out = *(const struct request *)manifest.object;
	out->id = id;
	return csr_read(arena, out->csr, out->csr_position, &out->csr_facts, reasons);
}

struct text
request_path(struct arena *arena, struct text id)
{
	return text_printf(arena, "requests/%.*s.yaml", TEXT_ARGUMENTS(id));
}

bool
request_id_of_path(struct text path, struct text *id)
{
	if (!text_starts_with(path, "requests/") || !text_ends_with(path, ".yaml"))
		return false;
	*id = text_skip(path, 9);
	id->length -= 5;
	return id->length > 0;
}

bool
approval_load(struct store *store, struct arena *arena, struct approval_file *file,
    struct reasons *reasons)
{
	struct manifest manifest = { 0 };

	if (!snapshot_file(store, arena, file->commit, file->path, &file->document)) {
		if (text_present(file->document.blob))
			reason_add(arena, reasons, (struct position){ .path = file->path },
			    "FileTooLarge", "the file cannot be read or is larger than %d KiB",
			    SNAPSHOT_FILE_BYTES / 1024);
		return false;
	}
	if (!manifest_decode(arena, file->path, file->document.content, &manifest, reasons) ||
	    manifest.foreign || manifest.kind != KIND_APPROVAL)
		return false;
	file->approval = manifest.object;
	(void)snapshot_file(store, arena, file->commit,
	    text_printf(arena, "%.*s.sig", TEXT_ARGUMENTS(file->path)), &file->signature);
	return true;
}

struct texts
approval_documents(struct arena *arena, const struct changes *changes)
{
	struct texts documents = { 0 };

	for (size_t i = 0; i < changes->count; i++) {
		struct text path = changes->at[i].path;

		if (text_ends_with(path, ".yaml.sig"))
			path.length -= 4;
		if (text_ends_with(path, ".yaml"))
			texts_add(arena, &documents, path);
	}
	texts_sort_unique(&documents);
	return documents;
}

/* What a document calls itself, wherever it stands; absent when it cannot be told. */
static struct text
own_name(struct store *store, struct arena *arena, struct text commit, struct text path)
{
	struct source_file file = { 0 };
	struct manifest manifest = { 0 };
	struct reasons reasons = { 0 };

	if (snapshot_file(store, arena, commit, path, &file))
		(void)manifest_decode(arena, path, file.content, &manifest, &reasons);
	return manifest.name;
}

static struct text
base_name(struct text path)
{
	struct text name = path;

	while (text_split(&path, '/', &name))
		continue;
	return text_first(name, name.length - strlen(".yaml"));
}

/* By which it is known that bytes and signature were met; and that they stand where they are called so. */
static struct text
named_mark(struct arena *arena, struct text both, struct text name)
{
	return digest_sha256_hex(arena, text_printf(arena, "%.*s%.*s", TEXT_ARGUMENTS(both),
	    TEXT_ARGUMENTS(name)));
}

/*
 * Whether a document says what was not met before with the same signature;
 * absent ones are deleted. What has the wrong name at one path counts for nothing
 * there, and for all it says where the name is right: anybody can make a copy.
 */
static bool
says_something_new(struct store *store, struct text commit, struct text path,
    struct sightings *known)
{
	struct arena *own = arena_new();
	struct text document = snapshot_blob(store, own, commit, path), both, anywhere;
	struct sighting_marks *marks;
	bool news = false;

	if (text_present(document)) {
		both = text_printf(own, "%.*s %.*s ", TEXT_ARGUMENTS(document),
		    TEXT_ARGUMENTS(snapshot_blob(store, own, commit,
			text_printf(own, "%.*s.sig", TEXT_ARGUMENTS(path)))));
		anywhere = named_mark(own, both, TEXT(""));
		news = sightings_marks(known, anywhere) == NULL;
		if (news) {
			(void)sightings_see(known, anywhere, 0);
			(void)sightings_see(known, named_mark(own, both,
			    own_name(store, own, commit, path)), 0);
		}
		marks = sightings_marks(known, named_mark(own, both, base_name(path)));
		news = news || (marks != NULL && !marks->settled);
		if (marks != NULL)
			marks->settled = true;
	}
	arena_free(own);
	return news;
}

/* A part of the comparison, in memory of its own; what is odd in it is said of the first part that is, and of the last. */
static bool
take_approvals(struct store *store, struct arena *arena, struct comparison *part,
    struct changed_approvals *out)
{
	struct arena *scratch = arena_new();
	struct changes changes = { 0 };
	struct reasons reasons = { 0 };
	bool good = snapshot_compare(store, scratch, part, &changes, &reasons);
	struct texts documents = approval_documents(scratch, &changes);

	for (size_t i = 0; i < documents.count; i++)
		if (says_something_new(store, part->to, documents.at[i], out->known))
			texts_add(arena, &out->documents, text_copy(arena, documents.at[i]));
	part->behind = changes.count < part->most ? (struct text){ NULL, 0 } :
	    text_copy(arena, changes.at[changes.count - 1].path);
	if (reasons.count > 0 && (out->reasons.count == 0 || !text_present(part->behind))) {
		append_reasons(arena, &out->reasons, &reasons);
		arena_join(arena, scratch);
	} else {
		arena_free(scratch);
	}
	return good;
}

bool
approvals_changed(struct store *store, struct arena *arena, struct text from, struct text to,
    struct changed_approvals *out)
{
	struct comparison part = { .from = from, .to = to, .folder = "approvals",
		.most = APPROVALS_AT_ONCE };
	bool good;

	*out = (struct changed_approvals){ .known = sightings_new() };
	do
		good = take_approvals(store, arena, &part, out);
	while (good && text_present(part.behind));
	sightings_free(out->known);
	out->known = NULL;
	return good;
}

/* Decodes one of the reconciler's own files; NULL when it is not there or not whole. */
static void *
output_object(struct arena *arena, const struct source_file *file, enum kind kind)
{
	struct manifest manifest = { 0 };
	struct reasons reasons = { 0 };

	if (!manifest_decode(arena, file->path, file->content, &manifest, &reasons) ||
	    manifest.foreign || manifest.kind != kind)
		return NULL;
	return manifest.object;
}

/*
 * The reconciler's own files may be larger than people's: a record holds every
 * decision on an open request.
 */
static bool
read_output_file(struct store *store, struct arena *arena, struct source_file *file)
{
	return store_object(store, arena, file->blob, "blob", OUTPUT_FILE_BYTES, &file->content);
}

void *
output_read(struct store *store, struct arena *arena, struct text commit, struct text path,
    enum kind kind)
{
	struct source_files files = { 0 };
	struct reasons reasons = { 0 };

	if (!text_present(commit) || !snapshot_list(store, arena, commit,
	    text_string(arena, path), &files, &reasons) || files.count != 1 ||
	    !read_output_file(store, arena, &files.at[0]))
		return NULL;
	return output_object(arena, &files.at[0], kind);
}

/* Whether there is such a file, readable or not. */
static bool
file_stands(struct store *store, struct arena *arena, struct text commit, struct text path)
{
	struct source_files files = { 0 };
	struct reasons reasons = { 0 };

	return text_present(commit) && (!snapshot_list(store, arena, commit,
	    text_string(arena, path), &files, &reasons) || files.count > 0);
}

bool
record_load(struct store *store, struct arena *arena, struct text output_commit,
    struct text id, struct request_record *out)
{
	struct text pending = text_printf(arena, "pending/%.*s.yaml", TEXT_ARGUMENTS(id));
	struct text status = text_printf(arena, "status/requests/%.*s.yaml", TEXT_ARGUMENTS(id));
	const struct request_record *found;

	found = output_read(store, arena, output_commit, pending, KIND_PENDING_REQUEST);
	if (found == NULL && !file_stands(store, arena, output_commit, pending))
		found = output_read(store, arena, output_commit, status,
		    KIND_CERTIFICATE_REQUEST_STATUS);
	if (found == NULL)
		return false;
	*out = *found;
	out->id = id;
	return true;
}

bool
record_stands(struct store *store, struct arena *arena, struct text output_commit, struct text id)
{
	return file_stands(store, arena, output_commit,
	    text_printf(arena, "pending/%.*s.yaml", TEXT_ARGUMENTS(id))) ||
	    file_stands(store, arena, output_commit,
	    text_printf(arena, "status/requests/%.*s.yaml", TEXT_ARGUMENTS(id)));
}

static bool
records_below(struct store *store, struct arena *arena, struct text commit, const char *folder,
    enum kind kind, struct request_records *out)
{
	struct source_files files = { 0 };
	struct reasons reasons = { 0 };
	size_t folder_bytes = text_of(folder).length + 1;

	if (!text_present(commit))
		return true;
	if (!snapshot_list(store, arena, commit, folder, &files, &reasons))
		return false;
	for (size_t i = 0; i < files.count; i++) {
		const struct request_record *record;
		struct text id = text_skip(files.at[i].path, folder_bytes);

		if (!text_ends_with(id, ".yaml") || !read_output_file(store, arena, &files.at[i]))
			continue;
		id.length -= 5;
		record = output_object(arena, &files.at[i], kind);
		if (record == NULL)
			continue;
		*ARRAY_ADD(arena, out) = *record;
		out->at[out->count - 1].id = id;
	}
	return true;
}

bool
records_open(struct store *store, struct arena *arena, struct text output_commit,
    struct request_records *out, struct text *why)
{
	if (records_below(store, arena, output_commit, "pending", KIND_PENDING_REQUEST, out))
		return true;
	*why = TEXT("pending/ of the output branch cannot be read");
	return false;
}

bool
records_all(struct store *store, struct arena *arena, struct text output_commit,
    struct request_records *out, struct text *why)
{
	if (records_below(store, arena, output_commit, "status/requests",
	    KIND_CERTIFICATE_REQUEST_STATUS, out))
		return true;
	*why = TEXT("status/requests/ of the output branch cannot be read");
	return false;
}

bool
configuration_status_load(struct store *store, struct arena *arena, struct text output_commit,
    struct configuration_status *out)
{
	const struct configuration_status *found = output_read(store, arena, output_commit,
	    TEXT("status/configuration.yaml"), KIND_CONFIGURATION_STATUS);

	if (found == NULL)
		return false;
	*out = *found;
	return true;
}

bool
configuration_trusted_load(struct store *store, struct arena *arena, struct text output_commit,
    const struct texts *local_authorities, struct configuration *out, struct text *why)
{
	struct configuration_status status = { 0 };
	struct configuration_place place;

	if (!configuration_status_load(store, arena, output_commit, &status)) {
		*why = TEXT("the output branch has no readable status/configuration.yaml");
		return false;
	}
	place = (struct configuration_place){ .commit = status.trusted_commit,
		.number = status.trusted_number, .previous = status.trusted_previous };
	if (!configuration_load(store, arena, &place, local_authorities, out, why))
		return false;
	if (!text_equal(out->digest, status.trusted_digest)) {
		*why = text_printf(arena, "the configuration at commit %.*s has the digest %.*s, "
		    "but the output branch says that %.*s is trusted",
		    TEXT_ARGUMENTS(place.commit), TEXT_ARGUMENTS(out->digest),
		    TEXT_ARGUMENTS(status.trusted_digest));
		return false;
	}
	return true;
}

/* All that is wrong with a file, on one line: one slip often shows as two errors. */
static struct text
reasons_sentence(struct arena *arena, const char *path, const struct reasons *reasons)
{
	struct texts lines = { 0 };

	for (size_t i = 0; i < reasons->count; i++)
		texts_add(arena, &lines, reason_line(arena, &reasons->at[i]));
	return lines.count > 0 ? texts_join(arena, &lines, "; ") :
	    text_printf(arena, "%s cannot be decoded", path);
}

struct local_configuration *
local_configuration_read(struct arena *arena, const char *path, struct text *why)
{
	struct manifest manifest = { 0 };
	struct reasons reasons = { 0 };
	struct text content;

	if (!file_read(arena, path, LOCAL_CONFIGURATION_BYTES, &content)) {
		*why = text_printf(arena, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (!manifest_decode(arena, text_of(path), content, &manifest, &reasons)) {
		*why = reasons_sentence(arena, path, &reasons);
		return NULL;
	}
	if (manifest.foreign || manifest.kind != KIND_RECONCILER_CONFIGURATION) {
		*why = text_printf(arena, "%s: expected apiVersion: countersign/v1, "
		    "kind: ReconcilerConfiguration", path);
		return NULL;
	}
	return manifest.object;
}
