"""How a simulated reader words what it read; None is a no-read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """`{item}`, `{aim}` and `{payload}` are filled in. GS stays as it is."""

    read: str = "{aim}{payload}"
    no_read: str = "NOREAD"

    def text(self, payload: str | None, aim: str, item: int) -> str:
        """One result, without header and terminator."""
        form = self.no_read if payload is None else self.read
        return form.format(item=item, aim=aim, payload=payload)


def with_item(no_read: str) -> Output:
    """With the PLC's item number, so that a read cannot be taken for another item's."""
    return Output(read="{item};{aim}{payload}", no_read="{item};" + no_read)
