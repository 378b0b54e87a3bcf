/*
 * What a pass decided, as the files of the output branch.
 */
#include "reconcile/pass.h"

#include "manifest/manifest.h"
#include "reconcile/load.h"

static void
count_by(struct arena *arena, struct counts *counts, struct text name, int64_t change)
{
	if (text_empty(name))
		return;
	for (size_t i = 0; i < counts->count; i++) {
		if (text_equal(counts->at[i].name, name)) {
			counts->at[i].count += change;
			return;
		}
	}
	*ARRAY_ADD(arena, counts) = (struct count){ name, change };
}

static void
publish_summary(struct pass *pass)
{
	const struct text path = TEXT("status/summary.yaml");
	struct summary_status *summary = output_read(pass->reconciler->store, pass->arena, pass->output,
	    path, KIND_SUMMARY);

	if (summary == NULL)
		summary = ARENA_NEW(pass->arena, struct summary_status);
	for (size_t i = 0; i < pass->decided.count; i++) {
		const struct decided *decided = &pass->decided.at[i];

		if (!decided->changed)
			continue;
		if (decided->existed) {
			count_by(pass->arena, &summary->states,
			    text_of(request_state_name(decided->before.state)), -1);
			count_by(pass->arena, &summary->profiles, decided->before.profile, -1);
		}
		count_by(pass->arena, &summary->states,
		    text_of(request_state_name(decided->after.state)), 1);
		count_by(pass->arena, &summary->profiles, decided->after.profile, 1);
	}
	output_add(pass, path, manifest_write(pass->arena, KIND_SUMMARY, summary));
}

/* The newest certificates of a profile: this one first, without those that have ended. */
static void
publish_latest(struct pass *pass, const struct request_record *record)
{
	struct text path = text_printf(pass->arena, "status/latest/%.*s.yaml",
	    TEXT_ARGUMENTS(record->profile));
	const struct latest_certificates *previous = NULL;
	struct latest_certificates latest = { .profile = record->profile };

	/* another of the same profile in this very commit has written it already */
	for (size_t i = 0; i < pass->latest.count; i++)
		if (text_equal(pass->latest.at[i].profile, record->profile))
			previous = &pass->latest.at[i];
	if (previous == NULL)
		previous = output_read(pass->reconciler->store, pass->arena, pass->output,
	    path, KIND_LATEST_CERTIFICATES);
	*ARRAY_ADD(pass->arena, &latest.certificates) = (struct latest_certificate){
		.request = record->id,
		.path = record->certificate.path,
		.serial_number = record->certificate.serial_number,
		.sha256 = record->certificate.sha256,
		.not_before = record->certificate.not_before,
		.not_after = record->certificate.not_after,
	};
	for (size_t i = 0; previous != NULL && i < previous->certificates.count; i++)
		if (previous->certificates.at[i].not_after >= pass->now &&
		    latest.certificates.count < LATEST_MOST)
			*ARRAY_ADD(pass->arena, &latest.certificates) = previous->certificates.at[i];
	for (size_t i = 0; i < pass->latest.count; i++) {
		if (text_equal(pass->latest.at[i].profile, record->profile)) {
			pass->latest.at[i] = latest;
			return;
		}
	}
	*ARRAY_ADD(pass->arena, &pass->latest) = latest;
}

static void
publish_record(struct pass *pass, const struct decided *decided)
{
	const struct request_record *record = &decided->after;
	struct text pending = text_printf(pass->arena, "pending/%.*s.yaml",
	    TEXT_ARGUMENTS(record->id));
	bool ended = request_state_ended(record->state);

	if (!ended)
		output_add(pass, pending,
		    manifest_write(pass->arena, KIND_PENDING_REQUEST, record));
	else if (decided->existed && !request_state_ended(decided->before.state))
		output_add(pass, pending, (struct text){ NULL, 0 });
	output_add(pass, text_printf(pass->arena, "status/requests/%.*s.yaml",
	    TEXT_ARGUMENTS(record->id)),
	    manifest_write(pass->arena, KIND_CERTIFICATE_REQUEST_STATUS, record));
	if (record->state == STATE_ISSUED && decided->before.state != STATE_ISSUED)
		publish_latest(pass, record);
}

static void
publish_configuration(struct pass *pass)
{
	output_add(pass, TEXT("status/configuration.yaml"), manifest_write(pass->arena,
	    KIND_CONFIGURATION_STATUS, &pass->configuration_status));
	if (!pass->configuration_changed && text_present(pass->output))
		return;
	for (size_t i = 0; i < pass->trusted->authorities.count; i++) {
		const struct certificate_authority *authority = &pass->trusted->authorities.at[i];

		if (text_present(authority->certificate))
			output_add(pass, text_printf(pass->arena, "authorities/%.*s.pem",
			    TEXT_ARGUMENTS(authority->name)),
			    text_printf(pass->arena, "%.*s%.*s",
				TEXT_ARGUMENTS(authority->certificate),
				TEXT_ARGUMENTS(authority->chain)));
	}
	buffer_printf(&pass->subject, "configuration %lld trusted",
	    (long long)pass->trusted->number);
}

/* The first line of the commit message: the one request, or how many. */
static void
describe_records(struct pass *pass, size_t changed)
{
	for (size_t i = 0; i < pass->decided.count && changed == 1; i++) {
		const struct request_record *record = &pass->decided.at[i].after;

		if (pass->decided.at[i].changed)
			buffer_printf(&pass->subject, "%s%.*s: %s",
			    pass->subject.length > 0 ? "; " : "", TEXT_ARGUMENTS(record->id),
			    request_state_name(record->state));
	}
	if (changed > 1)
		buffer_printf(&pass->subject, "%s%zu requests",
		    pass->subject.length > 0 ? "; " : "", changed);
}

void
records_publish(struct pass *pass)
{
	size_t changed = 0;

	if (pass->configuration_status_changed)
		publish_configuration(pass);
	pass->configuration_status_changed = false;
	for (size_t i = 0; i < pass->decided.count; i++) {
		if (!pass->decided.at[i].changed)
			continue;
		publish_record(pass, &pass->decided.at[i]);
		changed++;
	}
	for (size_t i = 0; i < pass->latest.count; i++)
		output_add(pass, text_printf(pass->arena, "status/latest/%.*s.yaml",
		    TEXT_ARGUMENTS(pass->latest.at[i].profile)),
		    manifest_write(pass->arena, KIND_LATEST_CERTIFICATES, &pass->latest.at[i]));
	describe_records(pass, changed);
	if (changed > 0)
		publish_summary(pass);
	if (changed > 0 || pass->configuration_changed || !text_present(pass->output))
		output_add(pass, TEXT("README.md"), page_write(pass));
}
