#ifndef COUNTERSIGN_BASE_WIPE_H
#define COUNTERSIGN_BASE_WIPE_H

#include <stdbool.h>

#include "base/text.h"

/*
 * From here on OpenSSL overwrites whatever it frees. It does so by itself for
 * numbers of private keys, but not for what their files are decoded through: that lay, whole,
 * in freed memory, which may be swapped out. To be called before anything else is asked of
 * OpenSSL: false when it is too late.
 */
bool wipe_what_is_freed(void);

/*
 * Overwrites what OpenSSL was asked to allocate last, in this thread, where that begins with a
 * copy of `secret`: a library that keeps what it was given, and does not need it. False where it is none.
 */
bool wipe_newest_copy(struct text secret);

#endif
