/*
 * Maximum flow with unit steps along shortest augmenting paths. Source → person
 * → signature → seat (that person in that step) → step. Augmenting towards one
 * step never takes a unit from another, so steps filled in order stay filled.
 */
#include "evaluate/quorum.h"

#include <string.h>

struct edge {
	size_t to;
	size_t room;
	size_t next; /* edge out of the same node */
};

#define NO_EDGE SIZE_MAX

/* Edges stand in pairs: 2n and, in the other direction, 2n + 1. */
struct network {
	size_t nodes;
	size_t *first; /* edges out of each node, in the order of their addition */
	size_t *last;
	struct edge *edges;
	size_t edge_count;
	size_t *reached_by; /* for the search */
	size_t *queue;
};

static const size_t source = 0;

static size_t
person_node(size_t person)
{
	return 1 + person;
}

static size_t
signature_node(const struct quorum *quorum, size_t signature)
{
	return 1 + quorum->people + signature;
}

static size_t
seat_node(const struct quorum *quorum, size_t person, size_t step)
{
	return signature_node(quorum, quorum->signatures) + person * quorum->steps + step;
}

static size_t
step_node(const struct quorum *quorum, size_t step)
{
	return seat_node(quorum, quorum->people, step);
}

static void
network_start(struct arena *arena, const struct quorum *quorum, struct network *out)
{
	size_t seats = quorum->people * quorum->steps;
	size_t edges = 2 * (quorum->people + quorum->signatures * (1 + quorum->steps) + seats);

	out->nodes = step_node(quorum, quorum->steps);
	out->first = arena_allocate(arena, out->nodes * sizeof(size_t));
	out->last = arena_allocate(arena, out->nodes * sizeof(size_t));
	out->reached_by = arena_allocate(arena, out->nodes * sizeof(size_t));
	out->queue = arena_allocate(arena, out->nodes * sizeof(size_t));
	out->edges = arena_allocate(arena, edges * sizeof(struct edge));
	out->edge_count = 0;
	for (size_t i = 0; i < out->nodes; i++)
		out->first[i] = out->last[i] = NO_EDGE;
}

static void
add_half(struct network *network, size_t from, size_t to, size_t room)
{
	size_t edge = network->edge_count++;

	network->edges[edge] = (struct edge){ to, room, NO_EDGE };
	if (network->first[from] == NO_EDGE)
		network->first[from] = edge;
	else
		network->edges[network->last[from]].next = edge;
	network->last[from] = edge;
}

static void
add_edge(struct network *network, size_t from, size_t to, size_t room)
{
	add_half(network, from, to, room);
	add_half(network, to, from, 0);
}

/* Finds a shortest way with room from the source; reached_by[] tells the way back. */
static bool
search(struct network *network, size_t target)
{
	size_t done = 0, queued = 0;

	for (size_t i = 0; i < network->nodes; i++)
		network->reached_by[i] = NO_EDGE;
	network->queue[queued++] = source;
	while (done < queued) {
		size_t node = network->queue[done++];

		for (size_t i = network->first[node]; i != NO_EDGE; i = network->edges[i].next) {
			const struct edge *edge = &network->edges[i];

			if (edge->room == 0 || edge->to == source ||
			    network->reached_by[edge->to] != NO_EDGE)
				continue;
			network->reached_by[edge->to] = i;
			if (edge->to == target)
				return true;
			network->queue[queued++] = edge->to;
		}
	}
	return false;
}

static bool
augment(struct network *network, size_t target)
{
	if (!search(network, target))
		return false;
	for (size_t node = target; node != source;) {
		size_t edge = network->reached_by[node];

		network->edges[edge].room--;
		network->edges[edge ^ 1].room++;
		node = network->edges[edge ^ 1].to;
	}
	return true;
}

static int64_t
fill_step(struct network *network, const struct quorum *quorum, size_t step)
{
	int64_t filled = 0;

	while (filled < quorum->required[step] && augment(network, step_node(quorum, step)))
		filled++;
	return filled;
}

/* Whether a signature may serve a step, given when each step opened. */
static bool
may_serve(const struct quorum *quorum, const moment *opened, size_t signature, size_t step)
{
	const struct quorum_signature *given = &quorum->signature[signature];

	return quorum->eligible[given->person * quorum->steps + step] &&
	       (!quorum->refuse_early || step == 0 || opened[step] < given->at);
}

/* The network of the first `signatures` signatures. */
static void
network_build(struct arena *arena, const struct quorum *quorum, const moment *opened,
    size_t signatures, struct network *out)
{
	network_start(arena, quorum, out);
	for (size_t i = 0; i < signatures; i++) {
		size_t person = quorum->signature[i].person;

		/* people in the order of their first signature: the earliest are preferred */
		if (out->last[person_node(person)] == NO_EDGE) {
			add_edge(out, source, person_node(person),
			    quorum->distinct ? 1 : quorum->signatures);
			for (size_t step = 0; step < quorum->steps; step++)
				add_edge(out, seat_node(quorum, person, step),
				    step_node(quorum, step), 1);
		}
		add_edge(out, person_node(person), signature_node(quorum, i), 1);
		for (size_t step = 0; step < quorum->steps; step++)
			if (may_serve(quorum, opened, i, step))
				add_edge(out, signature_node(quorum, i),
				    seat_node(quorum, person, step), 1);
	}
}

/* Whether the first `signatures` signatures complete the steps up to `last`. */
static bool
completes(const struct quorum *quorum, const moment *opened, size_t signatures, size_t last)
{
	struct arena *scratch = arena_new();
	struct network network;
	bool complete = true;

	network_build(scratch, quorum, opened, signatures, &network);
	for (size_t step = 0; step <= last && complete; step++)
		complete = fill_step(&network, quorum, step) == quorum->required[step];
	arena_free(scratch);
	return complete;
}

/* The least number of signatures, in order of time, that complete the steps up to `last`. */
static size_t
least_to_complete(const struct quorum *quorum, const moment *opened, size_t last)
{
	size_t too_few = 0, enough = quorum->signatures;

	while (enough - too_few > 1) {
		size_t middle = too_few + (enough - too_few) / 2;

		if (completes(quorum, opened, middle, last))
			enough = middle;
		else
			too_few = middle;
	}
	return enough;
}

static moment *
find_openings(struct arena *arena, const struct quorum *quorum)
{
	moment *opened = arena_allocate(arena, (quorum->steps + 1) * sizeof(moment));

	for (size_t step = 1; step < quorum->steps; step++)
		opened[step] = INT64_MAX;
	for (size_t step = 1; step < quorum->steps; step++) {
		if (!completes(quorum, opened, quorum->signatures, step - 1))
			break;
		opened[step] =
		    quorum->signature[least_to_complete(quorum, opened, step - 1) - 1].at;
	}
	return opened;
}

static size_t
step_served(const struct quorum *quorum, const struct network *network, size_t signature)
{
	size_t person = quorum->signature[signature].person;
	size_t edge = network->first[signature_node(quorum, signature)];

	/* the first edge leads back to the person */
	for (edge = network->edges[edge].next; edge != NO_EDGE; edge = network->edges[edge].next)
		if (network->edges[edge].room == 0)
			return network->edges[edge].to - seat_node(quorum, person, 0);
	return QUORUM_UNUSED;
}

static bool
is_early(const struct quorum *quorum, const moment *opened, size_t signature)
{
	for (size_t step = 0; step < quorum->steps; step++)
		if (may_serve(quorum, opened, signature, step))
			return false;
	return true;
}

void
quorum_match(struct arena *arena, const struct quorum *quorum, struct quorum_result *out)
{
	struct arena *scratch = arena_new();
	moment *opened = find_openings(scratch, quorum);
	struct network network;

	*out = (struct quorum_result){
		.filled = arena_allocate(arena, quorum->steps * sizeof(int64_t)),
		.step_of = arena_allocate(arena, quorum->signatures * sizeof(size_t)),
		.early = arena_allocate(arena, quorum->signatures * sizeof(bool)),
	};
	network_build(scratch, quorum, opened, quorum->signatures, &network);
	for (size_t step = 0; step < quorum->steps; step++) {
		out->filled[step] = fill_step(&network, quorum, step);
		if (out->complete == step && out->filled[step] == quorum->required[step])
			out->complete++;
	}
	for (size_t i = 0; i < quorum->signatures; i++) {
		out->step_of[i] = step_served(quorum, &network, i);
		out->early[i] = is_early(quorum, opened, i);
	}
	arena_free(scratch);
}

bool
quorum_needs(const struct quorum *quorum, const struct quorum_result *result, size_t person)
{
	struct arena *scratch = arena_new();
	size_t bytes = quorum->signatures * sizeof(struct quorum_signature);
	struct quorum_signature *more = arena_allocate(scratch, bytes + sizeof(*more));
	struct quorum with = *quorum;
	struct quorum_result after;
	bool needed;

	if (bytes > 0)
		memcpy(more, quorum->signature, bytes);
	more[with.signatures++] = (struct quorum_signature){ person, INT64_MAX };
	with.signature = more;
	quorum_match(scratch, &with, &after);
	needed = after.filled[result->complete] > result->filled[result->complete];
	arena_free(scratch);
	return needed;
}
