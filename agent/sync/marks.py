"""May this answer move the mark? Pure: an answer against what is on file here.

The proof is the chain hash: a platform that names our hash at a fact has been given
that fact and all before it, whatever became of the replies.
"""

from agent.sync.batching import Batch
from agent.sync.errors import Diverged, PlatformNonsense
from agent.sync.messages import GapAnswer, MarkAnswer
from agent.sync.ports import JournalSource, MarkStore


def after_acceptance(
    answer: MarkAnswer, batch: Batch, journal: JournalSource, marks: MarkStore
) -> tuple[int, bytes]:
    """The mark an accepting answer proves, or `PlatformNonsense`."""
    _names_us(answer, marks)
    if answer.mark < batch.first:
        raise Diverged(
            f"accepted {batch.first}-{batch.last}, yet stands at {answer.mark}"
        )
    return answer.mark, _same_hash(answer, journal)


def after_gap(
    answer: GapAnswer, batch: Batch, journal: JournalSource, marks: MarkStore
) -> tuple[int, bytes]:
    """The lower mark a platform that went back in time stands at."""
    _names_us(answer, marks)
    if answer.expected != answer.mark + 1:
        raise PlatformNonsense(f"stands at {answer.mark}, expects {answer.expected}")
    if answer.expected >= batch.first:
        raise Diverged(
            f"expects {answer.expected}, yet refused {batch.first}-{batch.last}"
        )
    return answer.mark, _same_hash(answer, journal)


def after_check(
    answer: MarkAnswer, journal: JournalSource, marks: MarkStore
) -> tuple[int, bytes]:
    """The mark an answer proves that was given without sending anything."""
    _names_us(answer, marks)
    return answer.mark, _same_hash(answer, journal)


def _names_us(answer: MarkAnswer, marks: MarkStore) -> None:
    if (answer.line, answer.epoch) != (marks.line, marks.epoch):
        raise PlatformNonsense(
            f"an answer for line {answer.line[:40]!r} epoch {answer.epoch[:40]!r}"
        )


def _same_hash(answer: MarkAnswer, journal: JournalSource) -> bytes:
    head, _ = journal.head()
    if answer.mark > head:
        raise Diverged(f"stands at {answer.mark}, our journal ends at {head}")
    ours = journal.hash_at(answer.mark)
    if ours is None:
        raise Diverged(f"stands at {answer.mark}, which is no longer kept here")
    if ours.hex() != answer.hash:
        raise Diverged(f"has another chain hash at {answer.mark}")
    return ours
