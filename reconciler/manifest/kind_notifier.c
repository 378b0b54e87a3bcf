#include "manifest/kinds.h"

#include "model/configuration.h"

static const struct choice type_choices[] = {
	{ "webhook", 0 },
	{ "chat", 0 },
	{ "email", 0 },
	{ NULL, 0 },
};

static const struct foreign_name type_words[] = {
	{ "slack", "chat" },
	{ "mattermost", "chat" },
	{ "teams", "chat" },
	{ "smtp", "email" },
	{ "http", "webhook" },
	{ NULL, NULL },
};

static const struct choice event_choices[] = {
	{ "opened", 0 },
	{ "stepOpened", 0 },
	{ "approved", 0 },
	{ "issued", 0 },
	{ "rejected", 0 },
	{ "cancelled", 0 },
	{ "expired", 0 },
	{ "failed", 0 },
	{ "alarm", 0 },
	{ NULL, 0 },
};

static const struct field notifier_fields[] = {
	{ "type", "how people are told", AT_TEXT(struct notifier, type), .flags = FIELD_REQUIRED,
	    .choices = type_choices, .foreign_values = type_words },
	{ "url", "webhook and chat: where to post", AT_TEXT(struct notifier, url),
	    .format = &format_http_uri },
	{ "to", "email: addresses; absent: the people concerned", AT_TEXTS(struct notifier, to),
	    .format = &format_email },
	{ "events", "what is told; absent: everything", AT_TEXTS(struct notifier, events),
	    .choices = event_choices },
	{ "profiles", "for which CertificateProfiles; absent: all",
	    AT_TEXTS(struct notifier, profiles), .format = &format_name },
};

static const struct rule notifier_rules[] = {
	{ .type = RULE_WHEN,
	    .when = { "type", "webhook" },
	    .needs = { { "url", NULL } },
	    .refuses = { "to" },
	    .why = "a webhook is posted to a URL" },
	{ .type = RULE_WHEN,
	    .when = { "type", "chat" },
	    .needs = { { "url", NULL } },
	    .refuses = { "to" },
	    .why = "a chat message is posted to a URL" },
	{ .type = RULE_WHEN,
	    .when = { "type", "email" },
	    .refuses = { "url" },
	    .why = "mail goes to addresses" },
	{ .type = RULE_END },
};

static const struct foreign_name notifier_words[] = {
	{ "endpoint", "url" },
	{ "webhookUrl", "url" },
	{ "address", "url" },
	{ "recipients", "to" },
	{ "emails", "to" },
	{ "on", "events" },
	{ "triggers", "events" },
	{ "channel", ": the webhook's URL decides the channel" },
	{ NULL, NULL },
};

static const struct table notifier_table = {
	TABLE(notifier_fields),
	POSITION(struct notifier, position),
	.rules = notifier_rules,
	.foreign = notifier_words,
};

const struct kind_row kind_notifier = {
	.kind = KIND_NOTIFIER,
	.name = "Notifier",
	.doc = "Where people are told what happens",
	.where = "notifiers/",
	.body = "spec",
	.table = &notifier_table,
	.size = sizeof(struct notifier),
	.name_at = offsetof(struct notifier, name),
};
