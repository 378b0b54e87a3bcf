#include "commands/init_documents.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/json.h"

static struct buffer *
file_start(struct arena *arena, struct buffer *buffer, const char *kind, struct text name)
{
	*buffer = (struct buffer){ .arena = arena };
	buffer_printf(buffer,
	    "apiVersion: countersign/v1\nkind: %s\nmetadata:\n  name: %.*s\nspec:\n", kind,
	    TEXT_ARGUMENTS(name));
	return buffer;
}

static void
file_end(struct arena *arena, struct new_files *files, struct buffer *content, const char *folder,
    struct text name)
{
	*ARRAY_ADD(arena, files) = (struct new_file){
		text_printf(arena, "%s%.*s.yaml", folder, TEXT_ARGUMENTS(name)),
		buffer_text(content)
	};
}

/* Whether YAML 1.1 and 1.2 read the text as a string when nothing is around it. */
static bool
plain_scalar(struct text text)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "null",
		"y", "n" };

	if (text.length == 0 || !isalpha((unsigned char)text.at[0]) ||
	    text.at[text.length - 1] == ' ')
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (!isalnum((unsigned char)text.at[i]) && strchr(" .-", text.at[i]) == NULL)
			return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text.length == strlen(words[i]) &&
		    strncasecmp(text.at, words[i], text.length) == 0)
			return false;
	return true;
}

static void
add_scalar(struct buffer *out, struct text text)
{
	if (plain_scalar(text))
		buffer_add(out, text);
	else
		json_string(out, text);
}

static void
add_block(struct buffer *out, const char *key, struct text pem)
{
	struct text line;

	buffer_printf(out, "  %s: |\n", key);
	while (text_next_line(&pem, &line))
		buffer_printf(out, "    %.*s\n", TEXT_ARGUMENTS(line));
}

static void
add_names(struct buffer *out, const struct first_administrators *people)
{
	buffer_add_byte(out, '[');
	for (size_t i = 0; i < people->count; i++) {
		buffer_add(out, i == 0 ? TEXT("") : TEXT(", "));
		buffer_add(out, people->at[i].name);
	}
	buffer_add_byte(out, ']');
}

/* ["**.example.com", "example.com"] */
static void
add_domains(struct buffer *out, const struct texts *domains)
{
	buffer_add_byte(out, '[');
	for (size_t i = 0; i < domains->count; i++)
		buffer_printf(out, "%s\"**.%.*s\", \"%.*s\"", i == 0 ? "" : ", ",
		    TEXT_ARGUMENTS(domains->at[i]), TEXT_ARGUMENTS(domains->at[i]));
	buffer_add_byte(out, ']');
}

static void
add_repository(struct arena *arena, struct new_files *files, const struct new_repository *order)
{
	struct buffer buffer, *out = file_start(arena, &buffer, "Repository", TEXT("countersign"));

	/* quoted: a random id may consist of digits, or read as a number with an exponent */
	buffer_printf(out, "  id: \"%.*s\"\n  administrators:\n    members: ",
	    TEXT_ARGUMENTS(order->id));
	add_names(out, &order->administrators);
	buffer_printf(out, "\n    required: %" PRId64 "\n  reconciler:\n    keys:\n      - ",
	    order->required);
	json_string(out, order->reconciler_key);
	buffer_add(out, TEXT("\n  unsignedRequests: refuse\n"));
	file_end(arena, files, out, "", TEXT("countersign"));
}

/* An armour keeps its lines. */
static void
add_key(struct buffer *out, const struct first_administrator *person)
{
	struct text rest = person->key, line;

	buffer_printf(out, "  keys:\n    - %s: ", person->form);
	if (text_find(rest, '\n') == rest.length) {
		json_string(out, rest);
		buffer_add_byte(out, '\n');
		return;
	}
	buffer_add(out, TEXT("|\n"));
	while (text_next_line(&rest, &line))
		buffer_printf(out, "%s%.*s\n", line.length == 0 ? "" : "        ",
		    TEXT_ARGUMENTS(line));
}

static void
add_person(struct arena *arena, struct new_files *files, const struct first_administrator *person)
{
	struct buffer buffer, *out = file_start(arena, &buffer, "Person", person->name);

	if (!text_empty(person->display_name)) {
		buffer_add(out, TEXT("  displayName: "));
		add_scalar(out, person->display_name);
		buffer_add_byte(out, '\n');
	}
	if (!text_empty(person->email)) {
		buffer_add(out, TEXT("  email: "));
		json_string(out, person->email);
		buffer_add_byte(out, '\n');
	}
	add_key(out, person);
	file_end(arena, files, out, "identities/people/", person->name);
}

static void
add_group(struct arena *arena, struct new_files *files, const struct new_repository *order,
    const char *name)
{
	struct buffer buffer, *out = file_start(arena, &buffer, "Group", text_of(name));

	buffer_add(out, TEXT("  members: "));
	add_names(out, &order->administrators);
	buffer_add_byte(out, '\n');
	file_end(arena, files, out, "identities/groups/", text_of(name));
}

static void
add_authority(struct arena *arena, struct new_files *files, const struct new_repository *order)
{
	struct buffer buffer, *out;

	out = file_start(arena, &buffer, "CertificateAuthority", TEXT("issuing-ca"));
	buffer_add(out, TEXT("  type: internal\n"));
	add_block(out, "certificate", order->issuing_certificate);
	add_block(out, "root", order->root_certificate);
	file_end(arena, files, out, "authorities/", TEXT("issuing-ca"));
}

/* The same text as policies/certificate/tls-server.yaml, for the administrator's own names. */
static void
add_certificate_policy(struct arena *arena, struct new_files *files,
    const struct new_repository *order)
{
	struct buffer buffer = { .arena = arena }, *out = &buffer;

	buffer_add(out, TEXT("# What a web server's certificate may say: names of one domain, "
	    "server authentication, 90 days, never a CA.\n"
	    "apiVersion: countersign/v1\nkind: CertificatePolicy\nmetadata:\n  name: tls-server\n"
	    "spec:\n  subject:\n    commonName: {allowed: "));
	add_domains(out, &order->domains);
	buffer_add(out, TEXT("}\n    organization: {allowed: ["));
	add_scalar(out, order->organization);
	buffer_add(out, TEXT("]}\n  altNames:\n    dns:\n      allowed: "));
	add_domains(out, &order->domains);
	buffer_add(out, TEXT("\n      denied: ["));
	for (size_t i = 0; i < order->domains.count; i++)
		buffer_printf(out, "%s\"**.internal.%.*s\"", i == 0 ? "" : ", ",
		    TEXT_ARGUMENTS(order->domains.at[i]));
	buffer_add(out, TEXT("]\n"
	    "  keyUsages:\n"
	    "    allowed: [digitalSignature, keyEncipherment]\n"
	    "    required: [digitalSignature]\n"
	    "  extendedKeyUsages:\n"
	    "    allowed: [serverAuth]\n"
	    "    required: [serverAuth]\n"
	    "  keyAlgorithms: [ECDSA-P256, ECDSA-P384, Ed25519, RSA-3072, RSA-4096]\n"
	    "  signatureAlgorithms: [ECDSA-SHA256, ECDSA-SHA384, Ed25519, RSA-SHA256]\n"
	    "  validity: {max: 90d}\n"));
	file_end(arena, files, out, "policies/", TEXT("tls-server"));
}

/* The same text as policies/profiles/web-production.yaml. */
static void
add_profile(struct arena *arena, struct new_files *files, const struct new_repository *order)
{
	struct text name = TEXT("web-production");
	struct buffer buffer, *out = file_start(arena, &buffer, "CertificateProfile", name);

	buffer_add(out, TEXT("  authority: issuing-ca\n"
	    "  certificatePolicy: tls-server\n"
	    "  approval: required\n"
	    "  requesters: {groups: [developers]}\n"
	    "  defaults:\n"
	    "    ttl: 90d\n"
	    "    subject: {organization: "));
	add_scalar(out, order->organization);
	buffer_add(out, TEXT("}\n"
	    "    keyUsages: [digitalSignature]\n"
	    "    extendedKeyUsages: [serverAuth]\n"
	    "  renewal: {before: 30d, approval: ifChanged}\n"));
	file_end(arena, files, out, "profiles/", name);
}

static void
add_approval_policy(struct arena *arena, struct new_files *files,
    const struct new_repository *order)
{
	struct text name = TEXT("one-step");
	struct buffer buffer, *out = file_start(arena, &buffer, "ApprovalPolicy", name);

	buffer_printf(out, "  profiles: [web-production]\n"
	    "  maxRequestTtl: 7d\n"
	    "  selfApproval: %s\n"
	    "  steps:\n"
	    "    - name: Team Lead Review\n"
	    "      approvers: {groups: [team-leads]}\n", order->solo ? "allow" : "forbid");
	file_end(arena, files, out, "policies/", name);
}

static const char readme[] =
    "# Certificates, and who has signed for them\n"
    "\n"
    "This repository is a PKI. A file under `requests/` asks for a certificate; people approve with signatures over\n"
    "exactly what will be issued; the reconciler counts them, issues, and commits the certificate to the branch\n"
    "`countersign/output`. Open that branch's `README.md` to see what waits for whom.\n"
    "\n"
    "| you want to | do |\n"
    "|---|---|\n"
    "| ask for a certificate | `countersign request web/www --profile web-production --new-key KEY --dns NAME -m WHY`, then push |\n"
    "| see what waits for you | `countersign list --for me` |\n"
    "| approve or reject it | `countersign approve web/www --push`, `countersign reject web/www -m WHY --push` |\n"
    "| fetch a certificate | `countersign get web/www` |\n"
    "| change the rules | edit, `countersign check`, commit, `countersign configuration approve`, push |\n"
    "\n"
    "The rules: `countersign.yaml` (administrators), `identities/` (people, machines, groups and their keys), `profiles/`\n"
    "(what can be asked for), `policies/` (what may be issued, and who has to agree), `authorities/`. A change to them\n"
    "takes effect when as many administrators have signed it as `countersign.yaml` says.\n"
    "\n"
    "Nothing here is secret. CA keys and the reconciler's key are not, and must never be, in this repository.\n";

struct new_files
new_repository_files(struct arena *arena, const struct new_repository *order)
{
	struct new_files files = { 0 };

	add_repository(arena, &files, order);
	for (size_t i = 0; i < order->administrators.count; i++)
		add_person(arena, &files, &order->administrators.at[i]);
	add_group(arena, &files, order, "developers");
	add_group(arena, &files, order, "team-leads");
	add_authority(arena, &files, order);
	add_certificate_policy(arena, &files, order);
	add_profile(arena, &files, order);
	add_approval_policy(arena, &files, order);
	*ARRAY_ADD(arena, &files) = (struct new_file){ TEXT("README.md"), text_of(readme) };
	*ARRAY_ADD(arena, &files) = (struct new_file){ TEXT(".gitattributes"),
		TEXT(
		    "# Signatures are over exact bytes: no line-end conversion, whatever a clone is set to.\n"
		    "* -text\n") };
	return files;
}
