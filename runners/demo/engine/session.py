"""One page's session: a thread that runs the engine, and requests to it that return at once.

The thread alone touches the two markets, in slices of some hundredths of a second; requests wait in a queue until the
slice is over. There is no Solara here: the page listens to pictures.
"""

from __future__ import annotations

import gc
import logging
import queue
import threading
from collections.abc import Callable, Sequence

from caremarket.runners.demo.choices import Choice, Composer
from caremarket.runners.demo.engine.engine import Engine
from caremarket.runners.demo.engine.pictures import Picture

log = logging.getLogger("caremarket")

SPEEDS = (1.0, 3.0, 6.0, 12.0, 24.0, 60.0)
"""Months a second that may be chosen."""
MOST_SESSIONS = 12
REST_SECONDS = 0.01
"""Wait while the sides are ahead of the clock."""


class TooManySessionsError(RuntimeError):
    """The server has as many pages open as it allows."""


_open: set[Session] = set()
_open_lock = threading.Lock()


def sessions_open() -> int:
    """Number of sessions that run in this process."""
    with _open_lock:
        return len(_open)


class Session:
    """Two sides in step, on a thread of their own.

    Args:
        composer: composes scenarios.
        choices: the scenario, policy and seed of each side at first.
        speed: months a second.
        most: number of sessions that a process may have at a time.

    Attributes:
        stopped: set once the session has ended.

    Raises:
        TooManySessionsError: there are that many.
    """

    def __init__(
        self, composer: Composer, choices: Sequence[Choice], speed: float = 12.0, most: int = MOST_SESSIONS
    ) -> None:
        with _open_lock:
            if len(_open) >= most:
                raise TooManySessionsError(f"{most} pages are open on this server; close one and reload this page")
            _open.add(self)
        self._listeners: list[Callable[[Picture], None]] = []
        self._requests: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._closing = False
        self.stopped = threading.Event()
        self._engine = Engine(composer, choices, speed, self._tell)
        self._thread = threading.Thread(target=self._work, name="caremarket-demo", daemon=True)
        self._thread.start()

    @property
    def picture(self) -> Picture:
        """The latest picture."""
        return self._engine.picture

    def listen(self, listener: Callable[[Picture], None]) -> Callable[[], None]:
        """Have ``listener`` called with every picture, on the session's thread; returns a function that ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    # Requests; all return at once -------------------------------------------------------------------------------

    def play(self) -> None:
        """Play at the chosen speed."""
        self._ask(self._engine.play)

    def pause(self) -> None:
        """Stop at the month on view."""
        self._ask(self._engine.pause)

    def toggle(self) -> None:
        """Play if paused, pause if playing."""
        self._ask(self._engine.toggle)

    def step_months(self, months: float = 1.0) -> None:
        """Go so many months on, or back, to a whole month."""
        self._ask(lambda: self._engine.step_months(months))

    def step_event(self) -> None:
        """Go to the next month at which anything happens on either side."""
        self._ask(self._engine.step_event)

    def seek(self, month: float) -> None:
        """Show a month; one that is not known yet is simulated as fast as possible."""
        self._ask(lambda: self._engine.seek(month))

    def reset(self) -> None:
        """Return to the first month; changes made in mid-run are dropped."""
        self._ask(self._engine.reset)

    def set_speed(self, months_a_second: float) -> None:
        """Change the speed."""
        self._ask(lambda: self._engine.set_speed(months_a_second))

    def choose(self, side: int, choice: Choice) -> None:
        """Simulate another choice on a side, up to the month on view."""
        self._ask(lambda: self._engine.choose({side: choice}))

    def choose_all(self, choices: Sequence[Choice], from_start: bool = True) -> None:
        """Simulate other choices on every side: from the first month, or up to the month on view."""
        self._ask(lambda: self._engine.choose(dict(enumerate(choices)), from_start))

    def replay(self, folders: Sequence[str]) -> None:
        """Open recordings, one per side; if one cannot be opened, the problem is shown and the sides do not change."""
        self._ask(lambda: self._engine.replay(list(folders)))

    def close(self, wait: float | None = 5.0) -> None:
        """End the session; waits for it at most so many seconds, or not at all."""
        self._ask(self._stop)
        if wait is not None and threading.current_thread() is not self._thread:
            self._thread.join(wait)

    # The session's thread ---------------------------------------------------------------------------------------

    def _ask(self, request: Callable[[], None]) -> None:
        if not self.stopped.is_set():
            self._requests.put(request)

    def _stop(self) -> None:
        self._closing = True

    def _work(self) -> None:
        try:
            self._engine.publish()
            while not self._closing:
                self._take_requests()
                if self._closing:
                    break
                if self._engine.busy and self._engine.work():
                    self._rest()
        except Exception:
            log.exception("the page's engine stopped")
            raise
        finally:
            self._engine.close()
            # Markets were exempted from garbage collection when they were built; now they may be collected.
            gc.unfreeze()
            self.stopped.set()
            with _open_lock:
                _open.discard(self)

    def _take_requests(self) -> None:
        """Carry out requests; wait for one if there is nothing else to do."""
        try:
            request = self._requests.get(block=not self._engine.busy)
            while True:
                request()
                request = self._requests.get_nowait()
        except queue.Empty:
            pass

    def _rest(self) -> None:
        """Wait until the clock has moved on; a request is taken at once."""
        try:
            request = self._requests.get(timeout=REST_SECONDS)
        except queue.Empty:
            return
        request()

    def _tell(self, picture: Picture) -> None:
        """Give a picture to all listeners."""
        for listener in tuple(self._listeners):
            try:
                listener(picture)
            except Exception:
                log.exception("a page could not be told")
