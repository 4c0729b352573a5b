"""Starts a program that may not outlive the process that wanted it: `tether.py PARENT SIGNAL USER PROGRAM ...`.

A separate small program, because between fork and exec of a threaded supervisor no Python may run. USER `-` keeps the
user; a name gives root's rights away (PostgreSQL refuses to run as root). Runs without the project on its path.
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
