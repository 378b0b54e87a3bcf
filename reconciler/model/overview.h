#ifndef COUNTERSIGN_MODEL_OVERVIEW_H
#define COUNTERSIGN_MODEL_OVERVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/moment.h"
#include "base/reason.h"
#include "base/text.h"
#include "model/decision.h"

/* A configuration that waits for signatures. */
struct configuration_candidate {
	struct text commit;
	struct text digest;
	moment observed_at;
	struct texts signed_by;             /* administrators whose signature counts now */
	struct texts waiting_for;           /* administrators who can still sign */
	int64_t required;
	int64_t missing;
	bool valid;                         /* free of errors */
	struct reasons reasons;             /* what is wrong with it */
};

ARRAY(configuration_candidates, struct configuration_candidate);

/* status/configuration.yaml */
struct configuration_status {
	int64_t trusted_number;
	struct text trusted_digest;
	struct text trusted_previous;       /* digest of the configuration trusted before it */
	struct text trusted_commit;
	moment trusted_since;
	struct configuration_signatures signatures;  /* all kept, counted or not */
	struct configuration_candidates candidates;  /* newest first, at most 64 */
	struct reasons reasons;             /* what is wrong with the newest; warnings of the trusted one */
	struct ignored_list ignored;
};

struct count {
	struct text name;
	int64_t count;
};

ARRAY(counts, struct count);

/* status/summary.yaml */
struct summary_status {
	struct counts states;
	struct counts profiles;
};

struct latest_certificate {
	struct text request;
	struct text path;
	struct text serial_number;
	struct text sha256;
	moment not_before;
	moment not_after;
};

ARRAY(latest_certificate_list, struct latest_certificate);

/* status/latest/PROFILE.yaml: newest first, at most 100 */
struct latest_certificates {
	struct text profile;
	struct latest_certificate_list certificates;
};

#endif
