"""Processes for calls on what strangers wrote: each has limits of processor time, time and memory.

A call that passes a limit, or crashes the library that it uses, ends its own process and nothing else: a process works
on one call at a time, so no other call is lost with it.
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
from typing import Any, TypeVar

from activities.runtime.threads import BoundedThreadPool

Result = TypeVar("Result")

TRIES = 2
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """`processor_seconds` is what a busy machine does not change; `seconds` ends a call that only waits."""

    processor_seconds: float
    seconds: int
    memory_mebibytes: int


class CallEndedProcess(Exception):
    """The call ended each process that it was given to. The message says how, to follow "it"."""


class LimitedProcesses:
    """`count` processes, started when they are needed. `prepare` runs in each before its first call.

    A call that finds all of them taken waits `wait_seconds`, then it raises `Busy`.
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
        """What `call` returns or raises; it must be a function of a module. Raises Busy and CallEndedProcess too.

        A call that ends its process gets a second one, as the reason may have been outside of it.
        """
        return await self._threads.run(lambda: self._run(call, arguments))

    def close(self) -> None:
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
        """A process that is alive: one that somebody ended while it was idle says nothing about the next call."""
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
    """The child's side. The exit skips the interpreter's end, where a crashed library may still hold objects."""
    atexit.register(os._exit, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it ends its children itself
    _end_with_the_parent()
    if prepare is not None:
        prepare()
    if sys.platform == "linux":  # elsewhere the limit is refused or does nothing
        resource.setrlimit(
            resource.RLIMIT_AS, (limits.memory_mebibytes * MEBIBYTE, resource.getrlimit(resource.RLIMIT_AS)[1])
        )
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            call, arguments = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        pipe.send(_answer(call, arguments, limits))


def _answer(call: Callable[..., Any], arguments: tuple[Any, ...], limits: Limits) -> Any:
    """The default action of both signals ends the process, whatever native code it is busy with."""
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
    if exit_code in (_OUT_OF_MEMORY, -signal.SIGABRT):  # native code aborts where it gets no memory
        return f"took more than {limits.memory_mebibytes} MB of memory"
    if exit_code is not None and exit_code < 0:
        return f"ended the program that works on it ({signal.Signals(-exit_code).name})"
    return f"ended the program that works on it (exit status {exit_code})"


def _end_with_the_parent() -> None:
    """A killed worker must not leave its processes behind while they are busy."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
