#include "daemon/state.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "reconcile.h"

enum { OWN_MODE = 0700, PASSABLE_MODE = 0711 };

static bool
give_to(struct text name, const char *directory, const char *folder, struct arena *arena)
{
	const struct passwd *user = getpwnam(text_string(arena, name));

	if (user == NULL)
		return true; /* become_user() says so */
	return lchown(folder, user->pw_uid, user->pw_gid) == 0 &&
	    lchown(directory, 0, 0) == 0 && chmod(directory, PASSABLE_MODE) == 0;
}

bool
state_make(const struct local_configuration *local, struct arena *arena, struct text *why)
{
	const char *directory = text_string(arena, local->state_directory);
	const char *folder = reconciler_folder(arena, local);

	if (file_make_folders(directory, OWN_MODE) && file_make_folders(folder, OWN_MODE) &&
	    (geteuid() != 0 || !text_present(local->user) ||
		give_to(local->user, directory, folder, arena)))
		return true;
	*why = text_printf(arena, "the state directory %s cannot be made: %s", directory,
	    strerror(errno));
	return false;
}
