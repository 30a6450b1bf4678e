"""Making shards in several processes at once, which end with this process."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from typing import Any

from jointre.annotation.format import ShardFacts
from jointre.annotation.settings import Settings
from jointre.annotation.shard_writer import ShardMaker
from jointre.annotation.source import Advance, Task
from jointre.attribution import portable
from jointre.errors import TrainingError
from jointre.signals import held_back, leave_signals_to_the_parent
from jointre.taggers.base import TaggerSpec
from jointre.taggers.named import load_tagger

LOOK_SECONDS = 0.2
GIVE_UP_SECONDS = 10  # to give up the current shard; after that the process ends at once


class Stopped(Exception):
    """The shard was given up because annotation is to stop."""


def in_processes(
    tasks: Iterable[Task], spec: TaggerSpec, settings: Settings, folder: Path, count: int, advance: Advance
) -> Iterator[ShardFacts]:
    """Make the shards of all tasks in ``count`` processes, and yield each when it is finished.

    Lines are read ahead for one more shard than there are processes. If this process is interrupted or fails, the
    others give up their shards; if it is killed, they end with it.

    Raises:
        TrainingError: a process died.
    """
    context = multiprocessing.get_context("spawn")
    lines, stop = context.Value("q", 0), context.Event()
    threads = max(1, (os.cpu_count() or 1) // count)
    given = (spec, settings, folder, lines, stop, threads)
    with ProcessPoolExecutor(count, context, _start, given) as pool:
        try:
            yield from _finished(pool, tasks, count, _Counted(lines, advance))
        except BrokenProcessPool as error:
            remedy = "repeat the command to continue; fewer --workers need less memory"
            raise TrainingError("a worker process died, perhaps because memory ran out", remedy) from error
        finally:
            stop.set()


def _finished(
    pool: ProcessPoolExecutor, tasks: Iterable[Task], count: int, report_lines: "_Counted"
) -> Iterator[ShardFacts]:
    pending: set[Future[ShardFacts]] = set()
    for task in tasks:
        with held_back():  # this starts processes
            pending.add(pool.submit(_work, task))
        while len(pending) > count:
            done, pending = wait(pending, LOOK_SECONDS, FIRST_COMPLETED)
            yield from (future.result() for future in done)
            report_lines()
    while pending:
        done, pending = wait(pending, LOOK_SECONDS, FIRST_COMPLETED)
        yield from (future.result() for future in done)
        report_lines()


class _Counted:
    """Reports how many lines the processes have read since the last call."""

    def __init__(self, lines: Any, advance: Advance) -> None:
        self.lines, self.advance, self.before = lines, advance, 0

    def __call__(self) -> None:
        now = self.lines.value
        self.advance(now - self.before)
        self.before = now


class _Worker:
    """What one process keeps between tasks."""

    given: tuple[TaggerSpec, Settings, Path]
    lines: Any
    stop: Any
    maker: ShardMaker | None = None
    working = False
    ended = False

    @classmethod
    def tick(cls, lines: int) -> None:
        with cls.lines.get_lock():
            cls.lines.value += lines
        if cls.ended or cls.stop.is_set():
            raise Stopped

    @classmethod
    def end(cls, *_: Any) -> None:
        """On SIGTERM, end when the current shard has been given up, so that no part of it is left; or at once."""
        if not cls.working:
            os._exit(1)
        cls.ended = True
        if hasattr(signal, "alarm"):
            signal.alarm(GIVE_UP_SECONDS)


def _start(spec: TaggerSpec, settings: Settings, folder: Path, lines: Any, stop: Any, threads: int) -> None:
    """Prepare a process. Whatever may fail is left to its first task, whose error is passed on.

    Ctrl-C reaches all processes of a terminal; the parent decides what happens then.
    """
    leave_signals_to_the_parent()
    signal.signal(signal.SIGTERM, _Worker.end)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    _Worker.given, _Worker.lines, _Worker.stop = (spec, settings, folder), lines, stop
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _work(task: Task) -> ShardFacts:
    try:
        if _Worker.maker is None:
            spec, settings, folder = _Worker.given
            _Worker.maker = ShardMaker(load_tagger(spec), settings, folder)
        _Worker.working = True
        return _Worker.maker(task, _Worker.tick)
    except Stopped:
        raise
    except Exception as error:  # an error that cannot be pickled would look like a process that died
        sent = portable(error)
        raise sent from (None if sent is error else error)
    finally:
        _Worker.working = False
        if _Worker.ended:
            os._exit(1)
