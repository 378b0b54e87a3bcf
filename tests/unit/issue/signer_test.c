#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "issue/signer.h"
#include "lib/ca_fixture.h"

static const char *const algorithms[] = { "ECDSA-P256", "ECDSA-P384", "Ed25519", "RSA-2048" };

static void
issues(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		struct ca_fixture ca;
		struct csr_facts csr;
		struct plan plan;
		struct signing_order order;
		struct signed_certificate first, again;
		struct text why;

		ca_fixture_open(&ca, algorithms[i]);
		csr = ca_fixture_csr(&ca, algorithms[i]);
		plan = ca_fixture_plan(&ca, &csr);
		order = ca_fixture_order(&ca, &plan, &csr);
		if (signer_issue(ca.arena, ca.signer, &order, &first, &why) != SIGNING_DONE)
			fail_msg("%.*s", TEXT_ARGUMENTS(why));
		assert_int_equal(first.ledger_number, 2);
		ca_fixture_restart(&ca);
		assert_int_equal(signer_issue(ca.arena, ca.signer, &order, &again, &why),
		    SIGNING_DONE);
		assert_true(text_equal(first.pem, again.pem));
		ca_fixture_close(&ca);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(issues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
