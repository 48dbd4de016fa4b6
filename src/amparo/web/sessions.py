"""Sessions in the database, to which several requests of one officer write at the same time.

A page asks for several things at once: a picture may still be on its way while a decision is sent. Django writes a
session as a whole at the end of each request, so that the slower one would undo what the quicker one stored: what can
be undone, or that a look was used. Here each request brings in what it changed itself, and nothing else.
"""

import copy
from typing import Any

from django.contrib.sessions.backends import db
from django.db import router, transaction

_NOTHING = object()


class SessionStore(db.SessionStore):
    """Django's, that keeps what others stored since it was read."""

    _read: dict[str, Any] | None = None

    def load(self) -> dict[str, Any]:
        """What is stored now; an empty one where there is none."""
        stored: dict[str, Any] = super().load()
        self._read = copy.deepcopy(stored)
        return stored

    def save(self, must_create: bool = False) -> None:
        """Store what was changed here; raise `UpdateError` where the session was ended meanwhile."""
        if must_create or self.session_key is None or self._read is None:
            super().save(must_create)
        else:
            using = router.db_for_write(self.model)
            with transaction.atomic(using=using):
                now = self.model.objects.using(using).select_for_update().filter(session_key=self.session_key).first()
                if now is not None:
                    self._session_cache = self._merged(self.decode(now.session_data), self._read)
                super().save()
        self._read = copy.deepcopy(dict(self.items()))

    def _merged(self, now: dict[str, Any], read: dict[str, Any]) -> dict[str, Any]:
        """What is stored now, with what was changed here; what somebody else changed meanwhile is not taken away."""
        own = dict(self.items())
        kept = {name: value for name, value in now.items() if name in own or read.get(name, _NOTHING) != value}
        changed = {name: value for name, value in own.items() if read.get(name, _NOTHING) != value}
        return kept | changed
