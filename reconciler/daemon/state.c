#include "daemon/state.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "daemon/confinement.h"
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

char *
checker_folder(struct arena *arena, const struct local_configuration *local)
{
	return arena_printf(arena, "%.*s/checker", TEXT_ARGUMENTS(local->state_directory));
}

bool
state_make(const struct local_configuration *local, struct arena *arena, struct text *why)
{
	const char *directory = text_string(arena, local->state_directory);
	const struct {
		const char *path;
		struct text user;
	} folders[] = {
		{ reconciler_folder(arena, local), occupation_user(local, OCCUPATION_RECONCILER) },
		{ checker_folder(arena, local), occupation_user(local, OCCUPATION_CHECKER) },
	};
	bool made = file_make_folders(directory, OWN_MODE);

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && made; i++)
		made = file_make_folders(folders[i].path, OWN_MODE) &&
		    (geteuid() != 0 || !text_present(folders[i].user) ||
			give_to(folders[i].user, directory, folders[i].path, arena));
	if (made)
		return true;
	*why = text_printf(arena, "the state directory %s cannot be made: %s", directory,
	    strerror(errno));
	return false;
}
