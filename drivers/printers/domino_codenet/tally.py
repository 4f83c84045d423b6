"""Print-done bytes held against the printer's own product count.

Pure. A byte can get lost, come twice or too late (F22), and the count rises at the
photo-eye, whether something is printed or not. So neither is believed alone: together
they show when records and products can no longer be matched.
"""

from drivers.printers.domino_codenet.codec import COUNT_MODULUS
from drivers.printers.ledger import counter_rise


class Tally:
    """Since `begin`. `between` is how many products fit between photo-eye and head.

    `unprinted` counts products that passed while the printer had nothing of ours.
    """

    def __init__(self, between: int) -> None:
        self.between = between
        self.unprinted = 0
        self.begin(0)

    def begin(self, count: int) -> None:
        """The printer's product count is `count`, and nothing was printed since."""
        self._base = count
        self._done = 0
        self._slack = 0
        self._is_ahead = False

    def note_done(self) -> None:
        """A print-done byte came."""
        self._done += 1

    def check(self, count: int, *, has_records: bool) -> str:
        """Why the two cannot be matched, or "". `has_records`: some are in the printer.

        Products may be on their way from the photo-eye to the head, so fewer bytes
        than products are in order, up to `between`. More bytes than products are
        believed to be wrong once two looks in a row show it: the printer may count a
        moment after it has spoken.
        """
        rise = counter_rise(self._base, count, COUNT_MODULUS)
        if rise < 0:
            return "the printer's product count went back: it restarted or was reset"
        was_ahead, self._is_ahead = self._is_ahead, self._done > rise + self._slack
        if self._is_ahead and was_ahead:
            return (
                f"the printer confirmed {self._done} prints and counted {rise} "
                "products: a confirmation came twice or late"
            )
        missing = rise - self._done
        if missing <= self.between:
            return ""
        if has_records:
            return (
                f"{missing} products passed without a confirmed print: confirmations "
                "were lost, or the printer did not print"
            )
        # They got nothing; those not at the head yet may still get what comes next.
        self.unprinted += missing
        self._base += missing
        self._slack = self.between
        return ""
