#include "daemon/checker_process.h"

#include "base/log.h"
#include "checker/checker.h"
#include "daemon/confinement.h"
#include "daemon/state.h"
#include "issue/keeper_channel.h"
#include "issue/keeper_service.h"

static bool
begin(const struct local_configuration *local, struct arena *arena, struct text *why)
{
	struct confinement confinement = checker_confinement(arena, local);

	return become_user(local, OCCUPATION_CHECKER, arena, why) &&
	    protect_process("checker", why) && confine(&confinement, local->sandbox, arena, why);
}

static bool
serve(const struct checker_order *order, struct arena *arena)
{
	struct checker *checker = NULL;
	struct text why = { NULL, 0 };
	bool clean;

	if (!checker_open(order, arena, &checker, &why)) {
		keeper_say_failed(order->descriptor, why);
		return true;
	}
	/* what its passes would say the reconciler's have said; what it finds it tells the reconciler */
	log_configure(LOG_NOTHING, -1);
	clean = checker_serve(checker);
	checker_close(checker);
	return clean;
}

void
checker_process(const struct local_configuration *local, int descriptor, int keeper,
    const struct daemon_options *options)
{
	struct arena *arena = arena_new();
	struct checker_order order = { .local = local, .descriptor = descriptor,
		.folder = checker_folder(arena, local), .accept_output = options->check_from,
		.accept_ledger_loss = options->accept_ledger_loss };
	struct text why = { NULL, 0 };
	bool clean = true;

	ignore_signals();
	if (begin(local, arena, &why) && channel_prepare(descriptor) &&
	    signer_open(keeper, arena, &order.keeper, &why))
		clean = serve(&order, arena);
	else
		keeper_say_failed(descriptor, why);
	signer_close(order.keeper);
	arena_free(arena);
	end_process(clean);
}
