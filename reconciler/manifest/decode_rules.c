#include "manifest/decode_rules.h"

static bool
condition_holds(const struct node *node, const struct key_condition *condition)
{
	const struct node *value = node_value(node, condition->key);

	return value != NULL &&
	       (condition->value == NULL ||
		   (value->type == NODE_SCALAR && text_is(value->text, condition->value)));
}

static struct text
keys_joined(struct arena *arena, const char *const keys[RULE_KEYS_MOST])
{
	struct buffer buffer = { .arena = arena };

	for (size_t i = 0; i < RULE_KEYS_MOST && keys[i] != NULL; i++) {
		if (i > 0)
			buffer_add(&buffer,
			    i + 1 == RULE_KEYS_MOST || keys[i + 1] == NULL ? TEXT(" and ") : TEXT(", "));
		buffer_add(&buffer, text_of(keys[i]));
	}
	return buffer_text(&buffer);
}

static bool
check_exactly_one(struct decoder *decoder, const struct rule *rule, const struct node *node)
{
	size_t found = 0;

	for (size_t i = 0; i < RULE_KEYS_MOST && rule->keys[i] != NULL; i++)
		found += node_value(node, rule->keys[i]) != NULL;
	if (found == 1)
		return true;
	REFUSE(decoder, node, "ExactlyOne", "%s: expected exactly one of %.*s, there %s %zu",
	    rule->why, TEXT_ARGUMENTS(keys_joined(decoder->arena, rule->keys)),
	    found == 1 ? "is" : "are", found);
	return false;
}

static bool
check_not_empty(struct decoder *decoder, const struct rule *rule, const struct node *node)
{
	for (size_t i = 0; i < RULE_KEYS_MOST && rule->keys[i] != NULL; i++) {
		const struct node *list = node_value(node, rule->keys[i]);

		if (list != NULL && list->items.count > 0)
			return true;
	}
	REFUSE(decoder, node, "NobodyListed", "%s: expected at least one name under %.*s",
	    rule->why, TEXT_ARGUMENTS(keys_joined(decoder->arena, rule->keys)));
	return false;
}

static bool
check_when(struct decoder *decoder, const struct rule *rule, const struct node *node)
{
	if (!condition_holds(node, &rule->when))
		return true;
	for (size_t i = 0; i < 3 && rule->needs[i].key != NULL; i++) {
		if (condition_holds(node, &rule->needs[i]))
			continue;
		REFUSE(decoder, node, "MissingKey", "%s: expected %s%s%s beside %s", rule->why,
		    rule->needs[i].key, rule->needs[i].value == NULL ? "" : ": ",
		    rule->needs[i].value == NULL ? "" : rule->needs[i].value, rule->when.key);
		return false;
	}
	for (size_t i = 0; i < 4 && rule->refuses[i] != NULL; i++) {
		const struct node *value = node_value(node, rule->refuses[i]);

		if (value == NULL)
			continue;
		REFUSE(decoder, value, "NotTogether", "%s: %s does not go with %s%s%s", rule->why,
		    rule->refuses[i], rule->when.key, rule->when.value == NULL ? "" : ": ",
		    rule->when.value == NULL ? "" : rule->when.value);
		return false;
	}
	return true;
}

bool
decode_rules(struct decoder *decoder, const struct table *table, const struct node *node)
{
	bool good = true;

	for (const struct rule *rule = table->rules; rule != NULL && rule->type != RULE_END;
	     rule++) {
		if (rule->type == RULE_EXACTLY_ONE)
			good &= check_exactly_one(decoder, rule, node);
		else if (rule->type == RULE_NOT_EMPTY)
			good &= check_not_empty(decoder, rule, node);
		else
			good &= check_when(decoder, rule, node);
	}
	return good;
}
