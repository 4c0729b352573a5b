"""Runs a program that Linux ends with its parent process: `parent_death_guard.py PARENT SIGNAL USER PROGRAM ...`.

It is a program of its own because no Python code may run between fork and exec in a process with threads. USER `-`
keeps the user; a name changes to that user (PostgreSQL refuses to run as root). It imports nothing of the project.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, death_signal, user, *command = sys.argv[1:]
    if user != "-":
        entry = pwd.getpwnam(user)
        os.initgroups(user, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    if sys.platform == "linux":
        # After setuid, which clears it. It survives the exec below.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != int(parent):
            sys.exit("The supervisor ended before this program began.")
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
