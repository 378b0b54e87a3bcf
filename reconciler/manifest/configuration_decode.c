#include "manifest/configuration_decode.h"

#include <stdlib.h>

#include "base/digest.h"
#include "manifest/manifest.h"

/* A name that a file takes. */
struct taken_name {
	enum kind space; /* persons and machines share one */
	struct text name;
	struct text path;
	size_t order; /* of the files */
};

ARRAY(taken_names, struct taken_name);

/* A file that was decoded; all zeroes when it was not. */
struct read_file {
	struct text sha256;
	struct manifest manifest; /* its object is NULL when it says nothing */
};

struct configuration_reader {
	struct arena *arena;
	struct configuration *out;
	const struct source_files *files;
	struct read_file *read; /* what each of them says */
	struct taken_names taken;
	bool repository; /* was read */
};

bool
path_is_configuration(struct text path)
{
	enum kind kinds[5];

	if (!kinds_of_path(path, kinds))
		return false;
	return kinds[0] != KIND_CERTIFICATE_REQUEST && kinds[0] != KIND_APPROVAL &&
	       kinds[0] != KIND_REVOCATION;
}

static void
take_name(struct configuration_reader *reader, const struct manifest *manifest, struct text path)
{
	struct taken_name *taken = ARRAY_ADD(reader->arena, &reader->taken);

	/* a machine's signature must never pass for a person's */
	taken->space = manifest->kind == KIND_MACHINE ? KIND_PERSON : manifest->kind;
	taken->name = manifest->name;
	taken->path = path;
	taken->order = reader->taken.count;
}

static int
compare_taken(const void *a, const void *b)
{
	const struct taken_name *x = a, *y = b;
	int order = x->space == y->space  ? text_compare(x->name, y->name)
		    : x->space < y->space ? -1
					  : 1;

	if (order != 0)
		return order;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* A name taken twice is an error at the second file, in the order of the files. */
static void
check_names(struct configuration_reader *reader)
{
	struct taken_names *taken = &reader->taken;

	if (taken->count > 1)
		qsort(taken->at, taken->count, sizeof(taken->at[0]), compare_taken);
	for (size_t i = 1; i < taken->count; i++) {
		const struct taken_name *first = &taken->at[i - 1], *second = &taken->at[i];

		if (first->space != second->space || !text_equal(first->name, second->name))
			continue;
		reason_add(reader->arena, &reader->out->reasons,
		    (struct position){ second->path, 0, 0 }, "NameTaken",
		    "the name \"%.*s\" is taken by %.*s%s", TEXT_ARGUMENTS(second->name),
		    TEXT_ARGUMENTS(text_visible(reader->arena, first->path, 255)),
		    second->space == KIND_PERSON ? " (persons and machines share one name space)"
						 : "");
	}
}

#define LIST_ADD(reader, list, object, type)                                                       \
	(*ARRAY_ADD((reader)->arena, &(reader)->out->list) = *(const type *)(object))

static void
add_object(struct configuration_reader *reader, const struct manifest *manifest)
{
	const void *object = manifest->object;

	switch (manifest->kind) {
	case KIND_REPOSITORY:
		reader->out->repository = *(const struct repository *)object;
		reader->repository = true;
		break;
	case KIND_PERSON:
	case KIND_MACHINE:
		LIST_ADD(reader, identities, object, struct identity);
		break;
	case KIND_GROUP:
		LIST_ADD(reader, groups, object, struct group);
		break;
	case KIND_CERTIFICATE_AUTHORITY:
		LIST_ADD(reader, authorities, object, struct certificate_authority);
		break;
	case KIND_CERTIFICATE_POLICY:
		LIST_ADD(reader, certificate_policies, object, struct certificate_policy);
		break;
	case KIND_CERTIFICATE_PROFILE:
		LIST_ADD(reader, profiles, object, struct certificate_profile);
		break;
	case KIND_APPROVAL_POLICY:
		LIST_ADD(reader, approval_policies, object, struct approval_policy);
		break;
	case KIND_NOTIFIER:
		LIST_ADD(reader, notifiers, object, struct notifier);
		break;
	default:
		/* no other kind has a place in the configuration's folders */
		break;
	}
}

static void
decode_file(struct configuration_reader *reader, const struct source_file *file,
    struct read_file *out)
{
	out->sha256 = digest_sha256_hex(reader->arena, file->content);
	if (!manifest_decode(reader->arena, file->path, file->content, &out->manifest,
		&reader->out->reasons))
		out->manifest.object = NULL;
	if (out->manifest.object != NULL)
		add_object(reader, &out->manifest);
}

static void
read_file(struct configuration_reader *reader, size_t place)
{
	const struct source_file *file = &reader->files->at[place];
	struct configuration_file *listed = ARRAY_ADD(reader->arena, &reader->out->files);
	struct read_file *read = &reader->read[place];

	/* the same bytes are wrong for the same reason, or take the same name again */
	if (file->same_as != NULL)
		*read = reader->read[file->same_as - reader->files->at];
	if (!text_present(read->sha256))
		decode_file(reader, file, read);
	listed->path = file->path;
	listed->sha256 = read->sha256;
	if (read->manifest.object != NULL)
		take_name(reader, &read->manifest, file->path);
}

void
configuration_decode(struct arena *arena, const struct source_files *files,
    struct configuration *out)
{
	struct configuration_reader reader = { .arena = arena, .out = out, .files = files };

	reader.read = arena_allocate(arena, (files->count + 1) * sizeof(reader.read[0]));
	for (size_t i = 0; i < files->count; i++) {
		const struct source_file *file = &files->at[i];

		if (!path_is_configuration(file->path))
			continue;
		if (text_present(file->content))
			read_file(&reader, i);
		else
			reason_add(arena, &out->reasons, (struct position){ file->path, 0, 0 },
			    "TooLarge", "the file cannot be read, or is larger than %d bytes",
			    (int)MANIFEST_BYTES);
	}
	check_names(&reader);
	if (!reader.repository)
		reason_add(arena, &out->reasons,
		    (struct position){ TEXT("countersign.yaml"), 0, 0 }, "MissingRepository",
		    "countersign.yaml gives no Repository: it names the repository's id and its "
		    "administrators");
}
