"""A thread that draws pictures of a session.

Only the chosen kind of chart is drawn. If pictures arrive while one is drawn, the latest is drawn next and the others
are dropped.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from caremarket.runners.demo.engine.pictures import Picture

log = logging.getLogger("caremarket")
IDLE_SECONDS = 0.4


class Painter:
    """Draws the latest picture whenever there is a newer one, or when another chart or theme is chosen.

    Args:
        paint: turns a picture into what the page shows; called on the painter's thread.
        show: receives the result of ``paint``.
        prepare: does some work in advance while there is nothing to draw; returns whether there is more of it.
    """

    def __init__(
        self, paint: Callable[[Picture], Any], show: Callable[[Any], None], prepare: Callable[[], bool] | None = None
    ) -> None:
        self._paint = paint
        self._prepare = prepare
        self._show = show
        self._wanted: Picture | None = None
        self._changed = threading.Condition()
        self._closed = False
        self.longest = 0.0
        self._thread = threading.Thread(target=self._work, name="caremarket-painter", daemon=True)
        self._thread.start()

    def want(self, picture: Picture) -> None:
        """Ask for a picture to be drawn; a later one replaces it if it has not been drawn yet."""
        with self._changed:
            self._wanted = picture
            self._changed.notify()

    def close(self) -> None:
        """Stop drawing and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                if self._wanted is None and not self._closed:
                    self._changed.wait(None if self._prepare is None else IDLE_SECONDS)
                if self._closed:
                    return
                picture, self._wanted = self._wanted, None
            if picture is None:
                self._prepare = self._prepare if self._prepared() else None
                continue
            began = time.perf_counter()
            try:
                self._show(self._paint(picture))
            except Exception:
                log.exception("a picture could not be painted")
            self.longest = max(self.longest, time.perf_counter() - began)

    def _prepared(self) -> bool:
        """Prepare a view; returns whether more can be prepared. An error is shown only once the chart is chosen."""
        try:
            return self._prepare is not None and self._prepare()
        except Exception:
            log.debug("a view could not be prepared", exc_info=True)
            return False
