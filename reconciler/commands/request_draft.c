#include "commands/request_draft.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "commands/options.h"
#include "commands/output.h"
#include "issue/keys.h"
#include "manifest/manifest.h"
#include "model/request.h"

enum { CSR_MOST_BYTES = 64 * 1024, PATH_LENGTH_MOST = 100 };

static const char default_key_algorithm[] = "ECDSA-P256";

/* --- the new private key ----------------------------------------------- */

/* Whether the folder lies in another one, symbolic links resolved. */
static bool
lies_in(const char *folder, const char *other)
{
	char *inner = realpath(folder, NULL), *outer = realpath(other, NULL);
	size_t length = outer == NULL ? 0 : strlen(outer);
	bool inside = inner != NULL && outer != NULL && strncmp(inner, outer, length) == 0 &&
	    (inner[length] == '/' || inner[length] == '\0');

	free(inner);
	free(outer);
	return inside;
}

int
request_key_check(struct clone *clone, struct text file)
{
	char *path = text_string(clone->arena, file);
	char *folder = dirname(text_string(clone->arena, file));
	struct stat found;

	if (stat(folder, &found) != 0 || !S_ISDIR(found.st_mode))
		return complain(EXIT_TROUBLE, "--new-key: %s is no folder", folder);
	if (lies_in(folder, text_string(clone->arena, clone->top)) ||
	    lies_in(folder, store_path(clone->store)))
		return complain(EXIT_USAGE,
		    "--new-key: %s lies inside the work tree, from where private "
		    "keys get into commits; give a path outside, as in ~/keys/%s",
		    path, basename(path));
	if (lstat(path, &found) == 0)
		return complain(EXIT_TROUBLE, "--new-key: %s exists already, and keys are never "
		    "overwritten", path);
	return OPTIONS_GO_ON;
}

bool
request_key_write(struct clone *clone, struct text file, struct text key)
{
	const char *path = text_string(clone->arena, file);

	if (file_write_new(path, key, 0600))
		return true;
	(void)complain(0, "%s could not be written: %s", path, strerror(errno));
	return false;
}

/* --- names ------------------------------------------------------------- */

static const struct {
	const char *keyword, *name;
} attribute_names[SUBJECT_ATTRIBUTES] = {
	[SUBJECT_DOMAIN_COMPONENT] = { "DC", "domainComponent" },
	[SUBJECT_COUNTRY] = { "C", "country" },
	[SUBJECT_STATE] = { "ST", "state" },
	[SUBJECT_LOCALITY] = { "L", "locality" },
	[SUBJECT_ORGANIZATION] = { "O", "organization" },
	[SUBJECT_ORGANIZATIONAL_UNIT] = { "OU", "organizationalUnit" },
	[SUBJECT_COMMON_NAME] = { "CN", "commonName" },
};

static bool
is_word(struct text text, const char *word)
{
	return text.length == strlen(word) && strncasecmp(text.at, word, text.length) == 0;
}

static int
add_subject(struct clone *clone, struct request *request, struct text given)
{
	size_t end = text_find(given, '=');
	struct text name = text_first(given, end);

	for (int i = 0; i < SUBJECT_ATTRIBUTES; i++) {
		if (end == given.length || (!is_word(name, attribute_names[i].keyword) &&
		    !is_word(name, attribute_names[i].name)))
			continue;
		texts_add(clone->arena, &request->subject.values[i], text_skip(given, end + 1));
		request->subject_present = true;
		return OPTIONS_GO_ON;
	}
	return complain(EXIT_USAGE,
	    "request: --subject: \"%.*s\" is not NAME=VALUE with one of CN, OU, O, "
	    "L, ST, C, DC",
	    TEXT_ARGUMENTS(output_visible(clone->arena, given)));
}

static int
add_names(struct clone *clone, const struct request_draft *draft, struct request *request)
{
	const struct texts *given[ALT_NAME_TYPES] = { [ALT_NAME_DNS] = &draft->dns,
		[ALT_NAME_IP] = &draft->ip, [ALT_NAME_EMAIL] = &draft->email,
		[ALT_NAME_URI] = &draft->uri, [ALT_NAME_UPN] = &draft->upn };
	int status;

	for (size_t i = 0; i < draft->subject.count; i++) {
		status = add_subject(clone, request, draft->subject.at[i]);
		if (status != OPTIONS_GO_ON)
			return status;
	}
	if (text_present(draft->common_name)) {
		request->subject_present = true;
		texts_add(clone->arena, &request->subject.values[SUBJECT_COMMON_NAME],
		    draft->common_name);
	}
	for (int i = 0; i < ALT_NAME_TYPES; i++) {
		request->alt_names.values[i] = *given[i];
		request->alt_names_present = request->alt_names_present || given[i]->count > 0;
	}
	return OPTIONS_GO_ON;
}

/* --- the certification request ----------------------------------------- */

/* From the first "-----BEGIN" line to the first "-----END" line, LF only. */
static bool
pem_block(struct arena *arena, struct text content, struct text *pem)
{
	struct buffer block = { .arena = arena };
	struct text line;

	while (text_next_line(&content, &line)) {
		line = text_trim(line);
		if (block.length == 0 && !text_starts_with(line, "-----BEGIN "))
			continue;
		buffer_add(&block, line);
		buffer_add_byte(&block, '\n');
		if (text_starts_with(line, "-----END ")) {
			*pem = buffer_text(&block);
			return true;
		}
	}
	return false;
}

/* Standard input whole; it may be a pipe, which file_read() refuses. */
static bool
read_input(struct arena *arena, struct text *content)
{
	struct buffer buffer = { .arena = arena };
	char piece[4096];
	ssize_t got;

	while ((got = read(STDIN_FILENO, piece, sizeof(piece))) > 0) {
		buffer_add(&buffer, (struct text){ piece, (size_t)got });
		if (buffer.length > CSR_MOST_BYTES) {
			errno = EFBIG;
			return false;
		}
	}
	*content = buffer_text(&buffer);
	return got == 0;
}

static int
read_csr(struct clone *clone, struct text file, struct text *csr)
{
	const char *path = text_is(file, "-") ? "standard input" : text_string(clone->arena, file);
	struct text content;

	if (text_is(file, "-") ? !read_input(clone->arena, &content) :
	    !file_read(clone->arena, path, CSR_MOST_BYTES, &content))
		return complain(EXIT_TROUBLE, "--csr: %s could not be read: %s", path,
		    strerror(errno));
	if (!pem_block(clone->arena, content, csr))
		return complain(EXIT_NO, "--csr: %s holds no PEM certification request; from DER: "
		    "openssl req -inform DER -in %s", path, path);
	return OPTIONS_GO_ON;
}

/* What is asked for, else what the profile's policy allows first, else the default. */
static struct text
key_algorithm(struct clone *clone, const struct request_draft *draft)
{
	const struct certificate_profile *profile =
	    configuration_profile(&clone->configuration, draft->profile);
	const struct certificate_policy *policy = profile == NULL ? NULL :
	    configuration_certificate_policy(&clone->configuration, profile->certificate_policy);

	if (text_present(draft->key_algorithm))
		return draft->key_algorithm;
	if (policy == NULL || policy->key_algorithms.count == 0 ||
	    texts_contain(&policy->key_algorithms, text_of(default_key_algorithm)))
		return text_of(default_key_algorithm);
	return policy->key_algorithms.at[0];
}

/* The CSR names nothing: names stand in the YAML, where reviewers read them. */
static int
make_csr(struct clone *clone, const struct request_draft *draft, struct request *request,
    struct text *key)
{
	struct subject_names no_subject = { 0 };
	struct alt_names no_names = { 0 };
	struct text why;

	if (!request->subject_present && !request->alt_names_present)
		return complain(EXIT_USAGE,
		    "request: a new key needs names to certify: --dns, --cn, --ip, "
		    "--email, --uri or --subject");
	if (!private_key_new(clone->arena, key_algorithm(clone, draft), key, &why))
		return complain(EXIT_USAGE, "request: --key-algorithm: %.*s",
		    TEXT_ARGUMENTS(output_visible(clone->arena, why)));
	if (!csr_new(clone->arena, *key, &no_subject, &no_names, &request->csr))
		return complain(EXIT_TROUBLE, "the certification request could not be made");
	return OPTIONS_GO_ON;
}

/* --- the document ------------------------------------------------------ */

static int
add_path_length(struct clone *clone, const struct request_draft *draft, struct request *request)
{
	char *end;
	long length;

	request->path_length = -1;
	if (!text_present(draft->path_length))
		return OPTIONS_GO_ON;
	length = strtol(draft->path_length.at, &end, 10);
	if (!draft->ca || text_empty(draft->path_length) || *end != '\0' || length < 0 ||
	    length > PATH_LENGTH_MOST)
		return complain(EXIT_USAGE,
		    "request: --path-length: \"%.*s\": a number from 0 to %d, "
		    "with --ca",
		    TEXT_ARGUMENTS(output_visible(clone->arena, draft->path_length)),
		    (int)PATH_LENGTH_MOST);
	request->path_length = length;
	return OPTIONS_GO_ON;
}

static struct text
base_name(struct text id)
{
	for (size_t at = text_find(id, '/'); at < id.length; at = text_find(id, '/'))
		id = text_skip(id, at + 1);
	return id;
}

int
request_draft_write(struct clone *clone, const struct request_draft *draft, struct text id,
    struct text *content, struct text *new_key)
{
	struct request request = { .id = id, .name = base_name(id),
		.repository = clone->configuration.repository.id, .profile = draft->profile,
		.requester = draft->requester, .justification = draft->justification,
		.key_usages = draft->key_usages, .key_usages_present = draft->key_usages.count > 0,
		.extended_key_usages = draft->extended_key_usages,
		.extended_key_usages_present = draft->extended_key_usages.count > 0,
		.ca = draft->ca, .ttl = draft->ttl, .not_before = draft->not_before };
	int status = add_names(clone, draft, &request);

	*new_key = (struct text){ NULL, 0 };
	if (status == OPTIONS_GO_ON)
		status = add_path_length(clone, draft, &request);
	if (status == OPTIONS_GO_ON)
		status = text_present(draft->csr_file) ?
		    read_csr(clone, draft->csr_file, &request.csr) :
		    make_csr(clone, draft, &request, new_key);
	if (status != OPTIONS_GO_ON)
		return status;
	*content = manifest_write(clone->arena, KIND_CERTIFICATE_REQUEST, &request);
	return OPTIONS_GO_ON;
}
