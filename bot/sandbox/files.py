"""Files as they lie with Slack: announced, uploaded to a secret address, then shared. Knows no channel and no HTTP.

A file that was only uploaded, nobody sees; an image block may show one only once it was shared.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

from bot.sandbox.checks import at
from bot.sandbox.values import Json


@dataclass(slots=True, kw_only=True)
class File:
    """One file; `data` None: announced, and not uploaded yet."""

    id: str
    name: str
    length: int
    alt: str = ""
    title: str = ""
    data: bytes | None = None
    shared_in: list[str] = field(default_factory=list)

    @property
    def json(self) -> Json:
        """As a message shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": "image/png",
            "filetype": "png",
            "size": self.length,
            "alt_txt": self.alt,
            "channels": self.shared_in,
        }


@dataclass(slots=True)
class Files:
    """All files, by id, and the secret addresses of those that are awaited."""

    by_id: dict[str, File] = field(default_factory=dict)
    awaited: dict[str, File] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def announce(self, name: str, length: int, alt: str) -> tuple[str, File]:
        """A new file, and the secret of the address to which its bytes may be sent."""
        file = File(id=f"F0EXAMPLE{next(self._numbers):04d}", name=name, length=length, alt=alt)
        secret = uuid4().hex
        self.by_id[file.id] = self.awaited[secret] = file
        return secret, file

    def receive(self, secret: str, data: bytes) -> bool:
        """Take the bytes; False: nobody awaits them, or they are not as many as was said."""
        file = self.awaited.get(secret)
        if file is None or len(data) != file.length:
            return False
        file.data = data
        del self.awaited[secret]
        return True

    def problems(self, blocks: Sequence[Json]) -> list[str]:
        """The image blocks whose file a channel's members could not see."""
        wrong = []
        for index, block in enumerate(blocks):
            named = block.get("slack_file")
            file = self.by_id.get(str(named.get("id"))) if isinstance(named, dict) else None
            if named is not None and not (file and file.shared_in):
                wrong.append(at("invalid slack file", f"/blocks/{index}/slack_file"))
        return wrong
