#ifndef COUNTERSIGN_RECONCILE_PASS_H
#define COUNTERSIGN_RECONCILE_PASS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/moment.h"
#include "evaluate/evaluate.h"
#include "evaluate/plan.h"
#include "issue/signer.h"
#include "model/configuration.h"
#include "model/local.h"
#include "model/overview.h"
#include "model/request.h"
#include "model/status.h"
#include "reconcile.h"
#include "reconcile/open_index.h"
#include "reconcile/operator.h"
#include "reconcile/sightings.h"
#include "reconcile/tips.h"
#include "repository/history.h"
#include "repository/snapshot.h"
#include "repository/store.h"
#include "repository/writer.h"
#include "trust/evidence.h"
#include "trust/sshsig.h"

/* Limits of one pass (FORMAT section 1 and 4). */
enum {
	INBOX_BRANCHES_MOST = 256,
	INBOX_BYTES_MOST = 16 * 1024 * 1024,    /* or fewer branches, when they are large */
	INBOX_COMMITS_PER_IDENTITY = 16,
	INBOX_WAIT_SECONDS = 7 * 86400,
	CANDIDATES_MOST = 64,
	CANDIDATES_BYTES_MOST = 64 * 1024 * 1024,       /* or fewer candidates, when they are large */
	INVALID_SHOWN_PER_IDENTITY = 20,
	IGNORED_SHOWN = 20,
	UNHEARD_MOST = 4096,                    /* of what counts for nothing, kept of one pass */
	PAGE_ROWS = 200,
	CLOCK_BEHIND_SECONDS = 300,
	LATEST_MOST = 100,
	REQUEST_FILES_MILLISECONDS = 1000,      /* for changed request files that nothing else touches */
	STRETCH_MOST = 32768                    /* of which so many paths of one kind are known at once */
};

struct pass;

/* Why nothing is signed at present, although requests wait for it. */
enum held_back {
	HELD_BACK_BY_NOTHING,
	HELD_BACK_BY_CHECKER,           /* which does not vouch for the output branch */
	HELD_BACK_BY_LEDGER,            /* which is not the one that the output branch knows */
	HELD_BACK_BY_UNREAD_LEDGER      /* of which nobody knows at present whether it is */
};

struct reconciler {
	const struct local_configuration *local;
	struct arena *arena;                    /* lives as long as the reconciler */
	struct store *store;                    /* the repository, wherever it is */
	struct signer *signer;
	struct ssh_private_key *key;
	int lock;                               /* descriptor of the state directory's lock file */
	const char *input_ref;
	const char *folder;                     /* in which it keeps what it knows */
	const char *tips_path;
	struct arena *tips_arena;
	struct tips tips;
	struct sightings *sightings;
	struct open_index *index;
	struct arena *trusted_arena;            /* the trusted configuration, kept between passes */
	struct configuration *trusted;
	struct text lost_ledger;                /* hash of an entry: an operator gave its ledger up */
	char shown[65];                         /* the output commit that the checker was shown last */
	struct pass *showing;                   /* the pass whose output commit it judges now; NULL: it does not */
	bool checker_follows;                   /* and judged to be as it must */
	bool checker_alarm;                     /* or not, which was said */
	bool ledger_alarm;                      /* the ledger was not the right one in the last pass */
	bool ledger_held;                       /* nothing can be issued by it: not the right one, or unreadable */
	enum held_back held_back;               /* for this reason certificates wait, which was said */
	struct arena *again_arena;
	struct texts again;                     /* requests whose edit came too early to be judged */
	char examined[65];                      /* SHA-256 of the refs last found to hold nothing new */
	uint64_t inbox_passes;                  /* passes that read the inbox */
	uint64_t inbox_since;                   /* the first of them since input or output moved */
	char inbox_state[65];                   /* SHA-256 of input and output then */
};

/* One commit that may prove something, and when it was first seen. */
struct seen_commit {
	struct text id;
	struct text raw;                        /* absent: to be read again; see commit_raw() */
	moment observed_at;
	enum decision_source source;
	bool speaks_of_configuration;           /* and not of requests alone */
	/* of those that came by the inbox: */
	size_t envelope;                        /* by which branch */
	struct text evidence;                   /* hex SHA-256 of the signed bytes */
	struct text by;                         /* the identity that signed; absent: none known */
	bool judged;                            /* in this pass: it was the identity's turn */
	bool recovered;                         /* no branch brings it: a discarded output commit kept it */
	bool settled;                           /* all that it says has found its place */
	bool taken_up;                          /* and something of it did so just now */
};

ARRAY(seen_commits, struct seen_commit);

/* The document of an approval, in the input. */
struct seen_approval {
	struct text path;
	bool speaks_of_configuration;           /* too, or alone */
};

ARRAY(seen_approvals, struct seen_approval);

/* An inbox branch, judged in this pass. */
struct envelope {
	struct store_ref_entry ref;
	moment observed_at;
	bool read;                              /* it was its turn */
	bool waits;                             /* not to be removed yet */
};

ARRAY(envelopes, struct envelope);

/* One request that a pass looks at. */
struct decided {
	struct request_record before;           /* all zeroes when there was none */
	struct request_record after;
	bool existed;
	bool left_alone;                        /* its file is a document of another apiVersion */
	bool changed;
	struct text unproved_sha256;            /* of an offered file that its requester has not signed; absent: none */
	bool in_short;                          /* of `after` there is only id, state and requester: see invalid.c */
	struct texts looked_for;                /* digests that evidence was looked back for */
	struct text public_key;                 /* that a version of the request asks for, DER; absent: not read */
	struct text key_of;                     /* the blob of that version */
};

ARRAY(decided_list, struct decided);

ARRAY(latest_certificate_lists, struct latest_certificates);

/*
 * Request files that are not judged yet. Whoever pushes decides how many
 * there are, so a pass judges some of them, in the order of their paths, and the
 * output commit says which are left: of what changed below requests/ between two
 * input commits all that comes behind a path, and whatever changed since; and, since
 * other rules hold, of all that stands there and has no answer what comes behind a path.
 */
struct backlog {
	struct text from;                       /* input commit; absent: all that stands there is new */
	struct text to;                         /* input commit; absent: nothing is left */
	struct text behind;                     /* path; "requests/": all of it is left */
	struct text unanswered;                 /* the same, of what has no answer; absent: nothing is left */
};

/* What a pass has before it of one kind, in the order of paths. */
struct stretch {
	struct text from, to;                   /* input commits */
	struct text behind;                     /* absent: there is none of this kind */
	bool opened;                            /* those before it left room for it */
	struct changes changes;                 /* the first of it, STRETCH_MOST at most */
};

enum stretch_kind { STRETCH_LEFT, STRETCH_NEW, STRETCH_UNANSWERED, STRETCHES };

/*
 * What steers a pass that only decides again what an output commit says was
 * decided: it compares, and writes nothing.
 */
struct replay {
	struct text trusted;                    /* digest: the succession ends with this configuration */
	moment clock;                           /* when signatures of a configuration must count, besides pass->now; 0: then only */
	struct text only;                       /* the one request to be looked at; absent: all */
	struct backlog left;                    /* what the output commit says to be left */
	const struct texts *authorities;        /* whose keys the reconciler has; NULL: nobody knows */
};

/* A pass: it changes nothing until its commit lands, and then forgets everything. */
struct pass {
	struct arena *arena;
	struct reconciler *reconciler;
	moment now;
	bool expire;
	bool insist;                            /* started over often enough: no more re-reading of refs */
	const struct replay *replay;            /* NULL: this pass decides by itself */

	size_t lacking;                         /* objects, before this pass: see store_lacking() */
	struct text input;                      /* the tip being judged */
	struct text output;                     /* the previous output commit; absent: none */
	struct text output_ref;                 /* what the output ref points at; absent: no ref */
	struct text output_raw;                 /* the previous output commit's bytes */
	struct text previous_input;             /* its Countersign-Input; absent: none */
	struct text words[OPERATOR_WORDS];      /* of the operator, not in an output commit yet; absent mostly */
	struct ignored_list foreign;            /* what others wrote to the output branch */
	struct texts discarded;                 /* tips of output lines that an operator gave up */
	struct texts ended;                     /* digests of plans that had ended there */
	size_t recovered_bytes;                 /* of the envelopes taken from there */
	struct store_refs inbox;

	const struct configuration *trusted;
	struct configuration_status configuration_status;
	size_t signatures_recorded;             /* how many of its signatures the previous output had */
	bool configuration_changed;             /* another one became trusted in this pass */
	struct text passed_over;                /* in a replay: digest of one that had to be the next; absent: none */
	bool configuration_status_changed;

	struct history_commits batch;
	bool input_descends;                    /* from the previous input; else an operator has accepted it by name */
	struct seen_commits commits;            /* those of batch and inbox that carry trailers */
	struct envelopes envelopes;
	struct backlog before;                  /* what the previous output commit has left */
	struct backlog left;                    /* what this pass leaves */
	struct stretch queue[STRETCHES];        /* paths below requests/, in the order of their turn */
	struct seen_approvals approvals;        /* that are new, or whose signature is */
	bool configuration_touched;             /* some configuration path differs */
	struct evidence evidence;
	size_t unheard_more;                    /* what counts for nothing, beyond UNHEARD_MOST */
	bool unheard_alarm;                     /* some of it was a lost reject, cancel or withdraw */

	struct decided_list decided;            /* sorted by id */
	struct output_files files;              /* of the commit being made */
	struct stored_objects written;          /* of the one made last */
	struct foreseen *foreseen;              /* what the checker will ask for: see showing.c */
	struct latest_certificate_lists latest; /* lists of newest certificates that it changes */
	struct buffer subject;                  /* its message's first line */
	bool release_failed;                    /* a plan was to be released, and could not be */
	bool ledger_fits;                       /* the signer's ledger is the one that the output knows */
	bool landed;                            /* an output commit was made */
	bool more;                              /* something of the inbox was left for the next pass */
};

/* The stages, in the order of reconcile.c. Each says how the pass goes on. */

/* Whether an operator has decided something that no output commit says yet. */
bool operator_spoke(const struct pass *pass);

/*
 * Done with a word of the operator: the next pass does not hear it again. False,
 * with an alarm, when it cannot be taken away.
 */
bool operator_word_settle(struct pass *pass, enum operator_word word);

/* accept.c: refs, the previous output commit, the descent of the input. */
enum pass_result look(struct pass *pass);
enum pass_result accept_output(struct pass *pass);
enum pass_result accept_input(struct pass *pass);

/*
 * Takes up what the previous output commit says (pass->output absent: there is
 * none yet, and pass->trusted is the introduction). False when it cannot be read.
 */
bool output_begin(struct pass *pass);

/*
 * Fills pass->batch: the commits of the input since pass->previous_input (absent:
 * the introduction), from which it `descends` or not. False when it cannot be read.
 */
bool batch_read(struct pass *pass, bool *descends);

/* Whether what this daemon writes counts: only while the trusted configuration lists its key. */
bool own_key_listed(const struct pass *pass);

/* gather.c: what is new: commits with trailers, changed files, envelopes. */
enum pass_result gather(struct pass *pass);
enum pass_result take_up_evidence(struct pass *pass);

/*
 * backlog.c: whose turn it is among request files. Fills pass->queue once it is
 * known which rules hold; false when a tree cannot be read.
 */
bool backlog_open(struct pass *pass);

/* Whether a path below requests/ is in pass->queue. */
bool backlog_has(const struct pass *pass, struct text path);

/* Decides those whose turn it is and which are not among `others`, ids that are decided anyway, sorted. */
void backlog_decide(struct pass *pass, const struct texts *others,
	void (*decide)(struct pass *pass, struct text id, struct counts *invalid),
	struct counts *invalid);

/* What an output commit says to be left; false for what no reconciler of ours writes. */
bool backlog_read(struct text raw_commit, struct backlog *out);

/* Whether anything is left at all. */
bool backlog_holds_any(const struct backlog *backlog);

/* Whether that can be left of pass->queue, when the pass has come no further. */
bool backlog_follows(const struct pass *pass, const struct backlog *left);

/* The lines about it for the commit being made, each with its LF; "" for nothing left. */
struct text backlog_trailers(struct pass *pass);

/* Changes below a folder between two input commits, added; false when a tree cannot be read. */
bool compare_folder(struct pass *pass, const struct comparison *comparison,
	struct changes *changes);

/* Adds a commit to those that may prove something; `seen` says where it came from. */
void commit_see(struct pass *pass, const struct history_commit *commit, struct seen_commit seen);

/*
 * The bytes of a commit, which are all kept of the inbox, and in part only of a
 * large batch: the others are read again, into the arena. False when that
 * cannot be: then nothing may be decided, as what it says would be lost.
 */
bool commit_raw(struct pass *pass, struct arena *arena, const struct seen_commit *commit,
	struct text *raw);

/* Judges an approval file, and the .sig beside it, as they stand in a commit's tree. */
void approval_judge(struct pass *pass, struct text commit, struct text path);

/* What a commit says and who stands behind it; and takes such findings up. */
struct evidence commit_judge(struct pass *pass, const struct seen_commit *commit,
	struct text raw);
void evidence_take(struct pass *pass, const struct evidence *found);

/*
 * unheard.c: what counts for nothing is kept in pass->evidence as long as there
 * is room, true then; else it is only counted.
 */
bool unheard_take(struct pass *pass, const struct ignored *ignored);
bool unheard_full(const struct pass *pass);

/* Shows something that belongs to no request in the status of the configuration: the newest, each once. */
void configuration_ignore(struct pass *pass, const struct ignored *ignored);

/* Says what is ignored in the log, and there. */
void unheard_report(struct pass *pass);

/* envelopes.c: reading the inbox, branch by branch and identity by identity in turn. */
void open_inbox(struct pass *pass);
void take_up_envelopes(struct pass *pass);

/*
 * succession.c: whether any configuration file differs between two commits (`from` absent: the
 * empty tree), or they cannot be read to their end; equal trees are skipped unread.
 */
bool rules_differ(struct pass *pass, struct text from, struct text to);

/* Which configuration is trusted. */
enum pass_result trust_configuration(struct pass *pass);

/* decide.c: each request that something touches is decided once. */
enum pass_result decide_requests(struct pass *pass);

/* Decides one request, `before` filled, by the evidence of the pass; fills `after`. */
void request_decide(struct pass *pass, struct decided *decided);

/* Puts evidence in the order that request_decide() takes. */
void evidence_sort(struct pass *pass);

/* early.c: decides those again of which the branch says more than the batch does. */
void hear_early(struct pass *pass);

/* publish.c: one signed output commit, by compare-and-swap. */
enum pass_result publish_decisions(struct pass *pass);
enum pass_result publish_certificates(struct pass *pass);

/*
 * showing.c: the checker judges the newest output commit, before anything that
 * stands in it is to be signed, and when all is done.
 */
enum pass_result show_decisions(struct pass *pass);
enum pass_result show_certificates(struct pass *pass);

/* The same, whenever the checker must know the previous output commit; nothing when it does. */
void checker_show(struct pass *pass);

/*
 * In two halves: while it judges a commit, the signer can be asked nothing, but
 * anything else be done. Ending what was not begun is nothing.
 */
void checker_show_begin(struct pass *pass, struct text output);
void checker_show_end(struct pass *pass);

/* From here on the checker can ask for objects. */
void checker_prepare(struct reconciler *reconciler);

/* issuing.c: stored intents become certificates. */
enum pass_result issue_certificates(struct pass *pass);

/* Of a request just issued: when the input has another version, it is judged from now on. */
void look_at_edit_again(struct pass *pass, const struct request_record *record);

/*
 * ledger.c: compares the ledger with what the previous output commit says, and
 * sets pass->ledger_fits; raises the alarm when it is not the one.
 */
void ledger_compare(struct pass *pass);

/* The line about the ledger for the commit being made, with its LF; "" for none. */
struct text ledger_trailer(struct pass *pass);

/*
 * After an evaluation: what was decided is taken back only when the signer has
 * given the plan up, durably. Where its ledger knows better than the record, nothing is taken back.
 */
void ledger_confirm_taken_back(struct pass *pass, struct evaluation *evaluation,
	struct decided *decided);

/*
 * invalid.c: of Invalid requests without a record so many are shown of each
 * identity. How many are, in the previous output commit:
 */
struct counts invalid_counts(struct pass *pass);

/* Whether the outcome is shown, which counts it in `invalid` where it is limited. */
bool invalid_is_shown(struct pass *pass, const struct decided *decided, struct counts *invalid);

/* What has to be kept of one that is not shown: its requester may turn out to have signed it. */
struct decided invalid_in_short(struct arena *arena, const struct decided *decided);

/* Names the first few that are not shown in the log, and how many others there are. */
void invalid_log(const struct decided *decided, size_t number);
void invalid_log_rest(struct arena *arena, size_t number);

/* inbox.c: envelopes that were taken up are removed. */
void settle_inbox(struct pass *pass);
enum pass_result clear_inbox(struct pass *pass);

/* Shared by the stages. */

extern const char output_ref_name[];            /* "refs/heads/countersign/output" */
extern const char inbox_prefix[];               /* "refs/heads/countersign/inbox" */

/* Adds a file to the commit being made; content absent deletes it. */
void output_add(struct pass *pass, struct text path, struct text content);

/* The value of a trailer of the reconciler's own commits, the last of many; absent when there is none. */
struct text own_trailer(struct text raw_commit, const char *name);

/* The values of all such trailers, in their order. */
struct texts own_trailers(struct arena *arena, struct text raw_commit, const char *name);

/* README.md of the output branch. */
struct text page_write(struct pass *pass);

/*
 * records.c: puts what changed into the commit being made: pending/, status/,
 * summary, newest certificates, the configuration's status, the page.
 */
void records_publish(struct pass *pass);

/*
 * The version of a request in force, decoded from its blob; NULL with reasons
 * when there is none or it cannot be read.
 */
const struct request *request_in_force(struct pass *pass, const struct request_record *record,
	struct reasons *reasons);

/*
 * refs.c: reads the refs that matter into the pass, fetched first where the
 * repository is elsewhere. False with `why`.
 */
bool refs_read(struct pass *pass, struct text *why);

/* Removes branches whose names keep the output branch from being made. */
void refs_unblock(struct pass *pass);

/* Reads them again: whether any moved since look(). */
bool refs_moved(struct pass *pass);

/* The digest of the refs as the pass knows them, its own changes included. */
struct text refs_digest(struct pass *pass);

/* Log one line of trouble; gives PASS_TROUBLE, for `return trouble(…)`. */
enum pass_result trouble(const char *event, struct text why);
enum pass_result alarm_raise(const char *event, struct text why);

#endif
