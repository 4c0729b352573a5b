"""Processes with limits of processor time, time and memory, for calls whose input comes from outside.

A call that exceeds a limit, or crashes the library that it uses, ends its own process. A process executes one call at a
time, so no other call is lost with it.
"""

import atexit
import multiprocessing
import os
import queue
import resource
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

from activities.runtime.threads import BoundedThreadPool

Result = TypeVar("Result")

TRIES = 2
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The limits of one call.

    `processor_seconds` does not depend on the load of the machine; `seconds` ends a call that only waits.
    `memory_mebibytes` are those that the call may use in addition to the process, which imports the program's main
    module and may be large.
    """

    processor_seconds: float
    seconds: int
    memory_mebibytes: int


class CallEndedProcess(Exception):
    """The call ended every process that executed it. The message says how, as a clause that follows "it"."""


class LimitedProcesses:
    """At most `count` processes, which are started when they are needed.

    `prepare` runs in each process before its first call. A call that finds no free process waits `wait_seconds`.
    """

    def __init__(
        self,
        name: str,
        count: int,
        limits: Limits,
        *,
        wait_seconds: float,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self._limits = limits
        self._prepare = prepare
        self._threads = BoundedThreadPool(name, count, wait_seconds)
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        self._closed = False

    async def run(self, call: Callable[..., Result], *arguments: Any) -> Result:
        """Return or raise what `call` returns or raises. It must be a function of a module.

        A call that ends its process is repeated once, because the reason may have been outside of it. Raises Busy if no
        process became free in time, and CallEndedProcess.
        """
        return await self._threads.run(lambda: self._run(call, arguments))

    def close(self) -> None:
        """End the idle processes now, and the others after their calls."""
        self._closed = True
        self._threads.close()
        self._end_idle()

    def _run(self, call: Callable[..., Result], arguments: tuple[Any, ...]) -> Result:
        how = ""
        for _ in range(TRIES):
            process = self._living()
            try:
                answer = process.ask(call, arguments)
            except _ProcessEnded as ended:
                how = _in_words(ended.exit_code, self._limits)
                continue
            self._idle.put(process)
            if self._closed:
                self._end_idle()
            if isinstance(answer, _Raised):
                raise answer.error
            result: Result = answer
            return result
        raise CallEndedProcess(how)

    def _living(self) -> "_Process":
        """Return an idle process, or a new one. A process that died while it was idle is dropped."""
        while True:
            try:
                process = self._idle.get_nowait()
            except queue.Empty:
                return _Process(self._limits, self._prepare)
            if process.is_alive():
                return process

    def _end_idle(self) -> None:
        while True:
            try:
                self._idle.get_nowait().end()
            except queue.Empty:
                return


class _ProcessEnded(Exception):
    def __init__(self, exit_code: int | None) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


@dataclass(frozen=True)
class _Raised:
    error: Exception


class _Process:
    """The parent's side of one process."""

    def __init__(self, limits: Limits, prepare: Callable[[], None] | None) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=_answer_calls, args=(theirs, limits, prepare), daemon=True)
        self._process.start()
        theirs.close()

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def ask(self, call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        try:
            self._pipe.send((call, arguments))
            return self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            self._pipe.close()
            raise _ProcessEnded(self._process.exitcode) from error

    def end(self) -> None:
        self._pipe.close()
        self._process.join()


def _answer_calls(pipe: "connection.Connection", limits: Limits, prepare: Callable[[], None] | None) -> None:
    """Run the child process.

    It exits without the finalisation of the interpreter, in which the font cache of the PDF engine would crash.
    """
    atexit.register(os._exit, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # after Ctrl-C the parent ends its children
    _end_with_the_parent()
    if prepare is not None:
        prepare()
    if sys.platform == "linux":  # other systems refuse or ignore the limit
        most = _address_space() + limits.memory_mebibytes * MEBIBYTE
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            call, arguments = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        pipe.send(_answer(call, arguments, limits))


def _address_space() -> int:
    """Return the size of this process's address space in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _answer(call: Callable[..., Any], arguments: tuple[Any, ...], limits: Limits) -> Any:
    """Execute the call under its time limits. The default action of both signals ends the process, also in C code."""
    signal.setitimer(signal.ITIMER_PROF, limits.processor_seconds)
    signal.alarm(limits.seconds)
    try:
        return call(*arguments)
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001 - it is raised in the parent
        return _Raised(error)
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)


_OUT_OF_MEMORY = 77


def _in_words(exit_code: int | None, limits: Limits) -> str:
    if exit_code == -signal.SIGPROF:
        return f"took more than {limits.processor_seconds:g} s of processor time"
    if exit_code == -signal.SIGALRM:
        return f"took longer than {limits.seconds} s"
    if exit_code in (_OUT_OF_MEMORY, -signal.SIGABRT):  # C code aborts when it gets no memory
        return f"took more than {limits.memory_mebibytes} MB of memory"
    if exit_code is not None and exit_code < 0:
        return f"ended the process that works on it ({signal.Signals(-exit_code).name})"
    return f"ended the process that works on it (exit status {exit_code})"


def _end_with_the_parent() -> None:
    """Make the process end when its parent ends, also when the parent is killed while a call is executed."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
