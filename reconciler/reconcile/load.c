#include "reconcile/load.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "evaluate/configuration_rules.h"
#include "issue/authority.h"
#include "issue/csr.h"
#include "manifest/configuration_decode.h"
#include "manifest/manifest.h"
#include "model/local.h"
#include "repository/snapshot.h"
#include "trust/sshkey.h"

enum { LOCAL_CONFIGURATION_BYTES = 256 * 1024, CONFIGURATION_FILES_MOST = 20000, OUTPUT_FILE_BYTES = 16 * 1024 * 1024 };

const char *const configuration_folders[] = {
	"countersign.yaml", "identities", "authorities", "policies", "profiles", "notifiers", NULL,
};

const struct text configuration_none = {
	"sha256:0000000000000000000000000000000000000000000000000000000000000000", 71
};

static bool
read_configuration_files(struct store *store, struct arena *arena, struct text commit,
    struct source_files *files, struct reasons *reasons)
{
	for (size_t i = 0; configuration_folders[i] != NULL; i++)
		if (!snapshot_list(store, arena, commit, configuration_folders[i], files, reasons))
			return false;
	if (files->count > CONFIGURATION_FILES_MOST) {
		reason_add(arena, reasons, (struct position){ 0 }, "TooManyFiles",
		    "the configuration has %zu files; at most %d are read", files->count,
		    CONFIGURATION_FILES_MOST);
		files->count = CONFIGURATION_FILES_MOST;
	}
	for (size_t i = 0; i < files->count; i++)
		if (!snapshot_read(store, arena, &files->at[i]))
			reason_add(arena, reasons, (struct position){ .path = files->at[i].path },
			    "FileTooLarge", "the file cannot be read or is larger than %d KiB",
			    SNAPSHOT_FILE_BYTES / 1024);
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
