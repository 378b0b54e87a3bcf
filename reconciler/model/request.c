#include "model/request.h"

static const struct field_place *
find_place(const struct request *request, struct text field)
{
	for (size_t i = 0; i < request->places.count; i++)
		if (text_equal(request->places.at[i].field, field))
			return &request->places.at[i];
	return NULL;
}

struct position
request_position(const struct request *request, const char *name, size_t item)
{
	struct text field = text_of(name);
	const struct field_place *place = find_place(request, field);

	if (place != NULL && item >= 1 && item <= place->items.count)
		return place->items.at[item - 1];
	while (place == NULL && field.length > 0) {
		while (field.length > 0 && field.at[--field.length] != '.')
			continue;
		place = find_place(request, field);
	}
	return place != NULL ? place->position : request->position;
}
